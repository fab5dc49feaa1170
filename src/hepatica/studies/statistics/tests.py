"""Tests that are named: of two-by-two and larger tables, of ranks, and of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import chi_square_above, normal_two_sided, t_two_sided
from hepatica.studies.statistics.fisher import FisherTest, fisher
from hepatica.studies.statistics.inputs import Numbers, Values, labels, numbers, same_length

__all__ = [
    "FisherTest",
    "Test",
    "chi_square",
    "false_discovery",
    "fisher",
    "kruskal",
    "mann_whitney",
    "mcnemar",
    "sign_test",
    "spearman",
    "trend",
    "wilcoxon_paired",
]

MOST_EXACT = 50  # R's wilcox.test is exact for fewer observations than this, without ties


@dataclass(frozen=True)
class Test:
    """A test by its full name, with its statistic, degrees of freedom (None if it has none), and p-value."""

    name: str
    statistic: float
    df: int | None
    p: float
    n: int


def chi_square(table: Sequence[Sequence[int]] | Numbers, *, correction: bool = False) -> Test:
    """Pearson's chi-square test of a table of counts, or with Yates' continuity correction (two by two only)."""
    counts = _counts(table)
    if correction and counts.shape != (2, 2):
        raise UsageError("table", "is not two by two", "Yates' correction is for two-by-two tables")
    rows, columns, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    if (rows == 0).any() or (columns == 0).any():
        raise UsageError("table", "has an empty row or column", "leave it out: there is nothing to compare")
    expected = np.outer(rows, columns) / total
    off = np.abs(counts - expected)
    # As in R, the correction never turns a difference round.
    off = off - min(0.5, float(off.min())) if correction else off
    statistic, df = float((off**2 / expected).sum()), (len(rows) - 1) * (len(columns) - 1)
    name = "chi-square test with Yates' continuity correction" if correction else "chi-square test without correction"
    return Test(name, statistic, df, chi_square_above(statistic, df), int(total))


def _counts(table: Sequence[Sequence[int]] | Numbers) -> Numbers:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or min(counts.shape) < 2 or (counts < 0).any() or (counts != np.floor(counts)).any():
        raise UsageError("table", "is no table of counts", "give at least two rows and two columns of whole numbers")
    return counts


def trend(events: Sequence[int], of: Sequence[int], scores: Sequence[float] | None = None) -> Test:
    """The chi-square test for a trend of shares over ordered groups (Cochran-Armitage, as R's prop.trend.test)."""
    count, size = np.asarray(events, dtype=np.float64), np.asarray(of, dtype=np.float64)
    score = np.arange(1.0, len(count) + 1) if scores is None else np.asarray(scores, dtype=np.float64)
    if len(count) < 2 or not len(count) == len(size) == len(score) or (size <= 0).any() or (count > size).any():
        raise UsageError("groups", "are fewer than two, or their counts exceed their sizes", "give events and sizes")
    share = count.sum() / size.sum()
    if share in {0.0, 1.0}:
        raise UsageError("events", "nobody or everybody has the event", "there is no trend to test")
    middle = float(size @ score / size.sum())
    spread = float(size @ (score - middle) ** 2)
    statistic = float((score - middle) @ (count - size * share)) ** 2 / (share * (1 - share) * spread)
    name = "chi-square test for trend in proportions"
    return Test(name, statistic, 1, chi_square_above(statistic, 1), int(size.sum()))


def ranks(values: Numbers) -> tuple[Numbers, Numbers]:
    """The mean rank of each value, and how many share each distinct value."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place], count.astype(np.float64)


def mann_whitney(first: Values, second: Values, *, exact: bool | None = None) -> Test:
    """The Mann-Whitney (Wilcoxon rank-sum) test of two groups, two-sided, as R's wilcox.test.

    Exact for fewer than 50 patients a group without ties, else normal with continuity correction; `exact` insists.
    The statistic is R's W: how many pairs have the first group's value higher.
    """
    one, other = numbers("first group", first), numbers("second group", second)
    n, m = len(one), len(other)
    rank, count = ranks(np.concatenate((one, other)))
    statistic = float(rank[:n].sum() - n * (n + 1) / 2)
    tied = bool((count > 1).any())
    if exact if exact is not None else n < MOST_EXACT and m < MOST_EXACT and not tied:
        if tied:
            raise UsageError("values", "are tied", "an exact test needs distinct values")
        p = _exact_rank_sum(statistic, n, m)
        return Test("exact Mann-Whitney test", statistic, None, p, n + m)
    total = n + m
    spread = np.sqrt(n * m / 12 * (total + 1 - (count**3 - count).sum() / (total * (total - 1))))
    name = "Mann-Whitney test with normal approximation and continuity correction"
    return Test(name, statistic, None, _corrected(statistic - n * m / 2, float(spread)), total)


def _corrected(surplus: float, spread: float) -> float:
    if spread == 0:
        raise UsageError("values", "are all the same", "there is nothing to compare")
    return normal_two_sided((surplus - np.sign(surplus) * 0.5) / spread) if surplus else 1.0


def _exact_rank_sum(statistic: float, n: int, m: int) -> float:
    """The exact two-sided p: of all ways to choose who is in the first group, those at least as far out."""
    ways = np.zeros((n + 1, n * m + 1))
    ways[0, 0] = 1.0
    # Each member of the pooled ranking joins the first group, passing j of the second, or not.
    for taken in range(1, n + m + 1):
        for chosen in range(min(taken, n), 0, -1):
            passed = taken - chosen
            if passed <= m:
                ways[chosen, passed:] += ways[chosen - 1, : n * m + 1 - passed]
    share = ways[n] / ways[n].sum()
    low, high = float(share[: int(statistic) + 1].sum()), float(share[int(statistic) :].sum())
    return min(1.0, 2 * min(low, high))


def false_discovery(p_values: Numbers) -> Numbers:
    """Each p-value as the least share of false discoveries at which it would count (Benjamini and Hochberg 1995)."""
    order = np.argsort(p_values)[::-1]
    size = len(p_values)
    least = np.minimum.accumulate(p_values[order] * size / np.arange(size, 0, -1))
    found = np.empty(size)
    found[order] = np.minimum(least, 1.0)
    return found


def wilcoxon_paired(before: Values, after: Values, *, exact: bool | None = None) -> Test:
    """The Wilcoxon signed-rank test of pairs (after minus before), two-sided, as R's wilcox.test(paired = TRUE).

    Pairs without a difference are left out, as the test says, and `n` counts the pairs that differ. Exact for fewer
    than 50 such pairs without ties; `exact` insists. The statistic is the rank sum of the rises.
    """
    earlier, later = numbers("before", before), numbers("after", after)
    same_length("after", len(later), len(earlier))
    change = (later - earlier)[later != earlier]
    n = len(change)
    if n == 0:
        raise UsageError("pairs", "do not differ", "there is nothing to test")
    rank, count = ranks(np.abs(change))
    statistic = float(rank[change > 0].sum())
    tied = bool((count > 1).any()) or n < len(later)
    if exact if exact is not None else n < MOST_EXACT and not tied:
        if (count > 1).any():
            raise UsageError("pairs", "have tied differences", "an exact test needs distinct ones")
        return Test("exact Wilcoxon signed-rank test", statistic, None, _exact_signed_rank(statistic, n), n)
    spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24 - (count**3 - count).sum() / 48)
    name = "Wilcoxon signed-rank test with normal approximation and continuity correction"
    return Test(name, statistic, None, _corrected(statistic - n * (n + 1) / 4, float(spread)), n)


def _exact_signed_rank(statistic: float, n: int) -> float:
    most = n * (n + 1) // 2
    ways = np.zeros(most + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] += ways[: most + 1 - rank].copy()
    share = ways / ways.sum()
    low, high = float(share[: int(statistic) + 1].sum()), float(share[int(statistic) :].sum())
    return min(1.0, 2 * min(low, high))


def kruskal(values: Values, group: Values) -> Test:
    """The Kruskal-Wallis test that several groups have the same distribution."""
    value = numbers("values", values)
    groups = labels("group", group, len(value))
    names, place = np.unique(groups, return_inverse=True)
    if len(names) < 2 or np.ptp(value) == 0:
        raise UsageError("groups", "are fewer than two, or all values are the same", "there is nothing to compare")
    rank, count = ranks(value)
    n = len(value)
    sums, size = np.bincount(place, rank), np.bincount(place)
    plain = 12 / (n * (n + 1)) * float((sums**2 / size).sum()) - 3 * (n + 1)
    statistic, df = plain / float(1 - (count**3 - count).sum() / (n**3 - n)), len(names) - 1
    return Test("Kruskal-Wallis test", statistic, df, chi_square_above(statistic, df), n)


def spearman(first: Values, second: Values) -> tuple[float, float]:
    """Spearman's rank correlation of two measures of the same patients, and its two-sided p by the t approximation."""
    one, other = (ranks(numbers(name, values))[0] for name, values in (("first", first), ("second", second)))
    rho = float(np.corrcoef(one, other)[0, 1])
    df = len(one) - 2
    if abs(rho) >= 1:
        return rho, 0.0
    return rho, t_two_sided(rho * sqrt(df / ((1 - rho) * (1 + rho))), df)


def mcnemar(gained: int, lost: int, *, exact: bool = True) -> Test:
    """McNemar's test of pairs that changed: exact (binomial), or chi-square with continuity correction."""
    if min(gained, lost) < 0 or gained + lost == 0:
        raise UsageError("pairs", "none changed", "there is nothing to test")
    changed = gained + lost
    if exact:
        return Test("exact McNemar test", float(gained), None, _binomial_two_sided(gained, changed), changed)
    statistic = max(abs(gained - lost) - 1, 0) ** 2 / changed
    p = chi_square_above(statistic, 1)
    return Test("McNemar's test with continuity correction", statistic, 1, p, changed)


def sign_test(before: Values, after: Values) -> Test:
    """The exact sign test of pairs: whether rises and falls are as many; pairs without a difference are left out."""
    earlier, later = numbers("before", before), numbers("after", after)
    same_length("after", len(later), len(earlier))
    rises, falls = int((later > earlier).sum()), int((later < earlier).sum())
    if rises + falls == 0:
        raise UsageError("pairs", "do not differ", "there is nothing to test")
    p = _binomial_two_sided(rises, rises + falls)
    return Test("exact sign test", float(rises), None, p, rises + falls)


def _binomial_two_sided(count: int, of: int) -> float:
    """The two-sided exact p of a count under one half (symmetric, so both tails are the same)."""
    from scipy.special import bdtr  # noqa: PLC0415

    return min(1.0, 2 * float(bdtr(min(count, of - count), of, 0.5)))
