"""SOURCE on the command line: what is recognised, and what is refused with a remedy."""

from __future__ import annotations

import pytest
from source_cases import ALT, HEADER, TODAY, folder_of, read

from hepatica.errors import SourceError, UsageError
from hepatica.sources import open_source


def test_a_folder_with_patients_is_enough(tmp_path):
    record, reading = read(folder_of(tmp_path))
    assert record.patients["patient_id"].to_list() == ["P1", "P2"]
    assert record.measurements.height == 0
    assert reading.counts["patients"].kept == 2


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        open_source(str(tmp_path / "absent"))


@pytest.mark.parametrize("name", ["x" * 5000, "zero\0byte"])
def test_a_name_that_no_file_can_have(name):
    with pytest.raises(SourceError, match="does not exist"):
        open_source(name)


def test_a_file_instead_of_its_folder(tmp_path):
    folder_of(tmp_path)
    with pytest.raises(SourceError, match="is a file, not a folder") as trouble:
        open_source(str(tmp_path / "patients.csv"))
    assert "folder" in trouble.value.remedy


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("labs.csv", "holds no patients table"),
        ("Patient.ndjson", "FHIR"),
        ("patients.xlsx", "save it as patients.csv"),
        ("patients.tsv", "declare its path in hepatica.yaml"),
    ],
)
def test_a_folder_without_patients_says_what_it_seems_to_be(tmp_path, file, hint):
    (tmp_path / file).write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="patients") as trouble:
        open_source(str(tmp_path))
    assert hint in str(trouble.value)


def test_a_table_that_is_there_twice_is_not_chosen_from(tmp_path):
    folder = folder_of(tmp_path, measurements=HEADER + ALT)
    (folder / "measurements.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match=r"twice \(measurements.csv, measurements.parquet\)"):
        open_source(str(folder))


def test_capitals_in_file_names_do_not_matter(tmp_path):
    folder_of(tmp_path)
    (tmp_path / "patients.csv").rename(tmp_path / "Patients.CSV")
    assert read(tmp_path)[0].patients.height == 2


def test_a_folder_named_like_a_table(tmp_path):
    folder_of(tmp_path)
    (tmp_path / "events.csv").mkdir()
    with pytest.raises(SourceError, match=r"events.csv: is a folder"):
        open_source(str(tmp_path))


def test_one_patient_alone(tmp_path):
    source = open_source(str(folder_of(tmp_path, measurements=HEADER + ALT + ALT.replace("P1", "P2"))), today=TODAY)
    record, reading = source.read_patient("P2")
    assert record.patients["patient_id"].to_list() == ["P2"]
    assert record.measurements["line"].to_list() == [3]
    assert reading.counts["measurements"].read == 1


def test_a_patient_whom_the_source_does_not_have(tmp_path):
    with pytest.raises(UsageError, match="P9 is not in patients"):
        open_source(str(folder_of(tmp_path)), today=TODAY).read_patient("P9")


def test_lines_that_are_no_rows_may_be_anyones_and_are_told_with_one_patient(tmp_path):
    source = open_source(str(folder_of(tmp_path, measurements=HEADER + ALT + "P1,2024-01-06\n")), today=TODAY)
    _, reading = source.read_patient("P1")
    assert reading.counts["measurements"].read == 1
    assert "measurements.csv: 1 lines are no rows; whose they are is not known" in reading.notes
