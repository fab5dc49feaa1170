"""Rows of an import that wait: corrected in place and taken in, or let go."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hepatica.registry.access.needs import needs, seen
from hepatica.registry.entry.checking import judge, judge_new_patient
from hepatica.registry.entry.forms import RowForm, suggestions
from hepatica.registry.entry.labels import TABLE_LABELS
from hepatica.registry.models import Patient, WaitingRow
from hepatica.registry.writing import add_many

PERMISSION = "imports.run"


@needs(PERMISSION)
def waiting_row(request: HttpRequest, waiting: int) -> HttpResponse:
    """Show a row that waits as a form; take it in once a patient is found for it, or let it go."""
    centres = request.asking.centres(PERMISSION)
    row: Any = WaitingRow.objects.filter(pk=waiting, brought_by__centre__in=centres).first()
    if row is None:
        raise Http404
    form = RowForm(row.table, request.POST or None, initial=row.cells, pseudonym=True)
    if request.method == "POST" and ("discard" in request.POST or (form.is_valid() and _taken_in(row, form))):
        row.delete()
        return redirect("import", import_number=row.brought_by_id)
    seen(request, "waiting row")
    shown = {
        "form": form, "row": row, "label": TABLE_LABELS[row.table], "lists": suggestions(), "text": row.cells.get("")
    }  # fmt: skip
    return render(request, "registry/waiting_row.html", shown, status=400 if form.errors else 200)


def _taken_in(row: Any, form: RowForm) -> bool:
    """Take the row in with its file and line; False where the form now says why not."""
    cells, centre = form.cells, row.brought_by.centre
    pseudonym = cells["patient_id"].strip()
    if row.table == "patients":
        return form.accepts(judge_new_patient(centre, cells)) and _added(row, form, cells, pseudonym)
    patient = Patient.objects.filter(centre=centre, patient_id=pseudonym).first()
    if patient is None:
        form.add_error("patient_id", _("No patient with this pseudonym is at this centre."))
        return False
    return form.accepts(judge(row.table, patient, cells)) and _added(row, form, cells, patient.pk)


def _added(row: Any, form: RowForm, cells: dict[str, str], whose: Any) -> bool:
    try:
        with transaction.atomic():
            add_many(
                row.table, [{**cells, "patient_id": whose, "line": row.line}], brought_by=row.brought_by, file=row.file
            )
    except IntegrityError:
        form.add_error("patient_id", _("A patient with this pseudonym is at this centre already: correct that row."))
        return False
    return True
