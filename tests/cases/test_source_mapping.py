"""Mappings: a centre's own files as the six tables, and every row that is left out counted."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from source_cases import TODAY, counts_add_up, quarantined, read

from hepatica.errors import SourceError, UsageError
from hepatica.record import Reading
from hepatica.sources import open_source

LABS = """id;geschlecht;alter;datum;code;wert;einheit
7;w;41;2024-01-05;GPT1;80;U/L
7;w;41;2024-01-05;XX;1;U/L
7;w;41;2024-02-05;GPT1;storniert;
8;m;;2024-01-06;IGG2;17,5;
8;m;;2024-01-06;XY;1;
8;m;;2024-01-06;XX;1;
too;short
"""
MAPPING = """
title: a laboratory export
decimal_comma: true
files:
  labs: {path: labs.csv}
tables:
  patients:
    distinct: true
    columns:
      patient_id: {column: id, prefix: K-, suffix: -x}
      sex: {column: geschlecht, values: {w: female, m: male}}
      birth_date: {age: alter, on: 2024-01-01}
      centre: {constant: Kiel}
  measurements:
    leave_out: {wert: [storniert]}
    codes:
      column: code
      others: leave_out
      table:
        GPT1: ALT
        IGG2: {analyte: IGG, unit: g/L, upper_limit: "16"}
    columns:
      patient_id: {column: id, prefix: K-, suffix: -x}
      date: datum
      value: wert
      unit: einheit
"""


def mapped(tmp_path, mapping=MAPPING, **files):
    for name, content in ({"labs": LABS} | files).items():
        (tmp_path / f"{name}.csv").write_text(content)
    (tmp_path / "map.yaml").write_text(mapping)
    return read(tmp_path, tmp_path / "map.yaml")


def table_of(columns: str, data: str, more: str = "") -> tuple[str, dict[str, str]]:
    """Return a mapping of one file `data` into patients, with these column rules."""
    rules = "".join(f"      {line}\n" for line in columns.strip().split("\n"))
    files = "files: {data: {path: data.csv, missing: [NA]}}\n"
    mapping = f"title: t\n{files}tables:\n  patients:\n{more}    columns:\n{rules}"
    return mapping, {"data": data}


def patients(tmp_path, columns: str, data: str, more: str = ""):
    mapping, files = table_of(columns, data, more)
    record, reading = mapped(tmp_path, mapping, **files)
    return record.patients, reading


def told(reading: Reading) -> list[tuple[str, str]]:
    """Return the cells that are in quarantine or warned of: column, value."""
    return pl.concat([reading.quarantine, reading.warnings]).select("column", "value").sort("value").rows()


def test_a_long_export_with_local_codes(tmp_path):
    record, reading = mapped(tmp_path)
    assert record.measurements.select(
        "patient_id", "analyte", "value", "unit", "limit_from", "file", "line"
    ).rows() == [
        ("K-7-x", "ALT", 80.0, "U/L", "default", "labs.csv", 2),
        ("K-8-x", "IGG", 17.5, "g/L", "row", "labs.csv", 5),
    ]
    assert record.patients.select("patient_id", "sex", "centre", "line").rows() == [
        ("K-7-x", "female", "Kiel", 2),
        ("K-8-x", "male", "Kiel", 5),
    ]
    assert counts_add_up(reading)


def test_every_row_left_out_is_counted_with_its_values(tmp_path):
    _, reading = mapped(tmp_path)
    assert "patients: 2 different rows from 6" in reading.notes
    assert (
        "left out by the mapping: 1 rows of measurements whose wert is to be left out: storniert (1)" in reading.notes
    )
    assert "left out by the mapping: 3 rows of measurements whose code is not listed: XX (2), XY (1)" in reading.notes


def test_a_line_that_is_no_row_is_counted_once(tmp_path):
    _, reading = mapped(tmp_path)
    assert quarantined(reading) == [("labs.csv", 8, "wrong_number_of_fields")]
    assert reading.counts["measurements"].read == 3
    assert reading.counts["patients"].read == 2


def test_codes_that_are_not_listed_may_be_kept_and_are_then_unknown(tmp_path):
    _, reading = mapped(tmp_path, MAPPING.replace("others: leave_out", "others: keep"))
    assert reading.unknown_codes.filter(table="measurements").select("code", "count").rows() == [("XX", 2), ("XY", 1)]


def test_a_limit_from_the_code_table_gives_way_to_the_rows_own(tmp_path):
    columns = MAPPING.replace("unit: einheit", "unit: einheit\n      upper_limit: grenze")
    header = "id;geschlecht;alter;datum;code;wert;einheit;grenze\n"
    labs = header + "7;w;41;2024-01-05;IGG2;17;;17\n7;w;41;2024-01-06;IGG2;17;;\n"
    record, _ = mapped(tmp_path, columns, labs=labs)
    assert record.measurements["upper_limit"].to_list() == [17.0, 16.0]


def test_one_column_per_analyte_becomes_one_row_per_result(tmp_path):
    mapping = """
title: wide
files: {visits: {path: visits.csv, missing: [NA, "."]}}
tables:
  patients: {distinct: true, columns: {patient_id: id}}
  measurements:
    columns: {patient_id: id, date: {days: day, after: entry}}
    wide:
      alt: {analyte: ALT, unit: U/L, upper_limit: "40"}
      igg: {analyte: IGG, unit: g/L}
"""
    visits = "id,entry,day,alt,igg\n1,2020-01-01,0,80,NA\n1,2020-01-01,366,.,15\n"
    record, reading = mapped(tmp_path, mapping, visits=visits)
    assert record.measurements.select("date", "analyte", "value", "limit_from", "line", "key").rows() == [
        (date(2020, 1, 1), "ALT", 80.0, "row", 2, "alt"),
        (date(2021, 1, 1), "IGG", 15.0, None, 3, "igg"),
    ]
    assert reading.counts["measurements"].read == 2
    assert "empty cells that are no measurements: alt (1), igg (1)" in reading.notes


def test_birth_from_an_age_is_a_day_with_decimals_and_a_year_without(tmp_path):
    rules = "patient_id: id\nbirth_date: {age: age, on: 2020-01-01}"
    frame, _ = patients(tmp_path, rules, "id,age\n1,58.5\n2,58\n3,NA\n")
    # 58.5 years are 21,367 days; someone who is 58 was most likely born in 1961 (from 1960-01-02 to 1962-01-01).
    assert frame["birth_date_partial"].to_list()[:2] == [False, True]
    assert frame["birth_date"][0] == date(2020, 1, 1) - timedelta(days=21367)
    assert frame["birth_date"][1].year == 1961
    assert frame["birth_date"][2] is None


@pytest.mark.parametrize("age", ["adult", "-3", "900", "nan", "inf", "1e300"])
def test_an_age_that_is_none_is_shown_and_never_becomes_a_date(tmp_path, age):
    rules = "patient_id: id\nbirth_date: {age: age, on: 2020-01-01}"
    frame, reading = patients(tmp_path, rules, f"id,age\n1,{age}\n")
    assert frame["birth_date"].drop_nulls().len() == 0
    assert told(reading) == [("birth_date", f"{age} years old on 2020-01-01")]


@pytest.mark.parametrize("day", ["soon", "1987", "1e99", "99999999"])
def test_days_after_an_unknown_day_never_become_a_year(tmp_path, day):
    rules = "patient_id: id\ndiagnosis_date: {days: day, after: entry}"
    frame, reading = patients(tmp_path, rules, f"id,entry,day\n1,,{day}\n2,unknown,{day}\n")
    assert frame["diagnosis_date"].drop_nulls().len() == 0
    assert told(reading) == [
        ("diagnosis_date", f"{day} days after an unknown day"),
        ("diagnosis_date", f"{day} days after unknown"),
    ]


@pytest.mark.parametrize(("others", "kept"), [("keep", 1), ("empty", 3), ("leave_out", 1)])
def test_values_that_are_not_listed_are_kept_emptied_or_left_out(tmp_path, others, kept):
    rules = f"patient_id: id\nsex: {{column: sex, values: {{f: female}}, others: {others}}}"
    frame, reading = patients(tmp_path, rules, "id,sex\n1,f\n2,??\n3,\n")
    assert frame.filter(sex="female")["patient_id"].to_list() == ["1"]
    assert (("sex", "??") in told(reading)) == (others == "keep")
    left_out = "left out by the mapping: 2 rows of patients whose sex is not listed: (empty) (1), ?? (1)"
    assert (left_out in reading.notes) == (others == "leave_out")
    assert frame.height >= kept


def test_an_empty_cell_can_be_listed(tmp_path):
    rules = 'patient_id: id\nsex: {column: sex, values: {f: female, "": male}}'
    assert patients(tmp_path, rules, "id,sex\n1,f\n2,\n")[0]["sex"].to_list() == ["female", "male"]


def test_only_listed_rows_are_kept(tmp_path):
    frame, reading = patients(tmp_path, "patient_id: id", "id,arm\n1,A\n2,B\n3,\n", "    keep: {arm: [A]}\n")
    assert frame["patient_id"].to_list() == ["1"]
    assert any(
        note.startswith("left out by the mapping: 2 rows of patients whose arm is not to be kept")
        for note in reading.notes
    )


def test_patients_who_are_left_out_are_counted_and_not_named(tmp_path):
    _, reading = patients(tmp_path, "patient_id: id", "id,arm\n1,A\n2,B\n", "    leave_out: {id: ['2']}\n")
    assert (
        "left out by the mapping: 1 rows of patients whose id is to be left out: values not shown (1)" in reading.notes
    )


def test_a_documented_shift_of_dates(tmp_path):
    rules = 'patient_id: id\ndiagnosis_date: {column: d, shift_years: 100, because: "letter of 2014"}'
    frame, reading = patients(tmp_path, rules, "id,d\n1,1904-02-29\n2,1907\n3,?\n")
    assert frame["diagnosis_date"].to_list()[0] == date(2004, 2, 29)
    assert frame["diagnosis_date"].to_list()[1].year == 2007
    assert told(reading) == [("diagnosis_date", "?")]  # what has no year is not shifted
    assert "patients.diagnosis_date is shifted by 100 years, as the mapping declares: letter of 2014" in reading.notes


def test_different_rows_of_one_patient_are_both_shown_to_the_record(tmp_path):
    _, reading = patients(
        tmp_path, "patient_id: id\nsex: sex", "id,sex\n1,female\n1,male\n1,female\n", "    distinct: true\n"
    )
    assert reading.counts["patients"].read == 2


def test_columns_that_the_mapping_does_not_use_are_named(tmp_path):
    _, reading = patients(tmp_path, "patient_id: id", "id,ward,bed\n1,A,2\n")
    assert "data.csv: columns that the mapping does not use: ward, bed" in reading.notes


def test_the_only_file_can_be_named_itself(tmp_path):
    mapped(tmp_path)
    other = tmp_path / "export of june.csv"
    other.write_text(LABS)
    record, _ = read(other, tmp_path / "map.yaml")
    assert record.measurements["file"].unique().to_list() == ["export of june.csv"]


def test_one_file_for_a_mapping_of_two(tmp_path):
    mapping = MAPPING.replace("labs: {path: labs.csv}", "labs: {path: labs.csv}\n  more: {path: labs.csv}")
    mapping = mapping.replace("    distinct", "    from: more\n    distinct").replace(
        "    leave_out", "    from: labs\n    leave_out"
    )
    assert mapped(tmp_path, mapping)[0].measurements.height == 2
    with pytest.raises(UsageError, match="the mapping needs 2"):
        read(tmp_path / "labs.csv", tmp_path / "map.yaml")


def test_buckets_of_a_mapped_source_are_the_same_record(tmp_path):
    record, reading = mapped(tmp_path)
    with open_source(str(tmp_path), mapping=tmp_path / "map.yaml", today=TODAY) as source:
        parts = [bucket.read() for bucket in source.buckets(1, one_read_below=0)]
    joined = Reading.merged(part for _, part in parts)
    assert len(parts) == 2
    assert joined.counts == reading.counts
    assert sorted(joined.notes) == sorted(reading.notes)
    assert sum(part.measurements.height for part, _ in parts) == record.measurements.height


@pytest.mark.parametrize(
    ("wrong", "right", "where", "what"),
    [
        ("column: geschlecht", "column: sex", "line 11: tables.patients.columns.sex", "labs.csv has no column sex"),
        ("unit: einheit", "units: einheit", "tables.measurements.columns.units", "measurements has no column units"),
        ("GPT1: ALT", "GPT1: ALTT", "tables.measurements.codes.table.GPT1", "ALTT is not an analyte"),
        ("distinct: true", "distinct: yes", "tables.patients.distinct", "is 'yes'"),
        ("distinct: true", "distnct: true", "tables.patients.distnct", "is not a known key"),
        ("      date: datum\n", "", "tables.measurements.columns", "nothing gives date"),
        ("value: wert", "value: wert\n      analyte: code", "columns.analyte", "is already given by codes"),
        ("on: 2024-01-01", "after: 2024-01-01", "columns.birth_date", "age needs on"),
        ("on: 2024-01-01", "on: 2024-01-01, after: x", "columns.birth_date.after", "does not go with age"),
        ("constant: Kiel", "constant: Kiel, prefix: x", "columns.centre.prefix", "only goes with column"),
        ("constant: Kiel", "constant: Kiel, column: id", "columns.centre", "has 2 of column"),
        (
            "{column: id, prefix: K-, suffix: -x}\n      sex",
            "{prefix: K-}\n      sex",
            "columns.patient_id",
            "has 0 of",
        ),
        ("column: geschlecht", "column: geschlecht, shift_years: 1", "columns.sex", "go together"),
        ("labs: {path: labs.csv}", "labs: {path: gone.csv}", "files.labs.path", "gone.csv does not exist"),
        ("    distinct", "    from: lab\n    distinct", "tables.patients.from", "there is no file lab"),
        ("    leave_out", "    wide: {wert: ALT}\n    leave_out", "measurements.wide", "stands beside codes"),
        ("    distinct", "    wide: {wert: ALT}\n    distinct", "patients.wide", "is only for measurements"),
        ("title: a", "titel: a", "titel", "is not a known key"),
        ("  patients:", "  patient:", "tables", "patient"),
        ("decimal_comma: true", "decimal_comma: true\nfiles: {}", "files", "is written twice"),
    ],
)
def test_a_wrong_mapping_names_the_file_the_place_and_a_remedy(tmp_path, wrong, right, where, what):
    assert wrong in MAPPING
    with pytest.raises(UsageError) as trouble:
        mapped(tmp_path, MAPPING.replace(wrong, right, 1))
    assert trouble.value.where.startswith("map.yaml, line ")
    assert where in trouble.value.where
    assert what in trouble.value.what
    assert trouble.value.remedy


def test_a_mapping_that_is_not_there(tmp_path):
    (tmp_path / "labs.csv").write_text(LABS)
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path, tmp_path / "map.yaml")


def test_a_foreign_file_without_the_columns_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match="is no header"):
        mapped(tmp_path, labs="a;b\n1;2\n")
