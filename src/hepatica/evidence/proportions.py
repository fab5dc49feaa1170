"""Proportions: Wilson and Wald intervals, and which counts a printed percentage can come from."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, sqrt
from statistics import NormalDist

from hepatica.errors import UsageError
from hepatica.evidence.printed import Printed

Interval = tuple[float, float]


def normal_quantile(level: float = 0.95) -> float:
    """The standard normal quantile of a two-sided interval (1.96 for 95 %)."""
    return NormalDist().inv_cdf((1 + level) / 2)


def refuse_impossible_count(count: int, of: int) -> None:
    """Refuses a count outside 0..of, and an empty group: no proportion exists."""
    if of < 1 or not 0 <= count <= of:
        raise UsageError("a proportion", f"{count} of {of} is none", "give 0 <= count <= of, and of >= 1")


def wilson(count: int, of: int, level: float = 0.95) -> Interval:
    """The Wilson score interval of a proportion, as fractions of one.

    Source: Wilson EB. J Am Stat Assoc 1927;22:209-212; as method 3 (no continuity correction) in Newcombe RG.
    Stat Med 1998;17:857-872.
    """
    refuse_impossible_count(count, of)
    z = normal_quantile(level)
    centre = count + z * z / 2
    half = z * sqrt(count * (of - count) / of + z * z / 4)
    low, high = (centre - half) / (of + z * z), (centre + half) / (of + z * z)
    # The formula gives exactly 0 and 1 at the ends; floating point may miss them by 1e-17.
    return (0.0 if count == 0 else low, 1.0 if count == of else high)


def wald(count: int, of: int, level: float = 0.95) -> Interval:
    """The Wald interval of a proportion: p +/- z sqrt(p(1-p)/n); method 1 in Newcombe, Stat Med 1998;17:857-872."""
    refuse_impossible_count(count, of)
    share = count / of
    half = normal_quantile(level) * sqrt(share * (1 - share) / of)
    return share - half, share + half


def percentage(count: int, of: int) -> Fraction:
    """The exact percentage."""
    refuse_impossible_count(count, of)
    return Fraction(100 * count, of)


def counts_behind(percent: Printed, of: int) -> list[int]:
    """Every count that is printed as this percentage of the denominator when rounded; empty: impossible."""
    first, last = ceil(percent.low * of / 100), floor(percent.high * of / 100)
    return [count for count in range(first, last + 1) if 0 <= count <= of]


def counts_behind_if_cut(percent: Printed, of: int) -> list[int]:
    """Every count that is printed as this percentage when further decimals are cut off instead of rounded."""
    first = ceil(percent.value * of / 100)
    last = ceil((percent.value + percent.unit) * of / 100) - 1
    return [count for count in range(first, last + 1) if 0 <= count <= of]


def nearest_count(percent: Printed, of: int) -> int:
    """The count whose percentage is nearest to the printed one."""
    return min(range(of + 1), key=lambda count: abs(Fraction(100 * count, of) - percent.value))


def nearest_denominators(percent: Printed, of: int) -> list[tuple[int, int]]:
    """(count, denominator) of the nearest smaller and larger denominators for which the percentage is possible."""
    found: list[tuple[int, int]] = []
    # A percentage printed to d decimals is possible for every denominator of 100 * 10^d and more.
    for candidates in (range(of - 1, 0, -1), range(of + 1, of + 1 + int(100 / percent.unit))):
        for denominator in candidates:
            counts = counts_behind(percent, denominator)
            if counts:
                found.append((counts[0], denominator))
                break
    return found


def denominators_behind(percent: Printed, at_most: int) -> list[tuple[int, int]]:
    """Every (count, denominator) up to a group's size that is printed as this percentage."""
    return [(count, of) for of in range(1, at_most + 1) for count in counts_behind(percent, of)]
