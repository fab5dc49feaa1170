"""Two groups compared: risk difference with three intervals, odds ratio, risk ratio, number needed to treat."""

from __future__ import annotations

from collections.abc import Callable
from math import acos, copysign, cos, exp, log, pi, sqrt

from hepatica.evidence.proportions import Interval, normal_quantile, refuse_impossible_count, wilson

Counts = tuple[int, int, int, int]  # events and size of the first group, events and size of the second


def risk_difference(count1: int, of1: int, count2: int, of2: int) -> float:
    """The share in the first group minus the share in the second, as a fraction of one."""
    refuse_impossible_count(count1, of1)
    refuse_impossible_count(count2, of2)
    return count1 / of1 - count2 / of2


def newcombe(count1: int, of1: int, count2: int, of2: int, level: float = 0.95) -> Interval:
    """Newcombe's hybrid score interval of a risk difference (from the two Wilson intervals, no correction).

    Source: Newcombe RG. Stat Med 1998;17:873-890, method 10: with l, u the Wilson limits of each share,
    L = d - sqrt((p1-l1)^2 + (u2-p2)^2) and U = d + sqrt((u1-p1)^2 + (p2-l2)^2).
    """
    difference = risk_difference(count1, of1, count2, of2)
    share1, share2 = count1 / of1, count2 / of2
    low1, high1 = wilson(count1, of1, level)
    low2, high2 = wilson(count2, of2, level)
    below = sqrt((share1 - low1) ** 2 + (high2 - share2) ** 2)
    above = sqrt((high1 - share1) ** 2 + (share2 - low2) ** 2)
    return difference - below, difference + above


def wald_difference(count1: int, of1: int, count2: int, of2: int, level: float = 0.95) -> Interval:
    """The Wald interval of a risk difference; method 1 in Newcombe RG. Stat Med 1998;17:873-890."""
    difference = risk_difference(count1, of1, count2, of2)
    share1, share2 = count1 / of1, count2 / of2
    half = normal_quantile(level) * sqrt(share1 * (1 - share1) / of1 + share2 * (1 - share2) / of2)
    return difference - half, difference + half


def miettinen_nurminen(count1: int, of1: int, count2: int, of2: int, level: float = 0.95) -> Interval:
    """The Miettinen-Nurminen score interval of a risk difference.

    Source: Miettinen O, Nurminen M. Stat Med 1985;4:213-226: the limits are the differences at which the score
    statistic (d - D)^2 / [(R1(1-R1)/n1 + R2(1-R2)/n2) N/(N-1)] equals the chi-square quantile, with R1, R2 the
    shares most likely under the difference D (equations 27 and 28).
    """
    observed = risk_difference(count1, of1, count2, of2)
    z = normal_quantile(level)

    def surplus(assumed: float) -> float:
        return _score(assumed, observed, (count1, of1, count2, of2)) - z

    return _limit(surplus, observed, -1.0), _limit(surplus, observed, 1.0)


def _limit(surplus: Callable[[float], float], observed: float, end: float) -> float:
    """Where the score statistic reaches the quantile between the observed difference and an end; else the end."""
    inside = copysign(1 - 1e-12, end)  # at exactly +/-1 both most likely shares, and so the variance, are fixed
    if observed == end or surplus(inside) <= 0:
        return end
    within, beyond = observed, inside
    for _ in range(60):  # halving 60 times exhausts the precision of a float
        middle = (within + beyond) / 2
        within, beyond = (within, middle) if surplus(middle) > 0 else (middle, beyond)
    return (within + beyond) / 2


def _score(assumed: float, observed: float, counts: Counts) -> float:
    """The absolute score statistic of an assumed difference (Miettinen & Nurminen 1985)."""
    _, of1, _, of2 = counts
    if assumed == observed:
        return 0.0
    share2 = _most_likely_share(assumed, counts)
    share1 = share2 + assumed
    total = of1 + of2
    variance = (share1 * (1 - share1) / of1 + share2 * (1 - share2) / of2) * total / (total - 1)
    return abs(observed - assumed) / sqrt(variance) if variance > 0 else float("inf")


def _most_likely_share(assumed: float, counts: Counts) -> float:
    """The second group's share most likely under an assumed difference: Miettinen & Nurminen 1985, eq. 27, 28.

    Eq. 27 is the cubic L3 x^3 + L2 x^2 + L1 x + L0 = 0, eq. 28 its closed-form root.
    """
    count1, of1, count2, of2 = counts
    events, total = count1 + count2, of1 + of2
    l3 = total
    l2 = (of1 + 2 * of2) * assumed - total - events
    l1 = (of2 * assumed - total - 2 * count2) * assumed + events
    l0 = count2 * assumed * (1 - assumed)
    q = l2**3 / (3 * l3) ** 3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    # The root's argument is never negative in exact arithmetic.
    p = copysign(sqrt(max(0.0, l2**2 / (3 * l3) ** 2 - l1 / (3 * l3))), q)
    angle = 0.0 if p == 0 else (pi + acos(max(-1.0, min(1.0, q / p**3)))) / 3
    root = 2 * p * cos(angle) - l2 / (3 * l3)
    # Floating point may leave the interval that both shares must lie in by 1e-17.
    return min(max(root, 0.0, -assumed), 1.0, 1.0 - assumed)


DIFFERENCE_INTERVALS: dict[str, Callable[[int, int, int, int], Interval]] = {
    "newcombe": newcombe,
    "wald": wald_difference,
    "miettinen_nurminen": miettinen_nurminen,
}


def odds_ratio(count1: int, of1: int, count2: int, of2: int) -> float | None:
    """The crude odds ratio of the first group against the second; None when a cell of its denominator is empty."""
    risk_difference(count1, of1, count2, of2)
    below = (of1 - count1) * count2
    return None if below == 0 else count1 * (of2 - count2) / below


def odds_ratio_interval(count1: int, of1: int, count2: int, of2: int, level: float = 0.95) -> Interval | None:
    """Woolf's logit interval of an odds ratio (Ann Hum Genet 1955;19:251-253); None when a cell is empty."""
    ratio = odds_ratio(count1, of1, count2, of2)
    cells = (count1, of1 - count1, count2, of2 - count2)
    if ratio is None or 0 in cells:
        return None
    half = normal_quantile(level) * sqrt(sum(1 / cell for cell in cells))
    return exp(log(ratio) - half), exp(log(ratio) + half)


def risk_ratio(count1: int, of1: int, count2: int, of2: int) -> float | None:
    """The share in the first group over the share in the second; None when the second has no event."""
    risk_difference(count1, of1, count2, of2)
    return None if count2 == 0 else (count1 / of1) / (count2 / of2)


def number_needed_to_treat(count1: int, of1: int, count2: int, of2: int) -> float | None:
    """One over the absolute risk difference; None when there is no difference."""
    difference = risk_difference(count1, of1, count2, of2)
    return None if difference == 0 else 1 / abs(difference)
