"""The parts of the revised criteria of 1999 that are more than a sum of rows (Alvarez F, J Hepatol 1999;31:929)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hepatica.guidance.scores.score import Case


def alp_ratio(case: Case) -> float:
    """Return the points of ALP to AST (or ALT), each as a multiple of its own upper limit."""
    ratio = case.number("alp_xuln") / case.number("transaminase_xuln")
    if ratio < case.numbers["alp_ratio_low"]:
        return case.numbers["alp_ratio_low_points"]
    if ratio > case.numbers["alp_ratio_high"]:
        return case.numbers["alp_ratio_high_points"]
    return case.numbers["alp_ratio_middle_points"]


def antibodies(case: Case) -> float:
    """Return the points of the best of ANA, SMA, LKM1; without any, other antibodies and HLA count instead."""
    conventional = max(case.points[item] for item in ("ana", "sma", "lkm1"))
    if conventional > 0:
        return conventional
    return case.points["other_autoantibodies"] + case.points["hla_dr3_or_dr4"]


def histology(case: Case) -> float:
    """Return the sum of the histological features; the absence of all three typical ones takes points away."""
    typical = sum(case.points[item] for item in ("interface_hepatitis", "predominantly_lymphoplasmacytic", "rosettes"))
    against = case.points["biliary_changes"] + case.points["other_changes"]
    return against + (typical if typical > 0 else case.numbers["no_typical_histology"])


# One ratio for all that the table does not tell apart.
_RATIOS = {"low": (1.0, 1.0), "middle": (2.0, 1.0), "high": (4.0, 1.0)}  # a test holds them to the limits


def like(values: dict[str, Any], numbers: Mapping[str, float]) -> dict[str, Any]:
    """Return values with the same points: of ALP and transaminase only the class of their ratio counts.

    Where one of the two is missing the other decides nothing, for its own range spans all classes.
    """
    alp, transaminase = values.get("alp_xuln"), values.get("transaminase_xuln")
    if isinstance(alp, str) or isinstance(transaminase, str):
        return values
    if alp is None or transaminase is None:
        return {**values, "alp_xuln": None, "transaminase_xuln": None}
    ratio = alp / transaminase
    low, high = numbers["alp_ratio_low"], numbers["alp_ratio_high"]
    alike = _RATIOS["low" if ratio < low else "high" if ratio > high else "middle"]
    return {**values, "alp_xuln": alike[0], "transaminase_xuln": alike[1]}
