"""The six tables as files of a folder: patients.csv, measurements.parquet, … Only patients is required."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hepatica.errors import SourceError
from hepatica.record import TABLES
from hepatica.sources.centre_settings import (
    LIMITS_FILE,
    SETTINGS_FILE,
    CentreSettings,
    FileSettings,
    centre_settings,
)
from hepatica.sources.declarations import folder_declaration
from hepatica.sources.parquet_tables import ParquetTable, read_footer
from hepatica.sources.raw_tables import as_declared, with_origin
from hepatica.sources.separated_tables import SeparatedTable, plain_name, read_header
from hepatica.sources.text_files import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from hepatica.sources.account import Account
    from hepatica.sources.selection import Selection

ENDINGS = (".csv", ".csv.gz", ".parquet")
# No row of a table takes fewer bytes than this in text.
SHORTEST_ROW = 20
GZIP_GAIN = 8
MOST_FILES_NAMED = 20


@dataclass(frozen=True)
class FolderTables:
    """A folder's tables: where each lies and how the centre writes them."""

    paths: Mapping[str, Path]
    settings: CentreSettings
    # Files beside them that are no table: a misspelled treatment.csv would otherwise be a centre without treatments.
    unread: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Return which of the six tables the folder has, in the record's order."""
        return [name for name in TABLES if name in self.paths]

    def size(self, table: str) -> int:
        """Return how many bytes the table's file has."""
        return self.paths[table].stat().st_size

    def rows_at_most(self, table: str) -> int:
        """Return a number of rows that the table hardly exceeds: exact for Parquet, from the size for text."""
        path = self.paths[table]
        if is_parquet(path):
            return read_footer(path, path.name).rows
        return self.size(table) * (GZIP_GAIN if path.suffix == ".gz" else 1) // SHORTEST_ROW

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows in the order of its file."""
        path, file = self.paths[table], self.settings.file(table)
        found = self.parquet(table) or self._text(table, file)
        columns = _known_columns(table, found, account)
        self._tell_unread(account)
        for block in _blocks(table, found, columns, account, selection):
            yield with_origin(as_declared(block, file.missing, self.settings.unit_aliases, account), path.name)

    def parquet(self, table: str) -> ParquetTable | None:
        """Return a table's Parquet file with its footer read, None if the table is text."""
        path = self.paths[table]
        return read_footer(path, path.name) if is_parquet(path) else None

    def tell(self, table: str, account: Account) -> None:
        """Put what there is to tell about a Parquet table into the account, without reading its rows."""
        found = self.parquet(table)
        if found is not None:
            _known_columns(table, found, account)
            account.tell_parquet(found)
        self._tell_unread(account)

    def _tell_unread(self, account: Account) -> None:
        if self.unread:
            more = f" and {len(self.unread) - MOST_FILES_NAMED} more" if len(self.unread) > MOST_FILES_NAMED else ""
            names = ", ".join(self.unread[:MOST_FILES_NAMED])
            account.note(f"not read, since no table is named so: {names}{more} (tables are {', '.join(TABLES)})")

    def _text(self, table: str, file: FileSettings) -> SeparatedTable:
        path = self.paths[table]
        return read_header(open_text(path, path.name, file.encoding), TABLES[table].names, file.layout)


def _blocks(
    table: str,
    found: SeparatedTable | ParquetTable,
    columns: dict[str, int],
    account: Account,
    selection: Selection | None,
) -> Iterator[pl.DataFrame]:
    if isinstance(found, ParquetTable):
        account.tell_parquet(found)
        yield from found.blocks(columns, selection)
        return
    for block in account.told_blocks(table, found, columns, bad_lines=selection is None):
        yield block if selection is None else selection.rows(block)


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is Parquet."""
    return path.suffix.casefold() == ".parquet"


def _known_columns(table: str, found: SeparatedTable | ParquetTable, account: Account) -> dict[str, int]:
    """Return where the table's columns stand in the file; the others are named in the account.

    Raises:
        SourceError: a column without which no row can be used is not there.
    """
    columns = {name: place for name in TABLES[table].names if (place := found.position(name)) is not None}
    lacking = [name for name in TABLES[table].required if name not in columns]
    if lacking:
        remedy = f"name it so, or use a mapping; the file has: {', '.join(found.names)}"
        raise SourceError(found.name, f"has no column {', '.join(lacking)}", remedy)
    places = set(columns.values())
    account.ignored_columns[table] = [name for place, name in enumerate(found.names) if place not in places]
    return columns


def folder_tables(folder: Path) -> FolderTables:
    """Return the tables that a folder holds.

    Raises:
        SourceError: there is no patients table, or a table is there twice.
    """
    entries = _entries(folder)
    settings = declared_settings(folder)
    paths = {name: place for name in TABLES if (place := _place(folder, name, entries, settings)) is not None}
    if "patients" not in paths:
        raise _no_patients(folder, entries)
    return FolderTables(paths, settings, tuple(_unread(folder, entries, set(paths.values()))))


def _unread(folder: Path, entries: list[str], tables: set[Path]) -> Iterator[str]:
    """Yield the files of a folder that are neither a table nor about the folder."""
    for entry in entries:
        about = entry in (SETTINGS_FILE, LIMITS_FILE) or entry.startswith(".") or entry.casefold().startswith("readme")
        if not about and folder / entry not in tables and (folder / entry).is_file():
            yield entry


def declared_settings(folder: Path) -> CentreSettings:
    """Return what a folder's hepatica.yaml and limits.csv declare; nothing where they are not there.

    Raises:
        SourceError, UsageError: one of them cannot be used.
    """
    declaration, limits = folder / SETTINGS_FILE, folder / LIMITS_FILE
    declared = folder_declaration(declaration) if declaration.exists() else None
    return centre_settings(declared, limits if limits.exists() else None)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(str(folder), f"cannot be read ({what})", "check the folder and its permissions") from trouble


def _place(folder: Path, table: str, entries: list[str], settings: CentreSettings) -> Path | None:
    """Return a table's file: the declared one, or the one that is named like the table."""
    declared = settings.files[table].path if table in settings.files else None
    if declared is not None:
        if not (folder / declared).is_file():
            raise SourceError(f"{SETTINGS_FILE}: files.{table}.path", f"{declared} does not exist", "correct the path")
        return folder / declared
    found = [entry for entry in entries if plain_name(entry) in {table + ending for ending in ENDINGS}]
    if len(found) > 1:
        raise SourceError(
            str(folder), f"holds the table {table} twice ({', '.join(found)})", "keep one of them in the folder"
        )
    if found and not (folder / found[0]).is_file():
        what = (
            "is a folder, not a file" if (folder / found[0]).is_dir() else "is no file, or a link to one that is gone"
        )
        raise SourceError(found[0], what, f"put the table {table} into one file")
    return folder / found[0] if found else None


def _no_patients(folder: Path, entries: list[str]) -> SourceError:
    """Return the error for a folder without patients, with what it seems to be instead."""
    lower = {plain_name(entry) for entry in entries}
    readable = "put patients.csv or patients.parquet into it, or describe its files by a mapping (--mapping FILE)"
    if lower & {"person.csv", "person.parquet"}:
        return SourceError(str(folder), "looks like OMOP CDM tables that lack what is needed", f"give omop:{folder}")
    if any(name.endswith((".ndjson", ".json")) for name in lower):
        return SourceError(str(folder), "holds JSON that is no FHIR R4", readable)
    if lower & {"patients.tsv", "patients.txt", "patients.xlsx"}:
        readable = "save it as patients.csv, or declare its path in hepatica.yaml (files.patients.path)"
    return SourceError(str(folder), "holds no patients table", readable)
