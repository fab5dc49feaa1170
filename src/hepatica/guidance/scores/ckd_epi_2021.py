"""eGFR = 142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age x 1.012 (female); creatinine (Scr) in mg/dL.

k is 0.7 and a -0.241 for women, 0.9 and -0.302 for men. Source: Inker LA, N Engl J Med 2021;385:1737, from memory.
"""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return the estimated glomerular filtration rate, mL/min/1.73 m², of an adult."""
    numbers, sex = case.numbers, case.word("sex")
    ratio = case.number("creatinine") / numbers[f"kappa_{sex}"]
    below, above = min(ratio, 1.0) ** numbers[f"alpha_{sex}"], max(ratio, 1.0) ** numbers["beta"]
    factor = numbers["female"] if sex == "female" else 1.0
    rate: float = numbers["constant"] * below * above * numbers["per_year"] ** case.number("age") * factor
    return rate
