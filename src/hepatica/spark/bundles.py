"""Rows on the move: a stretch of one table's rows as one binary cell, so that six tables travel as one frame.

A cell keeps the columns and types as they were sent, which a union of six tables in Spark's own columns would not.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import polars as pl
import pyarrow as pa

from hepatica.sources.selection import patient_ids

# One cell per bucket and so many rows read: less makes many small cells, more takes memory on each worker.
ROWS_AT_ONCE = 250_000
SCHEMA = "bucket int, table string, rows binary"
_ARROW = pa.schema([("bucket", pa.int32()), ("table", pa.string()), ("rows", pa.binary())])


def bundled(batches: Iterable[pa.RecordBatch], table: str, buckets: int) -> Iterator[pa.RecordBatch]:
    """Yield one table's rows bundled by bucket; rows without a patient_id are all in one bucket and told there."""
    waiting: list[pl.DataFrame] = []
    height = 0
    for batch in batches:
        waiting.append(frame_of(batch))
        height += batch.num_rows
        if height >= ROWS_AT_ONCE:
            yield _cells(pl.concat(waiting), table, buckets)
            waiting, height = [], 0
    if height:
        yield _cells(pl.concat(waiting), table, buckets)


def frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    """Return a batch as a frame, its types as they were sent."""
    return pl.DataFrame([pl.Series(name, batch.column(name)) for name in batch.schema.names])


def bucket_of(frame: pl.DataFrame, buckets: int) -> pl.Series:
    """Return each row's bucket: the same for all rows of a patient, in every table."""
    ids = patient_ids(frame).fill_null("")  # nobody's rows are told in the bucket of the empty id
    return (ids.hash(seed=0) % buckets).cast(pl.Int32)


def _cells(frame: pl.DataFrame, table: str, buckets: int) -> pa.RecordBatch:
    numbered = frame.with_columns(bucket_of(frame, buckets).alias("to bucket"))
    parts = numbered.partition_by("to bucket", as_dict=True, include_key=False, maintain_order=True)
    cells = [(number, table, packed(rows)) for (number,), rows in parts.items()]
    return pa.RecordBatch.from_arrays(
        [pa.array(column, kind) for column, kind in zip(zip(*cells, strict=True), _ARROW.types, strict=True)],
        schema=_ARROW,
    )


def packed(frame: pl.DataFrame) -> bytes:
    """Return a frame as bytes."""
    target = io.BytesIO()
    frame.write_ipc_stream(target, compression="lz4")
    return target.getvalue()


def unpacked(data: bytes) -> pl.DataFrame:
    """Return the frame that was packed."""
    return pl.read_ipc_stream(io.BytesIO(data))
