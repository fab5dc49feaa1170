"""A source: something that a record can be read from, whole, for one patient, or in buckets of patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Self

import polars as pl

from hepatica.errors import UsageError
from hepatica.record import Reading, Record
from hepatica.record.checking import check_tables
from hepatica.record.settings import ReadingSettings
from hepatica.sources.account import Account
from hepatica.sources.partition import Partition
from hepatica.sources.ranges import patient_ranges
from hepatica.sources.raw_tables import RawTables, joined
from hepatica.sources.selection import OnePatient, Selection

# Told while a source is read: the table, bytes done, bytes in all.
Progress = Callable[[str, int, int], None]
# What two processes hold of so many patients each, with their reading, is about 1 GB (docs/performance.md).
PATIENTS_PER_BUCKET = 4_000
# A source with fewer measurements than this is read at once; cutting it would cost more than it saves.
ONE_READ_BELOW = 500_000


@dataclass(frozen=True)
class Bucket:
    """Some of a source's patients, whole, as a recipe that can be sent to another process and read there.

    `told` is what the source has to tell besides the rows: it goes with the first bucket; None tells it while reading.
    """

    raw: RawTables
    settings: ReadingSettings
    today: date
    selection: Selection | None = None
    told: Account | None = None

    def read(self, progress: Progress | None = None) -> tuple[Record, Reading]:
        """Return the record of these patients and the account of its reading.

        Raises:
            SourceError: a file cannot be read.
        """
        account = Account()
        frames = self._frames(account, progress)
        record, reading = check_tables(frames, today=self.today, settings=self.settings)
        (account if self.told is None else self.told).add_to(reading)
        return record, reading

    def _frames(self, account: Account, progress: Progress | None) -> dict[str, pl.DataFrame]:
        frames = {}
        # Nobody watches a page being read, and its rows need not be counted before.
        sizes = {table: 0 if progress is None else self.raw.size(table) for table in self.raw.names()}
        done, whole = 0, sum(sizes.values())
        for table, size in sizes.items():
            frames[table] = joined(list(self.raw.blocks(table, account, self.selection)), table)
            done += size
            if progress is not None:
                progress(table, done, whole)
        return frames


@dataclass
class Source:
    """A source that was recognised and opened. As a context manager it removes what buckets left on the disk."""

    where: str
    raw: RawTables
    settings: ReadingSettings
    today: date
    _partitions: list[Partition] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove temporary files; buckets cut before cannot be read any more."""
        while self._partitions:
            self._partitions.pop().remove()

    def read(self, progress: Progress | None = None) -> tuple[Record, Reading]:
        """Return the whole record and the account of its reading.

        Raises:
            SourceError: a file cannot be read.
        """
        return Bucket(self.raw, self.settings, self.today).read(progress)

    def read_patient(self, patient_id: str) -> tuple[Record, Reading]:
        """Return one patient's record and the account of the rows that are surely this patient's.

        Raises:
            UsageError: no row of patients has this patient_id.
            SourceError: a file cannot be read.
        """
        selection = OnePatient(patient_id.strip())
        account = Account()
        if not any(block.height for block in self.raw.blocks("patients", account, selection)):
            raise UsageError("--patient", f"{patient_id} is not in patients of {self.where}", "check the patient_id")
        return Bucket(self.raw, self.settings, self.today, selection).read()

    def buckets(
        self, patients_per_bucket: int = PATIENTS_PER_BUCKET, *, one_read_below: int = ONE_READ_BELOW
    ) -> list[Bucket]:
        """Return the source cut into buckets of about so many patients; a small source is one bucket.

        Every patient is wholly in one bucket, and so is every row of a patient who is not in patients. Parquet that
        is sorted by patient is read in place; anything else is distributed once over a temporary folder, which
        `close` removes. How a source is cut changes neither the record nor the counts.

        Raises:
            SourceError: a file cannot be read.
        """
        if max(self.raw.rows_at_most(table) for table in self.raw.names()) < one_read_below:
            return [Bucket(self.raw, self.settings, self.today)]
        ranges = patient_ranges(self.raw, patients_per_bucket)
        if ranges is not None:
            return [
                Bucket(self.raw, self.settings, self.today, selection, Account() if number else ranges.told)
                for number, selection in enumerate(ranges.selections)
            ]
        partition = Partition.of(self.raw, patients_per_bucket)
        self._partitions.append(partition)
        return [
            Bucket(part, self.settings, self.today, None, Account() if number else partition.told)
            for number, part in enumerate(partition.parts)
        ]
