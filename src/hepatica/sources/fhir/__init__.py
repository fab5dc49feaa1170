"""FHIR R4: bundles, single resources, and bulk exports, read into the record's tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hepatica.record.settings import ReadingSettings
from hepatica.sources.fhir.files import looks_like_fhir
from hepatica.sources.fhir.local_codes import local_codes
from hepatica.sources.fhir.tables import FhirTables
from hepatica.sources.folder_tables import declared_settings

__all__ = ["FhirTables", "holds", "open_tables"]


def holds(path: Path) -> bool:
    """Whether a file or folder looks like FHIR in JSON; never raises, reads little."""
    return looks_like_fhir(path)


def open_tables(where: str, mapping: Path | None, today: date) -> tuple[FhirTables, ReadingSettings]:
    """Return the tables of a FHIR source, and how a centre writes: its time zone and limits, if they stand beside.

    Raises:
        UsageError: the mapping of local codes, or the centre's settings, are wrong.
        SourceError: the source is missing, cannot be read, is not FHIR, or holds no patients.
    """
    _ = today
    path = Path(where).expanduser()
    tables = FhirTables(path, local_codes(mapping))
    settings = declared_settings(path).reading
    tables.read()
    return tables, settings
