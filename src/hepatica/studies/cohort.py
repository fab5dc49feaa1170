"""A cohort: the record of some patients, and their course as of one day by one set of definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from hepatica.course import definitions, protocol
from hepatica.course.buckets import derive_buckets
from hepatica.course.columns import schema
from hepatica.errors import UsageError
from hepatica.record import Reading, Record
from hepatica.record.tables import ORIGIN, TABLES
from hepatica.sources import open_source
from hepatica.synthetic import is_synthetic

# So many patients are derived at a time, on as many processors as there are; fewer are not worth a second process.
PATIENTS_AT_A_TIME = 2_500
COURSE: dict[str, Any] = {"definitions": "iaihg_2022", "protocol": "default", "as_of": None}


@dataclass
class Cohort:
    """What a study reads: six record frames, and the derived tables, each made when it is first asked for.

    `cohort.record.treatments` is a canonical frame (`record.tables.CANONICAL`), `cohort.table("response")` a derived
    one (`course.columns`). `reading` is the account of how the source was read, None for a record made in memory.
    """

    record: Record
    as_of: date
    definitions: str = "iaihg_2022"
    protocol: str = "default"
    source: str = "a record in memory"
    reading: Reading | None = None
    # More than one process needs a program that can be started twice (`if __name__ == "__main__":`): asked for.
    processes: int | None = 1
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)

    def table(self, name: str) -> pl.DataFrame:
        """Return a derived table: state, regimens, response, evaluations, metabolites, outcomes."""
        self.derive(name)
        return self.tables[name]

    def derive(self, *names: str) -> None:
        """Derive several tables at once, which costs little more than one; those there already stay."""
        wanted = tuple(name for name in names if name not in self.tables)
        if not wanted:
            return
        parts = list(
            derive_buckets(
                self._buckets(),
                definitions(self.definitions),
                protocol(self.protocol),
                self.as_of,
                tables=wanted,
                processes=self.processes,
            )
        )
        for name in wanted:
            frames = [schema(name).to_frame(), *(tables[name] for tables, _ in parts)]
            self.tables[name] = pl.concat(frames).sort("patient_id", maintain_order=True)

    def under(self, course: Mapping[str, Any]) -> Cohort:
        """Return the same record by a definition's course section; without an as-of date the cohort's own holds."""
        as_of = _day(course["as_of"]) or self.as_of
        if (course["definitions"], course["protocol"], as_of) == (self.definitions, self.protocol, self.as_of):
            return self
        names = (course["definitions"], course["protocol"])
        return Cohort(self.record, as_of, *names, self.source, self.reading, self.processes)

    def of_patients(self, patient_ids: pl.Series) -> Cohort:
        """Return the cohort of some of the patients, as of the same day; what was derived of them is kept."""
        ids = patient_ids.to_list()
        kept = {name: frame.filter(pl.col("patient_id").is_in(ids)) for name, frame in self.tables.items()}
        names = (self.definitions, self.protocol)
        return Cohort(self.record.of_patients(ids), self.as_of, *names, self.source, self.reading, self.processes, kept)

    @cached_property
    def data_fingerprint(self) -> str:
        """Return the SHA-256 of the facts: the same whatever the order of rows, the files, or their format."""
        digest = hashlib.sha256()
        for name in TABLES:
            facts = self.record.table(name).drop("row", *ORIGIN)
            digest.update(f"{name}:{facts.height}\n".encode())
            digest.update(facts.sort(facts.columns).write_csv().encode())
        return digest.hexdigest()

    @property
    def synthetic(self) -> bool:
        """Return whether any patient is invented: one among real ones makes the whole an invention."""
        return any(is_synthetic(patient) for patient in self.record.patients["patient_id"])

    def _buckets(self) -> list[_Held]:
        """Return the record in parts of whole patients, as they are derived."""
        patients = self.record.patients.height
        if patients <= 2 * PATIENTS_AT_A_TIME:
            return [_Held(self.record)]
        ids = self.record.patients["patient_id"].sort().to_list()
        starts = range(0, patients, PATIENTS_AT_A_TIME)
        return [_Held(self.record.of_patients(ids[start : start + PATIENTS_AT_A_TIME])) for start in starts]


@dataclass(frozen=True)
class _Held:
    """A part of a record that is already in memory."""

    record: Record

    def read(self) -> tuple[Record, Reading]:
        return self.record, Reading()


def cohort_of(
    source: str | Record,
    *,
    course: Mapping[str, Any] | None = None,
    mapping: Path | None = None,
    processes: int | None = 1,
) -> Cohort:
    """Return the cohort of a SOURCE (as on the command line) or of a record, by a definition's `course` section.

    Without an as-of date the cohort stands at its latest dated fact, so that the same data give the same numbers on
    whatever day they are read. `processes` derive a large cohort (None: as many as there are processors).
    Raises SourceError for a source that cannot be read, UsageError for an unknown definition set or protocol.
    """
    wanted = {**COURSE, **(course or {})}
    definitions(wanted["definitions"])
    protocol(wanted["protocol"])
    if isinstance(source, Record):
        record, reading, name = source, None, "a record in memory"
    else:
        with open_source(source, mapping=mapping) as opened:
            record, reading = opened.read()
        name = source
    as_of = _day(wanted["as_of"]) or last_fact(record)
    return Cohort(record, as_of, wanted["definitions"], wanted["protocol"], name, reading, processes)


def last_fact(record: Record) -> date:
    """Return the latest day on which anything is recorded; the end of a treatment may lie ahead and does not count."""
    columns = [(name, "date") for name in ("measurements", "events", "biopsies", "genotypes")]
    columns += [("treatments", "start"), ("patients", "diagnosis_date")]
    days = [record.table(table)[column].max() for table, column in columns]
    known = [day for day in days if isinstance(day, date)]
    if not known:
        raise UsageError("the cohort", "holds no dated fact", "give a source with patients and their facts")
    return max(known)


def _day(text: str | date | None) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else text
