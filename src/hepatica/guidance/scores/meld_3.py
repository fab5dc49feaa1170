"""MELD 3.0 (Kim WR, Gastroenterology 2021;161:1887; OPTN policy since July 2023).

1.33 female + 4.56 ln bilirubin + 0.82 (137 - Na) - 0.24 (137 - Na) ln bilirubin + 9.09 ln INR + 11.14 ln creatinine
+ 1.85 (3.5 - albumin) - 1.83 (3.5 - albumin) ln creatinine + 6; below 18 years 7.33 for both sexes instead of
6 and the term for sex. Natural logarithms, mg/dL, g/dL, mmol/L; creatinine 1.0 to 3.0, albumin 1.5 to 3.5.
"""

from __future__ import annotations

from math import log

from hepatica.guidance.scores import meld
from hepatica.guidance.scores.score import Case


def unrounded(case: Case) -> float:
    """Return MELD 3.0 before rounding."""
    numbers = case.numbers
    bilirubin, creatinine = log(case.number("bilirubin")), log(case.number("creatinine"))
    sodium = numbers["reference_sodium"] - case.number("sodium")
    albumin = numbers["reference_albumin"] - case.number("albumin")
    return (
        _constant(case)
        + numbers["bilirubin"] * bilirubin
        + (numbers["sodium"] - numbers["sodium_bilirubin"] * bilirubin) * sodium
        + numbers["inr"] * log(case.number("inr"))
        + numbers["creatinine"] * creatinine
        + (numbers["albumin"] - numbers["albumin_creatinine"] * creatinine) * albumin
    )


def formula(case: Case) -> float:
    """Return MELD 3.0, 6 to 40."""
    return meld.within_policy(case, meld.rounded(unrounded(case)))


def remarks(case: Case) -> list[str]:
    """Return the unrounded value, and that younger children are scored by PELD."""
    items = ("age", "sex", "bilirubin", "inr", "creatinine", "sodium", "albumin")
    said = [f"unrounded {unrounded(case):.3f}"] if case.knows(*items) else []
    if case.knows("age") and case.number("age") < case.numbers["youngest_age"]:
        said.append("below 12 years allocation uses PELD, not MELD 3.0")
    return said


def _constant(case: Case) -> float:
    """Return the constant with the term for sex; below 18 years both sexes have the same."""
    if case.number("age") < case.numbers["adult_age"]:
        return case.numbers["constant_below_adult_age"]
    return case.numbers["constant"] + (case.numbers["female"] if case.word("sex") == "female" else 0)
