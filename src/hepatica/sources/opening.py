"""What SOURCE on the command line means: a folder of tables, a folder with a mapping, or a kind not read here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hepatica.errors import SourceError, UsageError
from hepatica.sources.folder_tables import folder_tables
from hepatica.sources.mapped_tables import mapped_tables
from hepatica.sources.source import Source

# Kinds of sources that have a prefix and that this version does not read.
NOT_READ = {
    "fhir": "FHIR bundles",
    "omop": "OMOP CDM tables",
    "redcap": "REDCap exports",
    "registry": "a registry installation",
}
READABLE = "give a folder with patients.csv or patients.parquet, or a folder or file with --mapping FILE"


def open_source(text: str, *, mapping: Path | None = None, today: date | None = None) -> Source:
    """Return the source that SOURCE names; `today` is the day after which dates are in the future.

    Raises:
        UsageError: the kind of source is not read in this version, or the mapping is wrong.
        SourceError: the folder or file is missing, cannot be read, or holds no patients.
    """
    kind = text.partition(":")[0].casefold()
    if ":" in text and kind in NOT_READ:
        raise UsageError(f"SOURCE {kind}:", f"{NOT_READ[kind]} cannot be read in this version", READABLE)
    path = Path(text).expanduser()
    day = today if today is not None else date.today()  # noqa: DTZ011 - the centre's own calendar day
    if not _exists(path):
        raise SourceError(text, "does not exist", READABLE)
    if mapping is not None:
        mapped = mapped_tables(path, mapping)
        return Source(text, mapped, mapped.settings.reading, day)
    if not path.is_dir():
        raise SourceError(text, "is a file, not a folder", f"name its folder; {READABLE}")
    tables = folder_tables(path)
    return Source(text, tables, tables.settings.reading, day)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False
