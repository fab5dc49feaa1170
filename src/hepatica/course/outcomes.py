"""Outcomes: cirrhosis, decompensation, cancer, transplant, death, and when the patient was last seen.

An event that was never recorded is unknown, not absent: only a biopsy below the stage of cirrhosis says "no".
"""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.course.definitions import Definitions, months_later
from hepatica.course.patient import Biopsy, Event, Patient

DECOMPENSATION = frozenset({"ascites", "variceal_bleeding", "encephalopathy"})
ADULT_MONTHS = 18 * 12
# A birth date given as a year counts as its middle day and may be this far off.
PARTIAL_BIRTH_DAYS = 183


@dataclass(slots=True)
class Outcomes:
    """The first of each outcome with the row behind it; None = never recorded."""

    cirrhosis: str
    cirrhosis_day: int | None
    cirrhosis_at_diagnosis: str
    cirrhosis_row: Event | Biopsy | None
    decompensation: Event | None
    hcc: Event | None
    transplant: Event | None
    death: Event | None
    lost: Event | None
    follow_up_days: int | None
    paediatric_onset: str


def outcomes(patient: Patient, index: int | None, definitions: Definitions) -> Outcomes:
    """Return the outcomes of one patient; follow-up is counted from the index date, else from the diagnosis."""
    first: dict[str, Event] = {}
    decompensation = None
    for event in patient.events:
        first.setdefault(event.event, event)
        if decompensation is None and event.event in DECOMPENSATION:
            decompensation = event
    shown = _cirrhosis(patient, first.get("cirrhosis"), definitions)
    word, day, row = shown
    start = index if index is not None else patient.diagnosis
    onset = patient.diagnosis if patient.diagnosis is not None else index
    return Outcomes(
        cirrhosis=word,
        cirrhosis_day=day,
        cirrhosis_at_diagnosis=_at_diagnosis(word, day, row, start, definitions),
        cirrhosis_row=row,
        decompensation=decompensation,
        hcc=first.get("hcc"),
        transplant=first.get("liver_transplant"),
        death=first.get("death"),
        lost=first.get("lost_to_follow_up"),
        follow_up_days=patient.last_seen - start if patient.last_seen is not None and start is not None else None,
        paediatric_onset=paediatric(patient, onset),
    )


def _cirrhosis(
    patient: Patient, event: Event | None, definitions: Definitions
) -> tuple[str, int | None, Event | Biopsy | None]:
    """Return yes with the first day it was seen, no after a biopsy below it, else unknown."""
    staged = [biopsy for biopsy in patient.biopsies if biopsy.fibrosis_stage is not None and biopsy.fibrosis_scale]
    seen: list[Event | Biopsy] = [biopsy for biopsy in staged if _shows_cirrhosis(biopsy, definitions)]
    if event is not None:
        seen.append(event)
    if seen:
        earliest = min(seen, key=lambda fact: fact.day)
        return "yes", earliest.day, earliest
    return ("no", None, staged[-1]) if staged else ("unknown", None, None)


def _shows_cirrhosis(biopsy: Biopsy, definitions: Definitions) -> bool:
    stage, scale = biopsy.fibrosis_stage, biopsy.fibrosis_scale
    return stage is not None and scale is not None and stage >= definitions.cirrhosis_stages[scale]


def _at_diagnosis(
    word: str, day: int | None, row: Event | Biopsy | None, start: int | None, definitions: Definitions
) -> str:
    """Say whether cirrhosis was there at diagnosis; if seen only later, it is unknown."""
    if start is None or word == "unknown":
        return "unknown"
    limit = start + definitions.at_diagnosis_days
    if word == "yes":
        return "yes" if day is not None and day <= limit else "unknown"
    # No cirrhosis at a biopsy means none before it either: cirrhosis does not come and go within a diagnosis.
    return "no" if row is not None and row.day >= start - definitions.at_diagnosis_days else "unknown"


def age_on(birth: int | None, day: int) -> int | None:
    """Return the age in completed years; unknown without a birth date."""
    if birth is None:
        return None
    years = (day - birth) // 365
    while years > 0 and months_later(birth, 12 * years) > day:
        years -= 1
    return years


def paediatric(patient: Patient, day: int | None) -> str:
    """Say whether the patient is under 18 on a day; unknown without a birth date, or where a partial one hides it."""
    if patient.birth is None or day is None:
        return "unknown"
    adult_from = months_later(patient.birth, ADULT_MONTHS)
    if patient.birth_partial and abs(day - adult_from) <= PARTIAL_BIRTH_DAYS:
        return "unknown"
    return "yes" if day < adult_from else "no"
