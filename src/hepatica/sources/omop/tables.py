"""OMOP tables as the six raw tables of the record, read in ranges of persons that the database itself selects."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import polars as pl
from sqlalchemy import String, cast, func, literal, select

from hepatica.record import TABLES
from hepatica.sources.account import Account
from hepatica.sources.omop import rows as made
from hepatica.sources.omop.address import Address, Form
from hepatica.sources.omop.asking import Asked, Asking, OnePerson, PersonRange
from hepatica.sources.omop.codes import Codes
from hepatica.sources.omop.cohort import Among, Persons, cohort, everybody, left_unasked
from hepatica.sources.omop.database import Database, whole
from hepatica.sources.omop.duckdb_database import DuckDatabase
from hepatica.sources.omop.phenotypes import Phenotype
from hepatica.sources.omop.sql_database import SqlDatabase
from hepatica.sources.omop.unread import tell_unread
from hepatica.sources.selection import OnePatient, Selection

# From which of the model's tables each of the record's is read.
ORIGINS = {
    "patients": ("person",),
    "measurements": ("measurement",),
    "treatments": ("drug_exposure",),
    "events": ("condition_occurrence", "procedure_occurrence", "observation", "death"),
    "biopsies": ("procedure_occurrence",),
    "genotypes": ("observation",),
}
VOCABULARY = ("concept", "concept_ancestor", "drug_strength")
BYTES_A_ROW = 100
Part = tuple[Asked, Callable[[pl.DataFrame], pl.DataFrame]]


def open_database(address: Address, folder: str | None) -> Database:
    """Return the opened tables; `folder` is where an archive was unpacked.

    Raises:
        SourceError: they cannot be opened, or are no CDM tables.
    """
    database = _opened(address, folder)
    try:
        for name in VOCABULARY:
            if name in database.tables and _is_empty(database, name):
                del database.tables[name]  # some exports hold the tables of the vocabulary without their rows
    except BaseException:
        database.close()
        raise
    return database


def _opened(address: Address, folder: str | None) -> Database:
    if address.form is Form.URL:
        return SqlDatabase(address)
    if address.form is Form.DUCKDB:
        return DuckDatabase.of_file(address.path, address.schema, address.shown)
    return DuckDatabase.of_folder(address.path if folder is None else Path(folder), address.shown)


def _is_empty(database: Database, name: str) -> bool:
    return whole(
        database, select(literal("1").label("one")).select_from(database.tables[name].clause().source).limit(1)
    ).is_empty()


@dataclass(frozen=True)
class OmopTables:
    """The tables of one source: where they are, who is asked for, what the concepts mean. It can be sent elsewhere."""

    address: Address
    phenotype: Phenotype | None
    codes: Codes
    counts: dict[str, int]
    folder: str | None = field(default=None)
    # A database that nobody is reading from just now; it stays behind when the tables are sent to another process.
    _idle: list[Database] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        """See to it that an opened database is closed at the end."""
        weakref.finalize(self, _close, self._idle)

    def __reduce__(self) -> tuple[object, ...]:
        """Return what another process needs to read these tables."""
        return OmopTables, (self.address, self.phenotype, self.codes, self.counts, self.folder)

    def names(self) -> list[str]:
        """Return which of the six tables there are."""
        known = {name for name in TABLES if any(origin in self.counts for origin in ORIGINS[name])}
        if not self.codes.ours:
            known.discard("genotypes")
        return [name for name in TABLES if name in known]

    def size(self, table: str) -> int:
        """Return roughly how many bytes have to be read for a table."""
        return self.rows_at_most(table) * BYTES_A_ROW

    def rows_at_most(self, table: str) -> int:
        """Return how many rows a table is selected from."""
        return sum(self.counts.get(origin, 0) for origin in ORIGINS[table])

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows in the order of persons; a range of persons is selected by the database."""
        among = self._among(selection)
        with self._opened() as database:
            asking = Asking(database, self.codes, self._patients(database, among.holds), among)
            names = self._pseudonyms(asking)
            start, count = time.perf_counter(), 0
            for asked, make in self._parts(table, asking):
                for frame in database.frames(asked):
                    count += frame.height
                    yield _with_pseudonyms(make(frame), names).drop("person_id")
            if selection is None:
                seconds = time.perf_counter() - start
                account.note(_said(table, count, self.rows_at_most(table), seconds))
                for sentence in database.rejected():
                    account.note(sentence)
                if table == "patients":
                    self._tell(database, account)

    def told(self) -> Account:
        """Return what there is to tell besides the rows, without reading them."""
        account = Account()
        with self._opened() as database:
            self._tell(database, account)
        return account

    def ranges(self, patients_per_bucket: int) -> list[Selection] | None:
        """Return ranges of persons, each of about so many; None where files would be read whole for each of them."""
        if self.address.form in {Form.FOLDER, Form.ZIP} and not self._is_parquet():
            return None
        with self._opened() as database:
            person = database.tables["person"].clause()
            asked = select(person.text("person_id")).order_by(person["person_id"])
            patients = self._patients(database)
            if patients is not None:
                asked = asked.where(person["person_id"].in_(patients))
            found = pl.concat(
                [frame["person_id"] for frame in database.frames(asked)] or [pl.Series([], dtype=pl.String)]
            )
        cuts = found.cast(pl.Int64, strict=False).drop_nulls().unique().sort().gather_every(patients_per_bucket)
        bounds: list[int | None] = [None, *cuts[1:].to_list(), None]
        return [PersonRange(first, end) for first, end in pairwise(bounds)]

    def _is_parquet(self) -> bool:
        place = self.address.path if self.folder is None else Path(self.folder)
        return any(entry.name.casefold() in {"measurement.parquet", "measurement"} for entry in place.iterdir())

    def _among(self, selection: Selection | None) -> PersonRange:
        if isinstance(selection, PersonRange):
            return selection
        if isinstance(selection, OnePatient):
            return OnePerson(column=self._patient_column(), pseudonym=selection.patient_id)
        return PersonRange()

    def _patient_column(self) -> str:
        default = "person_source_value" if self.codes.ours else "person_id"
        return self.address.patient if self.address.patient is not None else default

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        database = self._idle.pop() if self._idle else open_database(self.address, self.folder)
        try:
            yield database
        except BaseException:  # also when whoever reads has enough: a half-read answer is not reused
            database.close()
            raise
        else:
            self._idle.append(database)

    def _patients(self, database: Database, among: Among = everybody) -> Persons | None:
        return None if self.phenotype is None else cohort(database, self.phenotype, among)

    def _pseudonyms(self, asking: Asking) -> pl.DataFrame | None:
        """Return the pseudonym of each person; None where that is person_id itself."""
        if self._patient_column() == "person_id":
            return None
        return whole(asking.database, asking.pseudonyms(self._patient_column()))

    def _parts(self, table: str, asking: Asking) -> Iterator[Part]:
        """Yield the statements for a table, each with what its rows become."""
        there, codes = asking.database.tables, self.codes
        if table == "patients":
            yield asking.persons(), lambda rows: made.patients(rows, codes, self._patient_column())
        elif table == "measurements":
            yield asking.measurements(), lambda rows: made.measurements(rows, codes)
        elif table == "treatments":
            yield asking.drugs(), lambda rows: made.treatments(rows, codes)
        elif table == "events":
            yield from self._events(asking)
        elif table == "biopsies" and "procedure_occurrence" in there:
            yield asking.biopsies(), made.biopsies
        elif table == "genotypes" and "observation" in there:
            yield asking.genotypes(), made.genotypes

    def _events(self, asking: Asking) -> Iterator[Part]:
        there, codes = asking.database.tables, self.codes
        for origin, kind, date in _DATED:
            if origin in there:
                yield (
                    asking.conditions(origin, kind, date),
                    lambda rows, origin=origin: made.events_of_conditions(rows, codes, origin),  # type: ignore[misc]
                )
        if "death" in there:
            yield asking.deaths(), lambda rows: made.deaths(rows, codes)
        if codes.ours and "observation" in there:
            yield asking.told_events(), made.told_events

    def _tell(self, database: Database, account: Account) -> None:
        """Put the selection, what the database cannot tell, and what was not understood into the account."""
        form = f"OMOP CDM in a {self.address.form.value}"
        account.note(f"{form}: {', '.join(f'{name} {count:,} rows' for name, count in self.counts.items())}")
        if self.phenotype is None:
            account.note("every person is read" + (" (Hepatica wrote these tables)" if self.codes.ours else ""))
        else:
            account.note(self.phenotype.sentence())
            for sentence in left_unasked(database, self.phenotype):
                account.note(sentence)
        for sentence in self.codes.notes:
            account.note(sentence)
        tell_unread(database, self.codes, self._patients(database), account)


_DATED = (
    ("condition_occurrence", "condition", "condition_start_date"),
    ("procedure_occurrence", "procedure", "procedure_date"),
    ("observation", "observation", "observation_date"),
)


def _close(opened: list[Database]) -> None:
    while opened:
        opened.pop().close()


def row_counts(database: Database) -> dict[str, int]:
    """Return how many rows each table has."""
    counts = {}
    for name, shape in database.tables.items():
        if name in {"concept", "concept_ancestor", "drug_strength", "cdm_source", "care_site"}:
            continue
        rows = whole(database, select(cast(func.count(), String).label("rows")).select_from(shape.clause().source))
        counts[name] = int(rows["rows"][0])
    return counts


def _with_pseudonyms(frame: pl.DataFrame, names: pl.DataFrame | None) -> pl.DataFrame:
    """Return rows under their patient's pseudonym; a person without one keeps the number."""
    if names is None:
        return frame
    named = frame.join(names, on="person_id", how="left", maintain_order="left")
    return named.with_columns(patient_id=pl.coalesce("pseudonym", "person_id")).drop("pseudonym")


def _said(table: str, count: int, among: int, seconds: float) -> str:
    rate = f", {count / seconds:,.0f} rows/s" if seconds > 0 else ""
    return f"{table}: {count:,} rows selected from {among:,} ({seconds:.1f} s{rate})"
