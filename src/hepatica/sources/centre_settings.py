"""What a centre declares: hepatica.yaml (how its files are written) and limits.csv (its own reference limits)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from hepatica.errors import SourceError, UsageError
from hepatica.record.settings import LIMITS_SCHEMA, ReadingSettings
from hepatica.sources.separated_tables import SHOWN_SEPARATORS, Layout, SeparatedTable, read_header
from hepatica.sources.text_files import open_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hepatica.sources.declarations import Declaration

SETTINGS_FILE = "hepatica.yaml"
LIMITS_FILE = "limits.csv"
NEEDED_FOR_LIMITS = ("analyte", "upper_limit", "unit")
_SEPARATOR_WORDS = {word: separator for separator, word in SHOWN_SEPARATORS.items()}


@dataclass(frozen=True)
class FileSettings:
    """How one file is written, as far as it was declared."""

    path: str | None = None
    encoding: str | None = None
    layout: Layout = field(default_factory=Layout)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class CentreSettings:
    """How a centre's files are written: what the record needs to read cells, and what the files need to be read."""

    reading: ReadingSettings = field(default_factory=ReadingSettings)
    every_file: FileSettings = field(default_factory=FileSettings)
    files: Mapping[str, FileSettings] = field(default_factory=dict)
    unit_aliases: Mapping[str, str] = field(default_factory=dict)

    def file(self, name: str) -> FileSettings:
        """Return how the file of a table (or of a mapping) is written."""
        return self.files.get(name, self.every_file)


def centre_settings(declaration: Declaration | None, limits: Path | None) -> CentreSettings:
    """Return what was declared, checked; without a declaration nothing but the limits file.

    Raises:
        SourceError, UsageError: a date format or time zone is unknown, or the limits cannot be used.
    """
    content = declaration.content if declaration is not None else {}
    every_file = _file_settings(content, FileSettings())
    decimal_comma = content.get("decimal_comma") == "true"
    try:
        reading = ReadingSettings(
            date_formats=tuple(content.get("date_formats", ())),
            decimal_comma=decimal_comma,
            time_zone=content.get("time_zone"),
            limits=read_limits(limits, decimal_comma=decimal_comma) if limits is not None else LIMITS_SCHEMA.to_frame(),
        )
    except UsageError as trouble:
        if declaration is None:
            raise
        key = trouble.where.replace(" ", "_") + ("s" if trouble.where == "date format" else "")
        raise declaration.fault([key], trouble.what, trouble.remedy) from trouble
    files = {name: _file_settings(entry, every_file) for name, entry in content.get("files", {}).items()}
    return CentreSettings(reading, every_file, files, content.get("unit_aliases", {}))


def _file_settings(entry: Mapping[str, Any], common: FileSettings) -> FileSettings:
    separator = entry.get("separator")
    layout = Layout(
        separator=_SEPARATOR_WORDS.get(separator, separator) if separator is not None else common.layout.separator,
        skip_lines=int(entry.get("skip_lines", common.layout.skip_lines)),
        comment=entry.get("comment", common.layout.comment),
    )
    return FileSettings(
        path=entry.get("path"),
        encoding=entry.get("encoding", common.encoding),
        layout=layout,
        missing=tuple(entry.get("missing", common.missing)),
    )


def read_limits(path: Path, *, decimal_comma: bool) -> pl.DataFrame:
    """Return a centre's own reference limits (in their unit, by analyte, sex, age in years, and validity).

    Raises:
        SourceError: a line cannot be used. A centre's limits decide every multiple of them, so none is skipped.
    """
    table = read_header(open_text(path, path.name), ("centre", *NEEDED_FOR_LIMITS), Layout())
    for name in NEEDED_FOR_LIMITS:
        if table.position(name) is None:
            raise SourceError(path.name, f"has no column {name}", f"it needs {', '.join(NEEDED_FOR_LIMITS)}")
    text = _all_rows(table)
    columns = {
        name: _limit_column(path.name, text, _written(name), dtype, decimal_comma=decimal_comma)
        for name, dtype in LIMITS_SCHEMA.items()
    }
    frame = pl.DataFrame(columns, schema=LIMITS_SCHEMA)
    for name in ("analyte", "upper", "unit"):
        _refuse(path.name, text, frame[name].is_null(), f"{name} is empty", "complete the line, or remove it")
    _refuse(path.name, text, frame["lower"] > frame["upper"], "the lower limit is above the upper", "correct it")
    return frame


def _written(name: str) -> str:
    """Return what a column of the limits is called in the file."""
    return f"{name}_limit" if name in {"lower", "upper"} else name


def _all_rows(table: SeparatedTable) -> pl.DataFrame:
    """Return the limits as text, all columns that may be there, with their lines."""
    names = [_written(name) for name in LIMITS_SCHEMA]
    places = {name: place for name in names if (place := table.position(name)) is not None}
    blocks = list(table.blocks(places))
    for bad in (line for block in blocks for line in block.bad):
        raise SourceError(f"{table.text.name}, line {bad.line}", "is no row of the table", bad.explanation)
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String) | {"line": pl.Int64})
    text = pl.concat([empty, *(block.frame for block in blocks)], how="diagonal")
    return text.with_columns(pl.col(names).str.strip_chars().replace("", None))


def _limit_column(file: str, text: pl.DataFrame, name: str, dtype: pl.DataType, *, decimal_comma: bool) -> pl.Series:
    cells = text[name]
    if dtype == pl.Float64:
        pointed = cells.str.replace(",", ".", literal=True) if decimal_comma else cells
        number = pointed.cast(pl.Float64, strict=False)
        read = number.set(number.is_finite().not_(), None)
        remedy = "write a number" + ("" if decimal_comma else " with a decimal point")
    elif dtype == pl.Date:
        read, remedy = cells.str.to_date("%Y-%m-%d", strict=False), "write a date as 2024-03-05"
    else:
        return cells
    _refuse(file, text, cells.is_not_null() & read.is_null(), f"{name} cannot be read", remedy)
    return read


def _refuse(file: str, text: pl.DataFrame, wrong: pl.Series, what: str, remedy: str) -> None:
    lines = text.filter(wrong)["line"]  # a missing limit is not "wrong": null is no true
    if lines.len():
        raise SourceError(f"{file}, line {lines[0]}", what, remedy)
