"""`course --explain` names the rows behind an answer in the source's own terms, whatever the source."""

from __future__ import annotations

import fhir_cases
import omop_cases
import pytest
from redcap_cases import field, project

ORDER = fhir_cases.medication(id="aza-1", medicationCodeableConcept=fhir_cases.coded(fhir_cases.RXNORM, "1256"))
RESULT = fhir_cases.observation(id="alt-7", referenceRange=[{"high": fhir_cases.quantity(35)}])
MAPPING = """\
title: results and drugs by visit
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  measurements:
    columns: {patient_id: record_id, date: day, analyte: {constant: ALT}, value: alt, unit: {constant: U/L}}
  treatments:
    columns: {patient_id: record_id, drug: drug, start: day}
"""
DATA = "record_id,day,alt,drug,labs_complete\n1,2020-01-10,480,azathioprine,2\n"


def as_folder(folder):
    (folder / "patients.csv").write_text("patient_id\n1\n")
    (folder / "measurements.csv").write_text("patient_id,date,analyte,value,unit\n1,2020-01-10,ALT,480,U/L\n")
    (folder / "treatments.csv").write_text("patient_id,drug,start\n1,azathioprine,2020-01-10\n")
    return str(folder)


def as_redcap(folder):
    project(folder, DATA, *(field(name, "labs") for name in ("record_id", "day", "alt", "drug")), mapping=MAPPING)
    return f"redcap:{folder}"


def as_fhir(folder):
    fhir_cases.read(folder, ORDER, RESULT)
    return f"fhir:{folder}"


def as_omop(folder):
    return omop_cases.as_csv(folder, omop_cases.hospital())


@pytest.mark.parametrize(
    ("made", "patient", "origins"),
    [
        (as_folder, "1", ["treatments.csv, line 2", "measurements.csv, line 2"]),
        (as_redcap, "1", ["record 1"]),
        (as_fhir, "anna", ["MedicationStatement/aza-1", "Observation/alt-7"]),
        (as_omop, "1", ["drug_exposure/1", "measurement/-5"]),
    ],
)
def test_each_source_names_its_rows(run, tmp_path, made, patient, origins):
    told = run("course", made(tmp_path), "--as-of", "2024-02-01", "--patient", patient, "--explain")
    assert told.code in (0, 1)
    shown = " ".join(told.out.split())
    assert [origin for origin in origins if origin not in shown] == []
