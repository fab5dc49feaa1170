"""The pieces that FHIR resources are made of: codes, references, quantities, extensions, the mark of invented data."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from hepatica.sources.fhir.codes import agreed
from hepatica.sources.fhir.results import UCUM
from hepatica.vocabulary import Condition, units

Resource = dict[str, Any]
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:hepatica:fhir")
_INVENTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


@dataclass
class Written:
    """The resources of one patient, in the order in which they were made."""

    patient_id: str
    synthetic: bool

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.resources: list[Resource] = []

    def add(self, kind: str, **content: Any) -> Resource:
        """Add a resource about the patient; what is None is left out. Its id is the same whenever it is written."""
        key = f"{self.patient_id}\n{kind}\n{len(self.resources)}"
        made: Resource = {"resourceType": kind, "id": str(uuid.uuid5(_NAMES, key))}
        if self.synthetic:
            made["meta"] = {"security": [_INVENTED]}
        if kind != "Patient":
            made["subject"] = self.patient
        made |= {name: value for name, value in content.items() if value not in (None, [], {})}
        self.resources.append(made)
        return made

    @property
    def patient(self) -> Resource:
        """Return a reference to the patient, whose resource is the first."""
        return reference(self.resources[0])


def bundle_mark(*, synthetic: bool) -> Resource:
    """Return the meta of a bundle: invented data say so."""
    return {"meta": {"security": [_INVENTED]}} if synthetic else {}


def reference(resource: Resource) -> Resource:
    """Return a reference by type and id: both stay as they are when a server takes the bundle (PUT)."""
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def concept(*codings: tuple[str, str], text: str | None = None) -> Resource:
    """Return a CodeableConcept of codings (system, code) and words."""
    made: Resource = {}
    if codings:
        made["coding"] = [{"system": system, "code": code} for system, code in codings]
    if text is not None:
        made["text"] = text
    return made


def own(kind: str, code: str) -> tuple[str, str]:
    """Return the coding of one of our own codes."""
    return agreed("own")[kind], code


def status(system: str, code: str) -> Resource:
    """Return a status of one of FHIR's own code systems."""
    return concept((f"http://terminology.hl7.org/CodeSystem/{system}", code))


def extensions(**values: str | None) -> list[Resource]:
    """Return our own extensions for what FHIR has no place for; an unknown is not written."""
    urls = agreed("extensions")
    return [
        {"url": urls[name], "valueString": value} for name, value in values.items() if value not in (None, "unknown")
    ]


def quantity(value: float, unit: str, comparator: str | None = None) -> Resource:
    """Return a quantity in one of the record's canonical units."""
    made: Resource = {"value": number(value)}
    if comparator is not None:
        made["comparator"] = comparator
    known = units()[unit]
    if known.display:
        made["unit"] = known.display
    return made | {"system": UCUM, "code": known.ucum}


def number(value: float) -> float | int:
    """Return a number as JSON is to have it: 42 instead of 42.0."""
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def condition_codings(condition: Condition) -> list[tuple[str, str]]:
    """Return a condition's codes in SNOMED CT and ICD-10, the first of each that the vocabulary lists."""
    systems = {"snomed": SNOMED, "icd10": ICD10}
    found: dict[str, tuple[str, str]] = {}
    for code in condition.codes:
        if code.system in systems:
            found.setdefault(code.system, (systems[code.system], code.code))
    return list(found.values())
