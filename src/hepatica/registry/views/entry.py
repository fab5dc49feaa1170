"""Adding a patient; entering, correcting, and removing rows of the six tables."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hepatica.record.tables import TABLES
from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.entry.alike import alike
from hepatica.registry.entry.checking import judge, judge_new_patient
from hepatica.registry.entry.forms import CentreForm, ReasonForm, RowForm, suggestions
from hepatica.registry.entry.labels import COLUMN_LABELS, TABLE_LABELS
from hepatica.registry.entry.series import MEASUREMENTS, Saved, Series, onward, saved_by
from hepatica.registry.models import FACTS, MODELS, stored_columns
from hepatica.registry.writing import OverwriteError, add_patient, add_row, correct_row, remove_row

PERMISSION = "patients.enter"


@needs(PERMISSION)
def patient_new(request: HttpRequest) -> HttpResponse:
    """Add a patient to one of the centres where the reader may enter."""
    centres = request.asking.centres(PERMISSION)
    where, form = CentreForm(centres, request.POST or None), RowForm("patients", request.POST or None, pseudonym=True)
    here: list[Any] = []
    if request.method == "POST" and where.is_valid() and form.is_valid():
        centre = where.cleaned_data["centre"]
        here = [] if "another_person" in request.POST else alike(centre, form.cells)
        added = None if here else _added_patient(request, centre, form)
        if added is not None:
            return redirect("patient", key=added.key)
    for one in here:
        seen(request, "patient-new", patient=one.pk)
    wrong = bool(where.errors or form.errors or here)
    shown = {"where": where, "form": form, "alike": here, "lists": suggestions(), "one_centre": len(centres) == 1}
    return render(request, "registry/patient_new.html", shown, status=400 if wrong else 200)


def _added_patient(request: HttpRequest, centre: Any, form: RowForm) -> Any:
    """Return the patient, added; None where the form now says why not."""
    cells = form.cells
    if not form.accepts(judge_new_patient(centre, cells)):
        return None
    try:
        with transaction.atomic():
            return add_patient(centre, cells["patient_id"], cells, by=request.user)
    except IntegrityError:
        form.add_error("patient_id", _("A patient with this pseudonym is at this centre already."))
        return None


@needs(PERMISSION)
def row_new(request: HttpRequest, key: UUID, table: str) -> HttpResponse:
    """Enter a row about a patient."""
    patient = patient_of(request, key, PERMISSION)
    if table not in FACTS:
        raise Http404
    series, saved = Series.asked(request), saved_by(request)
    form = RowForm(table, request.POST or None, initial=_begun(series, saved) if table == MEASUREMENTS else {})
    if request.method == "POST" and form.is_valid() and form.accepts(judge(table, patient, form.cells)):
        row = add_row(table, patient, form.cells, by=request.user)
        rest = series.without(getattr(row, "analyte", ""))
        return redirect(onward(patient, table, row, rest, another="another" in request.POST))
    form.begin()
    return _page(request, patient, table, {"form": form, "series": series, "saved": saved}, wrong=bool(form.errors))


def _begun(series: Series, saved: Saved | None) -> dict[str, str]:
    """Return what the next measurement begins with: the analyte that is needed, and the day of the one before."""
    day = {"date": saved.row.date} if saved is not None and saved.table == MEASUREMENTS else {}
    return ({"analyte": series.needed[0]} if series.needed else {}) | day


@needs(PERMISSION)
def row_correct(request: HttpRequest, key: UUID, table: str, row: int) -> HttpResponse:
    """Correct a row with a reason; whoever was second is shown both versions, and nothing is overwritten."""
    patient = patient_of(request, key, PERMISSION)
    found = row_of(patient, table, row)
    written = {name: getattr(found, name) for name in stored_columns(table)}
    form = RowForm(table, request.POST or None, initial=written)
    why = ReasonForm(request.POST or None, initial={"version": found.version})
    shown = {"form": form, "why": why, "row": found}
    if request.method != "POST":
        return _page(request, patient, table, shown)
    if not (form.is_valid() and why.is_valid()) or not form.accepts(judge(table, patient, form.cells, row)):
        return _page(request, patient, table, shown, wrong=True)
    if form.cells == written:
        form.add_error(None, _("Nothing is different from what is saved."))
        return _page(request, patient, table, shown, wrong=True)
    try:
        correct_row(table, row, form.cells, **why.cleaned_data, by=request.user)
    except OverwriteError:
        return _overwritten(request, patient, table, shown)
    return redirect(_onward(request, patient))


def _overwritten(request: HttpRequest, patient: Any, table: str, shown: dict[str, Any]) -> HttpResponse:
    """Show what somebody else saved in between beside what this person wrote; saving again is a new decision."""
    now = row_of(patient, table, shown["row"].pk)
    mine = shown["form"].cells
    both = [
        (COLUMN_LABELS[name], getattr(now, name), mine[name]) for name in mine if getattr(now, name, "") != mine[name]
    ]
    again = ReasonForm(initial={"version": now.version, "reason": shown["why"].cleaned_data["reason"]})
    return _page(request, patient, table, {**shown, "why": again, "row": now, "both": both}, status=409)


@needs(PERMISSION)
def row_remove(request: HttpRequest, key: UUID, table: str, row: int) -> HttpResponse:
    """Remove a wrong row with a reason; what it said stays in the history."""
    patient = patient_of(request, key, PERMISSION)
    if table not in FACTS:
        raise Http404
    found = row_of(patient, table, row)
    why = ReasonForm(request.POST or None, initial={"version": found.version})
    shown = {"why": why, "row": found, "cells": _cells(table, found)}
    status = 200
    if request.method == "POST":
        if why.is_valid():
            try:
                remove_row(table, row, **why.cleaned_data)
            except OverwriteError:
                shown |= {"why": ReasonForm(initial={"version": found.version}), "changed": True}
                status = 409
            else:
                return redirect(_onward(request, patient))
        else:
            status = 400
    return _page(request, patient, table, shown, status=status, template="registry/row_remove.html")


@needs(PERMISSION)
def row_check(request: HttpRequest, key: UUID, table: str) -> HttpResponse:
    """Say what the check finds in the form's row as it stands: nothing is kept."""
    patient = patient_of(request, key, PERMISSION)
    if table not in TABLES:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = RowForm(table, request.POST)
    form.is_valid()
    number = request.POST.get("row", "")
    judgement = judge(table, patient, form.cells, int(number) if number.isdecimal() else None)
    seen(request, "check", patient=patient.pk)
    return render(request, "registry/row_check.html", {"judgement": judgement})


def row_of(patient: Any, table: str, row: int) -> Any:
    """Return a row of a table about this patient; 404 for any other."""
    if table not in MODELS:
        raise Http404
    own = {"pk": row} if table == "patients" else {"pk": row, "patient": patient}
    found = MODELS[table].objects.filter(**own).first()
    if found is None or (table == "patients" and row != patient.pk):
        raise Http404
    return found


def patient_address(patient: Any) -> str:
    """Return the address of a patient's page."""
    return reverse("patient", kwargs={"key": patient.key})


def _onward(request: HttpRequest, patient: Any) -> str:
    """Return where a correction leads: back to the import whose rows are being corrected, else to the patient."""
    number = request.GET.get("import", "")
    return reverse("import", args=[int(number)]) if number.isdecimal() else patient_address(patient)


def _cells(table: str, row: Any) -> list[tuple[Any, str]]:
    return [(COLUMN_LABELS[name], getattr(row, name)) for name in stored_columns(table)]


def _page(
    request: HttpRequest, patient: Any, table: str, shown: dict[str, Any], *,
    wrong: bool = False, status: int = 200, template: str = "registry/row.html",
) -> HttpResponse:  # fmt: skip
    shown = {**shown, "patient": patient, "table": table, "label": TABLE_LABELS[table], "lists": suggestions()}
    shown["row_subject"] = MODELS[table]._meta.model_name
    seen(request, "row", patient=patient.pk)
    return render(request, template, shown, status=400 if wrong else status)
