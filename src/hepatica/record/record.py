"""A record (six canonical frames) and the account of how it was read."""

from __future__ import annotations

from dataclasses import dataclass, field

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
UNKNOWN_CODE_SCHEMA = pl.Schema(
    {"table": pl.String(), "column": pl.String(), "code": pl.String(), "count": pl.Int64()}
)


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
        return cls(**{name: frames.get(name, CANONICAL[name].to_frame()) for name in TABLES})

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

    `files` says per file what it was (encoding, separator, rows); `ignored_columns` the columns that no table
    has, per table; `notes` anything else a coordinator should know (Latin-1 read, dates declared as …).
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
