"""Events, biopsies, and genotypes as FHIR: Condition, Procedure, AdverseEvent, Observation, DiagnosticReport."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hepatica.interop.fhir.shapes import (
    LOINC,
    SNOMED,
    Resource,
    Written,
    concept,
    condition_codings,
    extensions,
    own,
    reference,
    status,
)
from hepatica.record.tables import HISTOLOGY
from hepatica.sources.fhir.codes import agreed
from hepatica.vocabulary import KNOWN_BY, conditions

Row = Mapping[str, Any]
# What is a state of the body is a Condition; what is neither that nor done to the patient is an Observation.
_CONDITIONS = (
    *("cirrhosis", "ascites", "variceal_bleeding", "encephalopathy", "portal_hypertension"),
    *("hcc", "acute_severe_presentation"),
    *("infection", "extrahepatic_disease", "pregnancy_start"),
)
_CONFIRMED = {
    "clinicalStatus": status("condition-clinical", "active"),
    "verificationStatus": status("condition-ver-status", "confirmed"),
}
_YES_NO = {"yes": "373066001", "no": "373067005"}


def write_event(written: Written, row: Row) -> None:
    """Add an event as the kind of resource that it is, with our own code and, where there is one, a public code."""
    event, day = row["event"], row["date"].isoformat()
    told = extensions(**{name: row[name] for name in ("detail", "serious", "related_drug", "cause")})
    code = _event_code(row)
    if row["detail"] == KNOWN_BY:  # a state that was found on that day: when it began nobody said
        written.add("Condition", extension=told, **_CONFIRMED, code=code, recordedDate=day)
    elif event in _CONDITIONS:
        written.add(
            "Condition",
            extension=told,
            **_CONFIRMED,
            code=code,
            onsetDateTime=day,
        )
    elif event == "liver_transplant":
        written.add("Procedure", extension=told, status="completed", code=code, performedDateTime=day)
    elif event == "adverse_event":
        written.add("AdverseEvent", extension=told, actuality="actual", event=code, date=day, **_seriousness(row))
    else:
        written.add("Observation", extension=told, status="final", code=code, effectiveDateTime=day, valueBoolean=True)


def _event_code(row: Row) -> Resource:
    words = row["detail"] if row["detail"] is not None else row["event"].replace("_", " ")
    public = _public_codes().get((row["event"], row["detail"]), [])
    return concept(*public, own("event", row["event"]), text=words)


@cache
def _public_codes() -> dict[tuple[str, str | None], list[tuple[str, str]]]:
    """Return the public codes of each event with its detail, where the vocabulary has a condition for it."""
    found: dict[tuple[str, str | None], list[tuple[str, str]]] = {}
    for condition in conditions().values():
        if condition.event is not None:
            detail = condition.detail if condition.dated else KNOWN_BY
            found.setdefault((condition.event, detail), condition_codings(condition))
    return found


def _seriousness(row: Row) -> Resource:
    codes = {"yes": "Serious", "no": "Non-serious"}
    if row["serious"] not in codes:
        return {}
    return {"seriousness": status("adverse-event-seriousness", codes[row["serious"]])}


def write_biopsy(written: Written, row: Row) -> None:
    """Add a biopsy: its findings as an Observation, and the report that they are of."""
    day = row["date"].isoformat()
    findings = written.add(
        "Observation",
        status="final",
        code=concept(own("histology", "liver-biopsy-findings"), text="findings of a liver biopsy"),
        effectiveDateTime=day,
        component=[*_seen(row), *_graded(row)],
    )
    report = agreed("pathology_report")["code"]
    written.add(
        "DiagnosticReport",
        status="final",
        code=concept((LOINC, report), own("document", "liver-biopsy"), text="liver biopsy"),
        effectiveDateTime=day,
        result=[reference(findings)],
    )


def _seen(row: Row) -> list[Resource]:
    return [
        _part(name, valueCodeableConcept=concept((SNOMED, _YES_NO[row[name]]), text=row[name]))
        for name in HISTOLOGY
        if row[name] in _YES_NO
    ]


def _graded(row: Row) -> list[Resource]:
    made = [_part(name, valueInteger=int(row[name])) for name in ("hai", "fibrosis_stage") if row[name] is not None]
    scale = row["fibrosis_scale"]
    return made if scale is None else [*made, _part("fibrosis_scale", valueCodeableConcept=concept(text=scale))]


def _part(name: str, **value: object) -> Resource:
    return {"code": concept(own("histology", name), text=name.replace("_", " "))} | value


def write_genotype(written: Written, row: Row) -> None:
    """Add a genotype as an Observation whose components say gene, variant, diplotype, and phenotype."""
    parts = {entry["column"]: key.removeprefix("loinc:") for key, entry in agreed("genetic_parts").items()}
    said = [name for name in (*parts, "mechanism") if row[name] is not None]
    code = agreed("genetic_assessment")["code"]
    written.add(
        "Observation",
        status="final",
        category=[status("observation-category", "laboratory")],
        code=concept((LOINC, code), own("genetics", "genotype"), text="genotype"),
        effectiveDateTime=row["date"].isoformat(),
        component=[
            {"code": _part_code(name, parts), "valueCodeableConcept": _genetic_answer(name, row[name])} for name in said
        ],
    )


def _part_code(name: str, parts: Mapping[str, str]) -> Resource:
    return concept((LOINC, parts[name])) if name in parts else concept(own("genetics", name), text=name)


def _genetic_answer(name: str, word: str) -> Resource:
    if name == "gene":
        known = [code for code, entry in agreed("genes").items() if entry["gene"] == word]
        return concept(*(("http://www.genenames.org/geneId", code) for code in known), text=word)
    answers = {entry["word"]: key.removeprefix("loinc:") for key, entry in agreed("genetic_answers").items()}
    coded = [(LOINC, answers[word])] if word in answers and name not in ("variant", "diplotype") else []
    return concept(*coded, text=word)
