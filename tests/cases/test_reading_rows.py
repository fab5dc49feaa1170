"""Rows: who they belong to, which are the same, which are left out, and that every one of them is accounted for."""

from __future__ import annotations

import json

import polars as pl
import pytest
from reading_cases import ANNA, TODAY, raw_table, read, result

from hepatica.errors import SourceError
from hepatica.record import Reading, TableCount
from hepatica.record.checking import check_tables


def test_counts_add_up():
    rows = [result("35"), result("35"), result("36"), result("x"), result("35", "XYZ"), {"patient_id": None}]
    told = read(measurements=rows)
    assert told.reading.counts["measurements"] == TableCount(read=6, kept=2, folded=1, quarantined=3)
    assert told.reading.counts["patients"] == TableCount(read=1, kept=1)


def test_a_row_in_quarantine_says_where_it_stands_and_why():
    told = read(measurements=[result("35"), result("CANCELED")])
    (row,) = told.reading.quarantine.to_dicts()
    assert row["table"] == "measurements"
    assert (row["file"], row["line"], row["key"]) == ("measurements.csv", 3, None)
    assert (row["patient_id"], row["column"], row["value"]) == ("P1", "value", "CANCELED")
    assert row["reason"] == "not_a_result"
    assert row["explanation"]


def test_a_row_with_several_faults_is_in_quarantine_once_for_the_most_basic():
    told = read(measurements=[result("x", "XYZ", "foo", date="soon")])
    assert told.reasons() == ["not_a_date"]


@pytest.mark.parametrize("column", ["patient_id", "date", "analyte", "value"])
def test_a_required_cell_that_is_empty_is_named(column):
    for empty in (None, "", "  "):
        assert read(measurements=[result("35") | {column: empty}]).reasons() == [f"missing_{column}"]


def test_duplicates_are_folded_only_if_everything_is_the_same():
    rows = [result("35"), result("35.0"), result("35", unit="IU/L"), result("36"), result("35", upper_limit="40")]
    told = read(measurements=rows)
    assert [(row["value"], row["limit_from"]) for row in told.kept()] == [
        (35.0, "default"),
        (36.0, "default"),
        (35.0, "row"),
    ]
    assert told.reading.counts["measurements"].folded == 2
    assert told.kept()[0]["line"] == 2  # the first stays


def test_rows_keep_their_order_and_are_numbered():
    told = read(measurements=[result("35"), result("x"), result("36"), result("35"), result("37")])
    assert [(row["row"], row["line"]) for row in told.kept()] == [(0, 2), (1, 4), (2, 6)]


def test_the_same_patient_twice_is_folded_if_the_same_and_set_aside_if_not():
    told = read(patients=[ANNA, ANNA, ANNA | {"sex": "male"}])
    assert told.reading.counts["patients"] == TableCount(read=3, kept=1, folded=1, quarantined=1)
    (row,) = told.reading.quarantine.to_dicts()
    assert row["reason"] == "duplicate_patient"
    assert "patients.csv line 2" in row["explanation"]
    assert "patients.csv line 4" in row["explanation"]
    assert told.kept("patients")[0]["sex"] == "female"


def test_a_patient_who_was_set_aside_once_is_not_a_duplicate():
    told = read(patients=[ANNA | {"birth_date": "2030-01-01"}, ANNA], measurements=[result("35")])
    assert told.reasons() == ["in_future"]
    assert len(told.kept()) == 1


def test_rows_of_unknown_patients_are_set_aside_and_say_whether_the_patient_was():
    told = read(
        patients=[ANNA | {"birth_date": "2030-01-01"}],
        measurements=[result("35"), result("35", patient_id="P9")],
    )
    explained = dict(told.reading.quarantine.select("patient_id", "explanation").iter_rows())
    assert told.reasons() == ["in_future", "unknown_patient", "unknown_patient"]
    assert "patients.csv line 2" in explained["P1"]
    assert "quarantine" not in explained["P9"]


def test_blanks_around_a_patient_id_do_not_make_another_patient():
    assert len(read(measurements=[result("35", patient_id=" P1 ")]).kept()) == 1


def test_an_unknown_code_is_reported_once_with_its_count():
    rows = [result("1", "FOO"), result("2", " FOO "), result("3", "BAR"), result("35")]
    told = read(measurements=rows)
    assert told.reading.unknown_codes.rows() == [
        ("measurements", "analyte", "FOO", 2),
        ("measurements", "analyte", "BAR", 1),
    ]
    assert told.reasons() == ["unknown_analyte"] * 3


def test_analytes_by_name_loinc_and_omop():
    codes = ["alt", "GPT", " Alt ", "LOINC:1742-6", "omop:3006923"]
    told = read(measurements=[result(str(30 + number), code) for number, code in enumerate(codes)])
    assert [row["analyte"] for row in told.kept()] == ["ALT"] * len(codes)


def test_columns_that_no_table_has_are_named_not_an_error():
    told = read(patients=[ANNA | {"shoe_size": "39", "name": "x"}])
    assert told.reading.ignored_columns == {"patients": ["shoe_size", "name"]}


def test_a_missing_required_column_is_an_error_with_a_remedy():
    table = raw_table("measurements", [result("35")]).drop("date")
    with pytest.raises(SourceError, match=r"measurements\.csv") as trouble:
        check_tables({"patients": raw_table("patients", [ANNA]), "measurements": table}, today=TODAY)
    assert "date" in trouble.value.what
    assert trouble.value.remedy


def test_without_patients_or_with_a_strange_table_there_is_no_record():
    with pytest.raises(SourceError, match="patients"):
        check_tables({"measurements": raw_table("measurements", [])}, today=TODAY)
    with pytest.raises(SourceError, match="labs"):
        check_tables({"patients": raw_table("patients", []), "labs": raw_table("patients", [])}, today=TODAY)


def test_a_column_of_lists_is_an_error():
    table = raw_table("patients", [ANNA]).with_columns(sex=pl.Series([["female"]]))
    with pytest.raises(SourceError, match="sex"):
        check_tables({"patients": table}, today=TODAY)


def test_empty_tables_give_an_empty_record():
    told = read(patients=[], measurements=[], treatments=[], events=[], biopsies=[], genotypes=[])
    assert told.record.measurements.height == 0
    assert told.reading.counts["events"] == TableCount()


def test_typed_columns_are_read_like_their_text():
    written = [result("35", upper_limit="40"), result("0", "HBV_DNA", "IU/mL"), result("1e3"), result(None)]
    text = raw_table("measurements", written)
    typed = text.with_columns(
        pl.col("value", "upper_limit").cast(pl.Float64), pl.col("date").str.to_datetime("%Y-%m-%d")
    )
    patients = raw_table("patients", [ANNA])
    born = patients.with_columns(birth_date=pl.lit("1980-05-05").str.to_date())
    from_text, told = check_tables({"patients": patients, "measurements": text}, today=TODAY)
    from_types, also_told = check_tables({"patients": born, "measurements": typed}, today=TODAY)
    for table in ("patients", "measurements"):
        assert from_types.table(table).equals(from_text.table(table))
    assert also_told.reasons().equals(told.reasons())


def test_typed_numbers_that_are_none_are_set_aside():
    typed = raw_table("measurements", [result("1"), result("2"), result("3")]).with_columns(
        value=pl.Series([float("nan"), float("inf"), 35.0])
    )
    record, reading = check_tables({"patients": raw_table("patients", [ANNA]), "measurements": typed}, today=TODAY)
    assert reading.quarantine["reason"].to_list() == ["not_finite", "not_finite"]
    assert record.measurements["value"].to_list() == [35.0]


def test_whole_numbers_as_keys_are_the_same_in_every_type():
    patients = raw_table("patients", [ANNA]).with_columns(patient_id=pl.lit(7.0), birth_date=pl.lit(1980))
    measured = raw_table("measurements", [result("35")]).with_columns(patient_id=pl.lit(7))
    record, reading = check_tables({"patients": patients, "measurements": measured}, today=TODAY)
    assert record.measurements["patient_id"].to_list() == ["7"]
    assert reading.quarantine.is_empty()
    assert record.patients["birth_date_partial"].to_list() == [True]


def test_readings_of_buckets_are_merged_into_one_account():
    one = read(measurements=[result("35"), result("1", "FOO"), result("2", "FOO")]).reading
    other = read(patients=[ANNA | {"x": "1"}], measurements=[result("x"), result("1", "FOO")]).reading
    whole = Reading.merged([one, other])
    assert whole.counts["measurements"] == TableCount(read=5, kept=1, folded=0, quarantined=4)
    assert whole.unknown_codes.rows() == [("measurements", "analyte", "FOO", 3)]
    assert whole.ignored_columns == {"patients": ["x"]}
    assert whole.quarantine.height == 4
    assert one.counts["measurements"].read == 3  # the parts stay as they are


def test_the_summary_is_json_and_holds_no_value():
    reading = read(measurements=[result("35"), result("secret")]).reading
    summary = json.dumps(reading.summary())
    assert "secret" not in summary
    assert "P1" not in summary
    assert json.loads(summary)["quarantine"] == [{"table": "measurements", "reason": "not_a_result", "count": 1}]
