"""References: urn:uuid, relative, absolute, with a version, contained; each as the keys it can be looked up by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hepatica.sources.fhir.shapes import Resource, inside, items, text

_VERSION = re.compile(r"/_history/[^/]*$")
_RELATIVE = re.compile(r"^[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}$")
_ABSOLUTE = re.compile(r"^(https?://.+)/([A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64})$")


@dataclass(frozen=True)
class Place:
    """Where a resource stands: its own key, the server that it is of, and all keys under which it can be found."""

    key: str | None
    base: str
    keys: tuple[str, ...]


def place_of(resource: Resource, full_url: str | None) -> Place:
    """Return where a resource stands; `key` is `Observation/abc`, else its fullUrl, else None."""
    kind, own = text(resource, "resourceType"), text(resource, "id")
    relative = f"{kind}/{own}" if kind and own else None
    url = _VERSION.sub("", full_url) if full_url else None
    absolute = _ABSOLUTE.match(url) if url else None
    base = absolute[1] if absolute else ""
    keys = tuple(dict.fromkeys(one for one in (url, relative) if one))
    return Place(relative or (absolute[2] if absolute else url), base, keys)


def keys_of(reference: Any, base: str = "") -> tuple[str | None, str | None]:
    """Return the two keys by which a reference is looked up, the exact one first; None, None if it has neither.

    A relative reference belongs to the server of the resource that makes it; an absolute one may be to a server whose
    resources stand here without their addresses. A reference by identifier is looked up by that.
    """
    said = text(reference, "reference")
    if said is None:
        return _identified(inside(reference, "identifier")), None
    said = _VERSION.sub("", said)
    absolute = _ABSOLUTE.match(said)
    if absolute:
        return said, absolute[2]
    if _RELATIVE.match(said):
        return (f"{base}/{said}", said) if base else (said, None)
    return said, None


def identifier_keys(resource: Resource) -> list[str]:
    """Return the keys under which a resource's business identifiers are looked up."""
    return [key for one in items(resource, "identifier") if (key := _identified(one)) is not None]


def _identified(identifier: Any) -> str | None:
    value = text(identifier, "value")
    return None if value is None else f"identifier:{text(identifier, 'system') or ''}|{value}"


def contained(resource: Resource, reference: Any) -> Resource | None:
    """Return the resource that a reference `#id` finds inside its own resource; None for any other reference."""
    said = text(reference, "reference")
    if said is None or not said.startswith("#"):
        return None
    return next((one for one in items(resource, "contained") if text(one, "id") == said[1:]), None)


def reference_type(reference: Any) -> str | None:
    """Return the type of resource that a reference says it leads to, if it says so."""
    said = text(reference, "reference") or ""
    found = re.search(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.\-]{1,64}$", _VERSION.sub("", said))
    return found[1] if found else text(reference, "type")
