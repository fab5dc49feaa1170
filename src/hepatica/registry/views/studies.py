"""Approved studies for researchers: patients who agreed, of centres that agreed, and only what may leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from hepatica.errors import UsageError
from hepatica.registry.access.needs import needs, seen
from hepatica.registry.engine.agreed_cohort import cohort_of_agreed
from hepatica.registry.engine.centre_cohort import LEAST, study_archive, study_report
from hepatica.registry.engine.kept_reports import Kept, Wanted, kept, key_of
from hepatica.registry.models import Purpose
from hepatica.registry.privacy.consent import consents
from hepatica.registry.views.cohort import STUDIES, not_possible, report


@needs("studies.run")
def studies(request: HttpRequest) -> HttpResponse:
    """Show which centres take part, to which purposes patients agreed, and the studies that can be run."""
    centres = list(request.asking.centres("studies.run").filter(agrees_to_studies=True))
    shown = {"centres": centres, "purposes": Purpose.objects.order_by("title"), "studies": STUDIES.items(),
             "least": LEAST}  # fmt: skip
    return render(request, "registry/studies.html", shown)


@needs("studies.run")
def study_of_agreed(request: HttpRequest, study: str) -> HttpResponse:
    """Return a study's report of the patients who agreed to a purpose; nothing in it is of fewer than five patients."""
    return _made(request, study, study_report, report)


@needs("studies.run")
def study_files(request: HttpRequest, study: str) -> HttpResponse:
    """Return the same result to take along: report, tables, numbers, and definition in one archive."""
    return _made(request, study, study_archive, _archive)


def _made(
    request: HttpRequest, study: str, make: Callable[..., Any], answer: Callable[[HttpRequest, Kept], HttpResponse]
) -> HttpResponse:
    """Make something of a study of those who agreed to the purpose that is asked for, and answer with it."""
    if study not in STUDIES:
        raise Http404("no such study")
    purpose = get_object_or_404(Purpose, code=request.GET.get("purpose", ""))
    centres = list(request.asking.centres("studies.run").filter(agrees_to_studies=True))
    patients = request.asking.patients("studies.run").filter(centre__in=centres)
    agreed = consents(patients, purpose).agreed
    seen(request, f"{make.__name__} {study} for {purpose.code}".replace("_", " "))
    if len(agreed) < LEAST:
        few = UsageError("the study", f"fewer than {LEAST} patients agreed to this purpose", "choose another purpose")
        return not_possible(request, few)
    wanted = Wanted(
        f"{make.__name__} {study} for {purpose.code}", key_of(centres, agreed), len(agreed),
        lambda: make(study, cohort_of_agreed(patients.filter(pk__in=agreed), purpose), leaves=True),
    )  # fmt: skip
    try:
        return answer(request, kept(wanted))
    except UsageError as refused:
        return not_possible(request, refused)


def _archive(request: HttpRequest, found: Kept) -> HttpResponse:
    if found.report is None:
        return report(request, found)
    answer = HttpResponse(found.report, content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="study.zip"'
    return answer
