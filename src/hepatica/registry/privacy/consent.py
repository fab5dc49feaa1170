"""The one consent filter: how each patient stands to a purpose now. Every export and every study asks here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, QuerySet

from hepatica.registry.models import ConsentAct, ConsentText, Person, Purpose
from hepatica.registry.models.consent import GIVEN

AGREED, RENEWAL, UNKNOWN = "agreed", "renewal", "unknown"


@dataclass(frozen=True)
class Consents:
    """How patients stand to a purpose, by their number: agreed, refused, withdrawn, renewal, or unknown.

    `renewal` is consent to a version that does not count any more; `unknown` is a patient who was never asked.
    """

    purpose: Purpose
    standings: dict[int, str]

    @property
    def agreed(self) -> list[int]:
        """Return the patients whose data may be used for the purpose now."""
        return [number for number, standing in self.standings.items() if standing == AGREED]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many stand how: `in`, `unknown`, and `out` with its reasons; together they are everybody."""
        found = Counter(self.standings.values())
        inside, unknown = found.pop(AGREED, 0), found.pop(UNKNOWN, 0)
        reasons = {f"out: {reason}": count for reason, count in sorted(found.items())}
        return {"in": inside, "out": found.total(), **reasons, "unknown": unknown}


def consents(patients: QuerySet[Any], purpose: Purpose) -> Consents:
    """Return how each of some patients stands to a purpose at this moment; a withdrawal counts from when it is kept."""
    floor = oldest_valid(purpose)
    standings = dict.fromkeys(patients.order_by("pk").values_list("pk", flat=True), UNKNOWN)
    acts = ConsentAct.objects.filter(text__purpose=purpose, patient__in=patients).order_by("day", "id")
    for patient, decision, version in acts.values_list("patient_id", "decision", "text__version"):
        standings[patient] = _standing(decision, version, floor)
    return Consents(purpose, standings)


def standing_of(patient: Any, purpose: Purpose) -> str:
    """Return how one patient stands to a purpose now."""
    return consents(type(patient).objects.filter(pk=patient.pk), purpose).standings[patient.pk]


def _standing(decision: str, version: int, floor: int) -> str:
    if decision != GIVEN:
        return decision
    return AGREED if version >= floor else RENEWAL


def oldest_valid(purpose: Purpose) -> int:
    """Return the oldest version of a purpose's text to which consent counts today; 1 where none asks for renewal."""
    found = purpose.texts.filter(renewal=True).aggregate(Max("version"))["version__max"]
    return 1 if found is None else int(found)


def add_act(patient: Any, text: ConsentText, decision: str, day: date, *, by: Person | None) -> ConsentAct:
    """Record what a patient said about a text on a day, within `acting`; nothing said before is changed."""
    return ConsentAct.objects.create(patient=patient, text=text, decision=decision, day=day, entered_by=by)
