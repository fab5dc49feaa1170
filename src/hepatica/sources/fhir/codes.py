"""Codes of FHIR by their system: a code of one system is never matched as another's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from hepatica.sources.fhir.shapes import codings


@cache
def agreed(name: str) -> Any:
    """Return one part of what is agreed for FHIR (`fhir.yaml`)."""
    return _document()[name]


@cache
def _document() -> dict[str, Any]:
    text = (files(__package__) / "fhir.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def keys(concept: Any) -> Iterator[str]:
    """Yield a CodeableConcept's codes with the vocabulary's word for their system: `loinc:1742-6`, `icd10cm:K75.4`.

    A code whose system is not known to us is written `system|code`.
    """
    systems = agreed("systems")
    for system, code in codings(concept):
        known = systems.get(system)
        yield f"{system}|{code}" if known is None else f"{known}:{code}"


def own_code(concept: Any, kind: str) -> str | None:
    """Return our own code of a kind (`analyte`) if the concept has one."""
    wanted = agreed("own")[kind]
    return next((code for system, code in codings(concept) if system == wanted), None)


def answer(concept: Any, part: str) -> str | None:
    """Return the word that one of a concept's codes stands for in a part of what is agreed (`answers`)."""
    known = agreed(part)
    return next((known[key]["word"] for key in keys(concept) if key in known), None)
