"""Bringing the rows of a source into a centre: all of them in one transaction, each with its file and line.

Rows come in as they were written; the engine's check judges them whenever they are read. A row that is here already,
or was corrected or removed here, changes nothing. A row without a patient here waits until somebody corrects it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from hepatica.record.tables import TABLES
from hepatica.registry.models import (
    MODELS,
    AuditEntry,
    Centre,
    History,
    Import,
    Patient,
    Person,
    WaitingRow,
    stored_columns,
)
from hepatica.registry.writing import ROWS_AT_ONCE, add_many
from hepatica.sources.account import Account
from hepatica.sources.raw_tables import RawTables, empty_raw

Frames = dict[str, pl.DataFrame]
Cells = tuple[str, ...]
Here = dict[Cells, int | None]
UNDONE = "the import was undone"
NUL_SHOWN = "\u2400"  # PostgreSQL keeps no NUL in a text: the sign for it stands in its place
NO_PSEUDONYM, NO_PATIENT, DIFFERS = "no pseudonym", "no such patient here", "is here already, and says otherwise"


@dataclass
class SortedOut:
    """The rows of one table: those that are new, those that wait and why, and how many are here already.

    `also` are the numbers of the rows here that another import brought: an undo of that one must not take them.
    """

    new: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    here: int = 0
    also: set[int] = field(default_factory=set)

    def is_here(self, number: int | None) -> None:
        """Count a row that is here already, by its number if an import brought it."""
        self.here += 1
        if number is not None:
            self.also.add(number)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows are new, wait, and are here already; together they are all rows."""
        return {"new": len(self.new), "waiting": len(self.waiting), "here": self.here}


def raw_frames(raw: RawTables, account: Account | None = None) -> Frames:
    """Return every table of a source as it was written; a table that it lacks is empty."""
    account = Account() if account is None else account
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


def bring_in(
    frames: Frames, centre: Centre, name: str, by: Person | None, bad_lines: pl.DataFrame | None = None
) -> Import:
    """Bring the rows into a centre, within `acting`; returns the import with its account (rows in, here, waiting).

    Patients who are there already stay as they are. IntegrityError where the same content was imported before.
    """
    brought = Import.objects.create(centre=centre, name=name, content_digest=content_digest(frames), imported_by=by)
    found = sorted_out(frames, centre)
    kept = {"patients": _added("patients", found["patients"].new, brought)}
    numbers = _numbers(centre)
    for table in found:
        if table != "patients":
            rows = [{**row, "patient_id": numbers[row["patient_id"]]} for row in found[table].new]
            kept[table] = _added(table, rows, brought)
    waiting = [*_waiting(found, brought), *_unread(bad_lines, brought)]
    WaitingRow.objects.bulk_create(waiting, batch_size=ROWS_AT_ONCE)
    brought.account = {
        "rows": kept,
        "here": {table: one.here for table, one in found.items()},
        "also": {table: ranges_of(one.also) for table, one in found.items() if one.also},
        "left_out": dict(Counter(f"{one.table}: {one.reason}" for one in waiting)),
    }
    brought.save(update_fields=["account"])
    return brought


def sorted_out(frames: Frames, centre: Centre) -> dict[str, SortedOut]:
    """Return for each table which of its rows are new to a centre, which are here already, and which must wait."""
    numbers = _numbers(centre)
    former = {table: dict.fromkeys(rows) for table, rows in _former(centre).items()}
    found = {"patients": _patients(frames["patients"], centre, former.get("patients", {}))}
    known = {*numbers, *(row["patient_id"] for row in found["patients"].new)}
    for table, frame in frames.items():
        if table != "patients":
            here = former.get(table, {}) | _here(table, centre)
            found[table] = _facts(table, frame, known, here)
    return found


def _patients(frame: pl.DataFrame, centre: Centre, former: Here) -> SortedOut:
    """Sort out the patients: each once; a second row that says otherwise waits."""
    brought = _here("patients", centre)
    here = {cells[0]: cells for cells in brought}
    found = SortedOut()
    for row in _rows(frame):
        cells = (row["patient_id"], *_cells("patients", row))
        if not row["patient_id"]:
            found.waiting.append((NO_PSEUDONYM, row))
        elif here.get(row["patient_id"]) is None:
            here[row["patient_id"]] = cells
            found.new.append(row)
        elif here[row["patient_id"]] == cells or cells in former:
            found.is_here(brought.get(cells))
        else:
            found.waiting.append((DIFFERS, row))
    return found


def _facts(table: str, frame: pl.DataFrame, known: set[str], here: Here) -> SortedOut:
    """Sort out the rows of the patients who are known; the others wait."""
    found = SortedOut()
    for row in _rows(frame):
        if row["patient_id"] not in known:
            found.waiting.append((NO_PATIENT if row["patient_id"] else NO_PSEUDONYM, row))
        elif (cells := (row["patient_id"], *_cells(table, row))) in here:
            found.is_here(here[cells])
        else:
            found.new.append(row)
    return found


def _columns(table: str) -> list[str]:
    return [name for name in stored_columns(table) if name != "patient_id"]


def _cells(table: str, row: dict[str, Any]) -> Cells:
    return tuple("" if row.get(name) is None else str(row[name]) for name in _columns(table))


def _numbers(centre: Centre) -> dict[str, int]:
    return dict(Patient.objects.filter(centre=centre).values_list("patient_id", "pk"))


def _here(table: str, centre: Centre) -> Here:
    """Return the rows that a centre holds, as pseudonym and cells, each with its number if an import brought it."""
    about = "" if table == "patients" else "patient__"
    rows = MODELS[table].objects.filter(**{f"{about}centre": centre})
    told = rows.values_list("pk", "brought_by", f"{about}patient_id", *_columns(table))
    return {tuple(cells): None if brought is None else number for number, brought, *cells in told.iterator()}


def ranges_of(numbers: Iterable[int]) -> list[list[int]]:
    """Return whole numbers as ranges, first and last: the rows of an import stand one after the other."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def _former(centre: Centre) -> dict[str, set[Cells]]:
    """Return what rows said before somebody corrected or removed them here, so that a file does not bring it back."""
    tables = {str(model._meta.model_name): table for table, model in MODELS.items()}
    pseudonyms = {number: pseudonym for pseudonym, number in _numbers(centre).items()}
    acts = AuditEntry.objects.filter(act__in=("update", "delete"), subject__in=tables, patient__in=list(pseudonyms))
    entries = {one.seq: one for one in acts}
    former: dict[str, set[Cells]] = {}
    for kept in History.objects.filter(seq__in=list(entries)).exclude(reason=UNDONE):
        entry = entries[kept.seq]
        table = tables[entry.subject]
        pseudonym = pseudonyms[int(str(entry.patient))]
        former.setdefault(table, set()).add((pseudonym, *_cells(table, json.loads(kept.content))))
    return former


def _waiting(found: dict[str, SortedOut], brought: Import) -> Iterator[WaitingRow]:
    """Yield the rows that wait."""
    for table, one in found.items():
        for reason, row in one.waiting:
            cells = {name: row[name] for name in TABLES[table].names if row.get(name) is not None}
            yield WaitingRow(
                brought_by=brought, table=table, patient_id=row["patient_id"], cells=cells,
                file=row["file"] or brought.name, line=row["line"], reason=reason,
            )  # fmt: skip


def _unread(bad_lines: pl.DataFrame | None, brought: Import) -> Iterator[WaitingRow]:
    """Yield the lines that are no rows: somebody reads them and fills in the cells."""
    for one in [] if bad_lines is None else bad_lines.to_dicts():
        told = (one["explanation"] or one["reason"])[:300]
        written, reason = (text.replace("\0", NUL_SHOWN) for text in (one["value"] or "", told))
        yield WaitingRow(
            brought_by=brought, table=one["table"], cells={"": written}, file=one["file"], line=one["line"],
            reason=reason,
        )  # fmt: skip


def _added(table: str, rows: list[dict[str, Any]], brought: Import) -> int:
    """Add rows file by file, as each row keeps the name of its own."""
    files: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        files.setdefault(row["file"] or brought.name, []).append(row)
    return sum(add_many(table, own, brought_by=brought, file=file) for file, own in files.items())


def _rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.iter_rows(named=True):
        yield {**row, "patient_id": (row["patient_id"] or "").strip()}
