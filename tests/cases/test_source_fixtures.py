"""Public data that nobody here wrote, read with the example mappings: every trap in it is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from source_cases import counts_add_up, read

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "mappings"


def test_mayo_pbc_sequential(fixtures_folder):
    record, reading = read(fixtures_folder / "pbc", EXAMPLES / "mayo_pbc_sequential.yaml")
    assert counts_add_up(reading)
    assert record.patients.height == 312
    assert record.patients["sex"].value_counts().sort("sex").rows() == [("female", 276), ("male", 36)]
    assert record.patients["birth_date"][0] == date(1920, 5, 25)
    first = record.measurements.filter(patient_id="PBC-1", analyte="AST").sort("date")
    assert first.select("date", "value", "line").rows() == [(date(1979, 3, 1), 138.0, 2), (date(1979, 9, 9), 6.2, 3)]
    bilirubin = record.measurements.filter(patient_id="PBC-1", analyte="BILIRUBIN").sort("date")
    assert bilirubin["value"].round(2).to_list() == [round(14.5 * 17.104, 2), round(21.3 * 17.104, 2)]
    assert record.events["event"].value_counts().sort("event").rows() == [("death", 140), ("liver_transplant", 29)]


def test_mayo_pbc_keeps_the_stage_at_entry(fixtures_folder):
    record, reading = read(fixtures_folder / "pbc", EXAMPLES / "mayo_pbc_sequential.yaml")
    assert record.biopsies.height == 312
    assert record.biopsies.filter(patient_id="PBC-1").select("fibrosis_stage", "fibrosis_scale").rows() == [
        (4, "ludwig")
    ]
    assert any("left out by the mapping: 1,633 rows of biopsies" in note for note in reading.notes)


def test_mayo_pbc_names_the_trap_of_patient_1(fixtures_folder):
    _, reading = read(fixtures_folder / "pbc", EXAMPLES / "mayo_pbc_sequential.yaml")
    trap = reading.warnings.filter(patient_id="PBC-1", line=3, key="ast")
    assert trap.select("value", "reason").rows() == [("6.2", "unusual"), ("6.2", "sudden_change")]
    assert "138.0 on 1979-03-01" in trap["explanation"][1]


def test_a_feed_from_an_impossible_century(fixtures_folder):
    record, reading = read(fixtures_folder / "messy_csv", EXAMPLES / "local_laboratory_feed.yaml")
    assert counts_add_up(reading)
    assert record.patients["patient_id"].to_list() == ["999-0059", "999-0060"]
    assert record.measurements.height == 0
    reasons = dict(reading.reasons().filter(table="measurements").select("reason", "count").rows())
    assert reasons["impossible_year"] == reading.counts["measurements"].read - reasons.get("missing_date", 0)
    assert any("CANCELED (300)" in note for note in reading.notes)
    assert any("rows of measurements whose COMPONENT_ID is not listed" in note for note in reading.notes)


@pytest.fixture
def shifted(tmp_path):
    text = (EXAMPLES / "local_laboratory_feed.yaml").read_text()
    rule = '{column: DATE_TIME_STAMP, shift_years: 100, because: "invented for this test"}'
    (tmp_path / "shifted.yaml").write_text(
        text.replace("date: DATE_TIME_STAMP\n", f"date: {rule}\n").replace("NOT APPLICABLE]", "NOT APPLICABLE]\n")
    )
    return tmp_path / "shifted.yaml"


def test_the_same_feed_with_a_documented_shift(fixtures_folder, shifted):
    record, reading = read(fixtures_folder / "messy_csv", shifted)
    assert counts_add_up(reading)
    assert any("shifted by 100 years" in note for note in reading.notes)
    assert record.measurements["date"].dt.year().is_between(2002, 2008).all()
    platelets = record.measurements.filter(analyte="PLATELETS", line=16)
    assert platelets.select("value", "unit").rows() == [(91.0, "10*9/L")]
    assert record.measurements.filter(analyte="SMA")["text"].to_list() == ["negative"]
    assert record.measurements["comparator"].drop_nulls().len() > 0
