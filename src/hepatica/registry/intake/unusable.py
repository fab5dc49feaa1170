"""The rows of an import that the check sets aside as things are now, so that each can be corrected in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hepatica.registry.engine.kept_reports import AT_ONCE, Kept, Wanted, kept, key_of
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.standards import standards_of
from hepatica.registry.models import FACTS, MODELS, Import, Patient
from hepatica.sources.source import Bucket


@dataclass(frozen=True)
class Place:
    """Which row of which patient; nothing of what it says, as this is kept in memory."""

    table: str
    number: int
    patient: int


@dataclass(frozen=True)
class UnusableRow:
    """A row that counts for nothing until it is corrected: whose, from where, and why it cannot be used."""

    table: str
    row: Any
    patient: Any
    column: str
    value: str
    why: str


def places(brought: Import) -> Kept:
    """Return where the rows of an import are that cannot be used now; among many patients they are looked for behind.

    All rows of the import's patients are checked, as one row can spoil another.
    """
    patients = _patients(brought)
    wanted = Wanted(
        f"rows of import {brought.pk}", key_of([brought.centre], patients), len(patients),
        lambda: [Place(table, row.pk, _whose(table, row).pk) for table, row, _ in _found(brought, patients)],
    )  # fmt: skip
    return kept(wanted)


def unusable_rows(brought: Import, shown: Sequence[Place]) -> list[UnusableRow]:
    """Return some of those rows with what is wrong with each, checked now."""
    wanted = {(one.table, one.number) for one in shown}
    return [
        UnusableRow(table, row, _whose(table, row), one["column"] or "", one["value"] or "", one["explanation"])
        for table, row, one in _found(brought, sorted({one.patient for one in shown}))
        if (table, row.pk) in wanted
    ]


def _patients(brought: Import) -> list[int]:
    numbers = set(Patient.objects.filter(brought_by=brought).values_list("pk", flat=True))
    for model in FACTS.values():
        numbers |= set(model.objects.filter(brought_by=brought).values_list("patient_id", flat=True).distinct())
    return sorted(numbers)


def _found(brought: Import, patients: Sequence[int]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield the rows of the import that the check sets aside, table by table, each with the check's finding."""
    used = standards_of(brought.centre)
    some = tuple(patients) if len(patients) <= AT_ONCE else None
    _, reading = Bucket(RegistryTables((brought.centre_id,), some), used.reading, used.as_of).read()
    findings = reading.quarantine.to_dicts()
    for table, model in MODELS.items():
        # The key of a row ends with its number.
        aside = {int(one["key"].rsplit(" ", 1)[1]): one for one in findings if one["table"] == table}
        rows = _rows_of(model, brought, table) if aside else ()
        yield from ((table, row, aside[row.pk]) for row in rows if row.pk in aside)


def _rows_of(model: Any, brought: Import, table: str) -> Any:
    rows = model.objects.filter(brought_by=brought).order_by("pk")
    return (rows if table == "patients" else rows.select_related("patient")).iterator()


def _whose(table: str, row: Any) -> Any:
    return row if table == "patients" else row.patient
