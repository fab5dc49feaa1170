"""The history of a patient's rows: who changed what, when, and why."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.entry.labels import COLUMN_LABELS, TABLE_LABELS
from hepatica.registry.models import MODELS, AuditEntry, History, Person, stored_columns

CHANGES_A_PAGE = 100
TABLES_BY_SUBJECT = {str(model._meta.model_name): table for table, model in MODELS.items()}


@needs("patients.read")
def history(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show every change of a patient's rows, the latest first; of one row, where one is named."""
    patient = patient_of(request, key)
    entries = AuditEntry.objects.filter(patient=patient.pk, subject__in=TABLES_BY_SUBJECT).order_by("-seq")
    subject, number = request.GET.get("what", ""), request.GET.get("row", "")
    if subject in TABLES_BY_SUBJECT and number.isdecimal():
        entries = entries.filter(subject=subject, subject_key=number)
    page = Paginator(entries, CHANGES_A_PAGE).get_page(request.GET.get("page", "1"))
    page.object_list = _changes(patient, list(page.object_list))
    seen(request, "history", patient=patient.pk)
    filters = f"what={subject}&row={number}" if number.isdecimal() and subject in TABLES_BY_SUBJECT else ""
    return render(request, "registry/history.html", {"patient": patient, "page": page, "filters": filters})


def _changes(patient: Any, entries: list[AuditEntry]) -> list[dict[str, Any]]:
    """Return the entries with their people, reasons, and the cells that each changed."""
    told = {one.seq: one for one in History.objects.filter(patient=patient.pk)}
    people = {f"person {one.pk}": one.name for one in Person.objects.all()}
    return [
        {
            "entry": one,
            "table": TABLE_LABELS[TABLES_BY_SUBJECT[one.subject]],
            "who": people.get(one.actor, one.actor),
            "reason": told[one.seq].reason if one.seq in told else "",
            "cells": _cells(patient, one, told),
        }
        for one in entries
    ]


def _cells(patient: Any, entry: AuditEntry, told: dict[int, History]) -> list[tuple[Any, str | None, str | None]]:
    """Return column, former and later content of the cells that an entry changed."""
    table = TABLES_BY_SUBJECT[entry.subject]
    before = _content(told[entry.seq]) if entry.act != "insert" and entry.seq in told else {}
    after = {} if entry.act == "delete" else _after(patient, entry, told)
    return [
        (COLUMN_LABELS[name], before.get(name), after.get(name))
        for name in stored_columns(table)
        if (before.get(name) or "") != (after.get(name) or "")  # an empty cell and none look the same here
    ]


def _after(patient: Any, entry: AuditEntry, told: dict[int, History]) -> dict[str, str]:
    """Return what a row said after an entry: what the next change found, or else what it says now."""
    later = AuditEntry.objects.filter(
        patient=patient.pk, subject=entry.subject, subject_key=entry.subject_key, seq__gt=entry.seq
    ).order_by("seq").first()  # fmt: skip
    if later is not None and later.seq in told:
        return _content(told[later.seq])
    row = MODELS[TABLES_BY_SUBJECT[entry.subject]].objects.filter(pk=entry.subject_key).first()
    return {} if row is None else {name: getattr(row, name) for name in stored_columns(row.table)}


def _content(kept: History) -> dict[str, str]:
    content: dict[str, str] = json.loads(kept.content) if kept.content else {}
    return content
