"""Tables as a centre sends them, written in a test as readable rows, and what reading makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from hepatica.record import TABLES, Reading, Record
from hepatica.record.checking import check_tables
from hepatica.record.settings import ReadingSettings

TODAY = date(2024, 6, 1)
ANNA = {"patient_id": "P1", "birth_date": "1980-05-05", "sex": "female", "centre": "Leiden"}

Row = dict[str, object]


@dataclass(frozen=True)
class Told:
    """What reading some tables gave."""

    record: Record
    reading: Reading

    def kept(self, table: str = "measurements") -> list[Row]:
        return self.record.table(table).to_dicts()

    def only(self, column: str, table: str = "measurements") -> object:
        (row,) = self.kept(table)
        return row[column]

    def reasons(self) -> list[str]:
        return self.reading.quarantine["reason"].to_list()

    def warnings(self) -> list[str]:
        return self.reading.warnings["reason"].to_list()


def raw_table(name: str, rows: list[Row]) -> pl.DataFrame:
    """Return rows as text with their origin: the first is line 2 of its file; all required columns are there."""
    columns = dict.fromkeys([*TABLES[name].required, *(key for row in rows for key in row)])
    text = pl.DataFrame(
        [{column: row.get(column) for column in columns} for row in rows], schema=dict.fromkeys(columns, pl.String)
    )
    return text.with_columns(
        file=pl.lit(f"{name}.csv"),
        line=pl.int_range(2, len(rows) + 2, dtype=pl.Int64),
        key=pl.lit(None, pl.String),
    )


def read(settings: ReadingSettings | None = None, **tables: list[Row]) -> Told:
    """Return what reading these tables gives; Anna (P1, born 1980) is there unless patients are given."""
    raw = {name: raw_table(name, rows) for name, rows in ({"patients": [ANNA]} | tables).items()}
    return Told(*check_tables(raw, today=TODAY, settings=settings))


def result(value: str | None, analyte: str = "ALT", unit: str | None = "U/L", **more: str | None) -> Row:
    """Return a result of Anna's."""
    return {"patient_id": "P1", "date": "2020-01-01", "analyte": analyte, "value": value, "unit": unit} | more


def read_result(value: str | None, analyte: str = "ALT", unit: str | None = "U/L", **more: str | None) -> Told:
    """Return what reading one result of Anna's gives."""
    return read(measurements=[result(value, analyte, unit, **more)])
