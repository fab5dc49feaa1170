"""The six tables as CSV for a spreadsheet: no cell of it can be taken for a formula."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hepatica.interop.new_folder import new_folder
from hepatica.interop.readme import readme
from hepatica.interop.sent_tables import sent_tables
from hepatica.record import Record

# What a spreadsheet takes for the beginning of a formula, the full-width forms included; a blank before it is no help.
BEGINNINGS = r"=+@\uff1d\uff0b\uff20\uff0d\-"
_FORMULA = rf"^[\s\x00]*[{BEGINNINGS}]|^[\t\r\n]"
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
_WHAT = """The six tables of a patient record for a spreadsheet, one row per fact; UTF-8, commas, ISO dates.
A text that a spreadsheet would take for a formula stands behind an apostrophe, so these cells are not exact:
for anything but looking, take the form csv or parquet.
"""


def safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts no spreadsheet takes for a formula; negative numbers stay as they are."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.with_columns(_safe(name) for name in texts)


def _safe(name: str) -> pl.Expr:
    text = pl.col(name)
    dangerous = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(dangerous).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)


def write(record: Record, out: Path, *, synthetic: bool) -> list[Path]:
    """Write a record as a folder of six safe CSV files; returns the files."""
    with new_folder(out) as folder:
        tables = {name: safe(frame) for name, frame in sent_tables(record).items()}
        for name, table in tables.items():
            table.write_csv(folder / f"{name}.csv", include_bom=True)
        rows = {name: table.height for name, table in tables.items()}
        (folder / "README.txt").write_text(readme(rows, synthetic=synthetic, what=_WHAT), encoding="utf-8")
    return sorted(out.iterdir())
