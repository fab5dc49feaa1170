"""Measurements as FHIR Observations: LOINC where a code fits, UCUM, comparator, reference range."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from hepatica.interop.fhir.shapes import LOINC, SNOMED, Resource, Written, concept, own, quantity, status
from hepatica.sources.fhir.codes import agreed
from hepatica.sources.fhir.results import UNUSABLE
from hepatica.vocabulary import analytes

_NUMBER = re.compile(r"^(<=|>=|<|>)?([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)$")
_ANSWERS = {"positive": (SNOMED, "10828004"), "negative": (SNOMED, "260385009")}


def write_result(written: Written, row: Mapping[str, Any]) -> None:
    """Add the Observation of a result."""
    analyte = row["analyte"]
    as_number = _NUMBER.match(row["value"]) if row["unit"] is not None else None
    written.add(
        "Observation",
        status="final",
        category=[status("observation-category", _category(analyte))],
        code=_code(row, is_number=as_number is not None),
        effectiveDateTime=_day(row["date"]),
        referenceRange=_limits(row),
        **_value(row, as_number),
    )


def _day(day: date) -> str:
    return day.isoformat()


def _category(analyte: str) -> str:
    if analyte in agreed("vital_signs"):
        return "vital-signs"
    return "imaging" if analyte in agreed("imaging") else "laboratory"


def _code(row: Mapping[str, Any], *, is_number: bool) -> Resource:
    one = analytes()[row["analyte"]]
    loinc = _loinc(row, is_number=is_number)
    public = [(LOINC, loinc)] if loinc is not None else []
    return concept(*public, own("analyte", one.code), text=one.name)


def _loinc(row: Mapping[str, Any], *, is_number: bool) -> str | None:
    """Return the LOINC code that says what this result is; None where no code that is established does."""
    one = analytes()[row["analyte"]]
    if not is_number:
        found = agreed("presence_codes" if row["value"] in _ANSWERS else "titre_codes").get(one.code)
        return str(found) if found is not None else None
    if one.kind != "quantity" or row["unit"] != one.units[0]:
        return None
    found = agreed("molar_codes").get(one.code) or next(iter(one.loinc), None)
    return str(found) if found is not None else None


def _value(row: Mapping[str, Any], as_number: re.Match[str] | None) -> Resource:
    if as_number is not None:
        return {"valueQuantity": quantity(float(as_number[2]), row["unit"], as_number[1])}
    if row["value"] in _ANSWERS:
        return {"valueCodeableConcept": concept(_ANSWERS[row["value"]], text=row["value"])}
    return {"valueString": row["value"]}


def _limits(row: Mapping[str, Any]) -> list[Resource]:
    """Return the laboratory's limits; one that was there and could not be used is said in words."""
    made: Resource = {}
    for name, limit in (("low", row["lower_limit"]), ("high", row["upper_limit"])):
        if limit is not None and not math.isnan(limit):
            made[name] = quantity(limit, row["unit"] if row["unit"] is not None else "1")
    if row["upper_limit"] is not None and math.isnan(row["upper_limit"]):
        made["text"] = UNUSABLE
    return [made] if made else []
