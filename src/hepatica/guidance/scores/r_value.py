"""R = (ALT / its upper limit) / (ALP / its upper limit), with the first values of the episode."""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return the R value; ALT and ALP in ×ULN."""
    return case.number("alt_xuln") / case.number("alp_xuln")
