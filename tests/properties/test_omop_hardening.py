"""Whatever OMOP files hold, reading ends in an error with a remedy or in counts that add up, and nothing is run."""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omop_cases import TODAY, as_csv, as_duckdb, as_parquet, as_postgres, frame, hospital, read

from hepatica.errors import HepaticaError, SourceError
from hepatica.sources import open_source
from hepatica.sources.omop import archive, holds

relaxed = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PERSON = b"person_id,gender_concept_id,year_of_birth\n1,8532,1970\n"
MEASUREMENT = (
    b"measurement_id,person_id,measurement_concept_id,measurement_date,operator_concept_id,value_as_number,"
    b"value_as_concept_id,unit_concept_id,range_low,range_high,measurement_source_value,unit_source_value\n"
)
DRUG = (
    b"drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,quantity,days_supply\n"
)
CELLS = st.sampled_from(
    [b"1", b"-1", b"3006923", b"2020-01-01", b"2020-02-30", b"0", b"", b"9" * 400, b"1e999", b"NaN", b"-inf", b"1.5",
     b'"', b'"a""b"', b"\xff\xfe", b"\0", b"'; drop table person; --", b"8645", b"1550557", b"U/L", b",", b"\r\n",
     b"\n"]
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=14).map(b",".join), max_size=12).map(b"\n".join)


def assert_read_or_refused(source: str) -> None:
    with contextlib.suppress(HepaticaError), open_source(source, today=TODAY) as opened:
        record, reading = opened.read()
        for table, count in reading.counts.items():
            assert count.read == count.kept + count.folded + count.quarantined
            assert record.table(table).height == count.kept


def folder_of(**files: bytes) -> tempfile.TemporaryDirectory:
    folder = tempfile.TemporaryDirectory()
    for name, content in files.items():
        (Path(folder.name) / f"{name}.csv").write_bytes(content)
    return folder


@relaxed
@given(ROWS, ROWS)
def test_any_cells_in_any_number(results, drugs):
    with folder_of(person=PERSON, measurement=MEASUREMENT + results, drug_exposure=DRUG + drugs) as folder:
        assert_read_or_refused(f"omop:{folder}?phenotype=all")


@relaxed
@given(st.binary(max_size=300))
def test_any_bytes_as_person(content):
    with folder_of(person=content) as folder:
        holds(Path(folder))
        assert_read_or_refused(f"omop:{folder}?phenotype=all")


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """The hospital's measurements as Parquet, the hospital as a DuckDB file and as an archive: bytes of each."""
    folder = tmp_path_factory.mktemp("whole")
    as_parquet(folder / "parquet", hospital())
    as_duckdb(folder / "cdm.duckdb", hospital())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for path in (folder / "parquet").iterdir():
            made.write(path, path.name)
    parquet = {path.name: path.read_bytes() for path in (folder / "parquet").iterdir()}
    return parquet, (folder / "cdm.duckdb").read_bytes(), packed.getvalue()


@relaxed
@given(data=st.data(), form=st.sampled_from(["parquet", "duckdb", "zip"]))
def test_truncated_and_scratched_files(whole_files, data, form):
    parquet, database, packed = whole_files
    content = {"parquet": parquet["measurement.parquet"], "duckdb": database, "zip": packed}[form]
    scratched = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for place in data.draw(st.lists(st.integers(0, max(len(scratched) - 1, 0)), max_size=3)):
        if scratched:
            scratched[place] ^= data.draw(st.integers(1, 255))
    with tempfile.TemporaryDirectory() as folder:
        if form == "parquet":
            for name, one in parquet.items():
                (Path(folder) / name).write_bytes(one)
            (Path(folder) / "measurement.parquet").write_bytes(scratched)
            place = folder
        else:
            place = f"{folder}/cdm.{form}"
            Path(place).write_bytes(scratched)
        assert_read_or_refused(f"omop:{place}?phenotype=all")


def test_an_archive_that_unpacks_to_more_than_can_be_true_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "SMALL", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("person.csv", PERSON)
        bomb.writestr("measurement.csv", MEASUREMENT + b"\n" * (8 << 20))
    before = set(Path(tempfile.gettempdir()).glob("hepatica-omop-*"))
    with pytest.raises(SourceError, match="more than 100 times"):
        open_source(f"omop:{tmp_path / 'bomb.zip'}")
    assert set(Path(tempfile.gettempdir()).glob("hepatica-omop-*")) <= before


def test_paths_in_an_archive_lead_nowhere(tmp_path):
    with zipfile.ZipFile(tmp_path / "tricks.zip", "w") as made:
        made.writestr("../../person.csv", PERSON)
        made.writestr("/etc/measurement.csv", MEASUREMENT)
        made.writestr("..\\elsewhere\\death.csv", b"person_id,death_date\n")
        made.writestr("../evil.sh", b"#!/bin/sh\n")
        made.writestr("__MACOSX/._person.csv", b"junk")
    before = {path.name for path in tmp_path.parent.iterdir()}
    folder = archive.unpacked(tmp_path / "tricks.zip")
    assert sorted(path.name for path in folder.iterdir()) == ["death.csv", "measurement.csv", "person.csv"]
    assert {path.name for path in tmp_path.parent.iterdir()} == before
    record, _ = read(f"omop:{tmp_path / 'tricks.zip'}?phenotype=all")
    assert record.patients.height == 1


def test_an_archive_with_a_table_twice_is_not_chosen_from(tmp_path):
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as made:
        made.writestr("a/person.csv", PERSON)
        made.writestr("b/PERSON.csv", PERSON)
    with pytest.raises(SourceError, match="twice"):
        open_source(f"omop:{tmp_path / 'twice.zip'}")


def test_an_unpacked_archive_goes_with_its_source(tmp_path):
    with zipfile.ZipFile(tmp_path / "cdm.zip", "w") as made:
        made.writestr("person.csv", PERSON)
    source = open_source(f"omop:{tmp_path / 'cdm.zip'}?phenotype=all", today=TODAY)
    folder = Path(source.raw.folder)
    assert folder.is_dir()
    del source
    assert not folder.exists()


def test_names_are_names_and_never_sql(tmp_path):
    trick = 'x"; drop table person; --'
    tables = {"person": frame("person_id", "year_of_birth", trick, rows=[(1, 1970, "a"), (2, 1980, "b")])}
    for source in (as_csv(tmp_path / 'o\'neil "x"', tables), as_duckdb(tmp_path / "it's.duckdb", tables, trick)):
        record, _ = read(source + "?phenotype=all")
        assert record.patients.height == 2
    with pytest.raises(SourceError, match="no table person"):
        read(f"omop:{tmp_path / chr(39).join(('it', 's.duckdb'))}?phenotype=all&schema=x' or 1=1 --")
    with duckdb.connect(str(tmp_path / "it's.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (1,)


def test_a_schema_of_postgres_is_a_name_and_never_sql(postgres_server):
    source = as_postgres(postgres_server.database("omop_names"), {"person": frame("person_id", rows=[(1,), (2,)])})
    with pytest.raises(SourceError, match="no table person"):
        open_source(f"{source}?schema=public%22%3B%20drop%20table%20person%3B%20--")
    record, _ = read(f"{source}?schema=public&phenotype=all")
    assert record.patients.height == 2


def test_signs_in_a_path_are_no_pattern(tmp_path):
    folder = tmp_path / "a[1]*"
    as_csv(folder, {"person": frame("person_id", rows=[(1,)])})
    as_csv(tmp_path / "a1b", {"person": frame("person_id", rows=[(1,), (2,), (3,)])})
    record, _ = read(f"omop:{folder}?phenotype=all")
    assert record.patients.height == 1


def test_lines_that_are_no_rows_are_counted_and_named(tmp_path):
    as_csv(tmp_path, {"person": frame("person_id", "year_of_birth", rows=[(1, 1970)])})
    (tmp_path / "measurement.csv").write_bytes(
        MEASUREMENT + b"1,1,3006923,2020-01-01,,30,,8645,,,,\nonly,three,cells\n3,1,3006923,2020-01-02,,31,,8645,,,,\n"
    )
    record, reading = read(f"omop:{tmp_path}?phenotype=all")
    assert record.measurements["value"].to_list() == [30.0, 31.0]
    assert any(note.startswith("measurement.csv: 1 lines are no rows") and "line 3" in note for note in reading.notes)


def test_a_line_of_a_hundred_megabytes_costs_itself(tmp_path):
    as_csv(tmp_path, {"person": frame("person_id", "year_of_birth", rows=[(1, 1970)])})
    long = b"2,1,3006923,2020-01-01,,30,,8645,,,," + b"x" * (100 << 20) + b"\n"
    (tmp_path / "measurement.csv").write_bytes(MEASUREMENT + b"1,1,3006923,2020-01-01,,30,,8645,,,,\n" + long)
    assert_read_or_refused(f"omop:{tmp_path}?phenotype=all")


def test_numbers_no_machine_holds_are_reported(tmp_path):
    tables = hospital() | {
        "measurement": pl.DataFrame(
            {
                "measurement_id": ["1", "2", "3"],
                "person_id": ["1", "9" * 30, "1"],
                "measurement_concept_id": ["3006923"] * 3,
                "measurement_date": ["2020-01-01", "2020-01-01", "99999-01-01"],
                "value_as_number": ["1e999", "5", "5"],
                "unit_source_value": ["U/L"] * 3,
            }
        )
    }
    _, reading = read(as_csv(tmp_path, tables) + "?phenotype=all")
    assert reading.counts["measurements"].quarantined == reading.counts["measurements"].read == 3
