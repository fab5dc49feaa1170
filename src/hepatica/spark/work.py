"""What a worker does with the buckets that Spark gives it: check and derive, exactly as a single machine does."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import polars as pl
import pyarrow as pa

from hepatica.course import Definitions, Protocol, definitions, protocol
from hepatica.course.buckets import Task
from hepatica.record import TABLES, Reading
from hepatica.sources.account import Account
from hepatica.sources.centre_settings import CentreSettings
from hepatica.sources.raw_tables import as_declared, empty_raw
from hepatica.sources.selection import Selection
from hepatica.sources.source import Bucket
from hepatica.spark.bundles import packed, unpacked

# A worker answers with one row per derived table of a bucket, and one for the account of its reading.
ANSWERS = "name string, rows binary"
READING = "reading"
_ARROW = pa.schema([("name", pa.string()), ("rows", pa.binary())])
Batches = Iterable[pa.RecordBatch]


@dataclass(frozen=True)
class Given:
    """One bucket's rows of each table, as they came; they are read like any other source."""

    frames: dict[str, list[pl.DataFrame]]
    settings: CentreSettings

    def names(self) -> list[str]:
        """Return which tables came; patients is always among them, if only empty."""
        return [name for name in TABLES if name in self.frames or name == "patients"]

    def size(self, table: str) -> int:
        """Return how many bytes a table takes."""
        return sum(int(frame.estimated_size()) for frame in self.frames.get(table, []))

    def rows_at_most(self, table: str) -> int:
        """Return how many rows a table has."""
        return sum(frame.height for frame in self.frames.get(table, []))

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows in the order of their files, as if they had not travelled."""
        if table not in self.frames:
            yield empty_raw(table)
            return
        rows = pl.concat(self.frames[table]).sort("file", "line", maintain_order=True)
        missing = self.settings.file(table).missing
        declared = as_declared(rows, missing, self.settings.unit_aliases, account)
        yield declared if selection is None else selection.rows(declared)


@dataclass(frozen=True)
class Asked:
    """What every worker is asked for; small, because it travels to each of them."""

    settings: CentreSettings
    today: date
    defined: Definitions
    practice: Protocol
    as_of: date
    tables: tuple[str, ...]

    def answers(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        """Yield the answers to the buckets of a partition, which come ordered by bucket; one is held at a time."""
        cells = (row for batch in batches for row in zip(*(column.to_pylist() for column in batch), strict=True))
        for _, bucket in groupby(cells, key=lambda cell: cell[0]):
            frames: dict[str, list[pl.DataFrame]] = {}
            for _, table, rows in bucket:
                frames.setdefault(table, []).append(unpacked(rows))
            yield self.answer(frames)

    def answer(self, frames: dict[str, list[pl.DataFrame]]) -> pa.RecordBatch:
        """Return the derived tables of one bucket and the account of its reading, packed."""
        bucket = Bucket(Given(frames, self.settings), self.settings.reading, self.today)
        tables, reading = Task(bucket, self.defined, self.practice, self.as_of, self.tables).run()
        names = [*tables, READING]
        rows = [*(packed(table) for table in tables.values()), pickle.dumps(reading)]
        return pa.RecordBatch.from_arrays([pa.array(names), pa.array(rows, pa.binary())], schema=_ARROW)


def asked_of(
    as_of: date,
    today: date | None,
    defined: Definitions | None,
    practice: Protocol | None,
    settings: CentreSettings | None,
    tables: Sequence[str],
) -> Asked:
    """Return the request with its defaults: the IAIHG set of 2022, the default protocol, today the as-of date."""
    return Asked(
        settings=settings if settings is not None else CentreSettings(),
        today=today if today is not None else as_of,
        defined=defined if defined is not None else definitions(),
        practice=practice if practice is not None else protocol(),
        as_of=as_of,
        tables=tuple(tables),
    )


def opened(table: str) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """Return the function that turns the answers' rows of a derived table back into its columns."""

    def rows(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for name, data in zip(*(column.to_pylist() for column in batch), strict=True):
                if name == table:
                    # Spark knows text of one kind only; Polars writes text views unless told otherwise.
                    yield from unpacked(data).to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()

    return rows


def reading_of(data: bytes) -> Reading:
    """Return the account that a worker of this very job packed."""
    account = pickle.loads(data)  # noqa: S301 - from our own workers, over Spark's own channel, which pickles as well
    if not isinstance(account, Reading):
        raise TypeError(type(account).__name__)
    return account
