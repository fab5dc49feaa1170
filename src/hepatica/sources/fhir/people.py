"""Patients: who they are by pseudonym, when born, of which sex, and whether they have died."""

from __future__ import annotations

from hepatica.sources.fhir.codes import agreed
from hepatica.sources.fhir.gathering import Gathering
from hepatica.sources.fhir.references import identifier_keys
from hepatica.sources.fhir.shapes import Resource, extended_text, extension, items, text

_US_ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"


def read_patient(one: Gathering) -> None:
    """Take a Patient: name, address, and numbers of the person are never looked at."""
    resource = one.resource
    pseudonym = patient_id(one)
    one.add(
        "patients",
        patient_id=pseudonym,
        birth_date=text(resource, "birthDate"),
        sex=text(resource, "gender"),
        centre=_centre(resource),
        ethnicity=_ethnicity(resource),
    )
    for key in (*one.place.keys, *identifier_keys(resource)):
        born, server = text(resource, "birthDate"), one.place.base or None
        one.add("people", ref=key, patient_id=pseudonym, server=server, born=born)
    _read_death(one)


def patient_id(one: Gathering) -> str | None:
    """Return a patient's pseudonym: the identifier that we wrote, else the resource's id."""
    own = agreed("own")["patient"]
    written = (text(given, "value") for given in items(one.resource, "identifier") if given.get("system") == own)
    found = next((value for value in written if value is not None), None) or text(one.resource, "id")
    return found or (one.place.key.rpartition("/")[2].removeprefix("urn:uuid:") if one.place.key else None)


def _centre(resource: Resource) -> str | None:
    organisation = resource.get("managingOrganization")
    return text(organisation, "display") or text(organisation, "identifier", "value") or text(organisation, "reference")


def _ethnicity(resource: Resource) -> str | None:
    if (own := extended_text(resource, agreed("extensions")["ethnicity"])) is not None:
        return own
    return extended_text(extension(resource, _US_ETHNICITY), "text")


def _read_death(one: Gathering) -> None:
    when = text(one.resource, "deceasedDateTime")
    if when is not None:
        who = one.place.keys[0] if one.place.keys else None
        one.add("events", who=who, date=when, event="death", from_patient="yes")
    elif one.resource.get("deceasedBoolean") is True:
        one.remark("Patients who died on a day that is not told: the death is not in the record")
