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


def test_a_table_that_is_a_link_to_nowhere_is_called_so(tmp_path):
    folder_of(tmp_path)
    (tmp_path / "events.csv").symlink_to(tmp_path / "gone.csv")
    with pytest.raises(SourceError, match=r"events.csv: is no file, or a link to one that is gone"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("cut", [False, True], ids=["at once", "in buckets"])
def test_a_file_that_is_named_like_no_table_is_told_and_what_is_about_the_folder_is_not(tmp_path, cut):
    about = {"README_txt": "", "limits": "analyte,upper_limit,unit\nALT,40,U/L\n", "hepatica_yaml": "missing: [NA]\n"}
    folder = folder_of(tmp_path, measurements=HEADER + ALT, treatment="patient_id,drug,start\n", **about)
    (folder / "truth").mkdir()
    with open_source(str(folder), today=TODAY) as source:
        readings = [bucket.read()[1] for bucket in source.buckets(1, one_read_below=1 if cut else 1_000)]
    told = [note for reading in readings for note in reading.notes if "not read" in note]
    tables = "patients, measurements, treatments, events, biopsies, genotypes"
    assert told == [f"not read, since no table is named so: treatment.csv (tables are {tables})"]


def test_of_very_many_files_that_are_no_tables_some_are_named(tmp_path):
    folder_of(tmp_path)
    for number in range(22):
        (tmp_path / f"scan {number:02}.pdf").write_bytes(b"")
    (told,) = [note for note in read(tmp_path)[1].notes if "not read" in note]
    assert "scan 19.pdf and 2 more" in told


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
