"""A record as a folder of the six tables, CSV or Parquet, that Hepatica and everything else can read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepatica.interop.new_folder import new_folder
from hepatica.interop.readme import readme
from hepatica.interop.sent_tables import sent_tables
from hepatica.interop.table_file import TableFiles
from hepatica.record import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl

    from hepatica.record import Record

FORMS = ("csv", "parquet")


def write(record: Record, out: Path, *, synthetic: bool, form: str = "csv") -> list[Path]:
    """Write a record as a folder of the six tables; returns the files.

    Raises:
        UsageError: the folder holds something already, or cannot be written.
    """
    return write_parts([record], out, synthetic=synthetic, form=form)


def write_parts(
    records: Iterable[Record], out: Path, *, synthetic: bool, form: str = "csv", limits: pl.DataFrame | None = None
) -> list[Path]:
    """Write the parts of a record (buckets of its patients) one after the other; only one is in memory.

    `limits` are the centre's own reference limits that the record was read with: its multiples of the upper limit
    rest on them, so they go with the tables.
    """
    with new_folder(out) as folder:
        rows = dict.fromkeys(TABLES, 0)
        with TableFiles(folder, form) as files:
            for record in records:
                for name, frame in sent_tables(record).items():
                    files.write(name, frame)
                    rows[name] += frame.height
        write_limits(limits, folder)
        (folder / "README.txt").write_text(readme(rows, synthetic=synthetic, what=_WHAT), encoding="utf-8")
    return sorted(out.iterdir())


def write_limits(limits: pl.DataFrame | None, folder: Path) -> None:
    """Write a centre's own reference limits as limits.csv, if it has any."""
    if limits is not None and limits.height:
        limits.rename({"lower": "lower_limit", "upper": "upper_limit"}).write_csv(folder / "limits.csv")


_WHAT = """The six tables of a patient record, one row per fact. Read them with: hepatica check THIS-FOLDER
Dates are ISO 8601; 1987 and 1987-06 are dates of which no more is known. Empty is unknown.
lower_limit and upper_limit are the laboratory's own for that row; NaN is one that was there and could not be used.
limits.csv, if it is there, holds the centre's own reference limits.
Cells are exact and not escaped: a spreadsheet may take a text that begins with = + - @ for a formula.
"""
