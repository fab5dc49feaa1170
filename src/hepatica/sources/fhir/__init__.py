"""FHIR R4: bundles, single resources, and bulk exports, read into the record's tables."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hepatica.record.settings import ReadingSettings
from hepatica.sources.centre_settings import LIMITS_FILE, SETTINGS_FILE, centre_settings
from hepatica.sources.declarations import folder_declaration
from hepatica.sources.fhir.files import looks_like_fhir
from hepatica.sources.fhir.local_codes import local_codes
from hepatica.sources.fhir.tables import FhirTables

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
    settings = _settings(path)
    tables.read()
    return tables, settings


def _settings(path: Path) -> ReadingSettings:
    """Return what hepatica.yaml and limits.csv beside the files declare."""
    declaration, limits = path / SETTINGS_FILE, path / LIMITS_FILE
    declared = folder_declaration(declaration) if declaration.is_file() else None
    return centre_settings(declared, limits if limits.is_file() else None).reading
