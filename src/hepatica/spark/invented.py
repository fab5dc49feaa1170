"""Invented cohorts of any size on many machines: each block of patients is made where it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from hepatica.course import Definitions, Protocol
from hepatica.record import TABLES
from hepatica.spark.course import CourseOnSpark, spark_columns
from hepatica.spark.work import ANSWERS, Batches, asked_of
from hepatica.synthetic.alone import Blocks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def invented_tables(session: SparkSession, blocks: Blocks) -> dict[str, DataFrame]:
    """Return the six tables of an invented cohort as Spark frames; what is written from them is synthetic.

    Each table makes its blocks anew, so one that is read twice should be written or cached first.
    """
    sample = Blocks(1, blocks.seed, blocks.centres, blocks.missingness).tables(0)
    return {name: _table(session, blocks, name, sample[name]) for name in TABLES}


def _table(session: SparkSession, blocks: Blocks, name: str, sample: pa.Table) -> DataFrame:
    def made(batches: Batches) -> Iterator[pa.RecordBatch]:
        for number in _numbers(batches):
            yield from _plain(blocks.tables(number)[name]).to_batches()

    return _block_numbers(session, blocks).mapInArrow(made, spark_columns(frame_of_table(sample).schema))


def simulated_course(
    session: SparkSession,
    blocks: Blocks,
    *,
    as_of: date,
    defined: Definitions | None = None,
    practice: Protocol | None = None,
    wanted: Sequence[str] = ("state",),
) -> CourseOnSpark:
    """Return the course of an invented cohort: each block is invented and judged in one place, nothing is stored."""
    asked = asked_of(as_of, None, defined, practice, None, wanted)

    def judged(batches: Batches) -> Iterator[pa.RecordBatch]:
        for number in _numbers(batches):
            tables = blocks.tables(number)
            yield asked.answer({name: [_as_sent(name, number, rows)] for name, rows in tables.items()})

    return CourseOnSpark(_block_numbers(session, blocks).mapInArrow(judged, ANSWERS).persist())


def _block_numbers(session: SparkSession, blocks: Blocks) -> DataFrame:
    """Return the numbers of the blocks, one to a partition: a block is the smallest piece of work."""
    return session.range(0, blocks.number, 1, blocks.number)


def _numbers(batches: Batches) -> Iterator[int]:
    for batch in batches:
        yield from batch.column(0).to_pylist()


def _as_sent(table: str, number: int, rows: pa.Table) -> pl.DataFrame:
    """Return a block's rows with their origin: the block, and the row's number in it."""
    return frame_of_table(rows).with_columns(
        file=pl.lit(f"invented block {number}: {table}"),
        line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        key=pl.lit(None, pl.String),
    )


def frame_of_table(rows: pa.Table) -> pl.DataFrame:
    """Return an Arrow table as a frame."""
    return pl.DataFrame(pl.Series(name, column) for name, column in zip(rows.column_names, _plain(rows), strict=True))


def _plain(rows: pa.Table) -> pa.Table:
    """Return rows with text as text: Spark takes no dictionaries."""
    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)
