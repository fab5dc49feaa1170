"""UKELD = 5.395 ln INR + 1.485 ln creatinine + 3.13 ln bilirubin - 81.565 ln sodium + 435 (µmol/L, mmol/L).

Source: Barber KM et al., Hepatology 2007;46:611A; NHS Blood and Transplant.
"""

from __future__ import annotations

from math import log

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return UKELD; natural logarithms, bilirubin and creatinine in µmol/L."""
    weighted = sum(case.numbers[item] * log(case.number(item)) for item in ("inr", "creatinine", "bilirubin"))
    return weighted - case.numbers["sodium"] * log(case.number("sodium")) + case.numbers["constant"]
