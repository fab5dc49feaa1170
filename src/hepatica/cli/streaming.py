"""A derived table to a file, part by part, in bounded memory; the file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from hepatica.cli.output import replacing, write_table
from hepatica.course.columns import schema
from hepatica.errors import UsageError

Write = Callable[[pl.DataFrame], None]


@contextmanager
def streamed_table(table: str, path: Path) -> Iterator[Write]:
    """Yield a function that takes the table's parts in turn; the ending of the name says the format."""
    streams = {".csv": _csv, ".parquet": _parquet, ".json": _json}
    if path.suffix not in streams:
        raise UsageError(str(path), "unknown kind of file", f"end its name with {', '.join(streams)}")
    with replacing(path) as scratch, streams[path.suffix](table, scratch) as write:
        yield write


@contextmanager
def _csv(table: str, path: Path) -> Iterator[Write]:
    with path.open("wb") as file:
        schema(table).to_frame().write_csv(file)
        yield lambda part: part.write_csv(file, include_header=False)


@contextmanager
def _parquet(table: str, path: Path) -> Iterator[Write]:
    kind = schema(table).to_frame().to_arrow().schema
    with pq.ParquetWriter(path, kind) as writer:
        yield lambda part: writer.write_table(part.to_arrow().cast(kind))


@contextmanager
def _json(table: str, path: Path) -> Iterator[Write]:
    """Keep the parts until the end: a JSON list is for tables that fit in memory."""
    parts = [schema(table).to_frame()]
    yield parts.append
    write_table(pl.concat(parts), path)
