"""A centre's cohort: response, completeness, survival, practice; and the full report of each study."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hepatica.errors import UsageError
from hepatica.registry.access.needs import needs, seen
from hepatica.registry.engine.centre_cohort import cohort_of_centre, figures, study_report
from hepatica.registry.engine.freshness import current
from hepatica.registry.engine.kept_reports import Kept, Wanted, kept, key_of
from hepatica.registry.engine.standards import standards_of
from hepatica.registry.models import Centre, Patient

# The studies that read one centre's cohort as it is, without a question of the reader's own.
STUDIES = {
    "response": _("Response by line of therapy"),
    "prognosis": _("Prognosis"),
    "safety": _("Liver injury on a drug"),
}
# A report is a page of its own with its style inside, and no script.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@needs("cohort.read")
def cohort(request: HttpRequest) -> HttpResponse:
    """Show the figures of one of the reader's centres."""
    centres = list(request.asking.centres("cohort.read"))
    chosen = _chosen(centres, request.GET.get("centre", ""))
    found = _kept(chosen, "figures", lambda: figures(chosen))
    seen(request, "cohort")
    shown = {
        "centres": centres,
        "centre": chosen,
        "used": standards_of(chosen),
        "found": found,
        "studies": STUDIES.items(),
        "behind": current(chosen).behind,
    }
    part = "registry/cohort_figures.html" if request.headers.get("HX-Request") else "registry/cohort.html"
    return render(request, part, shown)


@needs("cohort.read")
def cohort_study(request: HttpRequest, study: str) -> HttpResponse:
    """Return the full report of a study of one of the reader's centres."""
    if study not in STUDIES:
        raise Http404("no such study")
    chosen = _chosen(list(request.asking.centres("cohort.read")), request.GET.get("centre", ""))
    seen(request, f"cohort study {study}")
    try:
        found = _kept(chosen, study, lambda: study_report(study, cohort_of_centre(chosen), leaves=False))
    except UsageError as refused:
        return not_possible(request, refused)
    return report(request, found)


def _chosen(centres: list[Centre], code: str) -> Centre:
    """Return the centre that is asked for, else the first; 404 for one that the reader has no part in."""
    for one in centres:
        if code in ("", one.code):
            return one
    raise Http404("no such centre")


def _kept(centre: Centre, name: str, make: Any) -> Kept:
    patients = list(Patient.objects.filter(centre=centre).values_list("pk", flat=True))
    return kept(Wanted(f"{name} of centre {centre.pk}", key_of([centre], patients), len(patients), make))


def report(request: HttpRequest, found: Kept) -> HttpResponse:
    """Return a study's report, or the page that waits for it."""
    if found.report is None:
        return render(request, "registry/report_waits.html", {"found": found}, status=500 if found.failed else 202)
    response = HttpResponse(found.report)
    response["Content-Security-Policy"] = REPORT_POLICY
    return response


def not_possible(request: HttpRequest, refused: UsageError) -> HttpResponse:
    """Say why a study cannot be made of these patients."""
    return render(request, "registry/report_refused.html", {"refused": refused}, status=422)
