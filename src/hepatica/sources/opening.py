"""What SOURCE on the command line means: a folder of tables, a folder with a mapping, FHIR, OMOP, or REDCap."""

from __future__ import annotations

import re
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from hepatica.errors import SourceError, UsageError
from hepatica.record.settings import ReadingSettings
from hepatica.sources.folder_tables import folder_tables
from hepatica.sources.mapped_tables import mapped_tables
from hepatica.sources.raw_tables import RawTables
from hepatica.sources.source import Source

# Kinds of sources that have a prefix: what they are, and the package that reads them. It is loaded when it is needed.
KINDS = {
    "fhir": ("FHIR R4 bundles or bulk files", "hepatica.sources.fhir"),
    "omop": ("OMOP CDM tables", "hepatica.sources.omop"),
    "redcap": ("REDCap exports", "hepatica.sources.redcap"),
}
# Kinds that a mapping belongs to; a mapping for any other folder describes a centre's own files.
WITH_MAPPING = ("redcap",)
READABLE = (
    "give a folder with patients.csv or patients.parquet, a folder or file with --mapping FILE, "
    "fhir:PATH, omop:PATH-or-URL, or redcap:FOLDER"
)
# A URL names a user and perhaps a password, which no message repeats.
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/]*@")


class Reader(Protocol):
    """What each of these packages offers."""

    def holds(self, path: Path) -> bool:
        """Whether a file or folder looks like this kind of source; never raises, reads little."""

    def open_tables(self, where: str, mapping: Path | None, today: date) -> tuple[RawTables, ReadingSettings]:
        """Return the six tables, raw, of what stands behind the prefix, and how their cells are read.

        Raises:
            UsageError: the mapping or an option is wrong.
            SourceError: the source is missing, cannot be read, or holds no patients.
        """


def open_source(text: str, *, mapping: Path | None = None, today: date | None = None) -> Source:
    """Return the source that SOURCE names; `today` is the day after which dates are in the future.

    Raises:
        UsageError: the kind of source is not read in this version, or the mapping is wrong.
        SourceError: the folder or file is missing, cannot be read, or holds no patients.
    """
    day = today if today is not None else date.today()  # noqa: DTZ011 - the centre's own calendar day
    kind, colon, where = text.partition(":")
    if colon and kind.casefold() in KINDS:
        return _of_kind(kind.casefold(), text, where, mapping, day)
    path = Path(text).expanduser()
    if not _exists(path):
        raise SourceError(text, "does not exist", READABLE)
    if (recognised := _recognised(path)) is not None and (mapping is None or recognised in WITH_MAPPING):
        return _of_kind(recognised, text, text, mapping, day)
    if mapping is not None:
        mapped = mapped_tables(path, mapping)
        return Source(text, mapped, mapped.settings.reading, day)
    if not path.is_dir():
        raise SourceError(text, "is a file, not a folder", f"name its folder; {READABLE}")
    tables = folder_tables(path)
    return Source(text, tables, tables.settings.reading, day)


def _of_kind(kind: str, text: str, where: str, mapping: Path | None, day: date) -> Source:
    meaning, _ = KINDS[kind]
    if (reader := _reader(kind)) is None:
        raise UsageError(f"SOURCE {kind}:", f"{meaning} cannot be read in this version", READABLE)
    tables, settings = reader.open_tables(where, mapping, day)
    return Source(_PASSWORD.sub(r"\1***@", text), tables, settings, day)


def _reader(kind: str) -> Reader | None:
    _, package = KINDS[kind]
    return cast("Reader", import_module(package)) if find_spec(package) is not None else None


def _recognised(path: Path) -> str | None:
    """Return the kind that a bare path holds; a folder with the record's own tables is none of them."""
    if any(path.glob("patients.*")):
        return None
    for kind in KINDS:
        reader = _reader(kind)
        if reader is not None and reader.holds(path):
            return kind
    return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False
