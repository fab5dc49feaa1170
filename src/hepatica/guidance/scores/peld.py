"""PELD = 10 x [0.480 ln bilirubin + 1.857 ln INR - 0.687 ln albumin + 0.436 infant + 0.667 growth failure].

Source: OPTN policy until July 2023. Natural logarithms, mg/dL, g/dL, floors 1.0.
"""

from __future__ import annotations

from math import log

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return PELD without creatinine, for children below 12 years."""
    numbers = case.numbers
    bracket = (
        numbers["bilirubin"] * log(case.number("bilirubin"))
        + numbers["inr"] * log(case.number("inr"))
        - numbers["albumin"] * log(case.number("albumin"))
        + (numbers["infant"] if _counts_as_infant(case) else 0)
        + (numbers["growth_failure"] if case.word("growth_failure") == "yes" else 0)
    )
    return 10 * bracket


def _counts_as_infant(case: Case) -> bool:
    """Say whether the term for infants counts: below 1 year, or below 2 years if listed before the first birthday."""
    age = case.number("age")
    listed_early = case.word("listed_before_first_birthday") == "yes"
    return age < case.numbers["infant_below_age"] or (listed_early and age < case.numbers["infant_if_listed_below_age"])
