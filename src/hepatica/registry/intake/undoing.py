"""Undoing an import: what it brought goes, except what people have worked on since."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from hepatica.registry.audit.acting import because
from hepatica.registry.importing import UNDONE
from hepatica.registry.models import FACTS, ConsentAct, Import, Patient, TreatingClinician


def undo(brought: Import) -> dict[str, int]:
    """Remove the rows that an import brought, within `acting`; returns how many went, and how many stay and why.

    A row that was corrected since stays, and so does a patient with other rows, with consent, or with a clinician.
    """
    gone = 0
    with because(UNDONE):
        for model in FACTS.values():
            gone += model.objects.filter(brought_by=brought, version=1).delete()[0]
        gone += _without_rows(brought).delete()[0]
        stay = sum(model.objects.filter(brought_by=brought).count() for model in (*FACTS.values(), Patient))
        brought.waiting.all().delete()  # type: ignore[attr-defined]
        brought.undone_at = timezone.now()
        brought.save(update_fields=["undone_at"])
    return {"gone": gone, "stay": stay}


def _without_rows(brought: Import) -> Any:
    patients = Patient.objects.filter(brought_by=brought, version=1)
    for model in (*FACTS.values(), ConsentAct, TreatingClinician):
        patients = patients.exclude(Exists(model.objects.filter(patient=OuterRef("pk"))))
    return patients
