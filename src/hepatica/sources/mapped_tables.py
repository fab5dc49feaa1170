"""The six tables made from a centre's own files by a mapping, part by part."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from hepatica.errors import UsageError
from hepatica.sources.centre_settings import LIMITS_FILE, CentreSettings, centre_settings
from hepatica.sources.column_rules import column_rule, name_in
from hepatica.sources.folder_tables import GZIP_GAIN, SHORTEST_ROW
from hepatica.sources.mapped_rows import chosen, different, long_rows, wide_rows
from hepatica.sources.mapping import CentreMapping, read_mapping
from hepatica.sources.raw_tables import as_declared, with_origin
from hepatica.sources.separated_tables import plain_name, read_header
from hepatica.sources.text_files import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hepatica.sources.account import Account
    from hepatica.sources.file_forms import FileForm
    from hepatica.sources.mapping_rules import TableRule
    from hepatica.sources.selection import Selection
    from hepatica.sources.separated_tables import SeparatedTable

# Of a file with more columns than this, the unused ones are counted, not all named.
MOST_COLUMNS_NAMED = 40


@dataclass(frozen=True)
class MappedTables:
    """A centre's files and the mapping that makes tables of them; `forms` for files that are no plain tables."""

    mapping: CentreMapping
    paths: Mapping[str, Path]
    settings: CentreSettings
    forms: Mapping[str, FileForm] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Return which of the six tables the mapping makes."""
        return list(self.mapping.rules)

    def size(self, table: str) -> int:
        """Return how many bytes the files have that the table is made from."""
        return sum(self.paths[rule.file].stat().st_size for rule in self.mapping.rules[table])

    def rows_at_most(self, table: str) -> int:
        """Return a number of rows that the table hardly exceeds."""
        return sum(self._rows_at_most(rule) for rule in self.mapping.rules[table])

    def _rows_at_most(self, rule: TableRule) -> int:
        path = self.paths[rule.file]
        gain = GZIP_GAIN if path.suffix == ".gz" else 1
        return path.stat().st_size * gain // SHORTEST_ROW * max(len(rule.wide), 1)

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows, part by part, in the order of the file that each is made from."""
        for rule in self.mapping.rules[table]:
            for frame in self._finished(rule, account, bad_lines=selection is None and self._tells_bad_lines(rule)):
                declared = as_declared(frame, (), self.settings.unit_aliases, account)
                whole = with_origin(declared, self.paths[rule.file].name)
                full = _with_all_columns(whole, self._targets(table))
                yield full if selection is None else selection.rows(full)

    def _targets(self, table: str) -> list[str]:
        """Return the columns that any part of a table gives: every part has them all, empty where it knows nothing."""
        given = {name: None for rule in self.mapping.rules[table] for name in rule.gives()}
        return list(given)

    def _finished(self, rule: TableRule, account: Account, *, bad_lines: bool) -> Iterator[pl.DataFrame]:
        made = self._made(rule, account, bad_lines=bad_lines)
        form = self.forms.get(rule.file)
        if form is not None and rule.table == "patients":
            return form.once(made, rule, account)
        return different(made, rule, account) if rule.distinct else made

    def _made(self, rule: TableRule, account: Account, *, bad_lines: bool) -> Iterator[pl.DataFrame]:
        found, form = self._header(rule), self.forms.get(rule.file)
        columns = {name_in(name): self._position(found, name, place) for name, place in rule.sources().items()}
        for name in form.structure() if form is not None else ():
            columns[name_in(name)] = self._position(found, name, rule.place)
        elsewhere = form.elsewhere(rule) if form is not None else {}
        self._tell(rule, found, account)
        missing, comma = self.settings.file(rule.file).missing, self.settings.reading.decimal_comma
        rules = [column_rule(column, decimal_comma=comma) for column in rule.columns]
        for block in account.told_blocks(rule.table, found, columns, bad_lines=bad_lines):
            bare = block.with_columns(pl.col(list(columns)).str.strip_chars().replace("", None))
            rows = as_declared(bare, missing, {}, account)
            if form is not None:
                rows = form.rows(rows, rule, elsewhere, account)
            rows = chosen(rows, rule, account)
            yield wide_rows(rows, rule, rules, account) if rule.wide else long_rows(rows, rule, rules)

    def check_columns(self) -> None:
        """Raise UsageError if the mapping names a column that its file does not have."""
        for rule in self.mapping.every_rule():
            found = self._header(rule)
            for name, place in rule.sources().items():
                self._position(found, name, place)
            for column in rule.columns:
                if column.of and rule.file not in self.forms:
                    remedy = "name the source redcap:FOLDER, or put the cell into every row"
                    raise self.mapping.declaration.fault((*column.place, "of"), "is only for REDCap exports", remedy)

    def _header(self, rule: TableRule) -> SeparatedTable:
        path, file = self.paths[rule.file], self.settings.file(rule.file)
        return read_header(open_text(path, path.name, file.encoding), tuple(rule.sources()), file.layout)

    def _position(self, found: SeparatedTable, name: str, place: tuple[str | int, ...]) -> int:
        position = found.position(name)
        if position is None:
            what = f"{found.name} has no column {name}"
            raise self.mapping.declaration.fault(place, what, f"write one of {_nearest_columns(name, found.names)}")
        return position

    def _tells_bad_lines(self, rule: TableRule) -> bool:
        """Whether lines that are no rows count for this rule: once per file, rather for facts than for people."""
        same = [other for other in self.mapping.every_rule() if other.file == rule.file]
        facts = (other for other in same if not other.distinct and not self._one_per_patient(other))
        return rule is next(facts, same[0])

    def _one_per_patient(self, rule: TableRule) -> bool:
        return rule.table == "patients" and rule.file in self.forms

    def _tell(self, rule: TableRule, found: SeparatedTable, account: Account) -> None:
        same = [other for other in self.mapping.every_rule() if other.file == rule.file]
        form = self.forms.get(rule.file)
        used = {found.position(name) for other in same for name in other.sources()}
        used |= {found.position(name) for name in form.structure()} if form is not None else set()
        unused = [name for place, name in enumerate(found.names) if place not in used]
        if unused:
            account.note(f"{found.name}: columns that the mapping does not use: {_some(unused)}")
        for column in rule.columns:
            if column.shift_years:
                account.note(
                    f"{rule.table}.{column.target} is shifted by {column.shift_years} years, as the mapping declares: "
                    f"{column.because}"
                )


def _with_all_columns(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    lacking = [pl.lit(None, pl.String).alias(name) for name in names if name not in frame.columns]
    return frame.with_columns(lacking).select(*names, "file", "line", "key")


def _some(names: list[str]) -> str:
    more = len(names) - MOST_COLUMNS_NAMED
    return ", ".join(names[:MOST_COLUMNS_NAMED]) + (f", and {more:,} more" if more > 0 else "")


def _nearest_columns(name: str, names: tuple[str, ...]) -> str:
    """Return the columns of a file, of a wide one those whose names are nearest."""
    if len(names) <= MOST_COLUMNS_NAMED:
        return ", ".join(names)
    boxes = [other for other in names if plain_name(other).startswith(f"{plain_name(name)}___")]
    return _some(boxes or difflib.get_close_matches(name, names, 5) or list(names))


def mapped_tables(
    source: Path, mapping: Path, forms: Mapping[str, FileForm] | None = None, read: CentreMapping | None = None
) -> MappedTables:
    """Return the tables that a mapping makes of a folder's files, or of the one file that was named.

    Raises:
        UsageError: the mapping is wrong, or does not fit the files.
        SourceError: a file cannot be read.
    """
    read = read if read is not None else read_mapping(mapping)
    folder = source if source.is_dir() else source.parent
    limits = folder / LIMITS_FILE
    settings = centre_settings(read.declaration, limits if source.is_dir() and limits.is_file() else None)
    files = {name: file.path for name, file in settings.files.items() if file.path is not None}
    if not source.is_dir() and len(files) > 1:
        raise UsageError(str(source), f"is one file, but the mapping needs {len(files)}", "name their folder")
    paths = {name: folder / path for name, path in files.items()} if source.is_dir() else dict.fromkeys(files, source)
    paths |= {name: form.path for name, form in (forms or {}).items()}
    for name, path in paths.items():
        if not path.is_file():
            raise read.declaration.fault(("files", name, "path"), f"{path} does not exist", "correct the path")
    tables = MappedTables(read, paths, settings, forms or {})
    tables.check_columns()
    return tables
