"""Bringing the rows of a source into a centre: all of them in one transaction, each with its file and line.

Rows come in as they were written; the engine's check judges them whenever they are read. A row without a patient here
cannot be kept, and is counted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl

from hepatica.record.tables import TABLES
from hepatica.registry.models import Centre, Import, Patient, Person
from hepatica.registry.writing import add_many
from hepatica.sources.account import Account
from hepatica.sources.raw_tables import RawTables, empty_raw

Frames = dict[str, pl.DataFrame]


def raw_frames(raw: RawTables) -> Frames:
    """Return every table of a source as it was written; a table that it lacks is empty."""
    account = Account()
    return {
        table: pl.concat([empty_raw(table), *raw.blocks(table, account)], how="diagonal_relaxed")
        if table in raw.names()
        else empty_raw(table)
        for table in TABLES
    }


def content_digest(frames: Frames) -> str:
    """Return a digest of the rows' cells: the same content has the same digest, whatever its files are called."""
    content = hashlib.sha256()
    for table, frame in frames.items():
        content.update(f"{table}\x1e".encode())
        content.update(frame.select(TABLES[table].names).write_csv(separator="\x1f").encode())
    return content.hexdigest()


def bring_in(frames: Frames, centre: Centre, name: str, by: Person | None) -> Import:
    """Bring the rows into a centre, within `acting`; returns the import with its account (rows in, rows left out).

    Patients who are there already stay as they are. IntegrityError where the same content was imported before.
    """
    brought = Import.objects.create(centre=centre, name=name, content_digest=content_digest(frames), imported_by=by)
    left_out: Counter[str] = Counter()
    kept = {"patients": _patients(frames["patients"], brought, left_out)}
    numbers = dict(Patient.objects.filter(centre=centre).values_list("patient_id", "pk"))
    for table, frame in frames.items():
        if table != "patients":
            kept[table] = _facts(table, frame, numbers, brought, left_out)
    brought.account = {"rows": kept, "left_out": dict(left_out)}
    brought.save(update_fields=["account"])
    return brought


def _patients(frame: pl.DataFrame, brought: Import, left_out: Counter[str]) -> int:
    """Add the patients who are new here, each once; a second row of one is left out and counted."""
    known = set(Patient.objects.filter(centre=brought.centre).values_list("patient_id", flat=True))
    rows = []
    for row in _rows(frame):
        if not row["patient_id"]:
            left_out["patients: no patient_id"] += 1
        elif row["patient_id"] in known:
            left_out["patients: already here"] += 1
        else:
            known.add(row["patient_id"])
            rows.append(row)
    return _added("patients", rows, brought)


def _facts(table: str, frame: pl.DataFrame, numbers: dict[str, int], brought: Import, left_out: Counter[str]) -> int:
    """Add the rows of the patients who are here; the others are left out and counted."""
    rows = []
    for row in _rows(frame):
        if row["patient_id"] in numbers:
            rows.append({**row, "patient_id": numbers[row["patient_id"]]})
        else:
            left_out[f"{table}: no such patient"] += 1
    return _added(table, rows, brought)


def _added(table: str, rows: list[dict[str, Any]], brought: Import) -> int:
    """Add rows file by file, as each row keeps the name of its own."""
    files: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        files.setdefault(row["file"] or brought.name, []).append(row)
    return sum(add_many(table, own, brought_by=brought, file=file) for file, own in files.items())


def _rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.iter_rows(named=True):
        yield {**row, "patient_id": (row["patient_id"] or "").strip()}
