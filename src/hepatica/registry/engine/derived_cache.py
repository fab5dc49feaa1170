"""States and work items of a centre's patients, kept with the version of the data that each was derived from.

What is kept is never the truth: `stale` says which patients changed since, `recompute` derives those again, and a
property test holds the result to a full derivation. A new day, protocol, definition set, or engine is a new basis.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db import connection, transaction

from hepatica.course import derive
from hepatica.guidance.advice_table import safety_items
from hepatica.guidance.facts import STANDING_TABLES, standing, standing_schema
from hepatica.registry.engine.kept_reading import KeptReading, packed_of_each
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.engine.registry_tables import BY_NUMBER, RegistryTables, in_groups
from hepatica.registry.engine.standards import CentreStandards, standards_of
from hepatica.registry.models import Basis, Centre, DerivedItem, DerivedState, Patient, PatientSeal
from hepatica.sources.source import Bucket

PATIENTS_AT_ONCE = 500
KINDS = ("safety", "endpoint", "overdue", "retrieve")
_STALE = """
SELECT p.id FROM registry_patient p WHERE p.centre_id = %s
EXCEPT
SELECT d.patient_id FROM registry_derivedstate d
JOIN registry_patientseal s ON s.patient_id = d.patient_id AND s.version = d.version WHERE d.basis_id = %s
ORDER BY 1
"""


def basis_of(centre: Centre) -> Basis:
    """Return the basis by which a centre's courses are read today."""
    used = standards_of(centre)
    found, _ = Basis.objects.get_or_create(centre=centre, key=used.key, defaults={"as_of": used.as_of})
    return found


def stale(basis: Basis) -> list[int]:
    """Return the patients whose data changed since they were derived, or who never were."""
    with connection.cursor() as cursor:
        cursor.execute(_STALE, [basis.centre_id, basis.pk])
        return [number for (number,) in cursor.fetchall()]


def recompute(
    basis: Basis, patients: Sequence[int] | None = None, progress: Callable[[int, int], None] | None = None
) -> int:
    """Derive some patients (those that are stale, if none are named) again and keep it; returns how many."""
    numbers = list(stale(basis) if patients is None else patients)
    used = standards_of(basis.centre)
    if used.key != basis.key:  # the day or a standard changed meanwhile: this basis is history
        return 0
    for done, group in enumerate(in_groups(numbers, PATIENTS_AT_ONCE)):
        _keep(basis, used, group)
        if progress is not None:
            progress(min((done + 1) * PATIENTS_AT_ONCE, len(numbers)), len(numbers))
    if not basis.complete:
        _complete(basis)
    return len(numbers)


def _complete(basis: Basis) -> None:
    """Mark a basis as whole, and drop those of before."""
    Basis.objects.filter(pk=basis.pk).update(complete=True)
    basis.complete = True
    for old in Basis.objects.filter(centre=basis.centre_id).exclude(pk=basis.pk):
        DerivedItem.objects.filter(basis=old)._raw_delete("default")
        DerivedState.objects.filter(basis=old)._raw_delete("default")
        old.delete()


def _keep(basis: Basis, used: CentreStandards, patients: tuple[int, ...]) -> None:
    """Derive some patients and replace what was kept of them, with the version that was read before the data."""
    versions = dict(PatientSeal.objects.filter(patient_id__in=patients).values_list("patient_id", "version"))
    found = derived(basis.centre_id, used, patients)
    with transaction.atomic():
        # Two processes may derive the same patients at once: they keep one after the other. A basis that went
        # meanwhile (a new day began) keeps nothing more.
        if Basis.objects.select_for_update().filter(pk=basis.pk).first() is None:
            return
        DerivedItem.objects.filter(basis=basis, patient__in=patients).delete()
        DerivedState.objects.filter(basis=basis, patient__in=patients).delete()
        DerivedState.objects.bulk_create(
            [DerivedState(basis=basis, patient_id=number, version=versions[number],
                          state=found.states.get(number, ""), reading=found.readings.get(number, b""))
             for number in patients if number in versions],
            batch_size=150,
        )  # fmt: skip
        DerivedItem.objects.bulk_create(
            [DerivedItem(basis=basis, **item) for item in found.items if item["patient_id"] in versions], batch_size=90
        )


@dataclass(frozen=True)
class Derived:
    """Of some patients by their number: states (as JSON), how their rows were read (packed), and their work items."""

    states: dict[int, str]
    readings: dict[int, bytes]
    items: list[dict[str, Any]]


def derived(centre: int, used: CentreStandards, patients: tuple[int, ...]) -> Derived:
    """Return what is kept of some patients of a centre; one who cannot be read has no state and no reading."""
    if len(patients) == 1:
        return _derived_alone(centre, used, patients[0])
    raw = RegistryTables((centre,), patients, named=BY_NUMBER)
    record, reading = Bucket(raw, used.reading, used.as_of).read()
    tables = derive(record, used.defined, used.as_of, used.practice, tables=STANDING_TABLES)
    work, stands = tables["worklist"], None
    if used.notice_accepted:
        stands = standing(record, tables, used.defined)
        work = pl.concat([safety_items(stands, protocol=used.protocol, accepted_notice=True), work])
    states = {int(row["patient_id"]): json.dumps(row, default=_iso) for row in tables["state"].iter_rows(named=True)}
    named = Patient.objects.filter(pk__in=states).values_list("pk", "patient_id")
    readings = packed_of_each(record, reading, stands, {str(number): name.strip() for number, name in named})
    return Derived(states, {int(number): content for number, content in readings.items()}, list(_items(work)))


def _derived_alone(centre: int, used: CentreStandards, patient: int) -> Derived:
    """Return the same of one patient, from the course that the patient's page shows."""
    found = Patient.objects.filter(pk=patient, centre_id=centre).select_related("centre").first()
    course = None if found is None else patient_course(found, used)
    if course is None or not course.known:
        return Derived({}, {}, [])
    work, stands = course.tables["worklist"], None
    if used.notice_accepted:
        stands = course.stands
        alone = pl.DataFrame([stands], schema=standing_schema())
        work = pl.concat([safety_items(alone, protocol=used.protocol, accepted_notice=True), work])
    number = str(patient)
    state = json.dumps({**course.state, "patient_id": number}, default=_iso)
    reading = KeptReading(course.record, course.quarantine, course.warnings, stands).packed()
    return Derived({patient: state}, {patient: reading}, list(_items(work.with_columns(patient_id=pl.lit(number)))))


def _items(work: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield work items with their place: safety, endpoints by the nearest day, then the rest, the latest first."""
    for row in work.iter_rows(named=True):
        day: date = row["by"]
        near = day.toordinal() if row["kind"] == "endpoint" else -day.toordinal()
        yield {
            "patient_id": int(row["patient_id"]),
            "kind": row["kind"],
            "what": row["what"],
            "why": row["why"],
            "first": row["from"],
            "by": day,
            "urgency": KINDS.index(row["kind"]),
            "nearness": near,
        }


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
