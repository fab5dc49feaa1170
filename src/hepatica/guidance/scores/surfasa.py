"""SURFASA = -6.80 + 1.92 INR(day 0) + 1.94 change of INR + 1.64 change of bilirubin, day 0 to 3.

Source: De Martin E et al., J Hepatol 2021, doi 10.1016/j.jhep.2020.12.033 (abstract). The published coefficients
are the logarithms of the odds ratios of the dichotomised changes, so the changes are probably 0/1 indicators;
later papers put the fractions in and found other cut-offs. Both readings exist, each with its own cut-off.
"""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def indicators(case: Case) -> float:
    """Return SURFASA with each change as 0 or 1."""
    return _surfasa(case, case.points["inr_change"], case.points["bilirubin_change"])


def fractions(case: Case) -> float:
    """Return SURFASA with each change as the fraction (day 3 - day 0) / day 0."""
    return _surfasa(case, case.number("inr_change"), case.number("bilirubin_change"))


def remarks(case: Case) -> list[str]:
    """Return the changes in percent, so that a percentage entered as a fraction is seen."""
    changes = [item for item in ("inr_change", "bilirubin_change") if case.knows(item)]
    return [f"{item} is taken as a change of {100 * case.number(item):+.3g} %" for item in changes]


def _surfasa(case: Case, inr_change: float, bilirubin_change: float) -> float:
    numbers = case.numbers
    return (
        numbers["constant"]
        + numbers["inr"] * case.number("inr_day_0")
        + numbers["inr_change"] * inr_change
        + numbers["bilirubin_change"] * bilirubin_change
    )
