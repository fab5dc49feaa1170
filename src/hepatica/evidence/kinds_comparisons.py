"""Recomputation of comparisons of two groups: p-values, differences, ratios, means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from hepatica.evidence import differences
from hepatica.evidence.association import TEST_NAMES, p_values
from hepatica.evidence.differences import DIFFERENCE_INTERVALS, Counts
from hepatica.evidence.kinds_shares import verdict_by_method
from hepatica.evidence.printed import printed
from hepatica.evidence.proportions import counts_behind, nearest_count
from hepatica.evidence.recomputation import Number, Recomputation, decide, joined, shown, shown_p

Group = Mapping[str, Any]
INTERVAL_NAMES = {"newcombe": "Newcombe", "wald": "Wald", "miettinen_nurminen": "Miettinen-Nurminen"}


@dataclass(frozen=True)
class Tables:
    """Every two-by-two table that the printed counts or percentages allow, and how it was found."""

    counts: tuple[Counts, ...]
    nearest: bool  # no count gives a printed percentage: the nearest ones are taken

    @property
    def words(self) -> str:
        """The tables in words, with their origin where they were inferred."""
        first, last = self.counts[0], self.counts[-1]
        text = " v ".join(
            f"{low}/{of}" if low == high else f"{low} to {high}/{of}"
            for low, high, of in ((first[0], last[0], first[1]), (first[2], last[2], first[3]))
        )
        return f"{text} (the nearest counts; the percentages themselves are impossible)" if self.nearest else text


def tables(groups: Sequence[Group]) -> Tables:
    """The possible counts of two groups: as printed, else inferred from their percentages."""
    choices, nearest = [], False
    for group in groups:
        if "count" in group:
            choices.append([int(group["count"])])
            continue
        percent = printed(group["percent"])
        counts = counts_behind(percent, group["of"])
        nearest = nearest or not counts
        choices.append(counts or [nearest_count(percent, group["of"])])
    first, second = (group["of"] for group in groups)
    return Tables(tuple((a, first, b, second) for a, b in product(*choices)), nearest)


def p_value(
    *, groups: Sequence[Group], p: str, assumed: str = "fisher", otherwise: Sequence[Group] | None = None
) -> Recomputation:
    """Which test of the two-by-two table gives the printed p-value; Fisher's exact test is assumed unless stated.

    `otherwise` is another reading of the groups (all who were randomised, say); it is reported, and never decides.
    """
    found = tables(groups)
    fitting = _tests_that_fit(found, p)
    values = _values_by_test(found)
    other = "" if otherwise is None or fitting else _other_reading(tables(otherwise), p)
    some = "" if _fits_always(values, fitting, p) else " for some of the possible counts"
    ending = (
        f"The stated p {_sign(p)} is that of {TEST_NAMES[_preferred(fitting, assumed)]}{some}."
        if fitting
        else f"None gives the stated p {_sign(p)}."
    )
    return Recomputation(
        recomputed="; ".join(f"{name} {_p_range(numbers)}" for name, numbers in values.items()),
        verdict=verdict_by_method(fitting, assumed),
        explanation=f"{found.words}: {_listed(values)}. {ending}{other}",
        remark=TEST_NAMES[_preferred(fitting, assumed)] if fitting else "",
        numbers={name: numbers[0] for name, numbers in values.items()},
    )


def _preferred(fitting: Sequence[str], assumed: str) -> str:
    return assumed if assumed in fitting else fitting[0]


def _sign(p: str) -> str:
    return p if p.startswith("<") else f"= {p}"


def _values_by_test(found: Tables) -> dict[str, list[float]]:
    """The p-values of every possible table by test; a test that does not exist for a table is left out."""
    by_test: dict[str, list[float]] = {}
    for name in TEST_NAMES:
        values = [value for counts in found.counts if (value := p_values(*counts)[name]) is not None]
        if values:
            by_test[name] = values
    return by_test


def _tests_that_fit(found: Tables, p: str) -> list[str]:
    claimed = printed(p)
    return [
        name for name, values in _values_by_test(found).items() if any(claimed.rounded_from(value) for value in values)
    ]


def _fits_always(values: Mapping[str, list[float]], fitting: Sequence[str], p: str) -> bool:
    """Whether a test that gives the p-value gives it for every possible table."""
    claimed = printed(p)
    return any(all(claimed.rounded_from(value) for value in values[name]) for name in fitting)


def _p_range(values: list[float]) -> str:
    low, high = shown_p(min(values)), shown_p(max(values))
    return low if low == high else f"{low} to {high}"


def _listed(values: Mapping[str, list[float]]) -> str:
    return joined([f"{TEST_NAMES[name]} {_p_range(numbers)}" for name, numbers in values.items()])


def _other_reading(found: Tables, p: str) -> str:
    """What another reading of the denominators gives, as a lead for the reader, never as the verdict."""
    fitting = _tests_that_fit(found, p)
    if not fitting:
        return f" Nor does {found.words}."
    value = _p_range(_values_by_test(found)[fitting[0]])
    return f" With {found.words} instead, {TEST_NAMES[fitting[0]]} gives {value}: a possible origin."


def risk_difference(
    *,
    groups: Sequence[Group],
    difference: str,
    interval: Mapping[str, str] | None = None,
    assumed: str = "newcombe",
) -> Recomputation:
    """Whether a risk difference (percentage points) comes out, and which interval the printed one is."""
    found = tables(groups)
    claimed = printed(difference)
    fits = [counts for counts in found.counts if claimed.rounded_from(100 * differences.risk_difference(*counts))]
    counts = fits[0] if fits else found.counts[0]
    value = 100 * differences.risk_difference(*counts)
    limits = {name: [100 * limit for limit in method(*counts)] for name, method in DIFFERENCE_INTERVALS.items()}
    words = joined(
        [f"{INTERVAL_NAMES[name]} {shown(low, 2)} to {shown(high, 2)}" for name, (low, high) in limits.items()]
    )
    fitting = _intervals_that_fit(limits, interval)
    remark = INTERVAL_NAMES[_preferred(fitting, assumed)] if interval and fitting else ""
    return Recomputation(
        recomputed=f"{shown(value, 2)} points; {words}",
        verdict=verdict_by_method(fitting, assumed) if fits else "not_reproduced",
        explanation=(
            f"{found.words}: difference {shown(value, 2)} percentage points; 95 % intervals: {words}. "
            + _interval_ending(interval, remark)
            + _effects(counts)
        ),
        remark=remark,
        numbers=_difference_numbers(counts, value, limits),
    )


def _intervals_that_fit(limits: Mapping[str, list[float]], interval: Mapping[str, str] | None) -> list[str]:
    """The methods whose limits are the printed ones; all of them when no interval was printed."""
    if interval is None:
        return list(limits)
    claimed_low, claimed_high = printed(interval["low"]), printed(interval["high"])
    return [
        name
        for name, (low, high) in limits.items()
        if claimed_low.rounded_from(low) and claimed_high.rounded_from(high)
    ]


def _interval_ending(interval: Mapping[str, str] | None, remark: str) -> str:
    if interval is None:
        return ""
    claimed = f"{interval['low']} to {interval['high']}"
    return f"The stated {claimed} is {remark}'s. " if remark else f"None is the stated {claimed}. "


def _effects(counts: Counts) -> str:
    """The other effect sizes of the same table, in words."""
    ratio, limits = differences.odds_ratio(*counts), differences.odds_ratio_interval(*counts)
    risk, needed = differences.risk_ratio(*counts), differences.number_needed_to_treat(*counts)
    parts = []
    if ratio is not None:
        inside = f" ({shown(limits[0], 2)} to {shown(limits[1], 2)})" if limits else ""
        parts.append(f"odds ratio {shown(ratio, 2)}{inside}")
    if risk is not None:
        parts.append(f"risk ratio {shown(risk, 2)}")
    if needed is not None:
        parts.append(f"number needed to treat {shown(needed, 2)}")
    return f"Same table: {joined(parts)}." if parts else ""


def _difference_numbers(counts: Counts, value: float, limits: Mapping[str, list[float]]) -> dict[str, Number]:
    numbers: dict[str, Number] = {"difference": value}
    for name, (low, high) in limits.items():
        numbers |= {f"{name}_low": low, f"{name}_high": high}
    odds = differences.odds_ratio_interval(*counts)
    return numbers | {
        "count1": counts[0],
        "of1": counts[1],
        "count2": counts[2],
        "of2": counts[3],
        "odds_ratio": differences.odds_ratio(*counts),
        "odds_ratio_low": odds[0] if odds else None,
        "odds_ratio_high": odds[1] if odds else None,
        "risk_ratio": differences.risk_ratio(*counts),
        "number_needed_to_treat": differences.number_needed_to_treat(*counts),
    }


def odds_ratio(
    *, groups: Sequence[Group], ratio: str, adjusted: bool = False, interval: Mapping[str, str] | None = None
) -> Recomputation:
    """Whether the crude odds ratio is the printed one; an adjusted one cannot be recomputed from counts."""
    found = tables(groups)
    crude = _effect_of_each(found, differences.odds_ratio)
    if not crude:
        return _undefined("odds ratio", found)
    words = _value_range(crude, 3)
    if adjusted:
        return Recomputation(
            recomputed=f"crude {words}",
            verdict="not_recomputable",
            explanation=(
                f"{found.words}: the crude odds ratio is {words}; the stated {ratio} is adjusted, "
                "and an adjusted one needs every patient's data."
            ),
            numbers={"crude_low": min(crude), "crude_high": max(crude)},
        )
    claimed = printed(ratio)
    fits = any(claimed.rounded_from(value) for value in crude)
    limits = differences.odds_ratio_interval(*found.counts[0])
    within = interval is None or (
        limits is not None
        and printed(interval["low"]).rounded_from(limits[0])
        and printed(interval["high"]).rounded_from(limits[1])
    )
    limit_words = f" (Woolf {shown(limits[0], 2)} to {shown(limits[1], 2)})" if limits else ""
    return Recomputation(
        recomputed=f"{words}{limit_words}",
        verdict=decide(holds=fits and within),
        explanation=f"{found.words}: odds ratio {words}{limit_words}.",
        numbers={"odds_ratio": crude[0], "low": limits[0] if limits else None, "high": limits[1] if limits else None},
    )


def risk_ratio(*, groups: Sequence[Group], ratio: str) -> Recomputation:
    """Whether the ratio of the two shares is the printed one."""
    return _one_effect("risk ratio", tables(groups), ratio, differences.risk_ratio)


def number_needed_to_treat(*, groups: Sequence[Group], number: str) -> Recomputation:
    """Whether one over the risk difference is the printed number needed to treat."""
    return _one_effect("number needed to treat", tables(groups), number, differences.number_needed_to_treat)


Effect = Callable[[int, int, int, int], float | None]


def _effect_of_each(found: Tables, effect: Effect) -> list[float]:
    """The effect of every possible table; tables for which it does not exist are left out."""
    return [value for counts in found.counts if (value := effect(*counts)) is not None]


def _one_effect(name: str, found: Tables, claimed: str, effect: Effect) -> Recomputation:
    values = _effect_of_each(found, effect)
    if not values:
        return _undefined(name, found)
    return Recomputation(
        recomputed=_value_range(values, 3),
        verdict=decide(holds=any(printed(claimed).rounded_from(value) for value in values)),
        explanation=f"{found.words}: {name} {_value_range(values, 3)}.",
        numbers={name.replace(" ", "_"): values[0]},
    )


def _undefined(name: str, found: Tables) -> Recomputation:
    return Recomputation(
        recomputed="undefined",
        verdict="not_recomputable",
        explanation=f"{found.words}: the {name} does not exist for these counts.",
    )


def _value_range(values: Sequence[float], digits: int) -> str:
    low, high = shown(min(values), digits), shown(max(values), digits)
    return low if low == high else f"{low} to {high}"


def difference_of_means(*, groups: Sequence[Group], p: str) -> Recomputation:
    """Whether Welch's t test of two means with their standard deviations gives the printed p-value."""
    # Loading scipy.stats takes seconds, and most who read the library ask for no test.
    from scipy import stats  # noqa: PLC0415

    first, second = groups
    result = stats.ttest_ind_from_stats(
        first["mean"], first["sd"], first["n"], second["mean"], second["sd"], second["n"], equal_var=False
    )
    value = float(result.pvalue)
    return Recomputation(
        recomputed=f"Welch {shown_p(value)}",
        verdict=decide(holds=printed(p).rounded_from(value)),
        explanation=f"Welch's t test of {first['mean']:g} v {second['mean']:g} gives p {shown_p(value)}.",
        numbers={"welch": value},
    )
