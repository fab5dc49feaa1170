"""An uploaded file as the check reads it, and what taking it in would change: rows, problems, and rows here already."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from hepatica.record import TableCount
from hepatica.record.checking import check_tables
from hepatica.record.tables import TABLES
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.standards import standards_of
from hepatica.registry.importing import Frames, content_digest, raw_frames, sorted_out
from hepatica.registry.intake.declared import COMMA, as_the_record_writes
from hepatica.registry.intake.unpacking import unpack
from hepatica.registry.models import Centre, Import
from hepatica.sources.account import Account
from hepatica.sources.folder_tables import folder_tables

HERE = "\x00here"


@dataclass(frozen=True)
class Report:
    """What a file holds: counts that add up, every problem and oddity with its place, and what would be new."""

    frames: Frames
    bad_lines: pl.DataFrame
    counts: dict[str, TableCount]
    changes: dict[str, Counter[str]]
    quarantine: pl.DataFrame
    warnings: pl.DataFrame
    ignored: list[str]
    notes: list[str]
    before: Import | None

    @property
    def new(self) -> int:
        """Return how many rows would be new."""
        return sum(one["new"] for one in self.changes.values())

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return a line of counts per table that has rows."""
        return [
            {"table": table, "count": count, "changes": self.changes[table]}
            for table, count in self.counts.items()
            if count.read
        ]


def report_of(content: bytes, centre: Centre, *, days: str = "", numbers: str = "") -> Report:
    """Read an uploaded zip against what the centre holds, its days and numbers as declared; nothing is kept.

    Raises SourceError where no table of it can be read.
    """
    with tempfile.TemporaryDirectory(prefix="hepatica-import-") as name:
        folder = Path(name)
        ignored = unpack(content, folder)
        if not (folder / "patients.csv").exists():  # facts alone, of patients who are here already
            (folder / "patients.csv").write_text("patient_id\n", encoding="utf-8")
        account = Account()
        frames = raw_frames(folder_tables(folder), account)
    frames = as_the_record_writes(frames, days=days, comma=numbers == COMMA)
    bad = pl.concat([*account.bad_lines]) if account.bad_lines else None
    return _report(frames, bad, centre, ignored, account)


def _report(frames: Frames, bad: pl.DataFrame | None, centre: Centre, ignored: list[str], account: Account) -> Report:
    here = _patients_here(centre, frames["patients"])
    used = standards_of(centre)
    both = {**frames, "patients": pl.concat([frames["patients"], here], how="diagonal_relaxed")}
    _, reading = check_tables(both, today=used.as_of, settings=used.reading)
    account.add_to(reading)
    # Patients who are here already are read along, so that their facts are; they are none of this file's rows.
    own = pl.col("file").is_null() | (pl.col("file") != HERE)
    theirs = reading.quarantine.filter(~own).height
    count = reading.counts["patients"]
    reading.counts["patients"] = TableCount(
        count.read - here.height, count.kept - here.height + theirs, count.folded, count.quarantined - theirs
    )
    nothing = reading.quarantine.clear()
    digest = content_digest(frames)
    return Report(
        frames=frames,
        bad_lines=nothing if bad is None else bad,
        counts=reading.counts,
        changes={table: Counter(one.counts) for table, one in sorted_out(frames, centre).items()},
        quarantine=reading.quarantine.filter(own),
        warnings=reading.warnings.filter(own),
        ignored=ignored,
        notes=reading.notes,
        before=Import.objects.filter(centre=centre, content_digest=digest, undone_at=None).first(),
    )


def _patients_here(centre: Centre, sent: pl.DataFrame) -> pl.DataFrame:
    """Return the centre's patients whom the file does not hold."""
    here = pl.concat(list(RegistryTables((centre.pk,)).blocks("patients", Account())))
    ids = sent["patient_id"].cast(pl.String).str.strip_chars().drop_nulls()
    others = here.filter(pl.col("patient_id").str.strip_chars().is_in(ids.to_list()).not_())
    return others.select(*TABLES["patients"].names, "file", "line", "key").with_columns(file=pl.lit(HERE))
