"""The six tables made from a centre's own files by a mapping. No row disappears without being counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from hepatica.errors import UsageError
from hepatica.sources.centre_settings import LIMITS_FILE, CentreSettings, centre_settings
from hepatica.sources.column_rules import cell, code_columns, column_rule, is_listed
from hepatica.sources.folder_tables import GZIP_GAIN, SHORTEST_ROW
from hepatica.sources.mapping import CentreMapping, read_mapping
from hepatica.sources.raw_tables import as_declared, with_origin
from hepatica.sources.separated_tables import read_header
from hepatica.sources.text_files import open_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hepatica.sources.account import Account
    from hepatica.sources.mapping_rules import TableRule
    from hepatica.sources.selection import Selection
    from hepatica.sources.separated_tables import SeparatedTable


@dataclass(frozen=True)
class MappedTables:
    """A centre's files and the mapping that makes tables of them."""

    mapping: CentreMapping
    paths: Mapping[str, Path]
    settings: CentreSettings

    def names(self) -> list[str]:
        """Return which of the six tables the mapping makes."""
        return list(self.mapping.rules)

    def size(self, table: str) -> int:
        """Return how many bytes the file has that the table is made from."""
        return self.paths[self.mapping.rules[table].file].stat().st_size

    def rows_at_most(self, table: str) -> int:
        """Return a number of rows that the table hardly exceeds."""
        rule = self.mapping.rules[table]
        gain = GZIP_GAIN if self.paths[rule.file].suffix == ".gz" else 1
        return self.size(table) * gain // SHORTEST_ROW * max(len(rule.wide), 1)

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows in the order of the file they are made from."""
        rule = self.mapping.rules[table]
        made = self._made(rule, account, bad_lines=selection is None and self._tells_bad_lines(rule))
        for frame in _different(made, rule, account) if rule.distinct else made:
            declared = as_declared(frame, (), self.settings.unit_aliases, account)
            whole = with_origin(declared, self.paths[rule.file].name)
            yield whole if selection is None else selection.rows(whole)

    def _made(self, rule: TableRule, account: Account, *, bad_lines: bool) -> Iterator[pl.DataFrame]:
        found = self._header(rule)
        columns = {f"in:{name}": self._position(found, name, place) for name, place in rule.sources().items()}
        self._tell(rule, found, account)
        missing = self.settings.file(rule.file).missing
        for block in account.told_blocks(rule.table, found, columns, bad_lines=bad_lines):
            bare = block.with_columns(pl.col(list(columns)).str.strip_chars().replace("", None))
            rows = _chosen(as_declared(bare, missing, {}, account), rule, account)
            yield _wide(rows, rule, account, self._columns(rule)) if rule.wide else self._long(rows, rule)

    def check_columns(self, table: str) -> None:
        """Raise UsageError if the mapping names a column for this table that its file does not have."""
        rule = self.mapping.rules[table]
        found = self._header(rule)
        for name, place in rule.sources().items():
            self._position(found, name, place)

    def _header(self, rule: TableRule) -> SeparatedTable:
        path, file = self.paths[rule.file], self.settings.file(rule.file)
        return read_header(open_text(path, path.name, file.encoding), tuple(rule.sources()), file.layout)

    def _position(self, found: SeparatedTable, name: str, place: tuple[str | int, ...]) -> int:
        position = found.position(name)
        if position is None:
            what = f"{found.name} has no column {name}"
            raise self.mapping.declaration.fault(place, what, f"write one of {', '.join(found.names)}")
        return position

    def _tells_bad_lines(self, rule: TableRule) -> bool:
        """Whether lines that are no rows count for this table: once per file, rather for facts than for people."""
        same = [other for other in self.mapping.rules.values() if other.file == rule.file]
        return rule is next((other for other in same if not other.distinct), same[0])

    def _columns(self, rule: TableRule) -> list[pl.Expr]:
        comma = self.settings.reading.decimal_comma
        return [column_rule(column, decimal_comma=comma) for column in rule.columns]

    def _long(self, rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
        """Return one row of the table for each row of the file."""
        columns = {expression.meta.output_name(): expression for expression in self._columns(rule)}
        for name, said in (code_columns(rule.codes) if rule.codes is not None else {}).items():
            # The row's own unit or limit goes before that of the code table.
            columns[name] = pl.coalesce(columns[name], said) if name in columns else said
        return rows.select("line", **columns)

    def _tell(self, rule: TableRule, found: SeparatedTable, account: Account) -> None:
        same = [other for other in self.mapping.rules.values() if other.file == rule.file]
        used = {found.position(name) for other in same for name in other.sources()}
        unused = [name for place, name in enumerate(found.names) if place not in used]
        if unused:
            account.note(f"{found.name}: columns that the mapping does not use: {', '.join(unused)}")
        for column in rule.columns:
            if column.shift_years:
                account.note(
                    f"{rule.table}.{column.target} is shifted by {column.shift_years} years, as the mapping declares: "
                    f"{column.because}"
                )


def _chosen(rows: pl.DataFrame, rule: TableRule, account: Account) -> pl.DataFrame:
    """Return the rows that the mapping wants; those it leaves out are counted by their values."""
    for column, values in rule.keep.items():
        rows = _kept(
            rows, column, is_listed(column, dict.fromkeys(values)), f"whose {column} is not to be kept", rule, account
        )
    for column, values in rule.leave_out.items():
        wanted = is_listed(column, dict.fromkeys(values)).not_()
        rows = _kept(rows, column, wanted, f"whose {column} is to be left out", rule, account)
    listed = [(column.source, column.values) for column in rule.columns if column.others == "leave_out"]
    if rule.codes is not None and rule.codes.others == "leave_out":
        listed.append((rule.codes.column, dict.fromkeys(rule.codes.table, "")))
    for name, meanings in listed:
        rows = _kept(rows, name, is_listed(name, meanings), f"whose {name} is not listed", rule, account)
    return rows


def _kept(
    rows: pl.DataFrame, column: str, wanted: pl.Expr, why: str, rule: TableRule, account: Account
) -> pl.DataFrame:
    sure = wanted.fill_null(value=False)  # is_listed is never null; held here so that no row can fall between
    values = rows.filter(sure.not_()).select(cell(column))[f"in:{column}"]
    account.leave_out(f"{rule.table} {why}", values, named=column not in rule.identifying())
    return rows.filter(sure)


def _wide(rows: pl.DataFrame, rule: TableRule, account: Account, columns: Iterable[pl.Expr]) -> pl.DataFrame:
    """Return one measurement for each filled cell of the analytes' columns; `key` names the column."""
    common = list(columns)
    parts = []
    for column, entry in rule.wide.items():
        filled = rows.filter(cell(column).is_not_null())
        account.empty_cells[column] += rows.height - filled.height
        parts.append(
            filled.select(
                "line",
                *common,
                analyte=pl.lit(entry.analyte),
                value=cell(column),
                unit=pl.lit(entry.unit, pl.String),
                lower_limit=pl.lit(entry.lower_limit, pl.String),
                upper_limit=pl.lit(entry.upper_limit, pl.String),
                key=pl.lit(column),
            )
        )
    return pl.concat(parts).sort("line", maintain_order=True)


def _different(made: Iterator[pl.DataFrame], rule: TableRule, account: Account) -> Iterator[pl.DataFrame]:
    """Yield the different rows once, each with the line it stands on first."""
    facts = [column.target for column in rule.columns]
    rows = 0
    found: list[pl.DataFrame] = []
    for frame in made:
        rows += frame.height
        found.append(frame.unique(facts, keep="first", maintain_order=True))
    if found:
        different = pl.concat(found).unique(facts, keep="first", maintain_order=True)
        account.note(f"{rule.table}: {different.height:,} different rows from {rows:,}")
        yield different


def mapped_tables(source: Path, mapping: Path) -> MappedTables:
    """Return the tables that a mapping makes of a folder's files, or of the one file that was named.

    Raises:
        UsageError: the mapping is wrong, or does not fit the files.
        SourceError: a file cannot be read.
    """
    read = read_mapping(mapping)
    folder = source if source.is_dir() else source.parent
    limits = folder / LIMITS_FILE
    settings = centre_settings(read.declaration, limits if source.is_dir() and limits.is_file() else None)
    files = {name: file.path for name, file in settings.files.items() if file.path is not None}
    if not source.is_dir() and len(files) > 1:
        raise UsageError(str(source), f"is one file, but the mapping needs {len(files)}", "name their folder")
    paths = {name: folder / path for name, path in files.items()} if source.is_dir() else dict.fromkeys(files, source)
    for name, path in paths.items():
        if not path.is_file():
            raise read.declaration.fault(("files", name, "path"), f"{path} does not exist", "correct the path")
    tables = MappedTables(read, paths, settings)
    for table in tables.names():
        tables.check_columns(table)
    return tables
