"""hepatica.yaml and limits.csv: what a centre declares about its folder."""

from __future__ import annotations

from datetime import date

import pytest
from source_cases import ALT, HEADER, PATIENTS, folder_of, quarantined, read

from hepatica.errors import SourceError

LIMITS = "centre,analyte,sex,age_from,age_to,valid_from,valid_to,lower_limit,upper_limit,unit\n"
NO_LIMIT = "P1,2024-01-05,ALT,80,U/L,\n"


def declared(tmp_path, declaration, **files):
    return read(folder_of(tmp_path, hepatica_yaml=declaration, **files))


def test_decimal_comma_and_german_dates(tmp_path):
    text = "patient_id;date;analyte;value;unit;upper_limit\nP1;05.01.2024;IGG;17,5;g/L;16,0\n"
    record, _ = declared(tmp_path, "decimal_comma: true\ndate_formats: [DD.MM.YYYY]\n", measurements=text)
    assert record.measurements.select("date", "value").rows() == [(date(2024, 1, 5), 17.5)]


def test_the_same_rows_undeclared_are_not_guessed(tmp_path):
    text = "patient_id;date;analyte;value;unit;upper_limit\nP1;05.01.2024;IGG;17,5;g/L;16,0\n"
    record, reading = read(folder_of(tmp_path, measurements=text))
    assert record.measurements.height == 0
    assert reading.counts["measurements"].quarantined == 1


def test_excel_serial_dates(tmp_path):
    record, _ = declared(tmp_path, "date_formats: [EXCEL]\n", measurements=HEADER + ALT.replace("2024-01-05", "45296"))
    assert record.measurements["date"].to_list() == [date(2024, 1, 5)]


def test_words_for_missing(tmp_path):
    text = HEADER + NO_LIMIT.strip() + ".\n" + NO_LIMIT.replace("80", " NA ")
    record, reading = declared(tmp_path, 'missing: [NA, "."]\n', measurements=text)
    assert record.measurements["limit_from"].to_list() == ["default"]
    assert quarantined(reading) == [("measurements.csv", 3, "missing_value")]


def test_a_local_spelling_of_a_unit(tmp_path):
    text = HEADER + ALT.replace("U/L", "Einh./L")
    record, reading = declared(tmp_path, "unit_aliases: {Einh./L: U/L}\n", measurements=text)
    assert record.measurements["unit"].to_list() == ["U/L"]
    assert "unit 'Einh./L' read as 'U/L' in 1 rows, as declared" in reading.notes


def test_a_table_in_another_file_with_its_own_separator_and_comments(tmp_path):
    declaration = """
files:
  measurements: {path: lab export.txt, separator: tab, encoding: windows-1252, skip_lines: 1, comment: "#"}
"""
    folder = folder_of(tmp_path, hepatica_yaml=declaration)
    text = "Labor Zürich\n# made by hand\n" + (HEADER + "# first\n" + ALT).replace(",", "\t")
    (folder / "lab export.txt").write_bytes(text.encode("cp1252"))
    record, reading = read(folder)
    assert record.measurements.select("file", "line").rows() == [("lab export.txt", 5)]
    assert any(note.startswith("lab export.txt: Windows-1252, separator tab, ") for note in reading.notes)
    assert any("1 comment lines" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("declaration", "where", "what"),
    [
        ("decimal_coma: true\n", "hepatica.yaml, line 1: decimal_coma", "is not a known key"),
        ("\ndecimal_comma: yes\n", "hepatica.yaml, line 2: decimal_comma", "is 'yes'"),
        ("date_formats: [DD.MM.YY]\n", "hepatica.yaml, line 1: date_formats", "DD.MM.YY is not known"),
        ("date_formats: [DD/MM/YYYY, MM/DD/YYYY]\n", "hepatica.yaml, line 1: date_formats", "contradict"),
        ("time_zone: Mars/Base\n", "hepatica.yaml, line 1: time_zone", "Mars/Base is not known"),
        ("separator: comma\nseparator: tab\n", "separator", "is written twice"),
        ("missing: NA\n", "hepatica.yaml, line 1: missing", "should be a list of texts"),
        ("files:\n  labs: {path: x}\n", "hepatica.yaml, line 1: files", "is 'labs'"),
        ("files:\n  events: {separator: tab}\n", "hepatica.yaml, line 2: files.events", "the key path is missing"),
        ("files:\n  events: {path: gone.txt}\n", "files.events.path", "gone.txt does not exist"),
        ("a: [1\n", "hepatica.yaml, line 2", "is not YAML"),
        ("- a\n", "hepatica.yaml", "is not a list of `key: value` lines"),
    ],
)
def test_a_wrong_declaration_names_its_place_and_a_remedy(tmp_path, declaration, where, what):
    with pytest.raises(SourceError) as trouble:
        declared(tmp_path, declaration)
    assert where in trouble.value.where
    assert what in trouble.value.what
    assert trouble.value.remedy


def test_an_empty_declaration_declares_nothing(tmp_path):
    assert declared(tmp_path, "# nothing yet\n")[0].patients.height == 2


def test_the_centres_own_limits_go_before_the_defaults(tmp_path):
    limits = LIMITS + ",ALT,female,18,,2020-01-01,,10,32,U/L\n"
    record, _ = read(folder_of(tmp_path, measurements=HEADER + NO_LIMIT, limits=limits))
    assert record.measurements.select("limit_from", "upper_limit", "x_uln").rows() == [("centre", 32.0, 2.5)]


def test_limits_with_the_needed_columns_only(tmp_path):
    folder = folder_of(tmp_path, measurements=HEADER + NO_LIMIT, limits="analyte;upper_limit;unit\nALT;40;U/L\n")
    assert read(folder)[0].measurements["x_uln"].to_list() == [2.0]


@pytest.mark.parametrize(
    ("row", "where", "what"),
    [
        (",ALT,,,,,,,forty,U/L\n", "limits.csv, line 2", "upper_limit cannot be read"),
        (",ALT,,,,,,,inf,U/L\n", "limits.csv, line 2", "upper_limit cannot be read"),
        (",ALT,,,,1.1.2020,,,40,U/L\n", "limits.csv, line 2", "valid_from cannot be read"),
        (",ALT,,,,,,,,U/L\n", "limits.csv, line 2", "upper is empty"),
        (",,,,,,,,40,U/L\n", "limits.csv, line 2", "analyte is empty"),
        (",ALT,,,,,,50,40,U/L\n", "limits.csv, line 2", "the lower limit is above the upper"),
        (",ALT,40\n", "limits.csv, line 2", "is no row of the table"),
    ],
)
def test_a_limit_that_cannot_be_used_stops_the_reading(tmp_path, row, where, what):
    with pytest.raises(SourceError) as trouble:
        read(folder_of(tmp_path, limits=LIMITS + row))
    assert where in trouble.value.where
    assert what in trouble.value.what


def test_limits_without_a_needed_column(tmp_path):
    with pytest.raises(SourceError, match=r"limits.csv: has no column unit"):
        read(folder_of(tmp_path, limits="analyte,upper_limit\nALT,40\n"))


def test_yaml_does_not_turn_a_code_into_a_number_or_a_country_into_a_word(tmp_path):
    text = PATIENTS.replace("P1", "0123").replace("P2", "NO")
    record, _ = declared(tmp_path, "missing: [0123, NO]\n", patients="patient_id,centre\nP1,0123\nP2,NO\n")
    assert record.patients["centre"].to_list() == [None, None]
    assert read(folder_of(tmp_path, hepatica_yaml="{}", patients=text))[0].patients["patient_id"].to_list() == [
        "0123",
        "NO",
    ]
