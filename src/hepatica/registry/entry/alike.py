"""Patients of a centre who may be the one that somebody is about to add: asked about, never decided."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from hepatica.registry.models import Centre, Patient

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOST_SHOWN = 10


def alike(centre: Centre, cells: Mapping[str, str]) -> list[Any]:
    """Return patients with the same pseudonym in another spelling, or born on the same day and not known to differ.

    A year of birth alone says too little; sex and day of diagnosis differ only where both are written.
    """
    told = Patient.objects.filter(centre=centre).order_by("pk")
    written = told.values_list("pk", "patient_id", "birth_date", "sex", "diagnosis_date")
    numbers = [
        number
        for number, pseudonym, *who in written.iterator()
        if _plain(pseudonym) == _plain(cells["patient_id"]) or _may_be(who, cells)
    ]
    return list(told.filter(pk__in=numbers[:MOST_SHOWN]))


def _plain(pseudonym: str) -> str:
    """Return a pseudonym without capitals, signs, and the zeros that fill a number up: SYN-0007 is syn 7."""
    letters = re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFKC", pseudonym).casefold())
    return " ".join(part.lstrip("0") or "0" if part.isdigit() else part for part in letters)


def _may_be(who: list[str], cells: Mapping[str, str]) -> bool:
    born, sex, diagnosed = (text.strip() for text in who)
    if not _DAY.fullmatch(born) or born != cells["birth_date"].strip():
        return False
    pairs = ((sex, cells["sex"]), (diagnosed, cells["diagnosis_date"].strip()))
    return all(here == there or not here or not there or "unknown" in (here, there) for here, there in pairs)
