"""The cells of a table as sent, read by the kind of their column: values, and why a cell could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from hepatica.errors import SourceError
from hepatica.record.codes import analyte_column, drug_column
from hepatica.record.dates import Bounds, date_column
from hepatica.record.distinct import Distinct, as_text, nothing, trimmed_column
from hepatica.record.numbers import number_column
from hepatica.record.reasons import PROBLEM
from hepatica.record.results import result_column
from hepatica.record.settings import ReadingSettings
from hepatica.record.tables import ORIGIN, Column, Kind, Table
from hepatica.record.units import unit_column
from hepatica.record.words import read_choices


@dataclass
class Cells:
    """A table's cells: `rows` has, for each column X, `sent:X`, what was read from it, and `problem:X`."""

    rows: pl.DataFrame
    unknown_codes: dict[str, pl.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_cells(raw: pl.DataFrame, table: Table, settings: ReadingSettings, today: date) -> Cells:
    """Return a table's cells, read. patient_id is only taken as sent: the people know it.

    Raises SourceError if a required column is missing, or if a column holds lists or bytes.
    """
    _require_columns(raw, table)
    reader = _Reader(settings, today)
    columns = [_origin(raw, name, dtype) for name, dtype in ORIGIN.items()]
    absent = nothing(raw.height, pl.String())
    for column in table.columns:
        sent = (raw[column.name].rechunk() if column.name in raw.columns else absent).alias(column.name)
        columns.append(sent.alias(f"sent:{column.name}"))
        if column.name != "patient_id":
            columns += reader.read(sent, column)
    return Cells(pl.DataFrame(columns), reader.unknown_codes, reader.notes)


def _require_columns(raw: pl.DataFrame, table: Table) -> None:
    lacking = [name for name in table.required if name not in raw.columns]
    if lacking:
        files = raw["file"].drop_nulls().unique(maintain_order=True).to_list() if "file" in raw.columns else []
        present = ", ".join(name for name in raw.columns if name not in ORIGIN) or "none"
        raise SourceError(
            ", ".join(map(str, files)) or table.name,
            f"the table {table.name} has no column {' and no column '.join(lacking)} (columns found: {present})",
            "rename the column, or say in the mapping which column it is",
        )


def _origin(raw: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Series:
    return (raw[name].rechunk().cast(dtype) if name in raw.columns else nothing(raw.height, dtype)).alias(name)


class _Reader:
    """Reads the columns of one table by their kind, and keeps the codes that nobody knows."""

    def __init__(self, settings: ReadingSettings, today: date) -> None:
        self.settings = settings
        self.today = today
        self.unknown_codes: dict[str, pl.DataFrame] = {}
        self.notes: list[str] = []

    def read(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        """Return what a column says: its values under its own name, and `problem:` with why a cell was not read."""
        readers = {
            Kind.TEXT: self._text,
            Kind.DATE: self._date,
            Kind.PARTIAL_DATE: self._date,
            Kind.CHOICE: self._choice,
            Kind.NUMBER: self._number,
            Kind.INTEGER: self._number,
            Kind.RESULT: self._result,
            Kind.UNIT: self._unit,
            Kind.ANALYTE: self._code,
            Kind.DRUG: self._code,
        }
        return readers[column.kind](sent, column)

    def _text(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        return [trimmed_column(sent).alias(column.name)]

    def _choice(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        found = Distinct.of(as_text(sent, column.name))
        if not found.texts.len():  # six tables have two dozen choices, most of them not given
            return _named(column.name, nothing(sent.len(), pl.Enum(column.choices)), nothing(sent.len(), PROBLEM))
        return _named(column.name, *found.spread_all(read_choices(found.texts, column)))

    def _number(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        number, problem = number_column(sent, decimal_comma=self.settings.decimal_comma)
        read = _whole(number, problem) if column.kind is Kind.INTEGER else (number, problem)
        return _named(column.name, *read)

    def _result(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        read = result_column(sent, decimal_comma=self.settings.decimal_comma)
        return [read["problem"].alias(f"problem:{column.name}"), *read.drop("problem")]

    def _date(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        name, partial = column.name, column.kind is Kind.PARTIAL_DATE
        found = date_column(sent, Bounds.of(name, self.today, partial=partial), self.settings)
        read = [found["day"].alias(name), found["problem"].alias(f"problem:{name}")]
        if partial:
            read += [found["partial"].alias(f"{name}_partial")]
            read += [found[bound].alias(f"{bound}:{name}") for bound in ("earliest", "latest")]
        return read

    def _unit(self, sent: pl.Series, column: Column) -> list[pl.Series]:  # noqa: ARG002 - one shape for all readers
        spelling, notes = unit_column(sent)
        self.notes += notes
        return [spelling.alias("spelling")]

    def _code(self, sent: pl.Series, column: Column) -> list[pl.Series]:
        name = column.name
        read, unknown = analyte_column(sent) if column.kind is Kind.ANALYTE else drug_column(sent)
        if unknown.height:
            self.unknown_codes[name] = unknown
        values = [read.to_series(0).alias(name), read["problem"].alias(f"problem:{name}")]
        return values + ([read["route"].alias(f"implied:{name}")] if column.kind is Kind.DRUG else [])


def _named(name: str, values: pl.Series, problem: pl.Series) -> list[pl.Series]:
    return [values.alias(name), problem.alias(f"problem:{name}")]


def _whole(number: pl.Series, problem: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return whole numbers; 3.0 is 3, and 3.5 is a problem."""
    n = pl.col("n")
    is_whole = (n == n.floor()) & (n.abs() < 2**53)
    read = pl.DataFrame({"n": number, "problem": problem}).select(
        value=pl.when(is_whole).then(n).cast(pl.Int64),
        problem=pl.when(n.is_not_null() & ~is_whole).then(pl.lit("not_whole", PROBLEM)).otherwise("problem"),
    )
    return read["value"], read["problem"]
