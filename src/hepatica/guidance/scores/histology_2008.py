"""Histology by the simplified criteria of 2008 (Hennes EM, Hepatology 2008;48:169), from the raw features."""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def classify(case: Case) -> str:
    """Return typical, compatible, or not compatible with autoimmune hepatitis."""
    if case.word("other_pathology") == "yes" or case.word("lymphoplasmacytic_infiltrate") == "no":
        return "not_compatible"
    typical = (
        case.word("interface_hepatitis") != "none"
        and case.word("rosettes") == "yes"
        and case.word("emperipolesis") == "yes"
    )
    return "typical" if typical else "compatible"
