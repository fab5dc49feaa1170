"""A result as FHIR says it (quantity, text, code, ratio), its unit, and its limits, as text for the record."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from hepatica.sources.fhir.codes import agreed, answer
from hepatica.sources.fhir.shapes import Resource, codings, items, number, text, words
from hepatica.vocabulary import unit_conversions, unit_spelling

UCUM = "http://unitsofmeasure.org"
_RANGE = re.compile(r"^\s*([0-9.]+)\s*(?:-|–|—|to|bis)\s*([0-9.]+)\s*$")
_UPPER = re.compile(r"^\s*(?:<=?|≤|up to|bis)\s*([0-9.]+)\s*$")
_LOWER = re.compile(r"^\s*(?:>=?|≥)\s*([0-9.]+)\s*$")
_NORMAL = "normal"
# What our own export says of an upper limit that was there and could not be used.
UNUSABLE = "upper limit not usable"


def result(element: Resource) -> tuple[str, str | None] | None:
    """Return value and unit of an Observation or component; None if it has no value that can be a result."""
    quantity = element.get("valueQuantity")
    if isinstance(quantity, dict) and (value := number(quantity, "value")) is not None:
        return (text(quantity, "comparator") or "") + value, unit(quantity)
    if (said := text(element, "valueString")) is not None:
        return said, None
    if (whole := number(element, "valueInteger")) is not None:
        return whole, None
    if isinstance(element.get("valueCodeableConcept"), dict):
        return _coded(element)
    return _ratio(element) or _interpreted(element)


def unit(quantity: Resource) -> str | None:
    """Return a quantity's unit: its UCUM code, unless only the printed unit is one that laboratories are known by."""
    code = text(quantity, "code") if quantity.get("system") == UCUM else None
    printed = text(quantity, "unit")
    if code is None:
        return printed or text(quantity, "code")
    if printed is not None and not _is_known(code) and _is_known(printed):
        return printed
    return code


@cache
def _spellings() -> frozenset[str]:
    return frozenset(unit_conversions()["spelling"])


@cache
def _is_known(spelt: str) -> bool:
    return pl.select(unit_spelling(pl.lit(spelt))).item() in _spellings()


def _coded(element: Resource) -> tuple[str, None] | None:
    concept = element["valueCodeableConcept"]
    said = answer(concept, "answers") or next(words(concept), None)
    return None if said is None else (said, None)


def _ratio(element: Resource) -> tuple[str, None] | None:
    """Return a titre that is written as a ratio, 1:80."""
    ratio = element.get("valueRatio")
    one, titre = number(ratio, "numerator", "value"), number(ratio, "denominator", "value")
    if one is None or titre is None or one.rstrip("0").rstrip(".") != "1":
        return None
    sign = text(ratio, "denominator", "comparator") or ""
    return f"{sign}1:{titre}", None


def _interpreted(element: Resource) -> tuple[str, None] | None:
    """Return positive or negative where the interpretation is all there is."""
    known = agreed("interpretations")
    codes = [code for concept in items(element, "interpretation") for _, code in codings(concept)]
    found = {known[code] for code in codes if code in known}
    return (found.pop(), None) if len(found) == 1 else None


def absent_reason(element: Resource) -> str | None:
    """Return why there is no value, as the sender codes it."""
    reason = element.get("dataAbsentReason")
    return next((code for _, code in codings(reason)), None) or next(words(reason), None)


def limits(element: Resource, of_unit: str | None) -> tuple[str | None, str | None]:
    """Return lower and upper reference limit in the result's unit; text that is no number where they cannot be used.

    A limit that is there and cannot be used (several ranges, another unit) is not replaced by another laboratory's.
    """
    ranges = [one for one in items(element, "referenceRange") if _is_normal(one)]
    if not ranges:
        return None, None
    if len(ranges) > 1:
        return None, f"{len(ranges)} reference ranges"
    low, high = ranges[0].get("low"), ranges[0].get("high")
    said = text(ranges[0], "text")
    if isinstance(low, dict) or isinstance(high, dict):
        upper = said if said == UNUSABLE else _in_unit(high, of_unit)
        return _in_unit(low, of_unit), upper
    return _printed(said)


def _is_normal(one: Resource) -> bool:
    kind = [code for _, code in codings(one.get("type"))]
    return not kind or _NORMAL in kind


def _in_unit(limit: object, of_unit: str | None) -> str | None:
    if not isinstance(limit, dict) or (value := number(limit, "value")) is None:
        return None
    own = unit(limit)
    return value if own is None or own == of_unit else f"{value} {own}"


def _printed(said: str | None) -> tuple[str | None, str | None]:
    """Return the limits that a range in words says: 7-56, < 34."""
    if said is None:
        return None, None
    if both := _RANGE.match(said):
        return both[1], both[2]
    if upper := _UPPER.match(said):
        return None, upper[1]
    if lower := _LOWER.match(said):
        return lower[1], None
    return None, said
