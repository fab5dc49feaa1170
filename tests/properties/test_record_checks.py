"""Whatever a centre sends, reading never breaks, never loses a row, and never makes a value up."""

from __future__ import annotations

import math
from datetime import date
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepatica.errors import SourceError
from hepatica.record import CANONICAL, TABLES, Reading, Record, checking, distinct
from hepatica.record.checking import check_tables
from hepatica.record.distinct import Distinct
from hepatica.record.facts import facts_of
from hepatica.record.folding import fold, fold_suspects
from hepatica.record.numbers import read_numbers
from hepatica.record.reasons import REASONS
from hepatica.record.settings import ReadingSettings

TODAY = date(2024, 6, 1)
NASTY = [
    None, "", " ", "\t", "0", "-0", "0.0", "NaN", "inf", "1e400", "-5", "1,234", "1.234,5", "<30", ">=", "<", "1:80",
    "1:0", "1:10,520", "1:99999999999999999999", "positive", "neg", "CANCELED", "2020-01-01", "2020-13-01", "1987",
    "1987-06", "03/04/2024", "2020-01-01T10:00:00+02:00", "9999-12-31", "0000-00-00", "45356", "P1", "P2", "p1", "ALT",
    "loinc:1742-6", "IGG", "TGN", "ANA", "U/L", "g/L", "mg/dL", "pmol/8x10^8 RBC", "azathioprine", "rxnorm:19831",
    "Pulmicort", "death", "ascites", "female", "yes", "1", "2", "mg/day", "4B", "metavir", "%", "\\", "{}", "$1", "(",
    "Ⅻ", "١٢", "é", "e\u0301", "\u0000", "\ud7ff", "𝟏", "a" * 300,
]  # fmt: skip
DAYS = ["2020-01-01", "2020-01-01T23:30:00Z", "2021-06-30", "1955-05-05", "1987-06", "1987", "31.12.2020"]
# What could stand in a column: with these, rows get past the first check.
LIKELY = {
    "patient_id": ["P1", "P1", "P2", " P1", "P3"],
    "analyte": ["ALT", "gpt", "IGG", "TGN", "ANA", "HBSAG", "PLATELETS", "BMD_T", "INR", "loinc:1742-6", "LC1"],
    "value": ["35", "0", "-1", "<30", "1:80", "1:81", "80", "positive", "neg", "12.5", "12,5", "0.3", "5000"],
    "unit": ["U/L", "µkat/l", "g/L", "mg/dL", "pmol/8x108 RBC", "pmol/0.2 mL", "10^9/L", "U/mL", "", None],
    "lower_limit": [None, "0", "10"],
    "upper_limit": [None, "0", "40", "x"],
    "drug": ["azathioprine", "Imurek", "pulmicort", "rxnorm:19831", "prednisolone eye drops", "oil"],
    "dose": [None, "0", "50", "-1"],
    "dose_unit": [None, "mg/day", "mg/kg", "tablets"],
    "event": ["death", "Tod", "ascites", "x"],
    "gene": ["TPMT"],
    "fibrosis_stage": ["3", "F4", "4B", "9"],
    "fibrosis_scale": ["metavir", "ishak", None],
} | dict.fromkeys(["date", "start", "end", "birth_date", "diagnosis_date"], DAYS)


def cells(column: str) -> st.SearchStrategy[str | None]:
    strange = st.one_of(st.sampled_from(NASTY), st.text(max_size=6))
    return st.one_of(*[st.sampled_from(LIKELY[column])] * 3, strange) if column in LIKELY else strange


declared = st.builds(
    ReadingSettings,
    date_formats=st.sampled_from([(), ("DD.MM.YYYY",), ("MM/DD/YYYY", "EXCEL")]),
    decimal_comma=st.booleans(),
    time_zone=st.sampled_from([None, "Europe/Berlin", "America/New_York"]),
)


@st.composite
def tables(draw: st.DrawFn, most_rows: int = 6) -> dict[str, pl.DataFrame]:
    """Draw any of the six tables with any cells; patients is always there, with P1 in it more often than not."""
    drawn = {}
    for name, table in TABLES.items():
        if name != "patients" and draw(st.booleans()):
            continue
        rows = draw(st.lists(st.tuples(*map(cells, table.names)), max_size=most_rows))
        if name == "patients" and draw(st.booleans()):
            rows.insert(0, ("P1", *(None for _ in table.names[1:])))
        drawn[name] = with_origin(pl.DataFrame(rows, dict.fromkeys(table.names, pl.String), orient="row"), name)
    return drawn


def with_origin(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.with_columns(
        file=pl.lit(f"{name}.csv"),
        line=pl.int_range(2, frame.height + 2, dtype=pl.Int64),
        key=pl.lit(None, pl.String),
    )


def facts(record: Record, name: str) -> list[tuple[object, ...]]:
    return sorted(record.table(name).select(facts_of(name)).rows(), key=repr)


@settings(max_examples=40, deadline=None)
@given(tables(), declared)
def test_any_text_is_read_and_every_row_is_accounted_for(raw, how):
    record, reading = check_tables(raw, today=TODAY, settings=how)
    for name in TABLES:
        frame = record.table(name)
        assert frame.schema == CANONICAL[name]
        assert frame["row"].to_list() == list(range(frame.height))
        for column in frame.select(pl.col(pl.Float64)):
            assert all(math.isfinite(value) for value in column.drop_nulls())
        for column in frame.select(pl.col(pl.String)):
            assert "" not in column.to_list()
    for name, frame in raw.items():
        count = reading.counts[name]
        set_aside = reading.quarantine.filter(table=name)
        assert count.read == frame.height == count.kept + count.folded + count.quarantined
        assert count.kept == record.table(name).height
        assert count.quarantined == set_aside.height == set_aside["line"].n_unique()
        assert not set(set_aside["line"]) & set(record.table(name)["line"])
    for problems in (reading.quarantine, reading.warnings):
        assert set(problems["reason"]) <= set(REASONS)
        assert problems["explanation"].null_count() == 0
    assert reading.reasons()["count"].sum() == reading.quarantine.height
    kept = {name: set(record.table(name)["line"]) for name in raw}
    assert all(line in kept[name] for name, line in reading.warnings.select("table", "line").iter_rows())


@settings(max_examples=15, deadline=None)
@given(tables(), st.randoms())
def test_the_order_of_rows_changes_nothing_but_the_order(raw, random):
    raw["patients"] = raw["patients"].unique("patient_id", keep="first", maintain_order=True)
    shuffled = {}
    for name, frame in raw.items():
        order = list(range(frame.height))
        random.shuffle(order)
        shuffled[name] = frame[order]
    # Two spellings of one patient_id are one patient: which of the two is kept depends on the order.
    ids = raw["patients"]["patient_id"].drop_nulls().str.strip_chars()
    if ids.is_duplicated().any():
        return
    (one, told), (other, also_told) = (check_tables(tables, today=TODAY) for tables in (raw, shuffled))
    assert all(facts(one, name) == facts(other, name) for name in TABLES)
    assert told.reasons().equals(also_told.reasons())
    assert told.counts == also_told.counts


@settings(max_examples=25, deadline=None)
@given(tables())
def test_buckets_of_patients_give_the_same_as_the_whole(raw):
    raw = {name: frame.with_columns(pl.col("patient_id").str.strip_chars()) for name, frame in raw.items()}
    whole, told = check_tables(raw, today=TODAY)
    is_first = pl.col("patient_id").fill_null("").str.starts_with("P")
    parts = [{name: frame.filter(mine) for name, frame in raw.items()} for mine in (is_first, ~is_first)]
    read = [check_tables(part, today=TODAY) for part in parts]
    merged = Reading.merged(reading for _, reading in read)
    for name in TABLES:
        together = pl.concat([record.table(name) for record, _ in read]).select(facts_of(name))
        assert sorted(together.rows(), key=repr) == facts(whole, name)
    assert merged.counts == told.counts
    assert merged.reasons().equals(told.reasons())
    assert merged.warned().equals(told.warned())
    assert sorted(merged.unknown_codes.rows()) == sorted(told.unknown_codes.rows())


@pytest.mark.parametrize("name", [name for name in TABLES if name != "patients"])
def test_a_table_without_rows_is_checked_once_for_all(name):
    raw = {one: pl.DataFrame(schema=dict.fromkeys(table.names, pl.String)) for one, table in TABLES.items()}
    raw["patients"] = pl.DataFrame({"patient_id": ["A", "A ", ""], "sex": ["female", "neither", None]})
    raw["events"] = pl.DataFrame({"patient_id": ["A"], "date": ["2020-01-01"], "event": ["death"], "extra": ["1"]})
    raw[name] = pl.DataFrame(schema=dict.fromkeys([*TABLES[name].names, "another"], pl.String))
    quick = check_tables(raw, today=TODAY)
    with mock.patch.object(checking, "_is_plainly_empty", return_value=False):
        record, reading = check_tables(raw, today=TODAY)
    assert all(quick[0].table(one).equals(record.table(one)) for one in TABLES)
    assert all(quick[0].table(one).schema == record.table(one).schema for one in TABLES)
    assert quick[1].summary() == reading.summary()
    assert quick[1].ignored_columns[name] == ["another"]


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(list(TABLES)), st.lists(st.sampled_from(["patient_id", "date", "value", "drug", "x"]), unique=True)
)
def test_whatever_columns_there_are_only_a_source_error_is_raised(name, columns):
    frame = with_origin(pl.DataFrame({column: ["1"] for column in columns}), name)
    patients = with_origin(pl.DataFrame({"patient_id": ["1"]}), "patients")
    raw = {"patients": patients, name: frame}
    lacking = set(TABLES[name].required) - set(columns)
    if lacking:
        with pytest.raises(SourceError, match=" and no column ".join(sorted(lacking, key=TABLES[name].required.index))):
            check_tables(raw, today=TODAY)
    else:
        assert check_tables(raw, today=TODAY)[1].counts[name].read == frame.height


@given(st.lists(st.one_of(st.none(), st.sampled_from("abc"), st.text(max_size=3)), max_size=40), st.booleans())
@settings(max_examples=25, deadline=None)
def test_each_different_text_once_spreads_back_to_all(texts, ordered):
    column = pl.Series(sorted(texts, key=str) if ordered else texts, dtype=pl.String)
    for few in (0, distinct.FEW_CELLS):  # in bulk, and cell by cell
        with mock.patch.object(distinct, "FEW_CELLS", few):
            found = Distinct.of(column)
        assert found.spread(found.texts).equals(column)
        assert found.texts.to_list() == list(dict.fromkeys(text for text in column.to_list() if text is not None))


@given(st.floats(allow_nan=False, allow_infinity=False), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_number_that_is_written_is_the_number_that_is_read(number, comma):
    written = repr(number).replace(".", ",") if comma else repr(number)
    read = read_numbers(pl.Series([written]), decimal_comma=comma)
    assert read["number"].to_list() == [number]
    assert read["problem"].to_list() == [None]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("ab")), max_size=20))
@settings(max_examples=25, deadline=None)
def test_folding_by_suspects_is_folding(rows):
    frame = pl.DataFrame(rows, schema={"x": pl.Int64, "y": pl.Int64, "z": pl.String}, orient="row")
    among = pl.Series([x != 1 or y != 1 for x, y, _ in rows], dtype=pl.Boolean)
    by_suspects = fold_suspects(frame, ["x", "y", "z"], frame["x"] * 10 + frame["y"], among)
    assert by_suspects.to_list() == fold(frame, ["x", "y", "z"], among).to_list()


@given(st.integers(1, 3000), st.integers(10, 100))
@settings(max_examples=20, deadline=None)
def test_the_unit_changes_no_multiple(value, limit):
    rows = [
        ("P1", "2020-01-01", "ALT", str(value), "U/L", None, str(limit)),
        ("P1", "2020-01-02", "ALT", repr(value / 60), "ukat/L", None, repr(limit / 60)),
    ]
    measured = with_origin(
        pl.DataFrame(rows, dict.fromkeys(TABLES["measurements"].names, pl.String), orient="row"), "measurements"
    )
    patients = with_origin(pl.DataFrame({"patient_id": ["P1"]}), "patients")
    record, _ = check_tables({"patients": patients, "measurements": measured}, today=TODAY)
    assert record.measurements["x_uln"].n_unique() == 1
