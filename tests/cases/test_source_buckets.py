"""Buckets of patients: how a source is cut changes neither the record nor the account of its reading."""

from __future__ import annotations

import itertools
import pickle
from datetime import date, timedelta

import polars as pl
import pytest
from source_cases import TODAY, counts_add_up, folder_of

from hepatica.errors import SourceError
from hepatica.record import TABLES, Reading, Record
from hepatica.sources import open_source

PEOPLE = [f"P{number:03d}" for number in range(21)]


def people():
    return pl.DataFrame({"patient_id": PEOPLE, "sex": ["female", "male", "?"] * 7})


def results(*, dirt: bool = True):
    """Results of everybody and of two strangers, with duplicates, an unknown code, and a missing unit."""
    rows = [
        (
            who,
            date(2024, 1, 1) + timedelta(days=day),
            ["ALT", "IGG", "XYZ"][day % 3],
            30.0 + day,
            ["U/L", "g/L", ""][day % 3],
        )
        for who in [*PEOPLE, "stranger", "strangers"]
        for day in range(7)
    ]
    frame = pl.DataFrame(rows, schema=["patient_id", "date", "analyte", "value", "unit"], orient="row")
    if dirt:
        frame = pl.concat([frame, frame.head(5), frame.head(2).with_columns(patient_id=pl.lit(None, pl.String))])
    return frame


def parquet(folder, frame):
    people().write_parquet(folder / "patients.parquet")
    frame.write_parquet(folder / "measurements.parquet", row_group_size=40)
    return folder


def text(folder, frame):
    bad = "too,short\n"
    return folder_of(
        folder,
        patients=people().write_csv(),
        measurements=frame.write_csv() + bad,
        events="patient_id,date,event\nP001,2024-03-01,cirrhosis\n,2024-03-01,cirrhosis\n",
    )


def rows(record: Record, table: str) -> list[tuple]:
    return record.table(table).drop("row").sort("file", "line").rows()


def assert_same(source, patients_per_bucket: int) -> list:
    whole, reading = source.read()
    buckets = source.buckets(patients_per_bucket, one_read_below=1)
    parts = [pickle.loads(pickle.dumps(bucket)).read() for bucket in buckets]  # noqa: S301 - our own bytes
    for table in TABLES:
        together = [row for record, _ in parts for row in rows(record, table)]
        assert sorted(map(str, together)) == sorted(map(str, rows(whole, table)))
    joined = Reading.merged(part for _, part in parts)
    assert joined.counts == reading.counts
    assert counts_add_up(joined)
    assert sorted(map(str, joined.quarantine.rows())) == sorted(map(str, reading.quarantine.rows()))
    assert sorted(map(str, joined.warnings.rows())) == sorted(map(str, reading.warnings.rows()))
    assert sorted(joined.unknown_codes.rows()) == sorted(reading.unknown_codes.rows())
    assert joined.ignored_columns == reading.ignored_columns
    assert sorted(joined.notes) == sorted(reading.notes)
    ids = [record.patients["patient_id"].to_list() for record, _ in parts]
    assert sorted(itertools.chain.from_iterable(ids)) == PEOPLE
    return buckets


@pytest.mark.parametrize("patients_per_bucket", [2, 8, 1000])
def test_text_is_distributed_over_a_temporary_folder(tmp_path, patients_per_bucket):
    with open_source(str(text(tmp_path, results())), today=TODAY) as source:
        buckets = assert_same(source, patients_per_bucket)
        assert len(buckets) == -(-len(PEOPLE) // patients_per_bucket)


def test_parquet_that_is_sorted_is_read_in_place(tmp_path, monkeypatch):
    monkeypatch.setattr("hepatica.sources.source.Partition", None)  # nothing may be distributed
    with open_source(str(parquet(tmp_path, results(dirt=False))), today=TODAY) as source:
        assert len(assert_same(source, 5)) == 4  # cut where row groups begin


@pytest.mark.parametrize(
    "frame",
    [results(), results(dirt=False).reverse(), results(dirt=False).with_columns(" " + pl.col("patient_id"))],
    ids=["rows without a patient", "unsorted", "padded ids"],
)
def test_parquet_that_is_not_sorted_is_distributed(tmp_path, frame):
    with open_source(str(parquet(tmp_path, frame)), today=TODAY) as source:
        assert_same(source, 8)


def test_sorted_parquet_in_one_large_row_group_is_distributed(tmp_path, monkeypatch):
    monkeypatch.setattr("hepatica.sources.ranges.SMALL_GROUP", 100)
    results(dirt=False).write_parquet(parquet(tmp_path, results()) / "measurements.parquet")
    with open_source(str(tmp_path), today=TODAY) as source:
        assert_same(source, 8)
        assert source._partitions


def test_a_small_source_is_one_read(tmp_path):
    with open_source(str(text(tmp_path, results())), today=TODAY) as source:
        assert len(source.buckets(5)) == 1


def test_a_source_without_patients_is_one_empty_bucket(tmp_path):
    with open_source(str(folder_of(tmp_path, patients="patient_id\n")), today=TODAY) as source:
        [bucket] = source.buckets(5, one_read_below=0)
        assert bucket.read()[0].patients.height == 0


def test_the_temporary_folder_is_removed_at_the_end_and_after_an_error(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    folder = tmp_path / "folder"
    folder.mkdir()
    with open_source(str(text(folder, results())), today=TODAY) as source:
        source.buckets(5, one_read_below=0)
        assert list(temporary.iterdir())
    assert not list(temporary.iterdir())
    (folder / "events.csv").write_text("no header\n")
    with open_source(str(folder), today=TODAY) as source, pytest.raises(SourceError):
        source.buckets(5, one_read_below=0)
    assert not list(temporary.iterdir())


def test_a_bucket_of_a_closed_source_is_an_error_and_not_empty(tmp_path):
    with open_source(str(text(tmp_path, results())), today=TODAY) as source:
        bucket = source.buckets(5, one_read_below=0)[0]
    with pytest.raises(SourceError, match="is gone"):
        bucket.read()


def test_the_temporary_folder_is_for_its_owner_only(tmp_path):
    with open_source(str(text(tmp_path, results())), today=TODAY) as source:
        source.buckets(5, one_read_below=0)
        assert source._partitions[0].folder.stat().st_mode & 0o077 == 0


def test_progress_is_told_to_the_end(tmp_path):
    told: list[tuple[str, int, int]] = []
    with open_source(str(text(tmp_path, results())), today=TODAY) as source:
        source.read(lambda *step: told.append(step))
    assert [table for table, _, _ in told] == ["patients", "measurements", "events"]
    assert told[-1][1] == told[-1][2]
