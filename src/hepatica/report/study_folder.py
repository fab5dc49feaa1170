"""A study's result as a folder: report, PDF, a CSV per table, numbers, definition; whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import polars as pl

from hepatica.errors import UsageError
from hepatica.report.study_page import drawn_pictures, study_html
from hepatica.report.study_pdf import study_pdf
from hepatica.report.study_tables import dictionary
from hepatica.studies import Result
from hepatica.studies.definition import as_yaml

# By this file a folder is known as an earlier result, which may be replaced; nothing else ever is.
NUMBERS = "numbers.json"


def write_study(result: Result, out: Path) -> list[Path]:
    """Write report.html, report.pdf, tables/*.csv, dictionary.csv, numbers.json, definition.yaml; returns the files.

    An earlier result in the folder is replaced. Raises UsageError where the folder holds anything else.
    """
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        _write(result, room)
        room.chmod(0o755)
        _put_in_place(room, out)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return sorted(path for path in out.rglob("*") if path.is_file())


def numbers_document(result: Result) -> dict[str, object]:
    """Return the result's numbers with what identifies them, as numbers.json and --format json have it."""
    return {
        "study": result.name,
        "title": result.title,
        "synthetic": result.synthetic,
        "shared": result.shared,
        "fingerprint": result.fingerprint,
        "software": result.software,
        "definition": result.definition,
        "numbers": result.numbers,
        "notes": result.notes,
    }


def _refuse_foreign(out: Path) -> None:
    if out.is_file():
        raise UsageError(str(out), "is a file", "name a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / NUMBERS).is_file():
        raise UsageError(str(out), "holds files that are no study's result", "name a new folder, or an earlier result")


def _write(result: Result, room: Path) -> None:
    drawn = drawn_pictures(result)
    (room / "report.html").write_text(study_html(result, drawn=drawn), encoding="utf-8")
    (room / "report.pdf").write_bytes(study_pdf(result, drawn=drawn))
    (room / "tables").mkdir()
    for name, frame in result.tables.items():
        _flat(frame).write_csv(room / "tables" / f"{name}.csv")
    dictionary(result).write_csv(room / "dictionary.csv")
    text = json.dumps(numbers_document(result), ensure_ascii=False, indent=2, allow_nan=False)
    (room / NUMBERS).write_text(text + "\n", encoding="utf-8")
    (room / "definition.yaml").write_text(as_yaml(result.definition), encoding="utf-8")


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table as CSV can hold it: not-a-number is unknown, which is an empty cell."""
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    return frame.with_columns(pl.col(floats).fill_nan(None))


def _put_in_place(room: Path, out: Path) -> None:
    """Rename the finished folder to its name; an earlier result steps aside first and is removed last."""
    if not out.exists():
        room.rename(out)
        return
    aside = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.earlier."))
    out.rename(aside / "result")
    try:
        room.rename(out)
    except OSError:
        (aside / "result").rename(out)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
