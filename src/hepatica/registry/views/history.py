"""The history of a patient's rows and of who treats them: who changed what, when, and why."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.entry.labels import COLUMN_LABELS, TABLE_LABELS
from hepatica.registry.models import MODELS, AuditEntry, History, Person, TreatingClinician, stored_columns
from hepatica.registry.treating import called

CHANGES_A_PAGE = 100
TABLES_BY_SUBJECT = {str(model._meta.model_name): table for table, model in MODELS.items()}
TREATING = "treatingclinician"
SUBJECTS = {subject: TABLE_LABELS[table] for subject, table in TABLES_BY_SUBJECT.items()} | {
    TREATING: _("Treating clinician")
}


@needs("patients.read")
def history(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show every change of a patient's rows and of who treats them, the latest first; or those of one row."""
    patient = patient_of(request, key)
    entries = AuditEntry.objects.filter(patient=patient.pk, subject__in=SUBJECTS).order_by("-seq")
    subject, number = request.GET.get("what", ""), request.GET.get("row", "")
    if subject in SUBJECTS and number.isdecimal():
        entries = entries.filter(subject=subject, subject_key=number)
    page = Paginator(entries, CHANGES_A_PAGE).get_page(request.GET.get("page", "1"))
    page.object_list = _changes(patient, list(page.object_list))
    seen(request, "history", patient=patient.pk)
    filters = f"what={subject}&row={number}" if number.isdecimal() and subject in SUBJECTS else ""
    return render(request, "registry/history.html", {"patient": patient, "page": page, "filters": filters})


def _changes(patient: Any, entries: list[AuditEntry]) -> list[dict[str, Any]]:
    """Return the entries with their people, reasons, and the cells that each changed."""
    told = {one.seq: one for one in History.objects.filter(patient=patient.pk)}
    people = {f"person {one.pk}": one.name for one in Person.objects.all()}
    return [
        {
            "entry": one,
            "table": SUBJECTS[one.subject],
            "who": people.get(one.actor, one.actor),
            "reason": told[one.seq].reason if one.seq in told else "",
            "cells": _cells(patient, one, told),
        }
        for one in entries
    ]


def _cells(patient: Any, entry: AuditEntry, told: dict[int, History]) -> list[tuple[Any, str | None, str | None]]:
    """Return column, former and later content of the cells that an entry changed."""
    before = _content(entry, told[entry.seq]) if entry.act != "insert" and entry.seq in told else {}
    after = {} if entry.act == "delete" else _after(patient, entry, told)
    return [
        (label, before.get(name), after.get(name))
        for name, label in _columns(entry.subject)
        if (before.get(name) or "") != (after.get(name) or "")  # an empty cell and none look the same here
    ]


def _columns(subject: str) -> list[tuple[str, Any]]:
    if subject == TREATING:
        return [("clinician_id", SUBJECTS[TREATING])]
    return [(name, COLUMN_LABELS[name]) for name in stored_columns(TABLES_BY_SUBJECT[subject])]


def _after(patient: Any, entry: AuditEntry, told: dict[int, History]) -> dict[str, str]:
    """Return what a row said after an entry: what the next change found, or else what it says now."""
    later = AuditEntry.objects.filter(
        patient=patient.pk, subject=entry.subject, subject_key=entry.subject_key, seq__gt=entry.seq
    ).order_by("seq").first()  # fmt: skip
    if later is not None and later.seq in told:
        return _content(entry, told[later.seq])
    model: Any = TreatingClinician if entry.subject == TREATING else MODELS[TABLES_BY_SUBJECT[entry.subject]]
    row = model.objects.filter(pk=entry.subject_key).first()
    now = {} if row is None else {name: getattr(row, name) for name, _label in _columns(entry.subject)}
    return _in_words(entry, now)


def _content(entry: AuditEntry, kept: History) -> dict[str, str]:
    return _in_words(entry, json.loads(kept.content) if kept.content else {})


def _in_words(entry: AuditEntry, cells: dict[str, Any]) -> dict[str, str]:
    """Return what a row said, a clinician by name: nobody named is said, as it is no empty cell."""
    if entry.subject != TREATING or "clinician_id" not in cells:
        return cells
    person = Person.objects.filter(pk=cells["clinician_id"]).first()
    return {"clinician_id": called(person, [] if person is None else [person])}
