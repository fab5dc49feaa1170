"""One patient's rows as a picture or a page needs them: cut at the as-of date, with the standards used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from hepatica.course.definitions import Definitions, day_date, day_number, definitions
from hepatica.course.protocol import Protocol, protocol
from hepatica.errors import UsageError
from hepatica.record.record import Record

if TYPE_CHECKING:
    from datetime import date

_DATED_BY = {
    "measurements": "date",
    "treatments": "start",
    "events": "date",
    "biopsies": "date",
    "genotypes": "date",
}


@dataclass(frozen=True)
class Standards:
    """What the course was derived by: the definition set and the centre's protocol."""

    definitions: Definitions
    protocol: Protocol

    @classmethod
    def default(cls) -> Standards:
        """Return the standards that hold where nobody names others."""
        return cls(definitions(), protocol())


@dataclass(frozen=True)
class PatientView:
    """The rows of one patient that exist on the as-of date, and the derived rows about them."""

    patient_id: str
    as_of: date
    record: Record
    tables: dict[str, pl.DataFrame]
    standards: Standards

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows about the patient: derived, or of the record."""
        frame = self.tables[table] if table in self.tables else self.record.table(table)
        return frame.to_dicts()

    def one(self, table: str) -> dict[str, Any]:
        """Return the patient's only row of a derived table (state, response, outcomes)."""
        return self.tables[table].row(0, named=True)

    @property
    def index_date(self) -> date | None:
        """Return the start of the first immunosuppressant for AIH; None if there was none."""
        found: date | None = self.one("state")["index_date"]
        return found

    @property
    def window_end(self) -> date | None:
        """Return the last day of the response window (index + 6 months); None without an index date."""
        if self.index_date is None:
            return None
        return day_date(self.standards.definitions.response_end(day_number(self.index_date)))

    @cached_property
    def end(self) -> date:
        """Return the last day that the picture shows: the as-of date, or the day of death."""
        return self.as_of if self.died is None else self.died

    @property
    def native_end(self) -> date:
        """Return the last day of the native liver's course: a transplant ends it, or death, or the as-of date."""
        transplanted: date | None = self.one("outcomes")["transplant_date"]
        return self.end if transplanted is None else min(self.end, transplanted)

    @property
    def died(self) -> date | None:
        """Return the day of death; None if none is recorded up to the as-of date."""
        day: date | None = self.one("outcomes")["death_date"]
        return day


def view_of(
    record: Record, tables: dict[str, pl.DataFrame], patient_id: str, standards: Standards | None = None
) -> PatientView:
    """Return what exists about one patient on the as-of date of the derived tables.

    Raises UsageError when the tables hold no state of that patient.
    """
    own = {name: frame.filter(pl.col("patient_id") == patient_id) for name, frame in tables.items()}
    if own["state"].is_empty():
        raise UsageError("patient", "there is no such patient in this source", "check the patient's ID")
    as_of: date = own["state"]["as_of"][0]
    known = _until(record.of_patients([patient_id]), as_of)
    return PatientView(patient_id, as_of, known, own, standards or Standards.default())


def _until(record: Record, as_of: date) -> Record:
    """Return the record without the rows dated after the as-of date: they do not exist for it."""
    frames = {name: record.table(name).filter(pl.col(column) <= as_of) for name, column in _DATED_BY.items()}
    return Record(patients=record.patients, **frames)
