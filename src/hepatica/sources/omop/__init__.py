"""OMOP CDM 5.3 and 5.4: a folder of CSV or Parquet, a .zip of it, a DuckDB file, or a database behind a URL."""

from __future__ import annotations

import shutil
import weakref
import zipfile
from datetime import date
from pathlib import Path

from hepatica.errors import SourceError
from hepatica.record.settings import ReadingSettings
from hepatica.sources.folder_tables import declared_settings
from hepatica.sources.omop.address import DUCKDB_MAGIC, ZIP_MAGIC, Address, Form, address_of, first_bytes
from hepatica.sources.omop.archive import unpacked
from hepatica.sources.omop.codes import resolved
from hepatica.sources.omop.own_concepts import OwnConcepts, own_concepts
from hepatica.sources.omop.phenotypes import phenotype_named
from hepatica.sources.omop.tables import OmopTables, open_database, row_counts

__all__ = ["OmopTables", "holds", "open_tables"]
_PERSON = ("person.csv", "person.csv.gz", "person.parquet")


def holds(path: Path) -> bool:
    """Whether a file or folder looks like OMOP tables: it has a table person, or is a DuckDB file."""
    try:
        if path.is_dir():
            return any(entry.name.casefold() in _PERSON for entry in path.iterdir())
        head = first_bytes(path)
        if head.startswith(ZIP_MAGIC):
            with zipfile.ZipFile(path) as archive:
                names = {name.replace("\\", "/").rpartition("/")[2].casefold() for name in archive.namelist()}
            return bool(names.intersection(_PERSON))
        return head[8:12] == DUCKDB_MAGIC
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def open_tables(where: str, mapping: Path | None, today: date) -> tuple[OmopTables, ReadingSettings]:
    """Return the raw tables behind `omop:PATH-or-URL?phenotype=NAME&schema=NAME&patient=COLUMN`.

    Raises:
        UsageError: an option is wrong, or `mapping`, which declares a warehouse's own concepts.
        SourceError: the tables are missing, cannot be read, or have no person.
    """
    _ = today
    own = own_concepts(mapping)
    address = address_of(where)
    if address.phenotype is not None:
        phenotype_named(address.phenotype, ours=False)  # a wrong name is refused before anything is read
    folder = unpacked(address.path) if address.form is Form.ZIP else None
    try:
        tables = _tables(address, str(folder) if folder is not None else None, own)
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if folder is not None:
        weakref.finalize(tables, shutil.rmtree, folder, ignore_errors=True)
    return tables, _settings(address, folder)


def _settings(address: Address, unpacked_in: Path | None) -> ReadingSettings:
    """Return what a centre's hepatica.yaml and limits.csv declare, in the folder of the tables or beside their file."""
    beside = {Form.FOLDER: address.path, Form.ZIP: unpacked_in, Form.DUCKDB: address.path.parent, Form.URL: None}
    folder = beside[address.form]
    return ReadingSettings() if folder is None else declared_settings(folder).reading


def _tables(address: Address, folder: str | None, own: OwnConcepts) -> OmopTables:
    database = open_database(address, folder)
    try:
        if "person" not in database.tables:
            raise SourceError(address.shown, "has no table person", "name the place of CDM tables (?schema=NAME)")
        codes = resolved(database, own)
        counts = row_counts(database)
    finally:
        database.close()
    return OmopTables(address, phenotype_named(address.phenotype, ours=codes.ours), codes, counts, folder)
