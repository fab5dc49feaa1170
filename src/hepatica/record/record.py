"""A record (six canonical frames) and the account of how it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from hepatica.record.tables import CANONICAL, ORIGIN, TABLES

# A row in quarantine, or a row kept with a warning: where it stands, which column and value, and why.
# `reason` is a fixed word to count by (`unit_unknown`); `explanation` is the sentence with the remedy.
PROBLEM_SCHEMA = pl.Schema(
    {
        "table": pl.String(),
        **ORIGIN,
        "patient_id": pl.String(),
        "column": pl.String(),
        "value": pl.String(),
        "reason": pl.String(),
        "explanation": pl.String(),
    }
)
# A code or name that the vocabulary does not know, said once with how often it occurs.
UNKNOWN_CODE_SCHEMA = pl.Schema({"table": pl.String(), "column": pl.String(), "code": pl.String(), "count": pl.Int64()})


@dataclass(frozen=True)
class Record:
    """What Hepatica knows about some patients: the six canonical frames of `tables.CANONICAL`."""

    patients: pl.DataFrame
    measurements: pl.DataFrame
    treatments: pl.DataFrame
    events: pl.DataFrame
    biopsies: pl.DataFrame
    genotypes: pl.DataFrame

    @classmethod
    def of(cls, **frames: pl.DataFrame) -> Record:
        """Return a record of the frames given; a table that is not given is empty."""
        return cls(**{name: frames[name] if name in frames else CANONICAL[name].to_frame() for name in TABLES})

    def table(self, name: str) -> pl.DataFrame:
        """Return the canonical frame of a table by its name."""
        frame: pl.DataFrame = getattr(self, name)
        return frame

    def of_patients(self, patient_ids: list[str]) -> Record:
        """Return the record of some of the patients, rows and row numbers unchanged."""
        wanted = pl.col("patient_id").is_in(patient_ids)
        return Record(**{name: self.table(name).filter(wanted) for name in TABLES})


@dataclass
class TableCount:
    """How many rows of a table were read and what became of them: read = kept + folded + quarantined."""

    read: int = 0
    kept: int = 0
    folded: int = 0
    quarantined: int = 0


@dataclass
class Reading:
    """The account of one reading: counts that add up, every problem with its place, every unknown code.

    `ignored_columns` are the columns that no table has, per table; `notes` anything else that a coordinator should
    know (the files as they were read, Latin-1, dates declared as …).
    """

    counts: dict[str, TableCount] = field(default_factory=dict)
    quarantine: pl.DataFrame = field(default_factory=PROBLEM_SCHEMA.to_frame)
    warnings: pl.DataFrame = field(default_factory=PROBLEM_SCHEMA.to_frame)
    unknown_codes: pl.DataFrame = field(default_factory=UNKNOWN_CODE_SCHEMA.to_frame)
    ignored_columns: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def reasons(self) -> pl.DataFrame:
        """Return how many rows each table has in quarantine per reason: table, reason, count."""
        return self.quarantine.group_by("table", "reason").agg(count=pl.len()).sort("table", "reason")

    def warned(self) -> pl.DataFrame:
        """Return how many warnings each table has per reason: table, reason, count."""
        return self.warnings.group_by("table", "reason").agg(count=pl.len()).sort("table", "reason")

    @classmethod
    def merged(cls, readings: Iterable[Reading]) -> Reading:
        """Return the account of several readings of one source (buckets of its patients) as one."""
        whole = cls()
        parts = list(readings)
        for part in parts:
            whole._take(part)
        whole.quarantine = pl.concat([whole.quarantine, *(part.quarantine for part in parts)], rechunk=True)
        whole.warnings = pl.concat([whole.warnings, *(part.warnings for part in parts)], rechunk=True)
        codes = pl.concat([whole.unknown_codes, *(part.unknown_codes for part in parts)], rechunk=True)
        whole.unknown_codes = (
            codes.group_by("table", "column", "code")
            .agg(pl.col("count").sum())
            .sort("table", "column", "count", "code", descending=[False, False, True, False])
        )
        return whole

    def _take(self, part: Reading) -> None:
        """Add the counts of another reading, and what it noted, once."""
        for table, count in part.counts.items():
            known = self.counts.setdefault(table, TableCount())
            known.read += count.read
            known.kept += count.kept
            known.folded += count.folded
            known.quarantined += count.quarantined
        for table, columns in part.ignored_columns.items():
            named = self.ignored_columns.setdefault(table, [])
            named += [column for column in columns if column not in named]
        self.notes += [note for note in part.notes if note not in self.notes]

    def summary(self) -> dict[str, Any]:
        """Return the account without any patient's value, ready for JSON: counts, reasons, codes, columns, notes."""
        return {
            "counts": {table: asdict(count) for table, count in self.counts.items()},
            "quarantine": self.reasons().to_dicts(),
            "warnings": self.warned().to_dicts(),
            "unknown_codes": self.unknown_codes.to_dicts(),
            "ignored_columns": {table: list(columns) for table, columns in self.ignored_columns.items()},
            "notes": list(self.notes),
        }
