"""A source's rows distributed once over a temporary folder, so that each bucket of patients can be read alone."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from hepatica.errors import SourceError
from hepatica.record.distinct import as_texts
from hepatica.sources.account import Account
from hepatica.sources.pace import Pace
from hepatica.sources.selection import patient_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hepatica.sources.raw_tables import RawTables
    from hepatica.sources.selection import Selection

ROWS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Part:
    """One bucket's rows in the temporary folder: a file of Arrow streams per table."""

    folder: Path
    number: int
    tables: tuple[str, ...]

    def names(self) -> list[str]:
        """Return which tables were distributed."""
        return list(self.tables)

    def path(self, table: str) -> Path:
        """Return the file that holds this bucket's rows of a table."""
        return self.folder / table / f"{self.number}.arrows"

    def size(self, table: str) -> int:
        """Return how many bytes the bucket's rows of a table take."""
        return self.path(table).stat().st_size if self.path(table).exists() else 0

    def rows_at_most(self, table: str) -> int:
        """Return a number of rows that the bucket's part of a table does not exceed."""
        return self.size(table)

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield the rows in the order of their file; whatever else there is to tell was told when distributing."""
        _ = account
        if not self.folder.is_dir():
            raise SourceError("the temporary folder", "is gone", "keep the source open until its buckets are read")
        if not self.path(table).exists():
            return
        with self.path(table).open("rb") as stream:
            end = stream.seek(0, 2)
            stream.seek(0)
            while stream.tell() < end:
                frame = pl.DataFrame(pa.ipc.open_stream(stream).read_all())
                yield frame if selection is None else selection.rows(frame)


@dataclass
class Partition:
    """The temporary folder with its parts, and what the source had to tell while it was read."""

    folder: Path
    parts: list[Part]
    told: Account = field(default_factory=Account)

    @classmethod
    def of(cls, raw: RawTables, patients_per_bucket: int) -> Partition:
        """Return the source's rows distributed over parts of about so many patients.

        Raises:
            SourceError: a file cannot be read, or the temporary folder is full.
        """
        told = Account()
        patients = list(raw.blocks("patients", told))
        number = -(-sum(block.height for block in patients) // patients_per_bucket) or 1  # no patients: one part
        folder = Path(tempfile.mkdtemp(prefix="hepatica-"))
        partition = cls(folder, [Part(folder, part, tuple(raw.names())) for part in range(number)], told)
        weakref.finalize(partition, shutil.rmtree, folder, ignore_errors=True)
        pace = Pace()
        try:
            for table in raw.names():
                blocks = iter(patients) if table == "patients" else raw.blocks(table, told)
                partition._distribute(table, blocks, pace)
            pace.end()
        except BaseException:
            partition.remove()
            raise
        return partition

    def remove(self) -> None:
        """Remove the temporary folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _distribute(self, table: str, blocks: Iterator[pl.DataFrame], pace: Pace) -> None:
        (self.folder / table).mkdir()
        waiting: list[pl.DataFrame] = []
        rows = 0
        for block in map(as_texts, blocks):
            waiting.append(block)
            rows += block.height
            pace.more(table, block.height)
            if rows >= ROWS_AT_ONCE:
                self._append(table, pl.concat(waiting))
                waiting, rows = [], 0
        if waiting:
            self._append(table, pl.concat(waiting))

    def _append(self, table: str, frame: pl.DataFrame) -> None:
        ids = patient_ids(frame).fill_null("")  # rows without a patient_id all go into one part and are told there
        numbered = frame.with_columns((ids.hash(seed=0) % len(self.parts)).alias("part"))
        split = numbered.partition_by("part", as_dict=True, include_key=False, maintain_order=True)
        try:
            for (number,), rows in split.items():
                with self.parts[int(number)].path(table).open("ab") as stream:
                    rows.write_ipc_stream(stream, compression="lz4")
        except OSError as trouble:
            what = trouble.strerror or str(trouble)
            raise SourceError(
                str(self.folder.parent), f"has no room for temporary files ({what})", "free space, or set TMPDIR"
            ) from trouble
