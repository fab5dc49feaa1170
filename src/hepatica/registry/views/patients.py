"""Finding a patient by the pseudonym."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hepatica.registry.access.needs import needs, seen
from hepatica.registry.views.identity import NameForm
from hepatica.synthetic import is_synthetic

PATIENTS_A_PAGE = 50


@needs("patients.read")
def patients(request: HttpRequest) -> HttpResponse:
    """List the patients of the reader's centres whose pseudonym contains what was typed."""
    wanted = request.GET.get("q", "").strip()
    found = request.asking.patients().order_by("patient_id", "pk")
    if wanted:
        found = found.filter(patient_id__icontains=wanted)
    page = Paginator(found, PATIENTS_A_PAGE).get_page(request.GET.get("page", "1"))
    seen(request, "patients")
    part = "registry/patients_found.html" if request.headers.get("HX-Request") else "registry/patients.html"
    shown = {
        "page": page,
        "wanted": wanted,
        "synthetic": any(is_synthetic(one.patient_id) for one in page),
        "form": NameForm() if request.asking.may("identities.manage") else None,
        "may_enter": request.asking.may("patients.enter"),
    }
    return render(request, part, shown)
