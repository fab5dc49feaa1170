"""Small invented FHIR, as hospitals send it, and what reading it says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from hepatica.record import Reading, Record
from hepatica.sources import open_source

TODAY = date(2024, 6, 1)
LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
ICD10, ICD10CM = "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cm"
ICD10GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ANNA = {"resourceType": "Patient", "id": "anna", "gender": "female", "birthDate": "1970-05-01"}
ABOUT_ANNA = {"subject": {"reference": "Patient/anna"}}
VERIFIED = {"verificationStatus": {"coding": [{"system": "x", "code": "confirmed"}]}}


def coded(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """A CodeableConcept of one coding."""
    concept: dict[str, Any] = {"coding": [{"system": system, "code": code}]}
    return concept | ({"text": text} if text is not None else {})


def quantity(value: float, unit: str = "U/L", comparator: str | None = None) -> dict[str, Any]:
    """A quantity in UCUM."""
    made: dict[str, Any] = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return made | ({"comparator": comparator} if comparator else {})


def observation(code: dict[str, Any] | str = "1742-6", **more: Any) -> dict[str, Any]:
    """An Observation about Anna; ALT of 80 U/L unless something else is said (None takes a member away)."""
    concept = coded(LOINC, code) if isinstance(code, str) else code
    made = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": concept,
        "effectiveDateTime": "2024-01-05",
        **ABOUT_ANNA,
    }
    if not any(name.startswith("value") or name == "component" for name in more):
        made["valueQuantity"] = quantity(80)
    return {name: value for name, value in (made | more).items() if value is not None}


def medication(kind: str = "MedicationStatement", **more: Any) -> dict[str, Any]:
    """A medication resource about Anna: azathioprine, still taken, unless something else is said."""
    made: dict[str, Any] = {"resourceType": kind, "id": "m1", "status": "active", **ABOUT_ANNA}
    if "medicationReference" not in more:
        made["medicationCodeableConcept"] = coded(RXNORM, "1256")
    if kind == "MedicationRequest":
        made |= {"intent": "order", "authoredOn": "2024-01-10"}
    elif kind != "MedicationDispense":
        made |= {"effectivePeriod": {"start": "2024-01-10"}}
    return {name: value for name, value in (made | more).items() if value is not None}


def condition(concept: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A confirmed Condition of Anna that began on 1 March 2020."""
    return {
        "resourceType": "Condition",
        "id": "c1",
        "code": concept,
        "onsetDateTime": "2020-03-01",
        **VERIFIED,
        **ABOUT_ANNA,
    } | more


def bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    """A bundle of resources without addresses."""
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in resources]}


def read(folder: Path, *resources: dict[str, Any], patient: dict[str, Any] = ANNA) -> tuple[Record, Reading]:
    """Read a bundle of a patient and some resources."""
    return read_document(folder, bundle(patient, *resources))


def read_document(folder: Path, document: Any) -> tuple[Record, Reading]:
    """Read one JSON document."""
    (folder / "bundle.json").write_text(json.dumps(document), encoding="utf-8")
    return read_source(folder)


def read_source(folder: Path) -> tuple[Record, Reading]:
    """Read a folder or file of FHIR."""
    with open_source(f"fhir:{folder}", today=TODAY) as source:
        return source.read()


def only(record: Record, table: str, *columns: str) -> tuple[Any, ...]:
    """Return some columns of the one row that a table has."""
    frame = record.table(table).select(columns)
    assert frame.height == 1, frame
    return frame.row(0)


def not_used(reading: Reading) -> list[str]:
    """Return what the account says of resources that were not used."""
    return [note.removeprefix("FHIR: not used: ") for note in reading.notes if note.startswith("FHIR: not used: ")]


def set_aside(reading: Reading) -> list[tuple[str, str, str]]:
    """Return table, column, and reason of what is in quarantine."""
    return reading.quarantine.select("table", "column", "reason").rows()
