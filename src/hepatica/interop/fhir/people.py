"""Patients and their diagnosis as FHIR: Patient, and a Condition for autoimmune hepatitis and for a variant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from hepatica.interop.fhir.shapes import Written, concept, condition_codings, extensions, status
from hepatica.sources.fhir.codes import agreed
from hepatica.vocabulary import conditions

Row = Mapping[str, Any]
_VARIANTS = {"PBC": "primary_biliary_cholangitis", "PSC": "primary_sclerosing_cholangitis"}


def write_patient(written: Written, row: Row, events: Iterable[Row]) -> None:
    """Add the Patient, and the diagnosis if anything is known of it."""
    died = min((event["date"] for event in events if event["event"] == "death"), default=None)
    written.add(
        "Patient",
        identifier=[{"system": agreed("own")["patient"], "value": row["patient_id"]}],
        extension=extensions(ethnicity=row["ethnicity"]),
        gender=row["sex"],
        birthDate=row["birth_date"],
        deceasedDateTime=died.isoformat() if isinstance(died, date) else None,
        managingOrganization={"display": row["centre"]} if row["centre"] is not None else None,
    )
    variant = row["variant"] if row["variant"] != "unknown" else None
    aih_type = row["aih_type"] if row["aih_type"] != "unknown" else None
    if row["diagnosis_date"] is not None or aih_type is not None or variant == "none":
        told = extensions(aih_type=aih_type, variant="none" if variant == "none" else None)
        _write_condition(written, "autoimmune_hepatitis", row["diagnosis_date"], told)
    if variant in _VARIANTS:
        _write_condition(written, _VARIANTS[variant], None, [])


def _write_condition(written: Written, key: str, diagnosed: str | None, told: list[dict[str, Any]]) -> None:
    found = conditions()[key]
    asserted = [{"url": agreed("asserted_date")["url"], "valueDateTime": diagnosed}] if diagnosed is not None else []
    written.add(
        "Condition",
        extension=[*asserted, *told],
        clinicalStatus=status("condition-clinical", "active"),
        verificationStatus=status("condition-ver-status", "confirmed"),
        code=concept(*condition_codings(found), text=found.name),
        recordedDate=diagnosed,
    )
