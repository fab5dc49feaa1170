"""FIB-4 = age x AST / (platelets x sqrt(ALT)). Source: Sterling RK, Hepatology 2006, doi 10.1002/hep.21178."""

from __future__ import annotations

from math import sqrt

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return FIB-4; years, U/L, platelets in 10⁹/L."""
    return case.number("age") * case.number("ast") / (case.number("platelets") * sqrt(case.number("alt")))


def remarks(case: Case) -> list[str]:
    """Return the caution for ages at which FIB-4 is less reliable."""
    youngest, oldest = case.numbers["youngest"], case.numbers["oldest"]
    if case.knows("age") and not youngest <= case.number("age") <= oldest:
        return [f"less reliable below {youngest:g} and above {oldest:g} years"]
    return []
