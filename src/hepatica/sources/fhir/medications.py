"""Medication requests, statements, administrations, dispenses: which drug, from when to when, at which daily dose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from hepatica.sources.fhir.codes import agreed, keys, own_code
from hepatica.sources.fhir.dosage import Dose, dose_of, route_of
from hepatica.sources.fhir.events import indication
from hepatica.sources.fhir.gathering import Gathering
from hepatica.sources.fhir.local_codes import LocalCodes
from hepatica.sources.fhir.periods import Span, span_of
from hepatica.sources.fhir.references import contained, keys_of
from hepatica.sources.fhir.shapes import Resource, codings, extended_text, items, text, words
from hepatica.vocabulary import condition_of, drug_names, drug_of

_SYSTEMS = ("rxnorm:", "atc:", "omop:")


@dataclass(frozen=True)
class Named:
    """A drug as it is named: a code or words that the vocabulary knows (None if it knows none), and what to call it."""

    drug: str | None
    route: str | None
    label: str


def read_treatment(one: Gathering) -> str | None:
    """Take a period of a drug; returns why it was not used, None if it was."""
    resource = one.resource
    if (why := _not_taken(resource)) is not None:
        return why
    named, reference = _medication(one)
    if named is not None and named.drug is None:
        one.unknown("treatments", "drug", named.label)
        return "no drug of the vocabulary"
    span = span_of(resource)
    if isinstance(span, str):
        return span
    _add(one, named, reference, span, dose_of(resource))
    return None


def _not_taken(resource: Resource) -> str | None:
    """Return why a request is none that was to be carried out."""
    if resource.get("resourceType") != "MedicationRequest":
        return None
    if resource.get("doNotPerform") is True:
        return "a request not to give the drug"
    intent = text(resource, "intent")
    return None if intent in agreed("intents") else f"intent {intent or 'missing'}"


def _add(one: Gathering, named: Named | None, reference: object, span: Span, dose: Dose) -> None:
    resource = one.resource
    if dose.several:
        one.remark("medications with several dosages: the daily dose is unknown")
    urls = agreed("extensions")
    given_for, reason = _indication(one)
    one.add(
        "treatments",
        **one.about(),
        **one.linked("medication", reference),
        **reason,
        drug=named.drug if named is not None else None,
        start=span.start,
        end=span.end,
        dose=dose.amount,
        dose_unit=dose.unit,
        stop_reason=extended_text(resource, urls["stop_reason"]) or _stop_reason(resource),
        indication=extended_text(resource, urls["indication"]) or given_for,
        route=route_of(resource) or (named.route if named is not None else None),
    )


def _medication(one: Gathering) -> tuple[Named | None, object]:
    """Return the drug if the resource names it itself, and the reference if it only refers to it."""
    resource = one.resource
    reference = resource.get("medicationReference")
    inner = contained(resource, reference)
    if inner is not None:
        return named_medication(inner, one.local), None
    concept = resource.get("medicationCodeableConcept")
    if concept is None and keys_of(reference)[0] is not None:
        return None, reference
    return named_drug(concept, one.local), None


def read_medication(one: Gathering) -> None:
    """Take a Medication, so that those who refer to it can be read."""
    named = named_medication(one.resource, one.local)
    for key in one.place.keys:
        one.add("medications", ref=key, drug=named.drug, route=named.route, label=named.label)


def named_medication(resource: Resource, local: LocalCodes) -> Named:
    """Return the drug of a Medication: by its code, else by its one known ingredient."""
    named = named_drug(resource.get("code"), local)
    if named.drug is not None:
        return named
    inside = [named_drug(part.get("itemCodeableConcept"), local) for part in items(resource, "ingredient")]
    known = {part for part in inside if part.drug is not None}
    return known.pop() if len(known) == 1 else named


def named_drug(concept: object, local: LocalCodes) -> Named:
    """Return the drug of a code: declared or ours, else RxNorm, ATC, or OMOP, else what its words name."""
    given = list(keys(concept))
    said = list(words(concept))
    label = next(iter([*given, *said]), "(no code)")
    implied = next((route for one in said if (found := _in_words(one)) for route in found[1:] if route), None)
    if (declared := local.drug(concept)) is not None:
        return Named(declared, implied, label)
    if (own := own_code(concept, "drug")) is not None:
        return Named(own, None, label)
    for key in given:
        if key.startswith(_SYSTEMS) and key.lower() in _known():
            return Named(key, None if _known()[key.lower()] else implied, label)
    return Named(next((one for one in said if _in_words(one)), None), implied, label)


@lru_cache(maxsize=20_000)
def _in_words(said: str) -> tuple[str, str | None] | None:
    return drug_of(said)


@cache
def _known() -> dict[str, str | None]:
    """Return the route that each code of a drug implies, None if it implies none."""
    return {key: route for key, _, route in drug_names().iter_rows()}


def _stop_reason(resource: Resource) -> str | None:
    """Return the reason for stopping in the record's words, where FHIR's own list says it; other words are not read."""
    given = resource.get("statusReason")
    concepts = given if isinstance(given, list) else [given]
    known = agreed("stop_reasons")
    for concept in concepts:
        for system, code in codings(concept):
            if system == agreed("stop_reason_system") and code in known:
                return str(known[code])
    return None


def _indication(one: Gathering) -> tuple[str | None, dict[str, str | None]]:
    """Return what the drug was given for, by code; else the keys of the Condition that is given as the reason."""
    for concept in items(one.resource, "reasonCode"):
        for key in keys(concept):
            if (found := condition_of(key)) is not None and (said := indication(found)) is not None:
                return said, {}
    reference = next(items(one.resource, "reasonReference"), None)
    return None, one.linked("reason", reference)
