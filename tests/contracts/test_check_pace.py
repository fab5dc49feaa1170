"""`hepatica check` says for every kind of source how fast it was and which codes nobody understood."""

from __future__ import annotations

import pytest
from redcap_cases import field, project

from hepatica.cli.check import Pace
from hepatica.record import Reading, TableCount

MAPPING = """\
title: a laboratory with a code of its own
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  measurements:
    columns: {patient_id: record_id, date: day, analyte: code, value: result, unit: {constant: U/L}}
"""
DATA = "record_id,day,code,result,labs_complete\n1,2024-01-05,ALT,80,2\n2,2024-01-05,XY7,1,2\n3,2024-01-05,XY7,2,2\n"


@pytest.fixture
def sources(tmp_path, centre, run):
    redcap = tmp_path / "redcap"
    redcap.mkdir()
    names = ("record_id", "day", "code", "result")
    project(redcap, DATA, *(field(name, "labs") for name in names), mapping=MAPPING)
    with (centre / "measurements.csv").open("a") as stream:
        stream.write("P1,2024-01-05,XY7,1,U/L,\nP1,2024-01-06,XY7,2,U/L,\n")
    for form in ("fhir", "omop"):
        run("convert", centre, "--to", form, "--out", tmp_path / form)
    return {"folder": centre, "redcap": redcap, "fhir": tmp_path / "fhir", "omop": tmp_path / "omop"}


@pytest.mark.parametrize("kind", ["folder", "redcap", "fhir", "omop"])
def test_rows_per_second_for_every_kind(run, sources, kind):
    document = run("check", sources[kind], "--format", "json").document
    pace = document["pace"]
    assert pace["rows"] == sum(count["read"] for count in document["counts"].values()) > 0
    assert pace["rows_per_second"] == pytest.approx(pace["rows"] / pace["seconds"], rel=0.05)
    assert "a second" in run("check", sources[kind]).out


@pytest.mark.parametrize("kind", ["folder", "redcap"])
def test_the_most_frequent_unknown_codes_are_told(run, sources, kind):
    document = run("check", sources[kind], "--format", "json").document
    assert document["unknown_codes"] == [{"table": "measurements", "column": "analyte", "code": "XY7", "count": 2}]
    assert "Codes that the vocabulary does not know (1)" in " ".join(run("check", sources[kind]).out.split())


def test_a_pace_of_nothing_is_zero():
    assert Pace.of(Reading(counts={"patients": TableCount()}), 0.0).rows_per_second == 0
