"""The work list, the first page: who needs something, why, and by when."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.needs import needs, seen
from hepatica.registry.engine.derived_cache import KINDS
from hepatica.registry.engine.freshness import Current, current
from hepatica.registry.models import DerivedItem
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
    asked = {name: request.GET.get(name, "") for name in ("centre", "kind", "protocol")}
    wanted = [one for one in centres if asked["centre"] in ("", one.code) and asked["protocol"] in ("", one.protocol)]
    found = [current(centre) for centre in wanted]
    page = _items(found, asked["kind"], request.GET.get("page", "1"))
    seen(request, "worklist")
    shown = {
        "page": page,
        "asked": asked,
        "centres": centres,
        "protocols": sorted({one.protocol for one in centres}),
        "kinds": [(kind, KIND_WORDS[kind]) for kind in KINDS],
        "days": sorted({one.shown.as_of for one in found if one.shown is not None}),
        "behind": [one for one in found if not one.current],
        "synthetic": any(is_synthetic(item.patient.patient_id) for item in page.object_list),
        "filters": "&".join(f"{name}={value}" for name, value in asked.items() if value),
    }
    part = "registry/worklist_items.html" if request.headers.get("HX-Request") else "registry/worklist.html"
    return render(request, part, shown)


def _items(found: list[Current], kind: str, number: str) -> Page[Any]:
    """Return a page of the items in the order of the work list."""
    bases = [one.shown.pk for one in found if one.shown is not None]
    items = DerivedItem.objects.filter(basis__in=bases)
    if kind:
        items = items.filter(kind=kind)
    ordered = items.order_by("urgency", "nearness", "pk").select_related("patient__centre")
    page = Paginator(ordered, ITEMS_A_PAGE).get_page(number)
    for item in page.object_list:
        item.kind_words = KIND_WORDS[item.kind]
    return page
