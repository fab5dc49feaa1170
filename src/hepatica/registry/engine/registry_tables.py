"""The registry as a source: its rows as text with their origin, so that the record's check is the one validation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db import connection

from hepatica.errors import SourceError
from hepatica.record.settings import ReadingSettings
from hepatica.record.tables import TABLES
from hepatica.registry.engine.reopening import reopened
from hepatica.registry.models import MODELS, Centre, Patient
from hepatica.sources.account import Account
from hepatica.sources.raw_tables import empty_raw
from hepatica.sources.selection import Selection
from hepatica.sources.source import Source

ROWS_AT_ONCE = 100_000
ENTERED = "registry"
# How a patient is named in the frames: by the centre's pseudonym, or by the number of the row (unique everywhere).
BY_PSEUDONYM, BY_NUMBER = "p.patient_id", "CAST(p.id AS VARCHAR(20))"


@dataclass(frozen=True)
class RegistryTables:
    """The six tables of some centres, or of some of their patients, in the order in which they were entered."""

    centres: tuple[int, ...]
    patients: tuple[int, ...] | None = None
    named: str = BY_PSEUDONYM

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as a recipe: that process opens the database for itself."""
        return reopened, (self.centres, self.patients, self.named)

    def names(self) -> list[str]:
        """Return all six tables."""
        return list(TABLES)

    def size(self, table: str) -> int:
        """Return the number of rows, which stands for the work of reading them."""
        return self.rows_at_most(table)

    def rows_at_most(self, table: str) -> int:
        """Return the number of rows."""
        rows = MODELS[table].objects
        if table == "patients":
            return int(rows.filter(**self._filter("")).count())
        return int(rows.filter(**self._filter("patient__")).count())

    def _filter(self, prefix: str) -> dict[str, Any]:
        if self.patients is not None:
            return {f"{prefix}pk__in": self.patients}
        return {f"{prefix}centre_id__in": self.centres}

    def blocks(
        self,
        table: str,
        account: Account,  # noqa: ARG002  (every row is read, nothing is left to tell)
        selection: Selection | None = None,
    ) -> Iterator[pl.DataFrame]:
        """Yield a table's rows as text with file, line, and key."""
        found = False
        for frame in self._frames(table):
            found = True
            yield frame if selection is None else selection.rows(frame)
        if not found:
            yield empty_raw(table)

    def _frames(self, table: str) -> Iterator[pl.DataFrame]:
        with connection.cursor() as cursor:
            cursor.execute(*self._query(table))
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield _frame(table, rows)

    def _query(self, table: str) -> tuple[str, list[Any]]:
        """Return the query of a table: the record's columns, then the origin of each row."""
        quoted = connection.ops.quote_name
        rows = "p" if table == "patients" else "r"
        columns = [self._column(name, rows) for name in TABLES[table].names]
        origin = [f"{rows}.{name}" for name in ("id", "file", "line", "version")]
        from_rows = f"{quoted(MODELS[table]._meta.db_table)} {rows}"
        joined = "" if rows == "p" else f" JOIN {Patient._meta.db_table} p ON p.id = r.patient_id"
        wanted = self.centres if self.patients is None else self.patients
        column = "centre_id" if self.patients is None else "id"
        places = ", ".join(["%s"] * len(wanted)) or "NULL"
        # Names of tables and columns only; values are parameters.
        query = (
            f"SELECT {', '.join([*columns, *origin, 'who.username'])} FROM {from_rows}{joined}"  # noqa: S608
            f" JOIN {Centre._meta.db_table} c ON c.id = p.centre_id"
            f" LEFT JOIN registry_person who ON who.id = {rows}.entered_by_id"
            f" WHERE p.{column} IN ({places}) ORDER BY {rows}.id"
        )
        return query, list(wanted)

    def _column(self, name: str, rows: str) -> str:
        if name == "patient_id":
            return self.named
        return "c.code" if name == "centre" else f'{rows}."{name}"'


def _frame(table: str, rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Return fetched rows as a raw table; an empty cell is missing."""
    names = TABLES[table].names
    cells = list(zip(*rows, strict=True))
    width = len(names)
    numbers, files, lines, versions, people = cells[width : width + 5]
    singular = MODELS[table]._meta.model_name
    origins = [_key(singular, *told) for told in zip(numbers, lines, versions, people, strict=True)]
    frame = pl.DataFrame([pl.Series(name, column, pl.String) for name, column in zip(names, cells, strict=False)])
    return frame.with_columns(
        pl.when(pl.col(names) != "").then(pl.col(names)),
        pl.Series("file", [file or ENTERED for file in files], pl.String),
        pl.Series("line", lines, pl.Int64),
        pl.Series("key", origins, pl.String),
    )


def _key(singular: str, number: int, line: int | None, version: int, person: str | None) -> str:
    """Return the origin of a row in the registry's own terms; it ends with the row's number."""
    place = "" if line is None else f"line {line}, "
    act = "corrected" if version > 1 else "entered"
    hand = "" if person is None or (line is not None and version == 1) else f"{act} by {person}, "
    return f"{place}{hand}{singular} {number}"


def registry_source(centre: str | None = None, *, today: date) -> Source:
    """Return the registry, or one of its centres, as a source like any other.

    Raises SourceError where there is no such centre or no patient, or two centres use the same pseudonym.
    """
    found = Centre.objects.all() if centre is None else Centre.objects.filter(code=centre)
    centres = tuple(found.values_list("pk", flat=True))
    if not centres:
        known = ", ".join(Centre.objects.values_list("code", flat=True)) or "none yet"
        raise SourceError(f"registry:{centre or ''}", "there is no such centre", f"the centres are: {known}")
    ids = Patient.objects.filter(centre_id__in=centres).values_list("patient_id", flat=True)
    if ids.count() != ids.distinct().count():
        raise SourceError("registry:", "two centres use the same pseudonym", "name one centre: registry:CODE")
    return Source(f"registry:{centre or ''}", RegistryTables(centres), ReadingSettings(), today)


def in_groups(numbers: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Yield numbers in groups that one query can take."""
    for start in range(0, len(numbers), size):
        yield tuple(numbers[start : start + size])
