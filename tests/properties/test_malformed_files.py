"""Whatever bytes a file holds, reading ends in an error with a remedy or in an account that adds up."""

from __future__ import annotations

import contextlib
import csv
import io
import tempfile
from datetime import date
from pathlib import Path
from unittest import mock

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.errors import HepaticaError
from hepatica.record import Reading, Record
from hepatica.sources import open_source
from hepatica.sources.careful_rows import read_rows
from hepatica.sources.clean_blocks import is_clean
from hepatica.sources.separated_tables import Layout, read_header
from hepatica.sources.text_files import open_text

PATIENTS = "patient_id,birth_date,sex\nP1,1970-05-01,female\n"
HEADER = "patient_id,date,analyte,value,unit,upper_limit\n"
# Text that looks like a table, with what breaks tables.
BREAKERS = [",", ";", '"', '""', "\n", "\r\n", "\r", "\0", "\t", " ", "\ufeff", "\x85", "\u2028", "9" * 400]
CELLS = ["P1", "2024-01-05", "ALT", "80", "<5", "U/L", "é", "NaN", "1e999", "-", "=", "patient_id"]
PIECES = st.sampled_from(BREAKERS + CELLS)
TABLE_LIKE = st.lists(PIECES, max_size=60).map("".join)
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(files: dict[str, bytes]) -> None:
    """Read a folder; anything but an error with a remedy or counts that add up fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        with contextlib.suppress(HepaticaError):  # its three parts are there by construction
            record, reading = open_source(folder, today=date(2024, 6, 1)).read()
            assert_account(record, reading)


def assert_account(record: Record, reading: Reading) -> None:
    for table, count in reading.counts.items():
        assert count.read == count.kept + count.folded + count.quarantined
        assert record.table(table).height == count.kept


@relaxed
@given(st.binary(max_size=400))
def test_any_bytes_as_patients(content):
    read({"patients.csv": content})


@relaxed
@given(st.binary(max_size=400))
def test_any_bytes_below_a_header(content):
    read({"patients.csv": PATIENTS.encode(), "measurements.csv": HEADER.encode() + content})


@relaxed
@given(TABLE_LIKE, st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_text_like_a_table(text, codec):
    read({"patients.csv": (PATIENTS + text).encode(codec), "measurements.csv": (HEADER + text).encode(codec)})


@relaxed
@given(st.binary(max_size=200), st.sampled_from([b"", b"PAR1"]))
def test_any_bytes_as_parquet(content, magic):
    read({"patients.csv": PATIENTS.encode(), "events.parquet": magic + content + magic})


@relaxed
@given(st.data())
def test_a_parquet_file_with_changed_bytes(data):
    sink = io.BytesIO()
    pl.DataFrame({"patient_id": ["P1", "P2"], "sex": ["female", None]}).write_parquet(sink)
    content = bytearray(sink.getvalue())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read({"patients.parquet": bytes(content)})


@relaxed
@given(TABLE_LIKE)
def test_any_text_as_a_declaration(text):
    read({"patients.csv": PATIENTS.encode(), "hepatica.yaml": text.encode()})


@relaxed
@given(TABLE_LIKE)
def test_any_text_as_limits(text):
    limits = "centre,analyte,sex,age_from,age_to,valid_from,valid_to,lower_limit,upper_limit,unit\n" + text
    read({"patients.csv": PATIENTS.encode(), "limits.csv": limits.encode()})


def table_of(text: str) -> tuple[list, list]:
    """Return the rows and the bad lines of a table x,y whose body is the text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("x,y\n" + text, newline="")
        table = read_header(open_text(path, "t.csv"), ["x"], Layout())
        blocks = list(table.blocks({"x": 0, "y": 1}))
    return [row for block in blocks for row in block.frame.rows()], [bad for block in blocks for bad in block.bad]


@relaxed
@given(st.lists(st.sampled_from([*BREAKERS[:4], "\n", "\n", "1,2\n", "a", ","]), max_size=80).map("".join), st.data())
def test_where_a_file_is_cut_into_blocks_changes_nothing(text, data):
    whole = table_of(text)
    with (
        mock.patch("hepatica.sources.text_files.CHUNK_BYTES", 16),
        mock.patch("hepatica.sources.separated_tables.BLOCK_BYTES", data.draw(st.integers(1, 40))),
        mock.patch("hepatica.sources.separated_tables.CAREFUL_BYTES", data.draw(st.integers(1, 20))),
    ):
        assert table_of(text) == whole


CELL = st.text(st.sampled_from('ab 1,;"\né'), max_size=6)


@relaxed
@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
)
def test_what_a_csv_writer_writes_is_read_cell_by_cell(rows, quoting):
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows([["x", "y", "z"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text(out.getvalue(), newline="")
        table = read_header(open_text(path, "t.csv"), ["x"], Layout())
        blocks = list(table.blocks({"x": 0, "y": 1, "z": 2}))
    cells = [row for block in blocks for row in block.frame.select("x", "y", "z").rows()]
    assert cells == [tuple(cell or None for cell in row) for row in rows]
    assert not any(block.bad for block in blocks)


@relaxed
@given(TABLE_LIKE)
def test_the_fast_parser_is_only_used_where_it_agrees_with_the_careful_one(text):
    block = ("1,2\n" + text + "\n").encode()
    if not is_clean(block, b",", 2):
        return
    rows = read_rows(block, 1, ",", 2)
    frame = pl.read_csv(io.BytesIO(block), has_header=False, schema={"a": pl.String(), "b": pl.String()})
    assert not rows.bad
    assert rows.blank == 0
    assert rows.lines == list(range(1, frame.height + 1))
    empty_is_missing = frame.select(pl.when(pl.all() != "").then(pl.all()))
    assert empty_is_missing.rows() == [tuple(cell or None for cell in row) for row in rows.cells]
