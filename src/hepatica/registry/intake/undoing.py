"""Undoing an import: what it brought goes, except what people have worked on since, or another import brought too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from hepatica.registry.audit.acting import because
from hepatica.registry.importing import UNDONE
from hepatica.registry.models import FACTS, MODELS, ConsentAct, Import, Patient, TreatingClinician


@dataclass(frozen=True)
class Undoing:
    """How many rows of an import go, stay because people worked on them, and stay because another brought them too."""

    gone: int
    stay: int
    handed: int


def undo(brought: Import) -> Undoing:
    """Remove the rows that an import brought, within `acting`; returns how many went, and how many stay and why.

    A row that was corrected since stays, and so does a patient with other rows, with consent, or with a clinician.
    A row that another import found here already becomes one of that import, unless that one was undone itself.
    """
    gone = handed = 0
    with because(UNDONE):
        for later, model, numbers in _also_in_others(brought):
            handed += model.objects.filter(brought_by=brought, version=1, pk__range=numbers).update(brought_by=later)
        for model in FACTS.values():
            gone += model.objects.filter(brought_by=brought, version=1).delete()[0]
        gone += _without_rows(brought).delete()[0]
        stay = _rows(brought)
        brought.waiting.all().delete()  # type: ignore[attr-defined]
        brought.undone_at = timezone.now()
        brought.save(update_fields=["undone_at"])
    return Undoing(gone, stay, handed)


def _rows(brought: Import) -> int:
    return sum(model.objects.filter(brought_by=brought).count() for model in MODELS.values())


def _also_in_others(brought: Import) -> Iterator[tuple[Import, Any, list[int]]]:
    """Yield the imports that stand and hold rows of other imports too: the table, and the numbers from and to."""
    for other in Import.objects.filter(centre=brought.centre, undone_at=None).exclude(pk=brought.pk).order_by("pk"):
        for table, ranges in other.account.get("also", {}).items():
            yield from ((other, MODELS[table], numbers) for numbers in ranges)


def _without_rows(brought: Import) -> Any:
    patients = Patient.objects.filter(brought_by=brought, version=1)
    for model in (*FACTS.values(), ConsentAct, TreatingClinician):
        patients = patients.exclude(Exists(model.objects.filter(patient=OuterRef("pk"))))
    return patients
