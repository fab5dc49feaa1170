"""A patient's page: where the patient stands, what is missing, the course, advice, and every data row."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import polars as pl
import vl_convert
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from hepatica.guidance.advice_text import EFFECT_WORDS, LEVEL_WORDS, open_safety, pressing
from hepatica.pictures import theme
from hepatica.record.tables import TABLES
from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.engine.patient_course import PatientCourse, patient_course
from hepatica.registry.entry.series import saved_by
from hepatica.registry.models import MODELS
from hepatica.registry.treating import named
from hepatica.registry.views.clinician import ClinicianForm
from hepatica.report.course_chart import chart_of
from hepatica.report.course_words import chart_description, standing, unknowns
from hepatica.report.page import VEGA_LITE, silent_spec
from hepatica.report.patient_page import work_table
from hepatica.synthetic import is_synthetic

SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
ANSWERED = ("stop", "act", "consider", "keep")


@needs("patients.read")
def patient(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show a patient of the reader's centres, as derived from the rows as they are now."""
    found = patient_of(request, key)
    course = patient_course(found)
    seen(request, "patient", patient=found.pk)
    shown: dict[str, Any] = {
        "patient": found,
        "synthetic": is_synthetic(course.patient_id),
        "used": course.used,
        "saved": saved_by(request),
        "treating": ClinicianForm(named(found)),
        "rows": [_data_rows(name, found, course) for name in TABLES],
        "problems": course.quarantine.to_dicts(),
        "warnings": course.warnings.to_dicts(),
        "may_enter": request.asking.may("patients.enter", found.centre_id),
        "may_identify": request.asking.may("identities.manage", found.centre_id),
        "may_consent": request.asking.may("consent.record", found.centre_id),
        "may_erase": request.asking.may("patients.erase", found.centre_id),
    }
    if course.known:
        shown |= _course(course)
        if request.asking.may("advice.read", found.centre_id):
            shown |= _advice(course)
    return render(request, "registry/patient.html", shown)


def _course(course: PatientCourse) -> dict[str, Any]:
    """Return the words and the picture of a course."""
    return {
        "standing": standing(course.view),
        "missing": unknowns(course.view),
        "work": work_table(course.tables["worklist"]),
        "milestones": course.milestones,
        "description": chart_description(course.view),
    }


def _spec(course: PatientCourse, width: int) -> dict[str, Any]:
    """Return the picture's specification."""
    return silent_spec(chart_of(course.view, width))


def _advice(course: PatientCourse) -> dict[str, Any]:
    """Return the advice by what there is to do; nothing where the installation has not accepted its notice."""
    told = course.advice
    if told is None:
        return {}
    return {
        "advice": told,
        "pressing": pressing(told),
        "open_safety": open_safety(told),
        "to_do": [entry for entry in told.questions if entry.level in ANSWERED],
        "nothing_to_do": [entry for entry in told.questions if entry.level == "none"],
        "open": [(entry, one) for entry in told.questions for one in entry.answers if one.outcome == "unknown"],
        "levels": LEVEL_WORDS,
        "effects": EFFECT_WORDS,
    }


def _data_rows(table: str, patient: Any, course: PatientCourse) -> dict[str, Any]:
    """Return a table's rows as they were written, each with its origin and whether the check set it aside."""
    columns = [name for name in TABLES[table].names if name not in ("patient_id", "centre")]
    model = MODELS[table]
    rows = [patient] if table == "patients" else list(
        model.objects.filter(patient=patient).select_related("entered_by").order_by(_order(columns), "pk")
    )  # fmt: skip
    aside = _set_aside(table, course.quarantine)
    return {
        "table": table,
        "columns": columns,
        "rows": [
            {
                "row": row,
                "cells": [getattr(row, name) for name in columns],
                "aside": aside.get(row.pk, ""),
            }
            for row in rows
        ],
    }


def _order(columns: list[str]) -> str:
    return "-date" if "date" in columns else "-start"


def _set_aside(table: str, quarantine: pl.DataFrame) -> dict[int, str]:
    """Return why rows of a table cannot be used, by their number, which ends a row's key."""
    own = (row for row in quarantine.iter_rows(named=True) if row["table"] == table)
    return {int(row["key"].rsplit(" ", 1)[1]): row["explanation"] for row in own}


@needs("patients.read")
def patient_chart(request: HttpRequest, key: UUID) -> HttpResponse:
    """Return the course as a picture's specification, as wide as a screen or (width=narrow) a phone."""
    found = patient_of(request, key)
    course = patient_course(found)
    seen(request, "chart", patient=found.pk)
    width = theme.NARROW if request.GET.get("width") == "narrow" else theme.WIDE
    return JsonResponse(_spec(course, width) if course.known else {})


@needs("patients.read")
def patient_picture(request: HttpRequest, key: UUID) -> HttpResponse:
    """Return the course as a still picture, for a browser without scripts and for documents."""
    found = patient_of(request, key)
    course = patient_course(found)
    seen(request, "picture", patient=found.pk)
    if not course.known:
        return HttpResponse(status=404)
    drawn = vl_convert.vegalite_to_svg(json.dumps(_spec(course, theme.WIDE)), vl_version=VEGA_LITE)
    response = HttpResponse(drawn, content_type="image/svg+xml")
    response["Content-Security-Policy"] = SVG_POLICY
    return response
