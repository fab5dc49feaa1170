"""Tables on the disk that grow part by part, CSV, Parquet, or in a DuckDB file; only one part is in memory."""

from __future__ import annotations

from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Protocol, Self

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

_ARROW = {pl.String(): pa.string(), pl.Date(): pa.date32(), pl.Float64(): pa.float64(), pl.Int64(): pa.int64()}
# What DuckDB may hold of rows that are on their way to the disk.
_MEMORY = "512MB"


class Tables(Protocol):
    """Several tables that are written part by part."""

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Write rows of a table after those before; every part has the same columns of the same kinds."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *trouble: object) -> None:
        """Finish the files."""


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


class TableFiles:
    """A folder with a file for each table, CSV or Parquet."""

    def __init__(self, folder: Path, form: str) -> None:
        self._folder = folder
        self._form = form
        self._stack = ExitStack()
        self._files: dict[str, _TableFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Write rows of a table after those before."""
        if name not in self._files:
            path = self._folder / f"{name}.{self._form}"
            self._files[name] = _CsvFile(path) if self._form == "csv" else _ParquetFile(path)
            self._stack.callback(self._files[name].close)
        self._files[name].write(frame)


class DuckDbTables:
    """One DuckDB file with every table."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(str(path), config={"memory_limit": _MEMORY})
        self._connection.execute("set enable_progress_bar = false")  # standard output is the caller's
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def write(self, name: str, frame: pl.DataFrame) -> None:
        """Write rows of a table after those before; `name` is one of ours."""
        self._connection.register("given", frame.to_arrow())
        into = f"insert into {name}" if name in self._made else f"create table {name} as"
        self._connection.execute(f"{into} select * from given")  # noqa: S608 - our own table names
        self._connection.unregister("given")
        self._made.add(name)
