"""MELD = 10 x [0.957 ln creatinine + 0.378 ln bilirubin + 1.120 ln INR + 0.643], the bracket to one decimal.

Source: OPTN policy until July 2023 (by way of a public macro that cites it). Natural logarithms, mg/dL, floors 1.0,
creatinine at most 4.0 (dialysis counts as 4.0), result 6 to 40.
"""

from __future__ import annotations

from math import floor, log

from hepatica.guidance.scores.score import Case


def rounded(value: float) -> float:
    """Return the nearest whole number; a half goes up, as policies round."""
    return float(floor(value + 0.5))


def within_policy(case: Case, value: float) -> float:
    """Return a score within the lowest and highest that the policy gives out."""
    return min(max(value, case.numbers["lowest"]), case.numbers["highest"])


def uncapped(case: Case) -> float:
    """Return MELD as a whole number before the limits 6 and 40."""
    items = ("creatinine", "bilirubin", "inr")
    bracket = sum(case.numbers[item] * log(case.number(item)) for item in items) + case.numbers["constant"]
    return rounded(10 * bracket)


def formula(case: Case) -> float:
    """Return MELD, 6 to 40."""
    return within_policy(case, uncapped(case))
