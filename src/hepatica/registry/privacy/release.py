"""What may leave the record: consented patients only, under the pseudonyms of one domain, no origin, least detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import QuerySet

from hepatica.record import CANONICAL, TABLES, Reading, Record
from hepatica.record.settings import ReadingSettings
from hepatica.registry.engine.registry_tables import BY_NUMBER, RegistryTables, in_groups
from hepatica.registry.engine.standards import today
from hepatica.registry.identities.pseudonyms import pseudonyms
from hepatica.registry.models import Patient, Purpose
from hepatica.registry.privacy.consent import Consents, consents
from hepatica.sources.source import Bucket
from hepatica.studies.cohort import Cohort
from hepatica.synthetic import is_synthetic
from hepatica.synthetic.people import PREFIX

PATIENTS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Minimised:
    """What is left out, because a purpose seldom needs it: the day and month of birth, the free text of events."""

    birth_years_only: bool = True
    without_free_text: bool = True


@dataclass(frozen=True)
class Release:
    """A pseudonymised record for a purpose, the consent that it rests on, and how its rows were read.

    `released` are the numbers of the patients in it. A patient who agreed but whose own row cannot be used is not.
    """

    record: Record
    reading: Reading
    consents: Consents
    released: list[int]
    domain: str
    synthetic: bool

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the facts as they leave."""
        return Cohort(self.record, today()).data_fingerprint


def domain_of(purpose: Purpose, name: str) -> str:
    """Return the domain of a use of a purpose: two purposes never share one, so that their data cannot be joined."""
    return f"{purpose.code}:{name}"


def release(patients: QuerySet[Any], purpose: Purpose, name: str, minimised: Minimised | None = None) -> Release:
    """Return the record of those patients who agreed to a purpose, under the pseudonyms of the domain `name` in it."""
    asked = consents(patients, purpose)
    domain = domain_of(purpose, name)
    parts = [_read(group) for group in in_groups(asked.agreed, PATIENTS_AT_ONCE)] or [_read(())]
    names, invented = _names(asked.agreed, domain)
    found = [record for record, _ in parts]
    record = _renamed(found, names, minimised or Minimised())
    kept = {name: number for number, name in names.items()}
    released = [int(kept[one]) for one in record.patients["patient_id"].to_list()]
    return Release(record, Reading.merged([reading for _, reading in parts]), asked, released, domain, invented)


def _read(group: tuple[int, ...]) -> tuple[Record, Reading]:
    return Bucket(RegistryTables((), group, named=BY_NUMBER), ReadingSettings(), today()).read()


def _names(agreed: list[int], domain: str) -> tuple[dict[str, str], bool]:
    """Return number → pseudonym in the domain, and whether anybody is invented; an invented one's name says so."""
    told = [
        one
        for group in in_groups(agreed, PATIENTS_AT_ONCE)
        for one in Patient.objects.filter(pk__in=group).values_list("pk", "key", "patient_id")
    ]
    made = pseudonyms([key for _, key, _ in told], domain)
    marks = {number: PREFIX if is_synthetic(own) else "" for number, _, own in told}
    return {str(number): f"{marks[number]}{made[key]}" for number, key, _ in told}, any(marks.values())


def _renamed(found: list[Record], names: dict[str, str], minimised: Minimised) -> Record:
    """Return the parts as one record under new names, sorted by them: the order of entry would join two exports."""
    frames = {}
    for table in TABLES:
        frame = pl.concat([record.table(table) for record in found])
        frame = _least(table, frame, minimised).with_columns(
            pl.col("patient_id").replace_strict(names, return_dtype=pl.String),
            *(pl.lit(None).alias(column) for column in ("file", "line", "key")),
        )
        numbered = frame.sort("patient_id", maintain_order=True).drop("row").with_row_index("row")
        frames[table] = numbered.select(CANONICAL[table].names()).cast(CANONICAL[table])
    return Record(**frames)


def _least(table: str, frame: pl.DataFrame, minimised: Minimised) -> pl.DataFrame:
    if table == "patients" and minimised.birth_years_only:
        year = pl.col("birth_date").dt.truncate("1y")
        half = (year.dt.offset_by("1y") - year).dt.total_days() // 2  # how the record keeps a year without a day
        known = pl.col("birth_date").is_not_null()
        return frame.with_columns(
            (year + pl.duration(days=half)).alias("birth_date"),
            pl.when(known).then(pl.lit(value=True)).otherwise("birth_date_partial").alias("birth_date_partial"),
        )
    if table == "events" and minimised.without_free_text:
        return frame.with_columns(pl.lit(None, pl.String).alias("detail"))
    return frame
