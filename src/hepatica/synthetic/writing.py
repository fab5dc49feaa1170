"""Tables written block after block: one file per table, in the patients' order, in bounded memory."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

FILE_FORMATS = ("csv", "parquet")
# Two blocks of 2,000 patients: the groups of all tables then begin with the same patients, and a reader that takes
# some thousand patients at a time reads each group once.
_BLOCKS_PER_GROUP = 2
_KEYS = ["patient_id", "date", "start"]  # columns by which a reader skips row groups


class TableWriter(Protocol):
    """Something that a table's blocks are given to, one after the other."""

    def write(self, block: pa.Table) -> None:
        """Write the block's rows after those before."""

    def close(self) -> None:
        """Finish the file."""


class CsvWriter:
    """A CSV file: UTF-8, commas, ISO dates, empty cells for what is not known."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._header = True

    def write(self, block: pa.Table) -> None:
        """Write the block's rows after those before."""
        frame = pl.from_arrow(block)
        if not isinstance(frame, pl.DataFrame):
            raise TypeError(type(frame).__name__)
        frame.write_csv(self._file, include_header=self._header)
        self._header = False

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class ParquetWriter:
    """A Parquet file whose row groups hold some blocks of patients each, so that memory stays bounded."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def write(self, block: pa.Table) -> None:
        """Take the block's rows after those before; write them when there are enough."""
        self._waiting.append(block)
        if len(self._waiting) >= _BLOCKS_PER_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what waits, and finish the file."""
        self._flush()
        if self._file is not None:
            self._file.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = _as_text(pa.concat_tables(self._waiting))
        if self._file is None:
            keys = [name for name in _KEYS if name in table.column_names]
            # Without Arrow's own schema a reader sees plain text columns, as in any centre's export.
            self._file = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", write_statistics=keys, store_schema=False
            )
        self._file.write_table(table, row_group_size=max(table.num_rows, 1))
        self._waiting = []


def _as_text(table: pa.Table) -> pa.Table:
    """Return a table with its lists of words written out, so that each row group lists only the words it holds."""
    plain = [
        pa.field(one.name, one.type.value_type if pa.types.is_dictionary(one.type) else one.type)
        for one in table.schema
    ]
    return table.cast(pa.schema(plain))


def open_writer(folder: Path, table: str, file_format: str) -> TableWriter:
    """Return the writer of a table's file in a folder."""
    path = folder / f"{table}.{file_format}"
    return CsvWriter(path) if file_format == "csv" else ParquetWriter(path)
