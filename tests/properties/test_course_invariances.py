"""What must not change a course: the order of rows, rows from the future, other patients, buckets, processes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from hepatica.course import DERIVED, definitions, derive, protocol
from hepatica.course.buckets import derive_buckets
from hepatica.record import CANONICAL, TABLES, Reading, Record
from independent.records import cohorts
from independent.stories import Story, record_of

EXAMPLES = int(os.environ.get("HEPATICA_EXAMPLES", "15"))
pytestmark = pytest.mark.slow
few = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DATED = ("measurements", "events", "biopsies", "genotypes")
NO_ANSWER = ("unknown", "not_applicable")


def course(record: Record, as_of: date) -> dict[str, pl.DataFrame]:
    """Every derived table, in an order of its own."""
    derived = derive(record, definitions(), as_of)
    return {name: frame.sort(frame.columns, nulls_last=True) for name, frame in derived.items()}


def assert_same(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> None:
    assert left.keys() == right.keys()
    for name, frame in left.items():
        assert_frame_equal(frame, right[name], check_exact=True)


def as_known_on(record: Record, day: date) -> Record:
    """The record without the rows dated after a day; a treatment that ends later is still going on."""
    known = {name: record.table(name).filter(pl.col("date") <= day) for name in DATED}
    end = pl.when(pl.col("end") <= day).then(pl.col("end"))
    treatments = record.treatments.filter(pl.col("start") <= day).with_columns(end.alias("end"))
    return Record(patients=record.patients, treatments=treatments, **known)


def with_measurements(record: Record, measurements: pl.DataFrame) -> Record:
    return replace(record, measurements=measurements)


def without(record: Record, analytes: list[str]) -> Record:
    return with_measurements(record, record.measurements.filter(~pl.col("analyte").is_in(analytes)))


@few
@given(cohorts(one_dose_a_day=False), st.integers(0, 999))
def test_the_order_of_rows_changes_nothing(drawn, seed):
    record, as_of = drawn
    shuffled = {name: record.table(name).sample(fraction=1, shuffle=True, seed=seed) for name in TABLES}
    assert_same(course(Record(**shuffled), as_of), course(record, as_of))


@few
@given(cohorts())
def test_rows_dated_after_the_as_of_date_change_nothing(drawn):
    record, as_of = drawn
    assert_same(course(as_known_on(record, as_of), as_of), course(record, as_of))


@few
@given(cohorts(most=3), st.sampled_from(("ALT", "AST", "IGG")), st.sampled_from((0.5, 1.0, 9.0)))
def test_a_later_result_changes_no_answer_for_an_earlier_date(drawn, analyte, multiple):
    record, as_of = drawn
    later = pl.DataFrame(
        [
            {"row": 10_000 + n, "patient_id": patient, "date": as_of + timedelta(1), "analyte": analyte}
            | {"value": multiple * 40, "unit": "U/L", "upper_limit": 40.0, "x_uln": multiple, "limit_from": "row"}
            for n, patient in enumerate(record.patients["patient_id"])
        ],
        schema=CANONICAL["measurements"],
    )
    more = with_measurements(record, pl.concat([record.measurements, later]))
    assert_same(course(more, as_of), course(record, as_of))


@few
@given(cohorts())
def test_a_patient_alone_is_the_same_as_inside_a_cohort(drawn):
    record, as_of = drawn
    together = course(record, as_of)
    for patient in record.patients["patient_id"]:
        rows = {name: frame.filter(pl.col("patient_id") == patient) for name, frame in together.items()}
        assert_same(course(record.of_patients([patient]), as_of), rows)


@few
@given(cohorts(), st.integers(0, 400))
def test_time_only_adds_to_what_was_settled(drawn, days):
    record, as_of = drawn
    earlier = course(record, as_of)["response"]
    later = course(record, as_of + timedelta(days))["response"]
    for before, after in zip(earlier.to_dicts(), later.to_dicts(), strict=True):
        for settled in ("index_date", "cbr_date", "loss_of_cbr_date", "relapse_date"):
            assert before[settled] in (None, after[settled])
        if before["cbr_by_6_months"] in ("achieved", "not_achieved"):
            assert after["cbr_by_6_months"] == before["cbr_by_6_months"]
        if before["index_date"] and as_of >= before["index_date"] + timedelta(42):
            assert after["response_4_weeks"] == before["response_4_weeks"]


@few
@given(cohorts(), st.sampled_from((["ALT"], ["IGG"], ["ALT", "IGG"])))
def test_without_alt_or_igg_nobody_is_ever_in_response(drawn, missing):
    record, as_of = drawn
    response = course(without(record, missing), as_of)["response"]
    assert "yes" not in response["in_cbr"]
    assert "achieved" not in response["cbr_by_6_months"]
    assert response["cbr_date"].null_count() == response.height


@few
@given(cohorts())
def test_without_results_nothing_is_known_of_the_response(drawn):
    record, as_of = drawn
    response = course(without(record, ["ALT", "AST", "IGG"]), as_of)["response"]
    assert set(response["in_cbr"]) <= set(NO_ANSWER)
    assert set(response["cbr_by_6_months"]) <= {"pending", "not_assessable", "not_applicable"}
    assert set(response["response_4_weeks"]) <= {"pending", "not_assessable", "not_applicable"}


@few
@given(cohorts(), st.integers(2, 3))
def test_forgetting_upper_limits_never_makes_an_answer(drawn, every):
    """A day's status without some of its limits is what it was, or unknown: never another answer."""
    record, as_of = drawn
    known = pl.when(pl.col("row") % every != 0).then(pl.col("x_uln"))
    vague = with_measurements(record, record.measurements.with_columns(known.alias("x_uln")))
    full, left = course(record, as_of), course(vague, as_of)
    evaluations = [frame["evaluations"].sort("patient_id", "date") for frame in (full, left)]
    assert_weaker(evaluations, ["transaminases_normal", "igg_normal", "cbr"])
    assert_weaker([frame["response"].sort("patient_id") for frame in (full, left)], ["in_cbr"])


def assert_weaker(frames: list[pl.DataFrame], columns: list[str]) -> None:
    for column in columns:
        for before, after in zip(frames[0][column], frames[1][column], strict=True):
            assert after in (before, "unknown")


@dataclass(frozen=True)
class InMemory:
    """A bucket that holds its record."""

    record: Record

    def read(self) -> tuple[Record, Reading]:
        return self.record, Reading()


@settings(few, max_examples=max(EXAMPLES // 5, 3))
@given(cohorts(most=4), st.integers(1, 3))
def test_where_buckets_are_cut_changes_nothing(drawn, size):
    record, as_of = drawn
    ids = record.patients["patient_id"].to_list()
    cut = [InMemory(record.of_patients(ids[first : first + size])) for first in range(0, len(ids), size)]
    assert_same(in_buckets(cut, as_of, processes=1), course(record, as_of))


def in_buckets(buckets: list[InMemory], as_of: date, processes: int) -> dict[str, pl.DataFrame]:
    parts = derive_buckets(buckets, definitions(), protocol(), as_of, tables=tuple(DERIVED), processes=processes)
    tables = [tables for tables, _ in parts]
    whole = {name: pl.concat([part[name] for part in tables]) for name in tables[0]}
    return {name: frame.sort(frame.columns, nulls_last=True) for name, frame in whole.items()}


def some_patients() -> Record:
    stories = []
    for number, alt in enumerate((0.5, 1, 2, 4)):
        story = Story(f"P{number}").drug("prednisolone", "2023-01-01", "2023-03-01", 30)
        story.drug("azathioprine", "2023-01-20").panel("2023-01-01", 8, 8, 2).panel("2023-01-29", 4, 3, 1)
        stories.append(story.panel("2023-06-01", alt, 1, 1))
    return record_of(*stories)


def test_the_number_of_processes_changes_nothing():
    record, as_of = some_patients(), date(2024, 1, 1)
    cut = [InMemory(record.of_patients([patient])) for patient in record.patients["patient_id"]]
    assert_same(in_buckets(cut, as_of, processes=2), course(record, as_of))
