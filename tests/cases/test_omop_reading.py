"""What OMOP rows mean to the record: results, drugs, diagnoses, and what is reported instead of guessed."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from omop_cases import AIH, ALT, PREDNISOLONE_TABLET, as_csv, conditions, frame, hospital, read

from hepatica.errors import SourceError
from hepatica.sources import open_source
from hepatica.sources.omop.phenotypes import concept_sets, document, phenotypes


@pytest.fixture(scope="module")
def hospital_read(tmp_path_factory):
    return read(as_csv(tmp_path_factory.mktemp("hospital"), hospital()) + "?phenotype=all")


def results(record, analyte):
    columns = ["date", "comparator", "value", "text", "unit", "upper_limit", "limit_from"]
    return record.measurements.filter(patient_id="1", analyte=analyte).select(columns).rows()


def test_a_unit_of_concept_0_is_what_the_source_calls_it(hospital_read):
    record, _ = hospital_read
    found = [one for one in results(record, "ALT") if one[0] == date(2020, 7, 11)]
    assert found == [(date(2020, 7, 11), None, 22.0, None, "U/L", 40.0, "row")]


def test_an_operator_is_a_comparator_and_range_high_the_limit(hospital_read):
    record, _ = hospital_read
    assert results(record, "IGG") == [(date(2020, 1, 11), ">", 30.0, None, "g/L", 16.0, "row")]


def test_a_row_without_a_concept_counts_by_its_loinc_code(hospital_read):
    record, _ = hospital_read
    found = record.measurements.filter(pl.col("key") == "measurement/8")
    assert found.select("analyte", "comparator", "value").row(0) == ("ALT", "<", 10.0)


def test_titres_and_answers_are_read_as_such(hospital_read):
    record, _ = hospital_read
    assert results(record, "ANA")[0][2:4] == (80.0, "1:80")
    assert results(record, "HBSAG")[0][3] == "negative"


def test_an_all_null_result_is_in_quarantine_and_named(hospital_read):
    _, reading = hospital_read
    assert reading.quarantine.select("key", "column", "reason").rows() == [("measurement/11", "value", "missing_value")]


def test_without_a_limit_of_its_own_a_result_has_a_default(hospital_read):
    record, _ = hospital_read
    assert record.measurements.filter(patient_id="7")["limit_from"].to_list() == ["default"]


def test_a_sex_of_concept_0_is_what_the_source_calls_it(hospital_read):
    record, _ = hospital_read
    assert dict(record.patients.select("patient_id", "sex").rows())["7"] == "male"


def test_a_birth_date_is_as_partial_as_it_is_known(hospital_read):
    record, _ = hospital_read
    born = {one: (day, partial) for one, day, partial in record.patients.select(
        "patient_id", "birth_date", "birth_date_partial").rows()}  # fmt: skip
    assert born["1"] == (date(1970, 5, 1), False)
    assert born["2"][1] is born["3"][1] is True
    assert born["3"][0].month == 5


def test_diagnosis_and_variant_come_from_conditions(hospital_read):
    record, _ = hospital_read
    told = {one[0]: one[1:] for one in record.patients.select("patient_id", "diagnosis_date", "variant").rows()}
    assert told["1"] == (date(2020, 1, 10), "unknown")  # no code of a variant does not mean that there is none
    assert told["2"] == (date(2020, 5, 5), "unknown")
    assert told["4"] == (date(2020, 1, 1), "PBC")
    assert told["7"] == (None, "unknown")


def test_tablets_dispensed_tell_the_dose_and_the_product_the_route(hospital_read):
    record, _ = hospital_read
    assert record.treatments.select("drug", "dose", "dose_unit", "route", "end").rows() == [
        ("prednisolone", 10.0, "mg/day", "oral", date(2020, 2, 13)),
        ("azathioprine", None, None, "oral", date(2020, 12, 31)),
    ]


def test_events_come_from_conditions_procedures_and_deaths(hospital_read):
    record, _ = hospital_read
    assert sorted(record.events.select("patient_id", "event", "date", "cause").rows())[:4] == [
        ("1", "cirrhosis", date(2021, 2, 3), "unknown"),
        ("4", "liver_transplant", date(2022, 5, 5), "unknown"),
        ("6", "death", date(2023, 3, 4), "unknown"),
        ("6", "extrahepatic_disease", date(2020, 3, 1), "unknown"),
    ]
    assert record.biopsies.select("patient_id", "date", "hai").rows() == [("1", date(2020, 1, 12), None)]


def test_what_was_not_understood_is_told_with_its_counts(hospital_read):
    _, reading = hospital_read
    assert reading.unknown_codes.select("table", "code", "count").rows() == [
        ("measurements", "omop:3004249 (bp)", 1),
        ("treatments", "omop:1 (nivo)", 1),
        ("treatments", "omop:99 (aspirin)", 1),
    ]
    assert any("were not fetched" in note for note in reading.notes)
    assert any("visit_occurrence (2)" in note for note in reading.notes)
    assert any("rows/s" in note for note in reading.notes)


def test_a_unit_that_concept_and_source_call_differently_is_told(tmp_path):
    names = ("measurement_id", "person_id", "measurement_concept_id", "measurement_date", "value_as_number",
             "unit_concept_id", "unit_source_value")  # fmt: skip
    rows = [(1, 1, 3020630, "2020-01-01", 72, 8713, "g/l"), (2, 1, ALT, "2020-01-01", 30, 8645, "IU/L")]
    _, reading = read(as_csv(tmp_path, hospital() | {"measurement": frame(*names, rows=rows)}))
    told = [note for note in reading.notes if "unit concept is" in note]
    assert told == ["measurement: 1 rows whose unit concept is g/dL and whose source says 'g/l'"]
    assert reading.quarantine["reason"].to_list() == ["implausible"]


def test_a_selection_says_how_often_it_is_right(tmp_path):
    _, reading = read(as_csv(tmp_path, hospital()))
    assert any("icd_only" in note and "77.6 %" in note for note in reading.notes)


def test_a_name_that_shouts_hepatica_is_no_hepatica_export(hospital_read):
    _, reading = hospital_read
    assert "genotypes" not in reading.counts


def test_without_a_vocabulary_only_listed_concepts_count_and_that_is_said(tmp_path):
    tables = {name: table for name, table in hospital().items() if not name.startswith(("concept", "drug_strength"))}
    record, reading = read(as_csv(tmp_path, tables))
    assert "2" not in record.patients["patient_id"]  # a concept below the listed one
    assert record.treatments["drug"].to_list() == ["azathioprine"]
    said = " ".join(reading.notes)
    for table in ("concept", "concept_ancestor", "drug_strength"):
        assert f"no table {table}:" in said


def test_without_kinds_of_visits_two_days_are_needed(tmp_path):
    tables = {name: table for name, table in hospital().items() if name != "visit_occurrence"}
    record, reading = read(as_csv(tmp_path, tables))
    assert "2" not in record.patients["patient_id"]
    assert any("no kinds of visits" in note for note in reading.notes)


def test_without_conditions_nobody_can_be_selected(tmp_path):
    tables = {name: table for name, table in hospital().items() if name != "condition_occurrence"}
    with pytest.raises(SourceError, match="phenotype=all"):
        read(as_csv(tmp_path, tables))
    record, _ = read(as_csv(tmp_path, tables) + "?phenotype=all")
    assert record.patients.height == 8


def test_rows_of_nobody_and_of_strangers_are_told(tmp_path):
    rows = [("1", "1", str(ALT), "2020-01-01", "30"), ("2", "abc", str(ALT), "2020-01-01", "30"),
            ("3", "77", str(ALT), "2020-01-01", "30"), ("4", "1", str(ALT), "2020-13-01", "30")]  # fmt: skip
    names = ("measurement_id", "person_id", "measurement_concept_id", "measurement_date", "value_as_number")
    tables = {"person": frame("person_id", "year_of_birth", rows=[(1, 1970)]), "measurement": frame(*names, rows=rows)}
    _, reading = read(as_csv(tmp_path, tables) + "?phenotype=all")
    assert reading.counts["measurements"].read == 4
    assert dict(reading.quarantine.select("key", "column").rows()) == {
        "measurement/2": "patient_id", "measurement/3": "patient_id", "measurement/4": "date", "measurement/1": "unit",
    }  # fmt: skip
    assert any("1 rows have no person_id that is a number" in note for note in reading.notes)


def test_a_missing_end_is_the_end_of_the_supply_never_still_taken(tmp_path):
    names = ("drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date",
             "quantity", "days_supply")  # fmt: skip
    rows = [(1, 1, PREDNISOLONE_TABLET, "2020-01-01", None, 60, 30),
            (2, 1, PREDNISOLONE_TABLET, "2020-05-01", None, 0, 0),
            (3, 1, PREDNISOLONE_TABLET, "2020-07-01", None, 1, 10**12)]  # fmt: skip
    tables = hospital() | {"drug_exposure": frame(*names, rows=rows)}
    record, _ = read(as_csv(tmp_path, tables))
    assert record.treatments.select("end", "dose").rows() == [
        (date(2020, 1, 30), 10.0), (date(2020, 5, 1), None), (date(2020, 7, 1), 0.0),
    ]  # fmt: skip


def test_both_variants_at_once_are_unknown(tmp_path):
    tables = hospital() | {"condition_occurrence": conditions(
        (1, AIH, "2020-01-01", 2), (1, 4135822, "2020-01-01", 1), (1, 4058821, "2020-01-01", 1)
    )}  # fmt: skip
    record, _ = read(as_csv(tmp_path, tables))
    assert record.patients["variant"].to_list() == ["unknown"]


def test_a_transplanted_liver_is_known_by_its_date_only(tmp_path):
    tables = hospital() | {
        "condition_occurrence": conditions((1, AIH, "2020-01-01", 2), (1, 42537742, "2021-01-01", 1))
    }
    record, _ = read(as_csv(tmp_path, tables))
    assert record.events.select("event", "detail").rows() == [("liver_transplant", "known by this date")]


def test_the_published_predictive_values_are_these():
    values = {name: one.ppv[0] for name, one in phenotypes().items() if one.ppv is not None}
    assert values == {"icd_only": 77.6, "without_pbc_psc": 89.7, "without_checkpoint_inhibitors": 92.9}
    entry = document()["phenotypes"]["icd_only"]["ppv"]
    assert round(100 * entry["right"] / entry["of"], 1) == entry["percent"]
    assert concept_sets()["autoimmune_hepatitis"].include == (AIH,)


def test_a_folder_whose_person_has_no_person_id_is_no_cdm(tmp_path):
    (tmp_path / "PERSON.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="has no column person_id"):
        open_source(str(tmp_path))
