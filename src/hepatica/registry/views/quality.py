"""Data quality across centres, for the data manager: counts from the kept states, and no patient."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext

from hepatica.registry.access.needs import needs, seen
from hepatica.registry.engine.completeness import ASKED, ASSESSABLE, ENDPOINT, lacks
from hepatica.registry.engine.freshness import current
from hepatica.registry.models import Basis, Centre, DerivedItem, DerivedState
from hepatica.registry.views.surroundings import any_invented
from hepatica.registry.views.worklist import KIND_WORDS
from hepatica.report.wording import percent

Row = tuple[str | Promise, str, str]


@dataclass(frozen=True)
class CentreQuality:
    """How complete a centre's data are, as of when, and how much is open there.

    `rows` are words with their counts, and what a query about them would be about.
    """

    centre: Centre
    as_of: date | None
    behind: int
    patients: int
    unusable: int
    rows: list[Row]


@needs("quality.read")
def quality(request: HttpRequest) -> HttpResponse:
    """Show what is known, assessable, and open at each centre."""
    found = [_of_centre(centre) for centre in request.asking.centres("quality.read")]
    seen(request, "quality")
    shown = {
        "found": found,
        "may_ask": request.asking.may("queries.raise"),
        "synthetic": any_invented(request.asking.patients("quality.read")),
    }
    return render(request, "registry/quality.html", shown)


def _of_centre(centre: Centre) -> CentreQuality:
    now = current(centre)
    texts = list(DerivedState.objects.filter(basis=now.shown).values_list("state", flat=True)) if now.shown else []
    # A patient whose own row cannot be used has no state.
    states = [json.loads(text) for text in texts if text]
    rows: list[Row] = [(words, _known(states, column), column) for column, words in ASKED.items()]
    rows.append((ASSESSABLE, _assessable(states), ENDPOINT))
    return CentreQuality(
        centre=centre,
        as_of=now.shown.as_of if now.shown else None,
        behind=now.behind,
        patients=len(texts),
        unusable=len(texts) - len(states),
        rows=[*rows, *_open(now.shown)],
    )


def _open(basis: Basis | None) -> list[Row]:
    """Return how many items of each kind stand on a work list; those of advice are not for data managers."""
    items = DerivedItem.objects.filter(basis=basis).values_list("kind").annotate(Count("pk"))
    counts = dict(items.values_list("kind", "pk__count"))
    return [(words, _counted(counts.get(kind, 0)), "") for kind, words in KIND_WORDS.items() if kind != "safety"]


def _known(states: list[dict[str, object]], column: str) -> str:
    known = sum(not lacks(state, column) for state in states)
    return _share(known, len(states))


def _assessable(states: list[dict[str, object]]) -> str:
    """Return of how many patients whose window is over the endpoint could be judged."""
    due = [state for state in states if state[ENDPOINT] not in ("not_applicable", "pending")]
    judged = sum(not lacks(state, ENDPOINT) for state in due)
    return _share(judged, len(due))


def _share(part: int, whole: int) -> str:
    """Return how many of how many, in the page's language."""
    told = {"part": _counted(part), "whole": _counted(whole), "percent": percent(part, whole)}
    return gettext("%(part)s of %(whole)s (%(percent)s)") % told


def _counted(number: int) -> str:
    return str(number_format(number, force_grouping=True))
