"""Conditions, procedures, and adverse events: diagnoses, variants, and what happened on a day."""

from __future__ import annotations

from hepatica.sources.fhir.codes import agreed, keys, own_code
from hepatica.sources.fhir.gathering import Gathering
from hepatica.sources.fhir.shapes import Resource, codings, day, extended_text, items, text, words
from hepatica.vocabulary import KNOWN_BY, Condition, condition_of, rejected_codes

_DONE = ("performedDateTime", "performedPeriod")
_BEGAN = ("onsetDateTime", "onsetPeriod")
_OWN_COLUMNS = ("detail", "serious", "related_drug", "cause")


def add_own_event(one: Gathering, concept: object, when: str | None) -> bool:
    """Take an event that is coded with our own code; False if the concept has none."""
    event = own_code(concept, "event")
    if event is None:
        return False
    urls = agreed("extensions")
    said = {name: extended_text(one.resource, urls[name]) for name in _OWN_COLUMNS}
    one.add("events", **one.about(), **said, date=when, event=event)
    return True


def read_condition(one: Gathering) -> str | None:
    """Take what a Condition tells; returns why it was not used, None if it was."""
    resource = one.resource
    concept = resource.get("code")
    when = day(resource, *_BEGAN) or text(resource, "recordedDate")
    if add_own_event(one, concept, when):
        return None
    found = next((known for key in keys(concept) if (known := condition_of(key)) is not None), None)
    if found is None:
        return _unread(concept)
    for key in one.place.keys:
        one.add("reasons", ref=key, indication=indication(found))
    return _read_known(one, found, when)


def _unread(concept: object) -> str:
    """Return why a condition means nothing to the record; a code that is known to be wrong says which is right."""
    wrong = [f"{key} is {rejected_codes()[key]}" for key in keys(concept) if key in rejected_codes()]
    return wrong[0] if wrong else "no condition of the vocabulary"


def _read_known(one: Gathering, found: Condition, when: str | None) -> str | None:
    resource = one.resource
    if found.meaning in ("diagnosis", "variant"):
        urls = agreed("extensions")
        told = {name: extended_text(resource, urls[name]) for name in ("aih_type", "variant")}
        kind = found.variant or "AIH"
        one.add("diagnoses", **one.about(), **told, kind=kind, date=_diagnosed(resource, when))
        return None
    if found.event is None:
        return "a condition that is no event of the record"
    detail = found.detail
    if not found.dated and day(resource, *_BEGAN) is None:
        detail = KNOWN_BY
        one.remark("Conditions that say that something had happened by their day (a liver was transplanted)")
    one.add("events", **one.about(), date=when, event=found.event, detail=detail)
    return None


def _diagnosed(resource: Resource, when: str | None) -> str | None:
    """Return the day of a diagnosis: asserted, else begun, else recorded."""
    url = agreed("asserted_date")["url"]
    asserted = (text(one, "valueDateTime") for one in items(resource, "extension") if one.get("url") == url)
    return next((said for said in asserted if said is not None), when)


def indication(found: Condition) -> str | None:
    """Return what a drug given for this condition is given for, in the record's words; None if it has none."""
    if found.meaning == "diagnosis":
        return "AIH"
    if found.event == "liver_transplant":
        return "transplant"
    return "extrahepatic" if found.event == "extrahepatic_disease" else None


def is_refuted(resource: Resource) -> str | None:
    """Return the verification status of a Condition that does not count, None if it does."""
    codes = [code for _, code in codings(resource.get("verificationStatus"))]
    return next((code for code in codes if code in agreed("verifications_not_counted")), None)


def read_procedure(one: Gathering) -> str | None:
    """Take a transplantation or a biopsy from a Procedure; returns why it was not used, None if it was."""
    concept = one.resource.get("code")
    when = day(one.resource, *_DONE)
    if add_own_event(one, concept, when):
        return None
    for key in keys(concept):
        if key in agreed("biopsy")["procedure"]:
            one.add("biopsies", **one.about(), date=when, day_alone="yes")
            return None
        found = condition_of(key)
        if found is not None and found.event is not None:
            one.add("events", **one.about(), date=when, event=found.event, detail=found.detail)
            return None
    return "no procedure of the vocabulary"


def read_adverse_event(one: Gathering) -> str | None:
    """Take an AdverseEvent that happened; returns why it was not used, None if it was."""
    resource = one.resource
    if resource.get("actuality") != "actual":
        return "potential, did not happen"
    when = text(resource, "date")
    if add_own_event(one, resource.get("event"), when):
        return None
    graded = [_serious(code) for _, code in codings(resource.get("seriousness"))]
    suspect = next((entity.get("instance") for entity in items(resource, "suspectEntity")), None)
    one.add(
        "events",
        **one.about(),
        **one.linked("medication", suspect),
        date=when,
        event="adverse_event",
        detail=next(words(resource.get("event")), None),
        serious=next(iter(graded), None),
    )
    return None


def _serious(code: str) -> str | None:
    """Return yes or no for Serious, SeriousResultsInDeath, Non-serious; None for other codes."""
    if code.casefold().startswith("serious"):
        return "yes"
    return "no" if code.casefold() == "non-serious" else None
