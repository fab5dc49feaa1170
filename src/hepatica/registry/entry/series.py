"""Entering results one after the other: which are needed, what was saved just now, and where the list waits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from hepatica.registry.entry.checking import Judgement, judge
from hepatica.registry.entry.labels import TABLE_LABELS
from hepatica.registry.models import MODELS, stored_columns
from hepatica.vocabulary import analyte_codes, analytes

MEASUREMENTS = "measurements"
# What a work item asks for: "ALT and IgG", "LEUKOCYTES, PLATELETS".
_PAUSE = re.compile(r", | and ")
_SAVED = re.compile(r"([0-9a-f-]{36})/([a-z]+)/(\d{1,18})")


@dataclass(frozen=True)
class Saved:
    """A row that was saved just now, as it stands, with what is odd about it."""

    patient: Any
    table: str
    label: Any
    row: Any
    judgement: Judgement

    @property
    def cells(self) -> list[str]:
        """Return what the row says, without the cells that are empty."""
        written = (getattr(self.row, name) for name in stored_columns(self.table) if name != "patient_id")
        return [cell for cell in written if cell]


@dataclass(frozen=True)
class Series:
    """Which analytes are still to be entered of a patient, and the filters of the work list that waits, if one does."""

    needed: tuple[str, ...] = ()
    list_filters: str | None = None

    @classmethod
    def asked(cls, request: HttpRequest) -> Series:
        """Return the series of an address; a word that is no analyte is no part of it."""
        needed = (code for code in request.GET.get("need", "").split(",") if code in analytes())
        return cls(tuple(dict.fromkeys(needed)), request.GET.get("list"))

    def without(self, written: str) -> Series:
        """Return the series once an analyte was entered, under whatever name it was written."""
        entered = _codes().get(written.strip().lower())
        return Series(tuple(code for code in self.needed if code != entered), self.list_filters)

    @property
    def query(self) -> dict[str, str]:
        """Return the series as the parameters of an address."""
        waits = {} if self.list_filters is None else {"list": self.list_filters}
        return ({"need": ",".join(self.needed)} if self.needed else {}) | waits


def needed_by(what: str) -> tuple[str, ...]:
    """Return the analytes that a work item asks for; none where it asks for anything that is no analyte."""
    codes = [_codes().get(one.strip().lower()) for one in _PAUSE.split(what)]
    return tuple(code for code in codes if code is not None) if None not in codes else ()


def entry_address(patient: Any, needed: Iterable[str], list_filters: str) -> str:
    """Return the address at which the results that a work item asks for are entered, and which leads back to it."""
    query = Series(tuple(needed), list_filters).query
    return f"{reverse('row-new', args=[patient.key, MEASUREMENTS])}?{urlencode(query)}"


def onward(patient: Any, table: str, row: Any, series: Series, *, another: bool) -> str:
    """Return where a row that was just saved leads: to the next one, back to the work list, or to the patient."""
    query = {"saved": f"{patient.key}/{table}/{row.pk}"}
    if another:
        return f"{reverse('row-new', args=[patient.key, table])}?{urlencode({**series.query, **query})}"
    if series.list_filters is not None:
        filters = QueryDict(series.list_filters, mutable=True)
        filters.update(query)
        return f"{reverse('worklist')}?{filters.urlencode()}"
    return f"{reverse('patient', args=[patient.key])}?{urlencode(query)}"


def saved_by(request: HttpRequest) -> Saved | None:
    """Return the row that the address says was saved, of a patient whom the reader may enter; else nothing."""
    told = _SAVED.fullmatch(request.GET.get("saved", ""))
    if told is None or told[2] not in MODELS:
        return None
    patient = request.asking.patients("patients.enter").filter(key=UUID(told[1])).first()  # type: ignore[attr-defined]
    own = {"pk": int(told[3])} if told[2] == "patients" else {"pk": int(told[3]), "patient": patient}
    row = None if patient is None else MODELS[told[2]].objects.filter(**own).first()
    if row is None or (told[2] == "patients" and row.pk != patient.pk):
        return None
    cells = {name: getattr(row, name) for name in stored_columns(told[2])}
    return Saved(patient, told[2], TABLE_LABELS[told[2]], row, judge(told[2], patient, cells, row.pk))


@cache
def _codes() -> dict[str, str]:
    return dict(analyte_codes().select("key", "analyte").iter_rows())
