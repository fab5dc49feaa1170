"""ALBI = 0.66 log10 bilirubin (µmol/L) - 0.085 albumin (g/L). Source: Johnson PJ, J Clin Oncol 2015;33:550."""

from __future__ import annotations

from math import log10

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return the ALBI score; bilirubin in µmol/L, albumin in g/L."""
    numbers = case.numbers
    return numbers["bilirubin"] * log10(case.number("bilirubin")) - numbers["albumin"] * case.number("albumin")
