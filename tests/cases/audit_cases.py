"""A small language for audits: a clinic's patients in a line each, and what the audit says of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import yaml
from course_cases import canonical, drug, on, result

from hepatica.course import definitions, derive
from hepatica.guidance.protocols import Practice, audit, audit_findings, practice
from hepatica.record import Record

AS, NOT, UNKNOWN, OUT = "as_protocol", "not_as_protocol", "unknown", "not_applicable"
CHILD = date(2012, 5, 1)
PRED, AZA = drug("prednisolone", 0), drug("azathioprine", 14, dose=50)


def genotype(gene: str, day: int, **more) -> dict:
    return {"gene": gene, "date": on(day), "phenotype": "normal", **more}


def weight(day: int, kg: float) -> dict:
    return result("WEIGHT", day, kg, unit="kg", limit=None)


def person(name, *drugs, results=(), events=(), genotypes=(), born=date(1970, 5, 1), centre="A", **who):
    """A patient as rows of the tables; a clinic where only the drugs are of interest needs no more."""
    about = {"birth_date": born, "birth_date_partial": False, "diagnosis_date_partial": False, "sex": "female"}
    return {
        "patients": [{**about, "aih_type": "1", "variant": "none", "centre": centre, **who}],
        "treatments": list(drugs),
        "measurements": list(results),
        "events": list(events),
        "genotypes": list(genotypes),
        "name": name,
    }


def cohort(*people) -> Record:
    names = ("patients", "measurements", "treatments", "events", "genotypes")
    rows = {table: [{**row, "patient_id": one["name"]} for one in people for row in one[table]] for table in names}
    return Record.of(**{table: canonical(table, found) for table, found in rows.items()})


def findings(record: Record, protocol, day: int = 400) -> pl.DataFrame:
    derived = derive(record, definitions(), on(day), protocol.protocol, tables=["state", "regimens"])
    return audit_findings(derived["state"], derived["regimens"], record, protocol)


def said(record: Record, protocol, check: str, day: int = 400) -> dict[str, str]:
    """What the audit answers for each patient to one check."""
    rows = findings(record, protocol, day).filter(pl.col("check") == check)
    return dict(zip(rows["patient_id"], rows["answer"], strict=True))


def finding(record: Record, protocol, check: str, day: int = 400) -> dict:
    return findings(record, protocol, day).row(by_predicate=pl.col("check") == check, named=True)


def counts(record: Record, protocol, day: int = 400) -> pl.DataFrame:
    derived = derive(record, definitions(), on(day), protocol.protocol, tables=["state", "regimens"])
    return audit(derived["state"], derived["regimens"], record, protocol)


def clinic_of(folder: Path, extends: str = "default", **answers) -> Practice:
    """A centre's protocol over another one, as answers in the words of its file."""
    head = {"name": "clinic", "extends": extends, "title": "t", "source": "s", "verified": True, "version": 1}
    path = folder / "clinic.yaml"
    path.write_text(yaml.safe_dump({**head, **{name: {"answer": value} for name, value in answers.items()}}))
    return practice(path)
