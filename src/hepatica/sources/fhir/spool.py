"""Rows on the disk between the one pass over the files and the tables that are read from it: a DuckDB file.

Patients, medications, and the conditions behind prescriptions may stand anywhere in the files, before or after those
who refer to them. So the pass only notes the references, and they are joined when it is over.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from hepatica.errors import SourceError
from hepatica.sources.fhir.gathering import STORES, Told
from hepatica.sources.fhir.joining import (
    DOUBLE,
    INDEXES,
    SUPERSEDED,
    TABLE_QUERIES,
    UNKNOWN_MEDICATIONS,
    WITHOUT_OLDER,
)

_ORIGIN = ("file", "line", "key", "identity")
_WAITING_AT_MOST = 20_000
_ROWS_PER_BLOCK = 100_000
_MEMORY = "256MB"


class Spool:
    """The rows of one source, in a temporary folder that goes when the source does; a small one needs no file."""

    def __init__(self, *, on_disk: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hepatica-fhir-"))
        self._waiting: dict[str, list[tuple[str | None, ...]]] = {name: [] for name in STORES}
        self._sequence = 0
        self._counts: dict[str, int] = {}
        self._database = duckdb.connect(str(self.folder / "rows.duckdb") if on_disk else ":memory:")
        self._remove = weakref.finalize(self, _clear, self._database, self.folder)
        self._database.execute(f"SET memory_limit = '{_MEMORY}'")
        self._database.execute("SET temp_directory = ?", [str(self.folder / "spill")])
        for name, columns in STORES.items():
            named = ", ".join(f'"{column}" VARCHAR' for column in (*columns, *_ORIGIN))
            self._database.execute(f'CREATE TABLE "{name}" (sequence BIGINT, {named})')

    def remove(self) -> None:
        """Remove the temporary folder."""
        self._remove()

    def add(self, store: str, row: tuple[str | None, ...]) -> None:
        """Add a row to a store."""
        waiting = self._waiting[store]
        waiting.append(row)
        if len(waiting) >= _WAITING_AT_MOST:
            self._write(store)

    def finish(self, told: Told) -> None:
        """Join what refers to each other, once every file has been read."""
        for store in STORES:
            self._write(store)
        with _room(self.folder):
            # Rows are committed as they come: what is not committed yet, the database holds in memory.
            self._database.execute("BEGIN")
            count = self._database.execute(SUPERSEDED).fetchall()[0][0]
            if count:
                told.remarks["resources that stand in the files in a later version as well, or are deleted"] += count
            for statement in (DOUBLE, *(WITHOUT_OLDER if count else ()), *INDEXES):
                self._database.execute(statement)
            for label, number in self._database.execute(UNKNOWN_MEDICATIONS).fetchall():
                told.unknown["treatments", "drug", label] += number
            self._counts = {table: self._count(table) for table in TABLE_QUERIES}
            self._database.execute("COMMIT")

    def count(self, table: str) -> int:
        """Return how many rows a table of the record has, nearly."""
        return self._counts[table]

    def blocks(self, table: str) -> Iterator[pl.DataFrame]:
        """Yield the rows of a table of the record, as they were sent, in the order of the files."""
        with _room(self.folder):
            reader = self._database.cursor().sql(TABLE_QUERIES[table]).to_arrow_reader(_ROWS_PER_BLOCK)
            for batch in reader:
                frame = pl.DataFrame(batch)
                if frame.height:
                    yield frame.drop("sequence").with_columns(pl.col("line").cast(pl.Int64))

    def _count(self, table: str) -> int:
        query = f'SELECT count(*) FROM "{table}"'  # noqa: S608 - our own
        return int(self._database.execute(query).fetchall()[0][0])

    def _write(self, store: str) -> None:
        rows = self._waiting[store]
        if not rows:
            return
        columns = (*STORES[store], *_ORIGIN)
        frame = _frame(rows, columns).with_row_index("sequence", self._sequence).cast({"sequence": pl.Int64})
        self._sequence += len(rows)
        self._waiting[store] = []
        with _room(self.folder):
            self._database.register("arriving", frame.to_arrow())
            self._database.execute(f'INSERT INTO "{store}" SELECT * FROM arriving')  # noqa: S608 - our own
            self._database.unregister("arriving")


def _frame(rows: list[tuple[str | None, ...]], columns: tuple[str, ...]) -> pl.DataFrame:
    """Return rows as a frame; half characters (a lone surrogate), which no text can hold, become question marks."""
    schema = dict.fromkeys(columns, pl.String)
    try:
        return pl.DataFrame(rows, schema=schema, orient="row")
    except UnicodeEncodeError:
        whole = [tuple(_whole(cell) for cell in row) for row in rows]
        return pl.DataFrame(whole, schema=schema, orient="row")


def _whole(cell: str | None) -> str | None:
    return None if cell is None else cell.encode("utf-8", "replace").decode("utf-8")


def _clear(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    database.close()
    shutil.rmtree(folder, ignore_errors=True)


class _room:  # noqa: N801 - reads as the condition that it is
    """Turns a full disk into an error with a remedy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, trouble: BaseException | None, _: object) -> None:
        if isinstance(trouble, duckdb.IOException | duckdb.OutOfMemoryException):
            raise SourceError(
                str(self._folder.parent), "has no room for temporary files", "free space, or set TMPDIR"
            ) from trouble
