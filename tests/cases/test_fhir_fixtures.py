"""Public FHIR: four synthetic patients of Synthea, and the official examples of US Core."""

from __future__ import annotations

import json
from datetime import date

import pytest
from fhir_cases import not_used

from hepatica.course import definitions, derive
from hepatica.sources import open_source

TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def bundles(fixtures_folder):
    with open_source(str(fixtures_folder / "fhir" / "bundles"), today=TODAY) as source:
        return source.read()


def test_four_patients_with_their_liver_panels(bundles):
    record, reading = bundles
    assert record.patients["sex"].to_list() == ["male", "female", "male", "female"]
    panels = record.measurements.filter(record.measurements["analyte"].is_in(["ALT", "AST"]))
    assert sorted(panels.group_by("analyte").len().rows()) == [("ALT", 15), ("AST", 15)]
    assert panels["limit_from"].unique().to_list() == ["row"]
    assert set(panels.filter(panels["analyte"] == "ALT")["upper_limit"]) == {56.0}
    youngest = record.patients["patient_id"][1]
    assert youngest not in panels["patient_id"]
    assert any(note.startswith("FHIR: 8,623 resources: ") for note in reading.notes)


def test_every_resource_is_used_or_counted(bundles):
    _, reading = bundles
    used = next(note for note in reading.notes if " used, " in note)
    whole, taken, left = (int(word.replace(",", "")) for word in used.split() if word.replace(",", "").isdigit())
    assert whole == taken + left
    assert sum(int(note.split()[0].replace(",", "")) for note in not_used(reading)) == left


def test_two_deaths_and_no_treatment_line(bundles):
    record, _ = bundles
    assert record.events["event"].to_list() == ["death", "death"]
    tables = derive(record, definitions(), TODAY)
    assert tables["regimens"].is_empty()
    assert set(tables["response"]["index_date"]) == {None}


def test_what_was_stopped_on_no_day_is_set_aside(bundles):
    _, reading = bundles
    assert reading.reasons().rows() == [("treatments", "not_a_date", 9)]


def test_the_official_examples_are_read_or_counted(fixtures_folder):
    with open_source(f"fhir:{fixtures_folder / 'fhir' / 'us_core'}", today=TODAY) as source:
        record, _ = source.read()
    assert record.patients.height == 3
    analytes = set(record.measurements["analyte"])
    assert {"HAEMOGLOBIN", "LEUKOCYTES", "PLATELETS", "CREATININE", "GLUCOSE", "SODIUM", "WEIGHT", "HEIGHT"} <= analytes
    assert record.treatments.is_empty()
    assert record.events["event"].to_list() == ["death"]
    platelets = record.measurements.filter(analyte="PLATELETS")
    assert platelets.select("value", "unit", "lower_limit", "upper_limit", "limit_from").rows() == [
        tuple(expected_platelets(fixtures_folder))
    ]


def expected_platelets(folder):
    found = json.loads((folder / "fhir" / "us_core" / "observation-cbc-platelets.json").read_text())
    limits = found["referenceRange"][0]
    return [
        float(found["valueQuantity"]["value"]),
        "10*9/L",
        float(limits["low"]["value"]),
        float(limits["high"]["value"]),
        "row",
    ]
