"""`hepatica check` says for every kind of source how fast it was and which codes nobody understood."""

from __future__ import annotations

import io
import json
from itertools import count
from pathlib import Path

import fhir_cases
import polars as pl
import pytest
from redcap_cases import field, project

from hepatica.cli.check import Pace
from hepatica.record import Reading, TableCount
from hepatica.sources import open_source
from hepatica.sources.pace import Pace as ReadingPace

MAPPING = """\
title: a laboratory with a code of its own
files: {export: {path: data.csv}}
tables:
  patients: {columns: {patient_id: record_id}}
  measurements:
    columns: {patient_id: record_id, date: day, analyte: code, value: result, unit: {constant: U/L}}
"""
DATA = "record_id,day,code,result,labs_complete\n1,2024-01-05,ALT,80,2\n2,2024-01-05,XY7,1,2\n3,2024-01-05,XY7,2,2\n"


UNKNOWN = fhir_cases.bundle(
    *(fhir_cases.observation("99999-7", id=f"u{number}", subject=None) for number in (1, 2)),
    fhir_cases.medication(medicationCodeableConcept=fhir_cases.coded(fhir_cases.RXNORM, "424242"), id="u3"),
)


def with_unknown_concepts(folder: Path) -> None:
    """Add two results of a concept that nobody knows to OMOP tables: 3004249 is a blood pressure."""
    rows = pl.read_csv(folder / "measurement.csv", infer_schema=False).head(1)
    added = rows.with_columns(measurement_concept_id=pl.lit("3004249"), measurement_source_value=pl.lit("BP"))
    numbered = pl.concat([added, added]).with_columns(measurement_id=pl.Series(["900001", "900002"]))
    with (folder / "measurement.csv").open("ab") as stream:
        numbered.write_csv(stream, include_header=False)


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
    (tmp_path / "fhir" / "unknown.json").write_text(json.dumps(UNKNOWN))
    with_unknown_concepts(tmp_path / "omop")
    return {"folder": centre, "redcap": redcap, "fhir": tmp_path / "fhir", "omop": tmp_path / "omop"}


@pytest.mark.parametrize("kind", ["folder", "redcap", "fhir", "omop"])
def test_rows_per_second_for_every_kind(run, sources, kind):
    document = run("check", sources[kind], "--format", "json").document
    pace = document["pace"]
    assert pace["rows"] == sum(count["read"] for count in document["counts"].values()) > 0
    assert pace["rows_per_second"] == pytest.approx(pace["rows"] / pace["seconds"], rel=0.05)
    assert "a second" in run("check", sources[kind]).out


XY7 = {"table": "measurements", "column": "analyte", "code": "XY7", "count": 2}
TOLD = {
    "folder": [XY7],
    "redcap": [XY7],
    "fhir": [
        XY7 | {"code": "loinc:99999-7"},
        {"table": "treatments", "column": "drug", "code": "rxnorm:424242", "count": 1},
    ],
    "omop": [XY7 | {"code": "omop:3004249 (bp)"}],
}


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_the_most_frequent_unknown_codes_are_told(run, sources, kind):
    document = run("check", sources[kind], "--format", "json").document
    assert document["unknown_codes"] == TOLD[kind]
    shown = " ".join(run("check", sources[kind]).out.split())
    assert f"Codes that the vocabulary does not know ({len(TOLD[kind])})" in shown
    assert all(one["code"].partition(" ")[0] in shown for one in TOLD[kind])


@pytest.mark.parametrize("kind", sorted(TOLD))
def test_unknown_codes_stand_in_the_report_s_folder(run, sources, kind, tmp_path):
    run("check", sources[kind], "--out", tmp_path / "report")
    assert pl.read_csv(tmp_path / "report" / "unknown_codes.csv").to_dicts() == TOLD[kind]


class Terminal(io.StringIO):
    """A screen that remembers what was shown on it."""

    def isatty(self) -> bool:
        return True


def test_a_large_source_tells_how_far_it_is_and_how_fast(monkeypatch):
    screen, clock = Terminal(), count(10**12)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    reading = ReadingPace("rows")
    for _ in range(3):
        reading.more("measurements", 5_000)
    reading.end()
    assert "measurements: 15,000 rows, " in screen.getvalue()
    assert screen.getvalue().count("a second") == 3
    assert screen.getvalue().endswith("\r\033[K")  # the line is gone when it is over


def test_distributing_a_large_file_is_shown(monkeypatch, centre):
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(ReadingPace, "more", lambda _, place, number=1: told.append((place, number)))
    with open_source(str(centre)) as source:
        source.buckets(2, one_read_below=0)
    assert sum(number for place, number in told if place == "measurements") > 0


def test_a_pace_of_nothing_is_zero():
    assert Pace.of(Reading(counts={"patients": TableCount()}), 0.0).rows_per_second == 0
