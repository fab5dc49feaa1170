"""Histology classes of the consensus of 2022 (Lohse AW, Liver Int 2022;42:1058), from the raw features."""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def classify(case: Case) -> str:
    """Return likely, possible, or unlikely autoimmune hepatitis by histology."""
    supported = _lobular_features(case) if case.word("pattern") == "lobular" else _portal_features(case)
    another_disease = case.word("other_pathology") == "yes"
    if supported and not another_disease:
        return "likely"
    return "possible" if supported or not another_disease else "unlikely"


def _portal_features(case: Case) -> bool:
    """Portal lymphoplasmacytic hepatitis with more than mild interface or more than mild lobular hepatitis."""
    activity = "more_than_mild" in (case.word("interface_hepatitis"), case.word("lobular_hepatitis"))
    return case.word("lymphoplasmacytic_infiltrate") == "yes" and activity


def _lobular_features(case: Case) -> bool:
    """Lobular hepatitis with portal lymphoplasmacytic hepatitis, interface hepatitis, or portal fibrosis."""
    return (
        case.word("lymphoplasmacytic_infiltrate") == "yes"
        or case.word("interface_hepatitis") != "none"
        or case.word("portal_fibrosis") == "yes"
    )
