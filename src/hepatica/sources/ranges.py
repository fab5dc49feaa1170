"""Buckets read in place: Parquet tables that are sorted by patient are cut into ranges of patients by their footers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import polars as pl

from hepatica.record.distinct import Distinct
from hepatica.sources.account import Account
from hepatica.sources.folder_tables import FolderTables
from hepatica.sources.parquet_tables import ParquetTable
from hepatica.sources.raw_tables import RawTables
from hepatica.sources.selection import PatientRange, Selection

# Row groups up to this size may be read again by every bucket.
SMALL_GROUP = 200_000


@dataclass(frozen=True)
class Ranges:
    """Ranges of patients that together are all patients, and what the files have to tell."""

    selections: list[Selection]
    told: Account


@runtime_checkable
class InRanges(Protocol):
    """Raw tables that can themselves select ranges of patients: those in a database."""

    def ranges(self, patients_per_bucket: int) -> list[Selection] | None:
        """Return ranges of about so many patients, together all of them; None if these tables cannot, after all."""

    def told(self) -> Account:
        """Return what there is to tell besides the rows, without reading them."""


def patient_ranges(raw: RawTables, patients_per_bucket: int) -> Ranges | None:
    """Return ranges of about so many patients, or None where the tables cannot be cut in place."""
    if isinstance(raw, InRanges):
        selections = raw.ranges(patients_per_bucket)
        return Ranges(selections, raw.told()) if selections is not None else None
    if not isinstance(raw, FolderTables):
        return None
    tables = [table for name in raw.names() if (table := raw.parquet(name)) is not None]
    if len(tables) < len(raw.names()) or not all(map(_is_sorted, tables)):
        return None
    told = Account()
    ids = pl.concat([block["patient_id"].cast(pl.String) for block in raw.blocks("patients", told)]).unique().sort()
    cuts: list[str | None] = [None, *_cuts(ids, max(tables, key=lambda table: table.rows), patients_per_bucket), None]
    if any(_largest_group(table) > max(2 * table.rows // len(cuts), SMALL_GROUP) for table in tables):
        return None  # every bucket would read the same large row groups again
    for name in raw.names():
        raw.tell(name, told)
    return Ranges([PatientRange(first, end) for first, end in pairwise(cuts)], told)


def _cuts(ids: pl.Series, largest: ParquetTable, patients_per_bucket: int) -> list[str]:
    """Return where one range ends and the next begins: where row groups of the largest table begin, if they can.

    Ranges that begin with a row group read it once; others read most row groups twice.
    """
    starts = sorted({bound.lowest for bound in largest.bounds("patient_id")[1:]})
    starts = [start for start in starts if ids[0] < start <= ids[-1]] if ids.len() else []
    a_group = ids.len() / (len(starts) + 1)
    if not starts or a_group > 1.5 * patients_per_bucket:
        return ids.gather_every(patients_per_bucket)[1:].to_list()
    groups = max(1, round(patients_per_bucket / a_group))
    return starts[groups - 1 :: groups]


def _largest_group(table: ParquetTable) -> int:
    return max((bound.rows for bound in table.bounds("patient_id")), default=0)


def _is_sorted(table: ParquetTable) -> bool:
    """Whether row groups follow each other in the order of patient_id, and every id is text as the record knows it."""
    bounds = table.bounds("patient_id")
    if not all(isinstance(bound.lowest, str) and isinstance(bound.highest, str) for bound in bounds):
        return False
    if any(before.highest > after.lowest for before, after in pairwise(bounds)):
        return False
    place = table.position("patient_id")
    return place is not None and all(_are_plain(block) for block in table.blocks({"patient_id": place}))


def _are_plain(block: pl.DataFrame) -> bool:
    """Whether no id is missing or padded by blanks; such an id stands elsewhere in the file than its patient."""
    ids = Distinct.of(block["patient_id"])
    return ids.places.null_count() == 0 and bool((ids.texts == ids.texts.str.strip_chars()).all())
