"""The work list as it is asked for, by the page and by the interface alike: of a centre, kind, protocol, clinician."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from hepatica.registry.engine.freshness import Current, current
from hepatica.registry.models import Centre, DerivedItem, Person
from hepatica.registry.treating import treated_by

FILTERS = ("centre", "kind", "protocol", "clinician")


def asked_items(
    centres: Iterable[Centre], asked: Mapping[str, str], reader: Person
) -> tuple[list[Current], QuerySet[Any]]:
    """Return the lists of the centres that are asked for as they stand, and their items, the most urgent first.

    An empty filter means all; one that fits nothing, a misspelled one too, gives no item, never all of them.
    """
    wanted = [one for one in centres if asked["centre"] in ("", one.code) and asked["protocol"] in ("", one.protocol)]
    found = [current(centre) for centre in wanted]
    items = DerivedItem.objects.filter(basis__in=[one.shown.pk for one in found if one.shown is not None])
    if asked["kind"]:
        items = items.filter(kind=asked["kind"])
    return found, treated_by(items, asked["clinician"], reader).order_by("urgency", "nearness", "pk")
