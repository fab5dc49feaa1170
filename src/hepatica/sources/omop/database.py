"""One way to ask for rows, whatever the tables lie in: SQLAlchemy statements in, frames of text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl
from sqlalchemy import BigInteger, Date, Select, String, TableClause, bindparam, cast, column, null, table
from sqlalchemy.sql.elements import ColumnElement, quoted_name

from hepatica.sources.omop.model import TABLES, is_number

ROWS_AT_ONCE = 100_000
_DAY = "__day"


@dataclass(frozen=True)
class CdmTable:
    """A table of the model as this database has it: its name there, and the names of the columns that are there."""

    name: str
    actual: str
    schema: str | None
    columns: Mapping[str, str]
    # Columns whose type in the database is no whole number although the model says so.
    to_cast: frozenset[str] = frozenset()
    # Whether days stand beside the dates as written, in columns of their own (views over files have them).
    days: bool = False

    def clause(self, alias: str | None = None) -> CdmClause:
        """Return the table for a statement."""
        names = [*self.columns.values(), *([name + _DAY for name in self.columns] if self.days else [])]
        schema = quoted_name(self.schema, quote=True) if self.schema is not None else None
        clause = table(
            quoted_name(self.actual, quote=True),
            *(column(quoted_name(name, quote=True)) for name in dict.fromkeys(names)),
            schema=schema,
        )
        return CdmClause(self, clause, alias)


class CdmClause:
    """A table within a statement: its columns by the names of the model; one that is not there is null."""

    def __init__(self, shape: CdmTable, clause: TableClause, alias: str | None) -> None:
        self.shape = shape
        self.source = clause if alias is None else clause.alias(alias)

    def __getitem__(self, name: str) -> ColumnElement[object]:
        """Return a column for joining and selecting by."""
        actual = self.shape.columns.get(name)
        if actual is None:
            return cast(null(), BigInteger if is_number(name) else String)
        found: ColumnElement[object] = self.source.c[actual]
        return cast(found, BigInteger) if name in self.shape.to_cast else found

    def day(self, name: str) -> ColumnElement[object]:
        """Return a date as a day to count with; null where a file's text is none."""
        if self.shape.days and name in self.shape.columns:
            found: ColumnElement[object] = self.source.c[name + _DAY]
            return found
        return cast(self[name], Date)

    def text(self, name: str) -> ColumnElement[str]:
        """Return a column as text, under the model's name."""
        return cast(self[name], String).label(name)

    def texts(self, *names: str) -> list[ColumnElement[str]]:
        """Return columns as text."""
        return [self.text(name) for name in names]


class Database(Protocol):
    """An opened source of CDM tables."""

    tables: dict[str, CdmTable]

    def frames(self, statement: Select[*tuple[Any, ...]], rows: int = ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """Yield a statement's rows as frames of text, without ever holding all of them."""

    def rejected(self) -> list[str]:
        """Return in sentences which lines of a file were no rows, as far as it was read."""

    def close(self) -> None:
        """Give back what was opened."""


def whole(database: Database, statement: Select[*tuple[Any, ...]]) -> pl.DataFrame:
    """Return all rows of a statement that is known to be small."""
    names = [found.key for found in statement.selected_columns]
    empty = pl.DataFrame(schema=dict.fromkeys(map(str, names), pl.String()))
    return pl.concat([empty, *database.frames(statement)])


def one_of(expression: ColumnElement[object], numbers: Iterable[int]) -> ColumnElement[bool]:
    """Return whether a number is one of these. They are whole numbers, written out: a list may hold ten thousand."""
    listed = bindparam(
        None, sorted({int(number) for number in numbers}), BigInteger, expanding=True, literal_execute=True
    )
    return expression.in_(listed)


def shaped(actual: Mapping[str, str], name: str) -> dict[str, str]:
    """Return which of a table's columns the model knows, by the model's names (any letter case)."""
    lower = {written.casefold().strip(): written for written in actual}
    return {known: lower[known] for known in TABLES[name] if known in lower}
