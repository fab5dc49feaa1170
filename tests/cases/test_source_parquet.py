"""Parquet tables: types are kept, rows are numbered, and only what is asked for is read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from source_cases import TODAY, folder_of, read

from hepatica.errors import SourceError
from hepatica.sources import open_source

ROWS = {
    "patient_id": ["P1", "P2", "P2"],
    "date": [date(2024, 1, 5), date(2024, 1, 6), date(2024, 2, 6)],
    "analyte": ["ALT", "ALT", "ALT"],
    "value": [80.0, 41.5, 30.0],
    "unit": ["U/L"] * 3,
    "upper_limit": [40, 40, None],
    "ward": ["A", "B", "C"],
}


def with_measurements(tmp_path, frame):
    frame.write_parquet(folder_of(tmp_path) / "measurements.parquet", row_group_size=2)
    return tmp_path


def test_types_are_kept_and_rows_numbered_from_1(tmp_path):
    record, reading = read(with_measurements(tmp_path, pl.DataFrame(ROWS)))
    assert record.measurements.select("date", "value", "file", "line").rows() == [
        (date(2024, 1, 5), 80.0, "measurements.parquet", 1),
        (date(2024, 1, 6), 41.5, "measurements.parquet", 2),
        (date(2024, 2, 6), 30.0, "measurements.parquet", 3),
    ]
    assert reading.ignored_columns["measurements"] == ["ward"]
    assert any(note.startswith("measurements.parquet: Parquet, ") and "3 rows" in note for note in reading.notes)


def test_one_patient_keeps_the_row_numbers(tmp_path):
    source = open_source(str(with_measurements(tmp_path, pl.DataFrame(ROWS))), today=TODAY)
    assert source.read_patient("P2")[0].measurements["line"].to_list() == [2, 3]


def test_a_padded_id_is_found_although_it_stands_elsewhere(tmp_path):
    frame = pl.DataFrame(ROWS | {"patient_id": [" P2", "P1", "P2\t"]})
    source = open_source(str(with_measurements(tmp_path, frame)), today=TODAY)
    assert source.read_patient("P2")[0].measurements["line"].to_list() == [1, 3]


def test_ids_that_are_whole_numbers(tmp_path):
    folder = folder_of(tmp_path, patients="patient_id\n1\n2\n")
    pl.DataFrame(ROWS | {"patient_id": [1, 2, 2]}).write_parquet(folder / "measurements.parquet")
    source = open_source(str(folder), today=TODAY)
    assert source.read()[0].measurements["patient_id"].to_list() == ["1", "2", "2"]
    assert source.read_patient("2")[0].measurements["line"].to_list() == [2, 3]


def test_a_timestamp_with_a_zone_counts_in_the_centres_day(tmp_path):
    late = datetime(2024, 1, 5, 23, 30, tzinfo=UTC)
    folder = with_measurements(tmp_path, pl.DataFrame(ROWS | {"date": [late] * 3}))
    (folder / "hepatica.yaml").write_text("time_zone: Europe/Berlin\n")
    assert read(folder)[0].measurements["date"].unique().to_list() == [date(2024, 1, 6)]


def test_categories_are_text(tmp_path):
    frame = pl.DataFrame(ROWS).with_columns(pl.col("patient_id", "analyte", "unit").cast(pl.Categorical))
    assert read(with_measurements(tmp_path, frame))[0].measurements["x_uln"].to_list()[:1] == [2.0]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 nothing PAR1", b"patient_id\nP1\n"])
def test_a_file_that_is_no_parquet(tmp_path, content):
    (folder_of(tmp_path) / "events.parquet").write_bytes(content)
    with pytest.raises(SourceError, match=r"events.parquet: is damaged, or no Parquet file"):
        read(tmp_path)


def test_a_damaged_page_is_an_error_and_no_row_is_read(tmp_path):
    folder = with_measurements(tmp_path, pl.DataFrame(ROWS))
    path = folder / "measurements.parquet"
    content = bytearray(path.read_bytes())
    content[8:60] = bytes(52)
    path.write_bytes(content)
    with pytest.raises(SourceError, match="is damaged"):
        read(folder)


def test_a_nested_column_is_no_cell(tmp_path):
    frame = pl.DataFrame(ROWS).with_columns(value=pl.concat_list("value"))
    with pytest.raises(SourceError, match="single values"):
        read(with_measurements(tmp_path, frame))
