"""Erasing a patient: every row, former content, and identity goes; a certificate and the sealed chain stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections, transaction

from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.entries import record
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.engine.patient_course import forget_erased
from hepatica.registry.identities.models import Identity
from hepatica.registry.models import (
    DerivedItem,
    DerivedState,
    Erasure,
    History,
    Patient,
    PatientSeal,
    Person,
    Upload,
    WaitingRow,
    audited_models,
)


def erase(patient: Any, ground: str, *, by: Person) -> Erasure:
    """Erase a patient with everything that is kept about them, and return the certificate.

    The record goes in one transaction. The identity, which lies in another database, goes when that has been committed;
    a process that is killed in between is made up for at the next start (`remove_left_identities`).
    """
    number, key, centre = patient.pk, patient.key, patient.centre
    with acting(by, erasing=number):
        record("erase", patient=number, detail=ground)
        _waiting(patient)
        removed = _rows(number)
        histories, _ = History.objects.filter(patient=number).delete()
        PatientSeal.objects.filter(patient_id=number).delete()
        certificate = Erasure.objects.create(
            centre=centre, patient_number=number, patient_key=key, ground=ground,
            removed=removed, histories=histories, erased_by=by,
        )  # fmt: skip
        transaction.on_commit(lambda: _afterwards(key, by))
    return certificate


def _waiting(patient: Any) -> None:
    """Remove what waits to be imported: rows under the patient's pseudonym, and every file, which may hold them."""
    WaitingRow.objects.filter(brought_by__centre=patient.centre, patient_id=patient.patient_id).delete()
    Upload.objects.filter(centre=patient.centre).delete()


def _rows(number: int) -> dict[str, int]:
    """Remove every row about a patient, whichever table it stands in, the patient's own last; returns how many."""
    for derived in (DerivedItem, DerivedState):
        derived.objects.filter(patient=number).delete()
    return {name: int(rows.delete()[0]) for name, rows in _about(number)}


def rows_about(number: int) -> dict[str, int]:
    """Return how many rows there are about a patient, by table."""
    return {name: int(rows.count()) for name, rows in _about(number)}


def _about(number: int) -> Iterator[tuple[str, Any]]:
    """Yield every audited table that is about patients with its rows about this one, the patient's own last."""
    for model in sorted(audited_models(), key=lambda one: one is Patient):
        if model.patient_column is not None:
            manager: Any = model._meta.default_manager
            yield str(model._meta.model_name), manager.filter(**{model.patient_column: number})


def _afterwards(key: Any, by: Person) -> None:
    with acting(by, using=IDENTITIES):
        Identity.objects.filter(patient_key=key).delete()
    forget_erased()
    forget_pages()


def forget_pages() -> None:
    """Have SQLite give up what its write-ahead log still holds of what was deleted; the file itself is overwritten."""
    for one in (connections["default"], connections[IDENTITIES]):
        if one.vendor == "sqlite":
            with one.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def remove_left_identities() -> int:
    """Remove identities of patients who were erased by a process that did not live to do it; returns how many."""
    keys = list(Erasure.objects.values_list("patient_key", flat=True))
    with acting("erasure", using=IDENTITIES):
        return sum(Identity.objects.filter(patient_key=key).delete()[0] for key in keys)
