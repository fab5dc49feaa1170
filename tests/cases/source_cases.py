"""Small folders as centres send them, and what reading them says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from hepatica.sources import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from hepatica.record import Reading, Record

TODAY = date(2024, 6, 1)
PATIENTS = "patient_id,birth_date,sex\nP1,1970-05-01,female\nP2,1980,male\n"
HEADER = "patient_id,date,analyte,value,unit,upper_limit\n"
ALT = "P1,2024-01-05,ALT,80,U/L,40\n"


def folder_of(folder: Path, **files: str | bytes) -> Path:
    """Write files into a folder: `measurements="..."` becomes measurements.csv, `hepatica_yaml` hepatica.yaml."""
    for name, content in ({"patients": PATIENTS} | files).items():
        stem, _, ending = name.rpartition("_")
        path = folder / (f"{stem}.{ending}" if stem else f"{name}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder: Path, mapping: Path | None = None) -> tuple[Record, Reading]:
    return open_source(str(folder), mapping=mapping, today=TODAY).read()


def quarantined(reading: Reading) -> list[tuple[str, int, str]]:
    """Return what is in quarantine: file, line, reason."""
    return sorted(reading.quarantine.select("file", "line", "reason").rows())


def counts_add_up(reading: Reading) -> bool:
    return all(c.read == c.kept + c.folded + c.quarantined for c in reading.counts.values())
