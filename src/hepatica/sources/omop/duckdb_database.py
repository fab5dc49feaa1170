"""CDM tables in a folder of CSV or Parquet, or in a DuckDB file, asked through DuckDB without writing anything."""

from __future__ import annotations

import gzip
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from sqlalchemy import Select
from sqlalchemy.dialects import postgresql

from hepatica.errors import SourceError
from hepatica.sources.omop.database import _DAY, ROWS_AT_ONCE, CdmTable, shaped
from hepatica.sources.omop.model import NEEDED, TABLES, UNREAD, is_number
from hepatica.sources.parquet_tables import read_footer
from hepatica.sources.text_files import unpacked_chunks

ENDINGS = (".csv", ".csv.gz", ".parquet")
SEPARATORS = (",", "\t", ";", "|")
MEMORY = "2GB"
LONGEST_HEADER = 1 << 16
LONGEST_LINE = 1 << 24
# DuckDB reads PostgreSQL's SQL with numbered parameters: one compiler for both.
_DIALECT = postgresql.dialect(  # type: ignore[no-untyped-call]
    paramstyle="numeric_dollar"
)
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": MEMORY,
}


class DuckDatabase:
    """Views over the tables, with the model's names, in a DuckDB of this process."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._connection = duckdb.connect(":memory:", config=_SETTINGS)
        # A bar on standard output would stand in the middle of a JSON document.
        self._run("set enable_progress_bar = false")
        # DuckDB makes this folder when memory does not suffice, and removes it at the end.
        spill = Path(tempfile.gettempdir()) / f"hepatica-duckdb-{secrets.token_hex(8)}"
        self._run(f"set temp_directory = {_text(str(spill))}")
        self.tables: dict[str, CdmTable] = {}
        self._has_text = False

    @classmethod
    def of_folder(cls, folder: Path, place: str) -> DuckDatabase:
        """Return the tables of a folder, whatever the letter case of file and column names.

        Raises:
            SourceError: a table is there twice or cannot be read, or there is no person.
        """
        database = cls(place)
        with _closing_if_it_fails(database):
            for name, path in table_files(folder).items():
                _refuse_a_bomb(path)
                database._has_text |= ".csv" in path.name.casefold()
                database._view(name, _reading(path), path.name)
        return database

    @classmethod
    def of_file(cls, path: Path, schema: str | None, place: str) -> DuckDatabase:
        """Return the tables of a DuckDB file, opened for reading only.

        Raises:
            SourceError: the file cannot be opened, or has no person in the schema.
        """
        database = cls(place)
        with _closing_if_it_fails(database):
            database._run(f"attach {_text(str(path))} as cdm (read_only)")
            for name, (where, actual) in database._stored(schema).items():
                database._view(name, f"cdm.{_name(where)}.{_name(actual)}", actual)
        return database

    def frames(self, statement: Select[*tuple[Any, ...]], rows: int = ROWS_AT_ONCE) -> Iterator[pl.DataFrame]:
        """Yield a statement's rows as frames of text."""
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        given = compiled.params  # made anew each time it is asked for
        values = [given[name] for name in compiled.positiontup or []]
        try:
            for batch in self._connection.sql(str(compiled), params=values).to_arrow_reader(rows):
                # Column by column and validated: a damaged file can hold text that is no UTF-8, which Polars trusts.
                batch.validate(full=True)
                yield pl.DataFrame({name: pl.Series(name, batch.column(name)) for name in batch.schema.names})
        except (duckdb.Error, pa.ArrowException, UnicodeDecodeError) as trouble:
            raise self._fault(trouble) from trouble

    def rejected(self) -> list[str]:
        """Return which lines of the CSV files were no rows, as far as they were read."""
        if not self._has_text:
            return []
        lines = self._connection.execute(
            "select parse_filename(s.file_path), count(distinct e.line), min(e.line), min(e.error_type::varchar) "
            "from reject_errors e join reject_scans s using (scan_id, file_id) group by all order by 1"
        ).fetchall()
        return [
            f"{file}: {count:,} lines are no rows and were left out (first: line {line}, {str(error).lower()}); "
            "check for quotes that are not closed and for separators inside a cell"
            for file, count, line, error in lines
        ]

    def close(self) -> None:
        """Give back the connection and what it laid aside on the disk."""
        self._connection.close()

    def _view(self, name: str, source: str, shown: str) -> None:
        """Make the view of one table; numbers that are none become null, and are told where they matter."""
        described = self._run(f"describe select * from {source}").fetchall()  # noqa: S608 - names are quoted
        columns = shaped({str(row[0]): str(row[1]) for row in described}, name) if name in TABLES else {}
        lacking = [column for column in NEEDED.get(name, ()) if column not in columns]
        if lacking:
            raise SourceError(shown, f"has no column {', '.join(lacking)}", "export the table as OMOP CDM 5.3 or 5.4")
        parts = [_column(known, actual) for known, actual in columns.items()]
        parts += [
            f"try_cast({_name(actual)} as date) as {known}{_DAY}"
            for known, actual in columns.items()
            if known.endswith("_date")
        ]
        chosen = ", ".join(parts) or "1 as one"
        self._run(f"create view {_name(name)} as select {chosen} from {source}")  # noqa: S608 - names are quoted
        self.tables[name] = CdmTable(name, name, None, {known: known for known in columns}, days=True)

    def _stored(self, schema: str | None) -> dict[str, tuple[str, str]]:
        """Return where each table of the model is in the attached file: schema and name."""
        rows = self._run(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'cdm' order by all"
        ).fetchall()
        found: dict[str, tuple[str, str]] = {}
        for where, actual in rows:
            name = str(actual).casefold()
            if (schema is not None and where != schema) or (name not in TABLES and name not in UNREAD):
                continue
            if name in found:
                raise SourceError(self._place, f"holds the table {name} in two places", "name the schema: ?schema=NAME")
            found[name] = (str(where), str(actual))
        return found

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql)
        except (duckdb.Error, UnicodeDecodeError) as trouble:
            raise self._fault(trouble) from trouble

    def _fault(self, trouble: Exception) -> SourceError:
        """Return the error in two lines; DuckDB's own text may quote a row, so only its kind is told."""
        kind = type(trouble).__name__.removesuffix("Exception").removesuffix("Error")
        return SourceError(
            self._place, f"cannot be read by DuckDB ({kind})", "check that its files are whole, or export them again"
        )


class _closing_if_it_fails:  # noqa: N801 - reads as a word of the language
    def __init__(self, database: DuckDatabase) -> None:
        self._database = database

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._database.close()


def table_files(folder: Path) -> dict[str, Path]:
    """Return which tables a folder has: `person.csv`, `PERSON.parquet`, or a folder `person` of Parquet files.

    Raises:
        SourceError: the folder cannot be read, or holds a table twice.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as trouble:
        what = trouble.strerror or str(trouble)
        raise SourceError(str(folder), f"cannot be read ({what})", "check the folder and its permissions") from trouble
    found: dict[str, Path] = {}
    for entry in entries:
        name = _table_of(entry)
        if name is None:
            continue
        if name in found:
            twice = f"{found[name].name}, {entry.name}"
            raise SourceError(str(folder), f"holds the table {name} twice ({twice})", "keep one of them in the folder")
        found[name] = entry
    return found


def _table_of(entry: Path) -> str | None:
    lower = entry.name.casefold()
    stem = next((lower.removesuffix(ending) for ending in ENDINGS if lower.endswith(ending)), lower)
    if stem not in TABLES and stem not in UNREAD:
        return None
    if entry.is_dir():
        return stem if any(entry.glob("*.parquet")) else None
    return stem if stem != lower else None


def _refuse_a_bomb(path: Path) -> None:
    """Refuse a small file that unpacks beyond all reason, before DuckDB unpacks it.

    Raises:
        SourceError: it does, or it is damaged.
    """
    for file in sorted(path.glob("*.parquet")) if path.is_dir() else [path]:
        if file.suffix.casefold() == ".parquet":
            read_footer(file, file.name)
        elif file.suffix.casefold() == ".gz":
            for _ in unpacked_chunks(file, file.name):
                pass  # counted on the way


def _reading(path: Path) -> str:
    """Return how DuckDB reads a table's file: every cell of a CSV as text, lines that are no rows laid aside."""
    if path.is_dir():
        return f"read_parquet({_text(str(path / '*.parquet'))}, union_by_name = true)"
    if path.suffix.casefold() == ".parquet":
        return f"read_parquet({_text(_literal(path))})"
    names, separator = _header(path)
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    quote = "'\"'" if separator != "\t" else "''"  # vocabularies come in tabs, with quotes that mean nothing
    return (
        f"read_csv({_text(_literal(path))}, auto_detect = false, header = true, all_varchar = true, nullstr = '', "
        f"columns = {{{columns}}}, delim = {_text(separator)}, quote = {quote}, escape = {quote}, "
        f"max_line_size = {LONGEST_LINE}, ignore_errors = true, store_rejects = true, "
        f"strict_mode = true, parallel = true)"
    )


def _header(path: Path) -> tuple[list[str], str]:
    """Return a CSV's column names and the separator that tells most of them apart."""
    try:
        with gzip.open(path, "rb") if path.suffix.casefold() == ".gz" else path.open("rb") as file:
            line = file.readline(LONGEST_HEADER)
    except (OSError, EOFError) as trouble:
        raise SourceError(path.name, "cannot be read", "check the file and its permissions") from trouble
    text = line.decode("utf-8-sig", "replace").rstrip("\r\n")
    separator = max(SEPARATORS, key=text.count)
    names = [name.strip().strip('"').strip() for name in text.split(separator)]
    lower = [name.casefold() for name in names]
    if not text.strip() or len(set(lower)) < len(lower) or not all(names):
        raise SourceError(path.name, "has no header, or names a column twice", "write the column names into line 1")
    return names, separator


def _column(known: str, actual: str) -> str:
    """Return a view's column: a number where the model has one, else as it is written."""
    return f"try_cast({_name(actual)} as bigint) as {known}" if is_number(known) else f"{_name(actual)} as {known}"


def _literal(path: Path) -> str:
    """Return a path in which no sign is a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
