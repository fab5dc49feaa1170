"""REDCap: a record as an import of Hepatica's own project, and that project's data dictionary for a centre to start."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from hepatica.interop.new_folder import new_folder
from hepatica.interop.readme import readme
from hepatica.interop.redcap.dictionary_file import how_to_start, write_dictionary_file
from hepatica.interop.redcap.instances import columns, import_rows
from hepatica.interop.table_folder import write_limits
from hepatica.record import TABLES
from hepatica.sources.redcap.aih import shipped_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl

    from hepatica.record import Record

DATA, DICTIONARY, MAPPING = "data.csv", "dictionary.csv", "mapping_for_reading.yaml"
_WHAT = f"""A patient record as a REDCap import: {DATA}, for a project made from {DICTIONARY}.
Read it with: hepatica check redcap:THIS-FOLDER
Cells are exact and not escaped: a spreadsheet may take a text that begins with = + - @ for a formula.
"""


def write(record: Record, out: Path, *, synthetic: bool) -> list[Path]:
    """Write a record as a REDCap import with its data dictionary; returns the files.

    Raises:
        UsageError: the folder holds something already, or cannot be written.
    """
    return write_parts([record], out, synthetic=synthetic)


def write_parts(
    records: Iterable[Record], out: Path, *, synthetic: bool, limits: pl.DataFrame | None = None
) -> list[Path]:
    """Write the parts of a record (buckets of its patients) one after the other; only one is in memory."""
    rows = dict.fromkeys(TABLES, 0)
    with new_folder(out) as folder:
        with (folder / DATA).open("wb") as stream:
            stream.write((",".join(columns()) + "\n").encode())
            for record in records:
                import_rows(record).write_csv(stream, include_header=False)
                for name in TABLES:
                    rows[name] += record.table(name).height
        write_limits(limits, folder)
        _write_dictionary(folder)
        text = readme(rows, synthetic=synthetic, what=f"{_WHAT}\n{how_to_start()}")
        (folder / "README.txt").write_text(text, encoding="utf-8")
    return sorted(out.iterdir())


def write_dictionary(out: Path) -> list[Path]:
    """Write the data dictionary of a REDCap project for autoimmune hepatitis, the mapping, and how to start.

    Raises:
        UsageError: the folder holds something already, or cannot be written.
    """
    with new_folder(out) as folder:
        _write_dictionary(folder)
        (folder / "README.txt").write_text(how_to_start(), encoding="utf-8")
    return sorted(out.iterdir())


def _write_dictionary(folder: Path) -> None:
    write_dictionary_file(folder / DICTIONARY)
    shutil.copyfile(shipped_mapping(), folder / MAPPING)
