"""The course of a cohort of any size: six Spark frames in, the derived tables and the account of the reading out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from hepatica.course import Definitions, Protocol
from hepatica.course.columns import schema
from hepatica.errors import SourceError
from hepatica.record import TABLES, Reading
from hepatica.sources.centre_settings import CentreSettings
from hepatica.sources.source import PATIENTS_PER_BUCKET
from hepatica.spark import bundles
from hepatica.spark.work import ANSWERS, READING, asked_of, opened, reading_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SPARK_TYPES: dict[pl.DataType, str] = {
    pl.String(): "string",
    pl.Date(): "date",
    pl.Float64(): "double",
    pl.Int64(): "bigint",
}


@dataclass(frozen=True)
class CourseOnSpark:
    """A cohort's derived tables as Spark frames, and the account of how its rows were read."""

    answers: DataFrame

    def table(self, name: str) -> DataFrame:
        """Return a derived table (state, regimens, response, …) as a Spark frame, in no order."""
        return self.answers.where(self.answers["name"] == name).mapInArrow(opened(name), spark_columns(schema(name)))

    def reading(self) -> Reading:
        """Return the account of the whole reading; its quarantine and warnings come to the machine that asks."""
        rows = self.answers.where(self.answers["name"] == READING).select("rows").toLocalIterator()
        return Reading.merged(reading_of(bytes(row["rows"])) for row in rows)

    def release(self) -> None:
        """Let Spark forget the answers."""
        self.answers.unpersist()


def spark_columns(columns: Mapping[str, pl.DataType]) -> str:
    """Return columns as Spark writes a schema."""
    return ", ".join(f"`{name}` {_SPARK_TYPES[kind]}" for name, kind in columns.items())


def course_on_spark(  # noqa: PLR0913 - each is an option of `hepatica course`
    tables: Mapping[str, DataFrame],
    *,
    as_of: date,
    today: date | None = None,
    defined: Definitions | None = None,
    practice: Protocol | None = None,
    settings: CentreSettings | None = None,
    wanted: Sequence[str] = ("state",),
    patients_per_bucket: int = PATIENTS_PER_BUCKET,
) -> CourseOnSpark:
    """Return the derived tables of a cohort whose six tables are Spark frames.

    Each frame holds the record's columns as they were sent, and `file`, `line`, `key` where they are known (see
    `parquet_tables`). `today` is the day after which dates lie in the future; the as-of date unless given.
    Raises SourceError if patients is not among them or a name is no table of the record.
    """
    if unknown := [name for name in tables if name not in TABLES]:
        raise SourceError(unknown[0], "is not a table of the record", f"the tables are {', '.join(TABLES)}")
    if "patients" not in tables:
        raise SourceError("patients", "the table is missing", "give the frame of the patients")
    buckets = max(-(-tables["patients"].count() // patients_per_bucket), 1)
    asked = asked_of(as_of, today, defined, practice, settings, wanted)
    moved = reduce(lambda one, other: one.unionAll(other), (_bundled(n, f, buckets) for n, f in tables.items()))
    in_place = moved.repartition(buckets, "bucket").sortWithinPartitions("bucket")
    return CourseOnSpark(in_place.mapInArrow(asked.answers, ANSWERS).persist())


def _bundled(table: str, frame: DataFrame, buckets: int) -> DataFrame:
    whole = _with_origin(table, frame)
    return whole.mapInArrow(lambda batches: bundles.bundled(batches, table, buckets), bundles.SCHEMA)


def _with_origin(table: str, frame: DataFrame) -> DataFrame:
    """Return a frame with the columns of the record that it has, and where each row stands."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - Spark is optional

    lacking = [name for name in TABLES[table].required if name not in frame.columns]
    if lacking:
        raise SourceError(table, f"has no column {', '.join(lacking)}", f"it has: {', '.join(frame.columns)}")
    known = [f.col(name) for name in frame.columns if name in TABLES[table].names]
    file = f.col("file") if "file" in frame.columns else f.lit(table)
    line = f.col("line").cast("bigint") if "line" in frame.columns else f.lit(None).cast("bigint")
    key = f.col("key") if "key" in frame.columns else f.lit(None).cast("string")
    return frame.select(*known, file.alias("file"), line.alias("line"), key.alias("key"))


def parquet_tables(session: SparkSession, folder: str) -> dict[str, DataFrame]:
    """Return the six tables that lie as Parquet in a folder (or bucket) that Spark reaches, each row with its origin.

    A table is a file (`patients.parquet`) or a folder of part files. Raises SourceError if patients is not there.
    """
    found = {table: frame for table in TABLES if (frame := _parquet(session, f"{folder}/{table}.parquet")) is not None}
    if "patients" not in found:
        raise SourceError(folder, "holds no patients.parquet that Spark can read", "name the folder as Spark sees it")
    return found


def _parquet(session: SparkSession, path: str) -> DataFrame | None:
    from pyspark.errors import AnalysisException  # noqa: PLC0415 - Spark is optional
    from pyspark.sql import functions as f  # noqa: PLC0415

    try:
        frame = session.read.parquet(path)
    except AnalysisException as trouble:
        if trouble.getCondition() == "PATH_NOT_FOUND":
            return None
        raise
    return frame.select(
        "*", f.col("_metadata.file_name").alias("file"), (f.col("_metadata.row_index") + 1).alias("line")
    )
