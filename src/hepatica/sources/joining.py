"""The accounts of several buckets as the account of their source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hepatica.record import Reading, TableCount

if TYPE_CHECKING:
    from collections.abc import Iterable


def joined_readings(readings: Iterable[Reading]) -> Reading:
    """Return one account for all buckets of a source: counts added up, problems together, each note once."""
    whole = Reading()
    parts = list(readings)
    for part in parts:
        for table, count in part.counts.items():
            total = whole.counts.setdefault(table, TableCount())
            total.read += count.read
            total.kept += count.kept
            total.folded += count.folded
            total.quarantined += count.quarantined
        for table, names in part.ignored_columns.items():
            known = whole.ignored_columns.setdefault(table, [])
            known.extend(name for name in names if name not in known)
        whole.notes.extend(note for note in part.notes if note not in whole.notes)
    whole.quarantine = pl.concat([whole.quarantine, *(part.quarantine for part in parts)])
    whole.warnings = pl.concat([whole.warnings, *(part.warnings for part in parts)])
    whole.unknown_codes = (
        pl.concat([whole.unknown_codes, *(part.unknown_codes for part in parts)])
        .group_by("table", "column", "code", maintain_order=True)
        .agg(pl.col("count").sum())
        .sort("count", "table", "column", "code", descending=[True, False, False, False])
    )
    return whole
