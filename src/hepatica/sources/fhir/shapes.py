"""Looking into a resource without trusting its shape: what is not as FHIR has it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

Resource = dict[str, Any]
LONGEST_TEXT = 100_000  # longer text is no code, no result, and no detail of an event


def inside(value: Any, *steps: str) -> Any:
    """Return what lies under a chain of names; None where a step is missing or of another shape."""
    for step in steps:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def text(value: Any, *steps: str) -> str | None:
    """Return a non-empty text under a chain of names; None for anything else, numbers included."""
    for step in steps:
        if type(value) is not dict:
            return None
        value = value.get(step)
    if type(value) is not str or len(value) > LONGEST_TEXT:  # a Number is no plain str
        return None
    return value.strip() or None


def number(value: Any, *steps: str) -> str | None:
    """Return a number under a chain of names as it was written; text that stands for one is taken as it is."""
    found = inside(value, *steps)
    if not isinstance(found, str) or len(found) > LONGEST_TEXT:
        return None
    return str(found).strip() or None


def decimal(value: Any, *steps: str) -> Decimal | None:
    """Return a number under a chain of names to compute with; None if it is none, or beyond all measure."""
    found = number(value, *steps)
    try:
        read = Decimal(found) if found is not None and len(found) < 40 else None
    except InvalidOperation:
        return None
    return read if read is not None and read.is_finite() and abs(read.adjusted()) < 20 else None


def items(value: Any, *steps: str) -> Iterator[Resource]:
    """Yield the objects of a list under a chain of names."""
    found = inside(value, *steps)
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def codings(concept: Any) -> Iterator[tuple[str, str]]:
    """Yield system and code of a CodeableConcept's codings that have both."""
    for coding in items(concept, "coding"):
        system, code = text(coding, "system"), text(coding, "code")
        if system is not None and code is not None:
            yield system, code


def words(concept: Any) -> Iterator[str]:
    """Yield what a CodeableConcept says in words: its text first, then its codings' displays."""
    said = text(concept, "text")
    if said is not None:
        yield said
    for coding in items(concept, "coding"):
        if (display := text(coding, "display")) is not None:
            yield display


def extension(element: Any, url: str) -> Resource | None:
    """Return an element's extension with this url; None without one."""
    return next((one for one in items(element, "extension") if one.get("url") == url), None)


def extended_text(element: Any, url: str) -> str | None:
    """Return the text or code that an extension carries."""
    found = extension(element, url)
    return text(found, "valueString") or text(found, "valueCode")


def day(resource: Resource, *names: str) -> str | None:
    """Return the first date of a resource under these names: a dateTime, or the start of a Period."""
    for name in names:
        found = resource.get(name)
        if (said := text(found, "start") if isinstance(found, dict) else text(resource, name)) is not None:
            return said
    return None
