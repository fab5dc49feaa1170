"""The work list, the first page: who needs something, why, and by when."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.needs import needs, seen
from hepatica.registry.engine.derived_cache import KINDS
from hepatica.registry.entry.series import entry_address, needed_by, saved_by
from hepatica.registry.listing import FILTERS, asked_items
from hepatica.registry.models import DerivedItem
from hepatica.registry.treating import clinicians_of, who_treat
from hepatica.synthetic import is_synthetic

ITEMS_A_PAGE = 50
KIND_WORDS = {
    "safety": _("Safety"),
    "endpoint": _("Endpoint still to be saved"),
    "overdue": _("Overdue"),
    "retrieve": _("Old result to retrieve"),
}


@needs("patients.read")
def worklist(request: HttpRequest) -> HttpResponse:
    """Show the work items of the reader's centres, the most urgent first; a filter narrows them."""
    centres = list(request.asking.centres("patients.read"))
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    found, items = asked_items(centres, asked, request.user)
    page = _page(items, request.GET.get("page", "1"))
    filters = {name: value for name, value in asked.items() if value}
    _where_entered(request, page, {**filters, **({"page": page.number} if page.number > 1 else {})})
    saved = saved_by(request)
    seen(request, "worklist", patient=None if saved is None else saved.patient.pk)
    shown = {
        "page": page,
        "asked": asked,
        "centres": centres,
        "protocols": sorted({one.protocol for one in centres}),
        "kinds": [(kind, KIND_WORDS[kind]) for kind in KINDS],
        "clinicians": who_treat(centres),
        "reader_treats": clinicians_of(centres).filter(pk=request.user.pk).exists(),
        "days": sorted({one.shown.as_of for one in found if one.shown is not None}),
        "behind": [one for one in found if not one.current],
        "synthetic": any(is_synthetic(item.patient.patient_id) for item in page.object_list),
        "filters": urlencode(filters),
        "saved": saved,
    }
    part = "registry/worklist_items.html" if request.headers.get("HX-Request") else "registry/worklist.html"
    return render(request, part, shown)


def _where_entered(request: HttpRequest, page: Page[Any], filters: dict[str, Any]) -> None:
    """Put beside each item where its results are entered, for who may; from there the way leads back to this list."""
    for item in page.object_list:
        needed = needed_by(item.what) if request.asking.may("patients.enter", item.patient.centre_id) else ()
        item.entry = entry_address(item.patient, needed, urlencode(filters)) if needed else ""


def _page(items: QuerySet[DerivedItem], number: str) -> Page[Any]:
    """Return a page of items in the order of the work list."""
    page = Paginator(items.select_related("patient__centre"), ITEMS_A_PAGE).get_page(number)
    for item in page.object_list:
        item.kind_words = KIND_WORDS[item.kind]
    return page
