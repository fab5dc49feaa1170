"""Fall of UKELD within the first seven days of steroids (Yeoman AD, Hepatology 2011;53:926, abstract)."""

from __future__ import annotations

from hepatica.guidance.scores.score import Case


def formula(case: Case) -> float:
    """Return by how much UKELD fell: day 0 minus day 7; a rise is negative."""
    # UKELD is quoted with two decimals; six keep 62.5 - 60.5 at exactly 2.
    return round(case.number("ukeld_day_0") - case.number("ukeld_day_7"), 6)
