"""Small cohorts for the cases of studies: patients told in the language of the course's cases, several at a time."""

from __future__ import annotations

from datetime import date

import polars as pl
from course_cases import canonical, on

from hepatica.record import Record
from hepatica.studies import Cohort

AS_OF = date(2033, 1, 1)


def happened(event: str, day: int, **more) -> dict:
    return {"date": on(day), "event": event, "serious": "unknown", "cause": "unknown", **more}


def biopsy(day: int, stage: int) -> dict:
    return {"date": on(day), "fibrosis_stage": stage, "fibrosis_scale": "ishak"}


def cohort(*, as_of: date = AS_OF, **patients: dict[str, list[dict]]) -> Cohort:
    """The cohort of patients by name, each with rows of measurements, treatments, events, biopsies, and `who`."""
    tables = ("measurements", "treatments", "events", "biopsies")
    people = [
        {
            "patient_id": name,
            "sex": "female",
            "centre": "North",
            "aih_type": "1",
            "variant": "none",
            **told.get("who", {}),
        }
        for name, told in patients.items()
    ]
    frames = {
        table: [{"patient_id": name, **row} for name, told in patients.items() for row in told.get(table, [])]
        for table in tables
    }
    return Cohort(
        Record.of(
            patients=canonical("patients", people),
            **{name: canonical(name, rows) for name, rows in frames.items() if rows},
        ),
        as_of,
    )


def group(frame: pl.DataFrame, **keys: object) -> dict:
    """The one row of a table with these keys."""
    return frame.row(by_predicate=pl.all_horizontal([pl.col(key) == value for key, value in keys.items()]), named=True)
