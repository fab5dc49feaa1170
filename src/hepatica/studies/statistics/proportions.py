"""Shares of patients and their differences, each with counts, denominator, and an interval that is named."""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.evidence import differences
from hepatica.evidence import proportions as shares
from hepatica.studies.statistics.distributions import beta_quantile
from hepatica.studies.statistics.inputs import share_of_one


@dataclass(frozen=True)
class Proportion:
    """A share of patients: `count` of `of`, as a fraction of one, with its interval."""

    count: int
    of: int
    share: float
    lower: float
    upper: float
    method: str


@dataclass(frozen=True)
class Difference:
    """A share minus another share (fractions of one) with its interval."""

    difference: float
    lower: float
    upper: float
    method: str


@dataclass(frozen=True)
class Ratio:
    """An odds ratio or a risk ratio with its interval; None where an empty cell leaves it without one."""

    value: float | None
    lower: float | None
    upper: float | None
    method: str


def wilson(x: int, n: int, *, confidence: float = 0.95) -> Proportion:
    """The share x of n with Wilson's score interval (the default for shares of patients). Refuses n = 0."""
    low, high = shares.wilson(x, n, share_of_one("confidence", confidence))
    return Proportion(x, n, x / n, low, high, "Wilson")


def exact(x: int, n: int, *, confidence: float = 0.95) -> Proportion:
    """The share x of n with Clopper and Pearson's exact interval (Biometrika 1934;26:404-413). Refuses n = 0."""
    shares.refuse_impossible_count(x, n)
    tail = (1 - share_of_one("confidence", confidence)) / 2
    low = 0.0 if x == 0 else beta_quantile(tail, x, n - x + 1)
    high = 1.0 if x == n else beta_quantile(1 - tail, x + 1, n - x)
    return Proportion(x, n, x / n, low, high, "Clopper-Pearson")


def difference_newcombe(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Difference:
    """The first share minus the second with Newcombe's hybrid score interval."""
    low, high = differences.newcombe(x1, n1, x2, n2, share_of_one("confidence", confidence))
    return Difference(differences.risk_difference(x1, n1, x2, n2), low, high, "Newcombe")


def difference_wald(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Difference:
    """The first share minus the second with the Wald interval (large groups only)."""
    low, high = differences.wald_difference(x1, n1, x2, n2, share_of_one("confidence", confidence))
    return Difference(differences.risk_difference(x1, n1, x2, n2), low, high, "Wald")


def difference_score(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Difference:
    """The first share minus the second with Miettinen and Nurminen's score interval."""
    low, high = differences.miettinen_nurminen(x1, n1, x2, n2, share_of_one("confidence", confidence))
    return Difference(differences.risk_difference(x1, n1, x2, n2), low, high, "Miettinen-Nurminen")


def odds_ratio(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> Ratio:
    """The crude odds ratio of the first group against the second with Woolf's interval."""
    value = differences.odds_ratio(x1, n1, x2, n2)
    interval = differences.odds_ratio_interval(x1, n1, x2, n2, share_of_one("confidence", confidence))
    low, high = interval or (None, None)
    return Ratio(value, low, high, "Woolf")
