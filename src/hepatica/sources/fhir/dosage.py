"""The daily dose where amount and timing are stated, else unknown; and the route."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache

from hepatica.record.tables import TREATMENTS
from hepatica.record.words import plain, synonyms
from hepatica.sources.fhir.codes import agreed, keys
from hepatica.sources.fhir.shapes import Resource, codings, decimal, extended_text, inside, items, number, text, words

_PER_KG = "/kg"


@dataclass(frozen=True)
class Dose:
    """A dose in the record's words, amount and unit both None if unknown; `several` if there is more than one."""

    amount: str | None = None
    unit: str | None = None
    several: bool = False


def dosages(resource: Resource) -> list[Resource]:
    """Return the dosages of any kind of medication resource."""
    found = [*items(resource, "dosageInstruction"), *items(resource, "dosage")]
    single = resource.get("dosage")
    return [*found, single] if isinstance(single, dict) else found


def dose_of(resource: Resource) -> Dose:
    """Return the daily dose of a resource. What is dispensed or given once is no daily dose."""
    found = dosages(resource)
    if len(found) != 1:
        return Dose(several=len(found) > 1)
    own = extended_text(found[0], agreed("extensions")["dose_unit"])
    quantity = _quantity(found[0])
    if own is not None:  # written by us
        return Dose(number(quantity, "value"), own)
    if resource.get("resourceType") == "MedicationDispense":
        return Dose()
    amount, unit = _milligrams(quantity)
    if amount is None:
        return Dose()
    if resource.get("resourceType") == "MedicationAdministration":
        return Dose(_written(amount), unit) if unit == "mg/kg" else Dose()
    often = times_a_day(found[0])
    return Dose() if often is None else Dose(_written(amount * often), f"{unit}/day")


def _quantity(dosage: Resource) -> object:
    """Return the one amount of a dose: of a dosage, or of an administration."""
    rates = list(items(dosage, "doseAndRate"))
    if rates:
        return rates[0].get("doseQuantity") if len(rates) == 1 else None
    return dosage.get("dose")


def _milligrams(quantity: object) -> tuple[Decimal | None, str]:
    """Return an amount and whether it is mg or mg/kg; None for tablets, drops, and whatever else has no milligrams."""
    said = text(quantity, "code") or text(quantity, "unit") or ""
    amount, unit = decimal(quantity, "value"), said.removesuffix(_PER_KG)
    factor = agreed("milligrams").get(unit)
    if amount is None or factor is None:
        return None, ""
    return amount * Decimal(factor), "mg" if unit == said else "mg/kg"


def times_a_day(dosage: Resource) -> Decimal | None:
    """Return how often a day a dose is taken; None if it is not stated, or only when needed."""
    if dosage.get("asNeededBoolean") is True or dosage.get("asNeededCodeableConcept") is not None:
        return None
    timing = dosage.get("timing")
    repeat = inside(timing, "repeat")
    if not isinstance(repeat, dict) or not {"frequency", "period", "when", "dayOfWeek"} & set(repeat):
        codes = [code for _, code in codings(inside(timing, "code"))]
        known = agreed("per_day")
        return next((Decimal(known[code]) for code in codes if code in known), None)
    return _repeated(repeat)


def _repeated(repeat: Resource) -> Decimal | None:
    if {"frequencyMax", "periodMax", "count", "countMax"} & set(repeat):
        return None
    hours = agreed("hours_in").get(text(repeat, "periodUnit"))
    period = decimal(repeat, "period")
    often = decimal(repeat, "frequency") or Decimal(1)  # FHIR: absent means once
    if hours is None or not period or period <= 0:
        return None
    days = period * Decimal(hours) / 24
    listed = [repeat[name] for name in ("when", "dayOfWeek") if isinstance(repeat.get(name), list)]
    for one in listed:  # at each of these meals, on each of these days
        often *= len(one)
    # A dose once a fortnight is no daily dose, whatever it comes to per day.
    return often / days if days <= 1 or listed else None


def _written(amount: Decimal) -> str:
    with localcontext(prec=12):
        return f"{(+amount).normalize():f}"


def route_of(resource: Resource) -> str | None:
    """Return the route of a medication in the record's words; None if it is not stated, or not understood."""
    for dosage in dosages(resource):
        concept = dosage.get("route")
        for key in keys(concept):
            if key in agreed("routes"):
                return str(agreed("routes")[key]["route"])
        for system, code in codings(concept):
            if system in agreed("route_systems") and code in agreed("v3_routes"):
                return str(agreed("v3_routes")[code])
        said = next((_route_words()[plain(one)] for one in words(concept) if plain(one) in _route_words()), None)
        if said is not None:
            return said
    return None


@cache
def _route_words() -> dict[str, str]:
    return synonyms(next(column for column in TREATMENTS.columns if column.name == "route"))
