"""Recomputation of shares: proportions, possible percentages, denominators, sums, titres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from hepatica.evidence.printed import Printed, printed
from hepatica.evidence.proportions import (
    counts_behind,
    counts_behind_if_cut,
    denominators_behind,
    nearest_denominators,
    percentage,
    wald,
    wilson,
)
from hepatica.evidence.recomputation import Number, Recomputation, VerdictWord, count_range, decide, joined, shown

SHARE_INTERVALS = {"wilson": wilson, "wald": wald}
LISTED = 4  # more possible denominators than this are counted in a remark, and listed in the explanation only
SHARE_INTERVAL_NAMES = {"wilson": "Wilson", "wald": "Wald"}


def proportion(*, count: int, of: int, percent: str) -> Recomputation:
    """Whether a count and its denominator give the printed percentage, rounded or cut off."""
    exact, claimed = percentage(count, of), printed(percent)
    low, high = (100 * limit for limit in wilson(count, of))
    rounded, cut = claimed.rounded_from(exact), claimed.cut_from(exact)
    remark = "cut off, not rounded" if cut and not rounded else ""
    return Recomputation(
        recomputed=f"{shown(float(exact), 2)} % (Wilson {shown(low, 1)} to {shown(high, 1)})",
        verdict=decide(holds=rounded or cut),
        explanation=(
            f"{count} of {of} is {shown(float(exact), 2)} %; {_how_printed(claimed, exact)}. "
            f"Wilson 95 % interval {shown(low, 1)} to {shown(high, 1)} %."
        ),
        remark=remark,
        numbers={
            "count": count,
            "of": of,
            "percent": float(exact),
            "wilson_low": low,
            "wilson_high": high,
            "cut_off": bool(remark),
        },
    )


def _how_printed(claimed: Printed, exact: Fraction) -> str:
    """How a printed percentage relates to the exact one."""
    if claimed.rounded_from(exact):
        return f"rounded it is the stated {claimed.text} %"
    decimals = len(claimed.text.partition(".")[2])
    rounded = shown(float(exact), decimals)
    if claimed.cut_from(exact):
        return f"rounded it would be {rounded} %: the stated {claimed.text} % was cut off, not rounded"
    return f"rounded it would be {rounded} %, but {claimed.text} % is stated"


def proportion_interval(*, count: int, of: int, interval: Mapping[str, str], assumed: str = "wilson") -> Recomputation:
    """Which interval of a proportion (Wilson, Wald) is the printed one."""
    low, high = printed(interval["low"]), printed(interval["high"])
    found = {name: [100 * limit for limit in method(count, of)] for name, method in SHARE_INTERVALS.items()}
    fitting = [name for name, (below, above) in found.items() if low.rounded_from(below) and high.rounded_from(above)]
    words = joined(
        [
            f"{SHARE_INTERVAL_NAMES[name]} {shown(below, 1)} to {shown(above, 1)} %"
            for name, (below, above) in found.items()
        ]
    )
    numbers: dict[str, Number] = {}
    for name, (below, above) in found.items():
        numbers |= {f"{name}_low": below, f"{name}_high": above}
    return Recomputation(
        recomputed=words,
        verdict=verdict_by_method(fitting, assumed),
        explanation=f"For {count} of {of}: {words}. {_fitting_interval(fitting, interval)}.",
        remark=SHARE_INTERVAL_NAMES[fitting[0]] if fitting else "",
        numbers=numbers,
    )


def _fitting_interval(fitting: list[str], interval: Mapping[str, str]) -> str:
    claimed = f"the stated {interval['low']} to {interval['high']} %"
    if not fitting:
        return f"Neither is {claimed}"
    return f"{joined([SHARE_INTERVAL_NAMES[name] for name in fitting])} is {claimed}"


def verdict_by_method(fitting: Sequence[str], assumed: str) -> VerdictWord:
    """Reproduced by the assumed method, by another one, or by none."""
    if assumed in fitting:
        return "reproduced"
    return "reproduced_with_another_test" if fitting else "not_reproduced"


def possible_percentage(*, percent: str, of: int) -> Recomputation:
    """Whether any whole number of patients gives the printed percentage of a denominator, and which."""
    claimed = printed(percent)
    counts = counts_behind(claimed, of)
    if not counts:
        return _impossible(claimed, of)
    alone = len(counts) == 1
    exactly = alone and percentage(counts[0], of) == claimed.value
    low, high = 100 * wilson(counts[0], of)[0], 100 * wilson(counts[-1], of)[1]
    which = f"only {counts[0]} of {of}" if alone else f"{count_range(counts)} of {of}"
    verb = "is" if exactly else "is printed as"
    return Recomputation(
        recomputed=f"{count_range(counts)}/{of}",
        verdict="reproduced",
        explanation=(
            f"{which[0].upper()}{which[1:]} {verb} {percent} %{' exactly' if exactly else ''}. "
            f"Wilson 95 % interval {shown(low, 1)} to {shown(high, 1)} %."
        ),
        remark="the count is inferred from the percentage" if alone else "several counts fit",
        numbers={
            "of": of,
            "count_low": counts[0],
            "count_high": counts[-1],
            "unique": alone,
            "wilson_low": low,
            "wilson_high": high,
        },
    )


def _impossible(claimed: Printed, of: int) -> Recomputation:
    """Says that no count gives the percentage: the neighbours, and the nearest denominators that could."""
    below = int(claimed.value * of / 100)
    neighbours = [count for count in (below, below + 1) if count <= of]
    around = joined([f"{count} is {shown(float(percentage(count, of)), 2)} %" for count in neighbours])
    others = nearest_denominators(claimed, of)
    fitting = joined([f"{count}/{denominator}" for count, denominator in others], "or")
    cut = counts_behind_if_cut(claimed, of)
    if_cut = f" Were it cut off instead of rounded, {count_range(cut)} of {of} would fit." if cut else ""
    return Recomputation(
        recomputed=f"no count of {of}; nearest {fitting}",
        verdict="impossible",
        explanation=(
            f"No whole number of {of} is printed as {claimed.text} %: {around}. "
            f"The nearest denominators for which it is possible: {fitting}.{if_cut}"
        ),
        remark="fits only if cut off, not rounded" if cut else "",
        numbers={
            "of": of,
            "count_below": neighbours[0],
            "count_above": neighbours[-1],
            "percent_below": float(percentage(neighbours[0], of)),
            "percent_above": float(percentage(neighbours[-1], of)),
            "possible_denominators": fitting,
            "count_if_cut": cut[0] if cut else None,
        },
    )


def denominator_of_percentage(*, percent: str, at_most: int) -> Recomputation:
    """Which denominators, up to the size of the group, the printed percentage can have."""
    claimed = printed(percent)
    possible = denominators_behind(claimed, at_most)
    whole = [count for count, of in possible if of == at_most]
    listed = joined([f"{count}/{of}" for count, of in possible], "or") if possible else "none"
    if whole:
        remark = ""
    elif possible:
        listing = joined([f"of {of}" for _, of in possible], "or")
        remark = f"{listing if len(possible) <= LISTED else f'of one of {len(possible)} sizes'}, not of {at_most}"
    else:
        remark = f"no denominator up to {at_most}"
    nearest = [shown(float(percentage(count, at_most)), 1) for count in _around(claimed, at_most)]
    return Recomputation(
        recomputed=listed,
        verdict="reproduced" if possible else "impossible",
        explanation=(
            f"{percent} % of at most {at_most} can be: {listed}. "
            + ("" if whole else f"Of all {at_most} the nearest percentages are {joined(nearest)} %. ")
        ).strip(),
        remark=remark,
        numbers={"denominators": listed, "of_whole_group": bool(whole)},
    )


def _around(claimed: Printed, of: int) -> list[int]:
    below = int(claimed.value * of / 100)
    return [count for count in (below, below + 1) if count <= of]


def share_of_which(
    *, count: int, percent: str, denominators: Sequence[Mapping[str, Any]], said_of: str | None = None
) -> Recomputation:
    """Of which of several groups a printed share is one, and whether that is the group the sentence names."""
    claimed = printed(percent)
    fits = {group["name"]: claimed.rounded_from(percentage(count, group["of"])) for group in denominators}
    sizes = {group["name"]: group["of"] for group in denominators}
    fitting = [name for name, holds in fits.items() if holds]
    each = joined(
        [f"{count}/{of} ({name}) is {shown(float(percentage(count, of)), 1)} %" for name, of in sizes.items()]
    )
    other = said_of is not None and bool(fitting) and said_of not in fitting
    remark = f"of {sizes[fitting[0]]}, not of {sizes[said_of]}" if other and said_of is not None else ""
    if len(fitting) > 1 and said_of is None:
        remark = f"fits {joined([f'{sizes[name]} ({name})' for name in fitting])} alike"
    wrong_reading = f", not of the {sizes[said_of]} that the sentence names" if other and said_of is not None else ""
    outcome = joined([f"the {sizes[name]} ({name})" for name in fitting], "or") if fitting else "none of them"
    return Recomputation(
        recomputed=each,
        verdict=decide(holds=bool(fitting)),
        explanation=f"{each}: the stated {percent} % is of {outcome}{wrong_reading}.",
        remark=remark,
        numbers={f"percent_of_{sizes[name]}": float(percentage(count, sizes[name])) for name in sizes},
    )


def implied_denominator(*, count: int, percent: str, total: str) -> Recomputation:
    """The denominator that a count and its printed percentage imply."""
    claimed = printed(percent)
    if claimed.low <= 0:
        return Recomputation(
            recomputed="undefined",
            verdict="not_recomputable",
            explanation=f"{percent} % may be nothing at all, so it implies no denominator.",
        )
    exact = Fraction(100 * count) / claimed.value
    low, high = Fraction(100 * count) / claimed.high, Fraction(100 * count) / claimed.low
    return Recomputation(
        recomputed=f"{float(exact):.0f} ({float(low):.0f} to {float(high):.0f})",
        verdict=decide(holds=printed(total).rounded_from(exact)),
        explanation=(
            f"If {count} are {percent} %, all are about {float(exact):.0f}, "
            f"{float(low):.0f} to {float(high):.0f} given the rounding."
        ),
        numbers={"total": float(exact), "total_low": float(low), "total_high": float(high)},
    )


def total(*, parts: Sequence[float], total: float) -> Recomputation:
    """Whether the parts add up to the total."""
    # Parts such as 16.3828 are exact decimals; a sum of binary floats would miss the total by 1e-15.
    exact = sum(Fraction(str(part)) for part in parts)
    sum_words = " + ".join(f"{part:g}" for part in parts)
    holds = exact == Fraction(str(total))
    ending = "as stated" if holds else f"but {total:g} is stated"
    return Recomputation(
        recomputed=f"{float(exact):g}",
        verdict=decide(holds=holds),
        explanation=f"{sum_words} = {float(exact):g}, {ending}.",
        numbers={"sum": float(exact)},
    )


def doubling_dilution(*, titre: int, first: int) -> Recomputation:
    """Whether a titre is a step of a doubling dilution from the first one (1:10, 1:20, 1:40 …)."""
    steps = [first]
    while steps[-1] < titre:
        steps.append(steps[-1] * 2)
    nearest = min(steps, key=lambda step: abs(step - titre))
    holds = nearest == titre
    return Recomputation(
        recomputed=f"1:{nearest}",
        verdict=decide(holds=holds),
        explanation=(
            f"Doubling from 1:{first} gives 1:{nearest}"
            + (", as printed." if holds else f"; 1:{titre} is no step of it, so it is probably a misprint.")
        ),
        remark="" if holds else "no doubling dilution",
        numbers={"nearest": nearest},
    )
