"""The work list and a patient's state as JSON."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema

from hepatica.registry.access.needs import patient_of, seen
from hepatica.registry.api.guard import operation_needs
from hepatica.registry.api.problems import PROBLEMS
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.listing import asked_items
from hepatica.registry.models import DerivedItem

courses = Router(tags=["courses"])
MOST_ITEMS = 500


class Asked(Schema):
    """Which work items are asked for: of a centre by its code, one kind, one protocol, one clinician by number."""

    centre: str = ""
    kind: Literal["", "safety", "endpoint", "overdue", "retrieve"] = ""
    protocol: str = ""
    # A person's number, "me", or "none" for the patients for whom nobody is named.
    clinician: str = ""


class WorkItem(Schema):
    """One thing to do for a patient."""

    patient: UUID
    patient_id: str
    centre: str
    kind: str
    what: str
    why: str
    first: date | None
    by: date | None


class WorkList(Schema):
    """Work items, the most urgent first, of which days they are, and how many patients are still being derived."""

    as_of: list[date]
    behind: int
    count: int
    items: list[WorkItem]


@courses.get("/worklist", response={200: WorkList, **PROBLEMS}, url_name="worklist")
@operation_needs("patients.read")
def worklist(
    request: HttpRequest,
    asked: Query[Asked],
    offset: int = Query(0, ge=0, le=10_000_000),
    limit: int = Query(100, ge=1, le=MOST_ITEMS),
) -> dict[str, Any]:
    """Return the work list of the centres whose patients the asking person may read; a filter narrows it."""
    found, ordered = asked_items(request.asking.centres("patients.read"), asked.dict(), request.user)
    rows = ordered.select_related("patient__centre")[offset : offset + limit]
    seen(request, "api worklist")
    return {
        "as_of": sorted({one.shown.as_of for one in found if one.shown is not None}),
        "behind": sum(one.behind for one in found),
        "count": ordered.count(),
        "items": [_item(row) for row in rows],
    }


def _item(row: DerivedItem) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("kind", "what", "why", "first", "by")}
    patient = row.patient
    return {**told, "patient": patient.key, "patient_id": patient.patient_id, "centre": patient.centre.code}


@courses.get("/patients/{uuid:key}/state", response={200: dict[str, Any], **PROBLEMS}, url_name="state")
@operation_needs("patients.read")
def state(request: HttpRequest, key: UUID) -> dict[str, Any]:
    """Return a patient's state, derived now; empty where the patient's own row cannot be used."""
    found = patient_of(request, key)
    course = patient_course(found)
    seen(request, "api state", patient=found.pk)
    return course.state if course.known else {}
