"""MELD-Na = MELD + 1.32 (137 - Na) - 0.033 MELD (137 - Na), sodium within 125 and 137 mmol/L.

Source: OPTN policy 2016 (by way of a public macro that cites it). Sodium counts only where MELD is above 11.
"""

from __future__ import annotations

from hepatica.guidance.scores import meld
from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return MELD-Na, 6 to 40; natural logarithms, mg/dL, mmol/L."""
    without_sodium = meld.formula(case)
    if without_sodium <= case.numbers["only_above_meld"]:
        return without_sodium
    deficit = case.numbers["reference_sodium"] - case.number("sodium")
    weight = case.numbers["sodium"] - case.numbers["sodium_times_meld"] * without_sodium
    return meld.within_policy(case, meld.rounded(without_sodium + weight * deficit))
