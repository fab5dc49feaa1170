"""Observations: laboratory results and body measures; biopsies, genotypes, and events where they are coded as such."""

from __future__ import annotations

from functools import cache

from hepatica.sources.fhir import genetics
from hepatica.sources.fhir.codes import agreed, answer, keys, own_code
from hepatica.sources.fhir.events import add_own_event
from hepatica.sources.fhir.gathering import Gathering
from hepatica.sources.fhir.results import absent_reason, limits, result
from hepatica.sources.fhir.shapes import Resource, codings, day, items, number, text, words
from hepatica.vocabulary import analyte_codes

_DATES = ("effectiveDateTime", "effectivePeriod", "effectiveInstant")
_SYSTEMS = ("loinc:", "omop:")


def read_observation(one: Gathering) -> str | None:
    """Take what an Observation tells; returns why it was not used, None if it was."""
    resource = one.resource
    concept = resource.get("code")
    if add_own_event(one, concept, day(resource, *_DATES)):
        return None
    if own_code(concept, "histology") is not None:
        _read_biopsy(one)
        return None
    if genetics.is_genetic(resource):
        return genetics.read_genotype(one, day(resource, *_DATES))
    return _read_results(one)


def _read_results(one: Gathering) -> str | None:
    """Take the result of an Observation and of each of its components."""
    found = [_read_result(one, element) for element in (one.resource, *items(one.resource, "component"))]
    if any(why is None for why in found):
        return None
    if any(True for _ in items(one.resource, "hasMember")):
        return "a panel, its members are resources of their own"
    return found[0] if len(found) == 1 or found[0] != "no value" else found[1]


def _read_result(one: Gathering, element: Resource) -> str | None:
    concept = element.get("code")
    code = one.local.analyte(concept) or analyte(concept)
    said = result(element)
    if code is None:
        return _not_ours(one, element, has_value=said is not None)
    if said is None:
        why = absent_reason(element)
        return f"no value ({why[:60]})" if why is not None else "no value"
    value, unit = said
    lower, upper = limits(element, unit)
    when = day(one.resource, *_DATES)
    one.add(
        "measurements",
        **one.about(),
        date=when,
        analyte=code,
        value=value,
        unit=unit,
        lower_limit=lower,
        upper_limit=upper,
    )
    return None


def analyte(concept: object) -> str | None:
    """Return the analyte of a code, as the record looks it up; None if the vocabulary has none.

    A name counts only where no code of a system that the vocabulary lists is given.
    """
    if (own := own_code(concept, "analyte")) is not None:
        return own
    given = [key for key in keys(concept) if key.startswith(_SYSTEMS)]
    named = _known()
    if given:
        return next((key for key in given if key.lower() in named), None)
    return next((named[name.lower()] for name in words(concept) if name.lower() in named), None)


@cache
def _known() -> dict[str, str]:
    return dict(analyte_codes().iter_rows())


def _not_ours(one: Gathering, element: Resource, *, has_value: bool) -> str:
    """Return why a result is not used; a laboratory's code that nobody knows is counted, so that it can be mapped."""
    if not has_value:
        return "no value"
    categories = {code for concept in items(one.resource, "category") for _, code in codings(concept)}
    if categories and "laboratory" not in categories:
        return f"of category {min(categories)[:60]}, no analyte of the vocabulary"
    concept = element.get("code")
    name = next(keys(concept), None) or next(words(concept), None)
    one.unknown("measurements", "analyte", name or "(no code)")
    return "laboratory result, no analyte of the vocabulary"


def _read_biopsy(one: Gathering) -> None:
    """Take a biopsy whose findings are coded with our own codes."""
    values: dict[str, str | None] = {}
    for part in items(one.resource, "component"):
        column = own_code(part.get("code"), "histology")
        if column is not None:
            values[column] = _finding(part)
    one.add("biopsies", **one.about(), **{**values, "date": day(one.resource, *_DATES)})


def _finding(part: Resource) -> str | None:
    concept = part.get("valueCodeableConcept")
    word = answer(concept, "yes_no") or next(words(concept), None)
    return word or number(part, "valueInteger") or text(part, "valueString")


def read_report(one: Gathering) -> str | None:
    """Take the day of a biopsy from a DiagnosticReport; its results are Observations of their own."""
    concept = one.resource.get("code")
    is_biopsy = own_code(concept, "document") == "liver-biopsy" or any(
        key in agreed("biopsy")[part] for key in keys(concept) for part in ("report", "procedure")
    )
    if not is_biopsy:
        return "its results are resources of their own"
    one.add("biopsies", **one.about(), date=day(one.resource, *_DATES), day_alone="yes")
    return None
