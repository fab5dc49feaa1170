"""Steroid doses in mg of prednisolone, with the vocabulary's equivalents."""

from __future__ import annotations

from hepatica.guidance.scores.dose_equivalents import prednisolone_equivalent
from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return the mg of prednisolone a day that a steroid dose stands for."""
    mg = prednisolone_equivalent(case.word("drug"), case.number("dose")).mg
    if mg is None:  # every choice of the item has an equivalent; a test holds the two together
        raise ValueError("a steroid without an equivalent")
    return mg
