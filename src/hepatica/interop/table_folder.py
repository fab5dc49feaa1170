"""A record as a folder of the six tables, CSV or Parquet, that Hepatica and everything else can read again."""

from __future__ import annotations

from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hepatica.interop.new_folder import new_folder
from hepatica.interop.readme import readme
from hepatica.interop.sent_tables import sent_tables
from hepatica.record import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hepatica.record import Record

FORMS = ("csv", "parquet")
_ARROW = {pl.String(): pa.string(), pl.Date(): pa.date32(), pl.Float64(): pa.float64(), pl.Int64(): pa.int64()}


class _TableFile(Protocol):
    def write(self, frame: pl.DataFrame) -> None:
        """Write rows after those before."""

    def close(self) -> None:
        """Finish the file."""


class _CsvFile:
    """UTF-8, commas, ISO dates; a cell is in quotes only where it must be. Values are exact: nothing is escaped."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._first = True

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_csv(self._file, include_header=self._first)
        self._first = False

    def close(self) -> None:
        self._file.close()


class _ParquetFile:
    """Typed columns, a row group for each part; results are text, because `<30` is one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        if self._file is None:
            schema = pa.schema([(name, _ARROW[dtype]) for name, dtype in frame.schema.items()])
            self._file = pq.ParquetWriter(self._path, schema, compression="zstd")
        self._file.write_table(frame.to_arrow().cast(self._file.schema))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


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
        with ExitStack() as stack:
            files = {name: _opened(folder / f"{name}.{form}", form) for name in TABLES}
            for file in files.values():
                stack.callback(file.close)
            for record in records:
                for name, frame in sent_tables(record).items():
                    files[name].write(frame)
                    rows[name] += frame.height
        write_limits(limits, folder)
        (folder / "README.txt").write_text(readme(rows, synthetic=synthetic, what=_WHAT), encoding="utf-8")
    return sorted(out.iterdir())


def write_limits(limits: pl.DataFrame | None, folder: Path) -> None:
    """Write a centre's own reference limits as limits.csv, if it has any."""
    if limits is not None and limits.height:
        limits.rename({"lower": "lower_limit", "upper": "upper_limit"}).write_csv(folder / "limits.csv")


def _opened(path: Path, form: str) -> _TableFile:
    return _CsvFile(path) if form == "csv" else _ParquetFile(path)


_WHAT = """The six tables of a patient record, one row per fact. Read them with: hepatica check THIS-FOLDER
Dates are ISO 8601; 1987 and 1987-06 are dates of which no more is known. Empty is unknown.
lower_limit and upper_limit are the laboratory's own for that row; NaN is one that was there and could not be used.
limits.csv, if it is there, holds the centre's own reference limits.
Cells are exact and not escaped: a spreadsheet may take a text that begins with = + - @ for a formula.
"""
