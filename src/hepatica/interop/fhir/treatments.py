"""Treatments as FHIR MedicationStatements: what was taken, from when to when, at which daily dose, and why it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hepatica.interop.fhir.shapes import SNOMED, Resource, Written, concept, condition_codings, extensions, own
from hepatica.sources.fhir.codes import agreed
from hepatica.sources.fhir.results import UCUM
from hepatica.vocabulary import conditions, drugs

_ATC, _RXNORM = "http://www.whocc.no/atc", "http://www.nlm.nih.gov/research/umls/rxnorm"
_SYSTEMS = {"rxnorm": _RXNORM, "atc": _ATC, "omop": "https://fhir-terminology.ohdsi.org"}
_DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
# These end a treatment as it was meant to end.
_COMPLETED = (None, "unknown", "planned", "remission")


def write_treatment(written: Written, row: Mapping[str, Any], today: date) -> None:
    """Add the MedicationStatement of a period of a drug."""
    reason = row["stop_reason"]
    written.add(
        "MedicationStatement",
        extension=extensions(stop_reason=reason, indication=row["indication"]),
        status=_status(row, today),
        statusReason=[concept(text=reason.replace("_", " "))] if reason not in (None, "unknown") else None,
        medicationCodeableConcept=_drug(row),
        effectivePeriod=_period(row),
        reasonCode=_reason(row),
        dosage=_dosage(row),
    )


def _status(row: Mapping[str, Any], today: date) -> str:
    if row["end"] is None or row["end"] > today:
        return "active"
    return "completed" if row["stop_reason"] in _COMPLETED else "stopped"


def _drug(row: Mapping[str, Any]) -> Resource:
    """Return the drug with our own code, ATC, and RxNorm; where only a code is known, that code alone."""
    system, colon, code = row["drug"].partition(":")
    if colon:
        return concept((_SYSTEMS[system], code.upper() if system == "atc" else code))
    drug = drugs()[row["drug"]]
    local = next((form for form in drug.local if form.route == row["route"]), None)
    atc = [code.code for code in local.atc] if local is not None else list(drug.atc)
    public = [(_ATC, code) for code in atc[:1]] + [(_RXNORM, code) for code in drug.rxnorm[:1]]
    return concept(own("drug", drug.name), *public, text=drug.name.replace("_", " "))


def _period(row: Mapping[str, Any]) -> Resource:
    end = {"end": row["end"].isoformat()} if row["end"] is not None else {}
    return {"start": row["start"].isoformat()} | end


def _reason(row: Mapping[str, Any]) -> list[Resource]:
    if row["indication"] != "AIH":
        return []
    found = conditions()["autoimmune_hepatitis"]
    return [concept(*condition_codings(found), text=found.name)]


def _dosage(row: Mapping[str, Any]) -> list[Resource]:
    made: Resource = {}
    if row["dose"] is not None and row["dose_unit"] is not None:
        made |= {"extension": extensions(dose_unit=row["dose_unit"])}
        made |= {"timing": _DAILY} if row["dose_unit"].endswith("/day") else {}
    if row["route"] not in (None, "unknown"):
        made["route"] = _route(row["route"])
    if row["dose"] is not None and row["dose_unit"] is not None:
        unit = row["dose_unit"].removesuffix("/day")
        amount = int(row["dose"]) if float(row["dose"]).is_integer() and row["dose"] < 2**53 else row["dose"]
        made["doseAndRate"] = [{"doseQuantity": {"value": amount, "unit": unit, "system": UCUM, "code": unit}}]
    return [made] if made else []


def _route(route: str) -> Resource:
    code = next(key for key, entry in agreed("routes").items() if entry["route"] == route)
    return concept((SNOMED, code.removeprefix("snomed:")), text=route)
