"""Putting rows into the record: new, corrected with a reason, removed with a reason. The one way for forms and imports.

Call these within `acting`; the database writes the audit. Two people never overwrite each other: a change names the
version it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hepatica.registry.audit.acting import because, current
from hepatica.registry.models import FACTS, MODELS, Centre, Import, Person, stored_columns

ROWS_AT_ONCE = 2_000


class OverwriteError(Exception):
    """Somebody else changed the row since it was read: nothing was written."""


def add_patient(centre: Centre, patient_id: str, cells: Mapping[str, str], *, by: Person | None) -> Any:
    """Add a patient to a centre; IntegrityError where the pseudonym is taken there."""
    return MODELS["patients"].objects.create(
        centre=centre, patient_id=patient_id.strip(), entered_by=by, **_texts("patients", cells)
    )


def add_row(table: str, patient: Any, cells: Mapping[str, str], *, by: Person | None) -> Any:
    """Add a row about a patient, its cells as they were written."""
    return FACTS[table].objects.create(patient=patient, entered_by=by, **_texts(table, cells))


def correct_row(table: str, number: int, cells: Mapping[str, str], *, version: int, reason: str, by: Person) -> int:
    """Correct the cells that are given of a row that was read in a version, for a reason; returns the new version.

    Raises OverwriteError where it has changed since, and ValueError without a reason.
    """
    _require(reason)
    with because(reason):
        changed = (
            MODELS[table].objects.filter(pk=number, version=version)
            .update(**_given(table, cells), version=version + 1, entered_by=by)
        )  # fmt: skip
    if not changed:
        raise OverwriteError(f"{table} {number}")
    return version + 1


def remove_row(table: str, number: int, *, version: int, reason: str) -> None:
    """Remove a row about a patient that is wrong, for a reason; what it said stays in the history.

    Raises OverwriteError where it has changed since, and ValueError without a reason.
    """
    _require(reason)
    with because(reason):
        removed, _ = FACTS[table].objects.filter(pk=number, version=version).delete()
    if not removed:
        raise OverwriteError(f"{table} {number}")


def add_many(table: str, rows: Iterable[Mapping[str, Any]], *, brought_by: Import, file: str) -> int:
    """Add the rows of an import: cells, `line`, and for a fact `patient_id` (the number), for a patient its pseudonym.

    Returns how many.
    """
    model = MODELS[table]
    shared = {"brought_by": brought_by, "file": file, "entered_by": brought_by.imported_by}
    if table == "patients":
        shared["centre"] = brought_by.centre
    made = [model(**shared, line=row["line"], patient_id=row["patient_id"], **_texts(table, row)) for row in rows]
    model.objects.bulk_create(made, batch_size=ROWS_AT_ONCE)
    return len(made)


def _texts(table: str, cells: Mapping[str, Any]) -> dict[str, str]:
    """Return the stored cells of a new row; one that is not given is empty."""
    return dict.fromkeys(_columns(table), "") | _given(table, cells)


def _given(table: str, cells: Mapping[str, Any]) -> dict[str, str]:
    """Return the stored cells that are given, as text."""
    return {name: str(cells[name]) for name in _columns(table) if cells.get(name) is not None}


def _columns(table: str) -> list[str]:
    return [name for name in stored_columns(table) if name != "patient_id"]


def _require(reason: str) -> None:
    if not (reason.strip() or current().reason):
        raise ValueError("a correction needs its reason")
