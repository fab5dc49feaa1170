"""Text tables as they come: every row with its line, every line that is no row in quarantine."""

from __future__ import annotations

import gzip

import pytest
from source_cases import ALT, HEADER, PATIENTS, counts_add_up, folder_of, quarantined, read

from hepatica.errors import SourceError


def measurements(tmp_path, text):
    return read(folder_of(tmp_path, measurements=text))


def lines(record):
    return record.measurements["line"].to_list()


def test_the_header_is_line_1(tmp_path):
    record, reading = measurements(tmp_path, HEADER + ALT + ALT.replace("80", "90"))
    assert lines(record) == [2, 3]
    assert record.measurements["file"].unique().to_list() == ["measurements.csv"]
    assert counts_add_up(reading)


def test_blank_lines_are_skipped_told_and_counted_as_lines(tmp_path):
    record, reading = measurements(tmp_path, "\n" + HEADER + "\n" + ALT + "\r\n" + ALT.replace("80", "90") + "\n\n")
    assert lines(record) == [4, 6]
    assert reading.counts["measurements"].read == 2
    assert any("(4 blank lines skipped)" in note for note in reading.notes)


def test_a_line_break_in_quotes_moves_the_lines_after_it(tmp_path):
    header = "patient_id,date,event,detail\n"
    events = header + 'P1,2024-01-05,infection,"sinusitis,\nthen bronchitis"\nP1,2024-02-05,infection,\n'
    record, _ = read(folder_of(tmp_path, events=events))
    assert record.events["line"].to_list() == [2, 4]
    assert record.events["detail"].to_list() == ["sinusitis,\nthen bronchitis", None]


@pytest.mark.parametrize("row", ["P1,2024-01-06,ALT,80,U/L", "P1,2024-01-06,ALT,45,5,U/L,40", "P1"])
def test_a_row_with_the_wrong_number_of_cells_is_quarantined_alone(tmp_path, row):
    record, reading = measurements(tmp_path, HEADER + ALT + row + "\n" + ALT.replace("80", "90"))
    assert lines(record) == [2, 4]
    assert quarantined(reading) == [("measurements.csv", 3, "wrong_number_of_fields")]
    count = reading.counts["measurements"]
    assert (count.read, count.kept, count.quarantined) == (3, 2, 1)
    assert reading.quarantine["value"].to_list() == [row]


def test_a_quote_that_never_closes_costs_one_line(tmp_path):
    record, reading = measurements(tmp_path, HEADER + ALT + '"P1,2024-01-06,ALT,80,U/L,40\n' + ALT.replace("80", "90"))
    assert lines(record) == [2, 4]
    assert quarantined(reading) == [("measurements.csv", 3, "quote_not_closed")]
    assert counts_add_up(reading)


def test_a_zero_byte_costs_one_line(tmp_path):
    record, reading = measurements(tmp_path, HEADER + ALT + ALT.replace("80", "9\x000") + ALT.replace("80", "90"))
    assert lines(record) == [2, 4]
    assert quarantined(reading) == [("measurements.csv", 3, "unreadable_row")]


def test_an_empty_file_has_no_header(tmp_path):
    with pytest.raises(SourceError, match=r"measurements.csv: is empty"):
        measurements(tmp_path, "")


def test_a_header_alone_is_an_empty_table(tmp_path):
    record, reading = measurements(tmp_path, HEADER)
    assert record.measurements.height == 0
    assert reading.counts["measurements"].read == 0


def test_a_file_without_header_is_refused_without_showing_its_first_row(tmp_path):
    with pytest.raises(SourceError, match=r"measurements.csv, line 1: is no header") as trouble:
        measurements(tmp_path, ALT * 3)
    assert "2024" not in str(trouble.value)


def test_a_required_column_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match=r"has no column analyte") as trouble:
        measurements(tmp_path, "patient_id,date,test,value\nP1,2024-01-05,ALT,80\n")
    assert "patient_id, date, test, value" in trouble.value.remedy


def test_a_header_that_names_a_column_twice(tmp_path):
    with pytest.raises(SourceError, match="2 columns are named value"):
        measurements(tmp_path, "patient_id,date,analyte,value,Value\nP1,2024-01-05,ALT,80,90\n")


def test_capitals_and_blanks_in_column_names_do_not_matter(tmp_path):
    record, _ = measurements(tmp_path, HEADER.upper().replace(",", " , ") + ALT)
    assert record.measurements["x_uln"].to_list() == [2.0]


def test_columns_that_the_table_does_not_have_are_named(tmp_path):
    _, reading = measurements(tmp_path, HEADER.strip() + ",ward\n" + ALT.strip() + ",7B\n")
    assert reading.ignored_columns["measurements"] == ["ward"]


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_the_separator_is_found_by_the_header_and_told(tmp_path, separator, word):
    record, reading = measurements(tmp_path, (HEADER + ALT).replace(",", separator))
    assert lines(record) == [2]
    assert any(note.startswith(f"measurements.csv: UTF-8, separator {word}, ") for note in reading.notes)


def test_excels_own_separator_line(tmp_path):
    record, _ = measurements(tmp_path, "sep=;\r\n" + (HEADER + ALT).replace(",", ";").replace("\n", "\r\n"))
    assert lines(record) == [3]


def test_old_mac_line_ends(tmp_path):
    record, _ = measurements(tmp_path, (HEADER + ALT + ALT.replace("80", "90")).replace("\n", "\r"))
    assert lines(record) == [2, 3]


@pytest.mark.parametrize(("codec", "told"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with BOM"), ("utf-16", "UTF-16")])
def test_encodings_that_are_recognised(tmp_path, codec, told):
    text = "patient_id,centre\nP1,Universitätsspital Zürich\n"
    record, reading = read(folder_of(tmp_path, patients=text.encode(codec)))
    assert record.patients["centre"].to_list() == ["Universitätsspital Zürich"]
    assert any(f"patients.csv: {told}, separator comma" in note for note in reading.notes)


def test_windows_1252_is_read_and_the_assumption_told_with_its_line(tmp_path):
    text = "patient_id,centre\nP1,Basel\nP2,Zürich\n".encode("cp1252")
    record, reading = read(folder_of(tmp_path, patients=text))
    assert record.patients["centre"].to_list() == ["Basel", "Zürich"]
    assert any(note.startswith("patients.csv: not UTF-8 (first seen on line 3)") for note in reading.notes)


def test_windows_1252_is_refused_where_utf_8_was_declared(tmp_path):
    text = "patient_id,centre\nP1,Zürich\n".encode("cp1252")
    with pytest.raises(SourceError, match=r"patients.csv, line 2: is not UTF-8") as trouble:
        read(folder_of(tmp_path, patients=text, hepatica_yaml="encoding: utf-8\n"))
    assert "hepatica.yaml" in trouble.value.remedy


def test_bytes_that_are_neither_utf_8_nor_windows_1252(tmp_path):
    with pytest.raises(SourceError, match=r"line 2: is neither UTF-8 nor Windows-1252"):
        read(folder_of(tmp_path, patients=b"patient_id,centre\nP1,\x81\x8d\xff\n"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04rest", "an Excel workbook"),
        (b"PAR1rest", "a Parquet file"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (b"\x00\x01\x02\x03", "zero bytes"),
        ("patient_id\nP1\n".encode("utf-16-le"), "zero bytes"),
    ],
)
def test_what_is_no_text_is_named(tmp_path, content, told):
    with pytest.raises(SourceError, match=told):
        read(folder_of(tmp_path, patients=content))


def test_a_gzipped_table(tmp_path):
    folder_of(tmp_path)
    (tmp_path / "measurements.csv.gz").write_bytes(gzip.compress((HEADER + ALT).encode()))
    record, _ = read(tmp_path)
    assert record.measurements["file"].to_list() == ["measurements.csv.gz"]


def test_a_damaged_gzip_file(tmp_path):
    folder_of(tmp_path)
    (tmp_path / "measurements.csv.gz").write_bytes(gzip.compress((HEADER + ALT * 999).encode())[:-20])
    with pytest.raises(SourceError, match=r"measurements.csv.gz: the gzip file is damaged"):
        read(tmp_path)


def test_a_row_that_is_longer_than_any_row_is(tmp_path):
    record, reading = measurements(tmp_path, HEADER + ALT + "x" * 200_000 + "\n" + ALT.replace("80", "90"))
    assert lines(record) == [2, 4]
    assert quarantined(reading) == [("measurements.csv", 3, "unreadable_row")]
    assert len(reading.quarantine["value"][0]) == 200


def test_a_quote_inside_an_unquoted_cell_is_a_sign_like_any_other(tmp_path):
    record, _ = read(folder_of(tmp_path, patients=PATIENTS.replace("P2", 'P"2')))
    assert record.patients["patient_id"].to_list() == ["P1", 'P"2']
