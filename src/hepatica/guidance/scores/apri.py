"""APRI = (AST / its upper limit) / platelets (10⁹/L) x 100. Source: Wai CT, Hepatology 2003;38:518."""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return APRI; AST in ×ULN, platelets in 10⁹/L."""
    return case.numbers["factor"] * case.number("ast_xuln") / case.number("platelets")
