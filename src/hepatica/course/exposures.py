"""Exposures: when a patient was on a drug, with the doses inside. Rows with short gaps are one exposure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hepatica.course.patient import Treatment
from hepatica.course.protocol import Formulary

# What a drug was given for; extrahepatic disease and transplantation do not count as treatment of AIH.
FOR_AIH = frozenset({"AIH", "unknown"})


@dataclass(slots=True)
class Exposure:
    """A patient's time on one drug: first and last day (inclusive), whether it still goes on, and its rows by start."""

    drug: str
    start: int
    end: int
    ongoing: bool
    rows: list[Treatment]


def counted_exposures(
    systemic: list[Treatment], taken: list[Exposure], formulary: Formulary, gap_days: int, as_of: int
) -> list[Exposure]:
    """Return the exposures to immunosuppression for AIH, from the systemic rows and all their exposures."""
    drugs = formulary.immunosuppressants
    given = [row for row in systemic if row.drug in drugs]
    counted = [row for row in given if row.indication in FOR_AIH]
    if len(counted) == len(given):  # the rule: no immunosuppressant was given for anything else
        return [exposure for exposure in taken if exposure.drug in drugs]
    return exposures(counted, gap_days, as_of)


def counted_for_aih(systemic: list[Treatment], formulary: Formulary) -> list[Treatment]:
    """Return the systemic rows that are immunosuppression for AIH: given for it, or for an unknown reason."""
    counted = formulary.immunosuppressants
    return [row for row in systemic if row.drug in counted and row.indication in FOR_AIH]


def exposures(treatments: list[Treatment], gap_days: int, as_of: int) -> list[Exposure]:
    """Return the exposures of each drug, ordered by start and drug, from rows in the order of a `Patient`.

    Rows of one drug are one exposure while at most `gap_days` days lie between them without the drug; overlaps merge.
    A row without an end, or with an end after the as-of day, still goes on.
    """
    current: dict[str, Exposure] = {}
    found: list[Exposure] = []
    for treatment in treatments:
        drug, start, end = treatment.drug, treatment.start, treatment.end
        ongoing = end is None or end > as_of
        last = as_of if end is None or end > as_of else end
        known = current.get(drug)
        if known is None or start - known.end - 1 > gap_days:
            current[drug] = known = Exposure(drug, start, last, ongoing, [treatment])
            found.append(known)
            continue
        known.end = max(known.end, last)
        if ongoing:
            known.ongoing = True
        known.rows.append(treatment)
    return found


def dose_row(exposure: Exposure, day: int) -> Treatment | None:
    """Return the row whose dose holds on a day: the latest started that has not ended; None in a gap."""
    found = None
    for treatment in exposure.rows:
        if treatment.start <= day and (treatment.end is None or treatment.end >= day):
            found = treatment
    return found


def possible_dose_changes(exposure: Exposure) -> list[int]:
    """Return the days on which the dose may have changed: a row follows another, and not both doses are known."""
    return [
        later.start
        for earlier, later in pairwise(exposure.rows)
        if earlier.dose is None or later.dose is None or earlier.dose_unit != later.dose_unit
    ]


def dose_changes(exposure: Exposure) -> list[tuple[int, bool, int]]:
    """Return the days on which a known dose followed a different known dose: day, whether it rose, row.

    Doses in different units, or unknown ones, are no known change.
    """
    changes = []
    before: tuple[float, str | None] | None = None
    for treatment in exposure.rows:
        if treatment.dose is None:
            continue
        if before is not None and before[1] == treatment.dose_unit and before[0] != treatment.dose:
            changes.append((treatment.start, treatment.dose > before[0], treatment.row))
        before = (treatment.dose, treatment.dose_unit)
    return changes
