"""A cohort counted by hand: three groups at every step, denominators, and who is followed how long."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import polars as pl
import pytest

from hepatica.course.columns import schema
from hepatica.course.definitions import definitions
from hepatica.report.cohort_counts import (
    attrition,
    completeness_calendar,
    lines_of_therapy,
    regimens_now,
    response_over_time,
)
from hepatica.report.cohort_pictures import deciding_months
from hepatica.report.course_chart import time_axis
from hepatica.report.time_axis import Label, lay_out

START, AS_OF = date(2020, 1, 1), date(2022, 1, 1)


def table(name, rows):
    """A derived table of rows that say only what matters."""
    blank = dict.fromkeys(schema(name))
    return pl.DataFrame([{**blank, **row} for row in rows], schema=schema(name))


def answered(patient, answer, reason="", index=START):
    return {
        "patient_id": patient,
        "as_of": AS_OF,
        "index_date": None if answer == "not_applicable" else index,
        "cbr_by_6_months": answer,
        "cbr_by_6_months_reason": reason,
    }


def evaluation(patient, day, cbr, **xuln):
    return {"patient_id": patient, "date": START + timedelta(days=day), "days_since_index": day, "cbr": cbr, **xuln}


def outcome(patient, **dates):
    return {"patient_id": patient, "last_seen": AS_OF, **dates}


def test_each_step_says_who_is_in_who_is_out_and_of_whom_it_is_unknown():
    answers = [
        answered("A", "achieved"),
        answered("B", "achieved"),
        answered("C", "not_achieved"),
        answered("D", "not_assessable", "igg_missing"),
        answered("E", "not_assessable", "igg_missing"),
        answered("F", "not_assessable", "died_before_the_end_of_the_window"),
        answered("G", "pending"),
        answered("H", "not_applicable"),
    ]
    steps = attrition(table("response", answers), "6 months")
    assert [(step.name, step.remaining, step.group, step.lost) for step in steps] == [
        ("All patients", 8, "out", {}),
        ("With an index date", 7, "out", {"no immunosuppressant for AIH": 1}),
        ("6 months passed, or answered", 6, "unknown", {"6 months not over": 1}),
        ("Assessable", 3, "unknown", {"IgG missing": 2, "died before the end of the window": 1}),
        ("CBR by 6 months", 2, "out", {"CBR not achieved": 1}),
    ]


def test_nobody_is_lost_between_two_steps():
    answers = [answered(str(n), answer) for n, answer in enumerate(["achieved", "pending", "not_assessable"] * 3)]
    steps = attrition(table("response", answers), "6 months")
    for before, after in itertools.pairwise(steps):
        assert before.remaining == after.remaining + after.lost_count


def test_a_cohort_of_nobody_is_counted():
    steps = attrition(table("response", []), "6 months")
    assert [step.remaining for step in steps] == [0, 0, 0, 0, 0]


def shares(evaluations, outcomes, carry_days=183):
    patients = sorted({row["patient_id"] for row in outcomes})
    response = table("response", [answered(patient, "achieved") for patient in patients])
    found = response_over_time(response, table("evaluations", evaluations), table("outcomes", outcomes), carry_days)
    return {(row["month"], row["status"]): (row["patients"], row["followed"]) for row in found.to_dicts()}


def test_a_status_counts_until_it_is_too_old_and_then_the_patient_is_unknown():
    found = shares([evaluation("A", 80, "yes")], [outcome("A")])
    assert found[(3, "in CBR")] == (1, 1)
    assert found[(6, "in CBR")] == (1, 1)
    assert found[(9, "unknown")] == (1, 1)  # day 274 is 194 days after the last known status


def test_an_evaluation_of_unknown_status_does_not_end_a_known_one():
    found = shares([evaluation("A", 80, "no"), evaluation("A", 170, "unknown")], [outcome("A")])
    assert found[(6, "not in CBR")] == (1, 1)


@pytest.mark.parametrize("what", ["death_date", "transplant_date", "last_seen"])
def test_who_is_no_longer_followed_leaves_the_denominator(what):
    ended = outcome("B", **{what: START + timedelta(days=100)})
    found = shares([evaluation("A", 80, "yes"), evaluation("B", 80, "yes")], [outcome("A"), ended])
    assert found[(3, "in CBR")] == (2, 2)
    assert found[(6, "in CBR")] == (1, 1)


def test_completeness_counts_patients_with_a_result_of_those_followed_to_the_months_end():
    evaluations = [
        evaluation("A", 20, "unknown", alt_xuln=1.2),
        evaluation("A", 25, "unknown", alt_xuln=1.1),
        evaluation("A", 40, "unknown", igg_xuln=1.1),
        evaluation("B", 30, "unknown", alt_xuln=1.2),
    ]
    outcomes = [outcome("A"), outcome("B", last_seen=START + timedelta(days=35))]
    response = table("response", [answered("A", "pending"), answered("B", "pending")])
    calendar = completeness_calendar(response, table("evaluations", evaluations), table("outcomes", outcomes))
    found = {(row["analyte"], row["month"]): (row["measured"], row["followed"]) for row in calendar.to_dicts()}
    assert found[("ALT", 1)] == (2, 2)
    assert found[("IgG", 1)] == (0, 2)
    assert found[("IgG", 2)] == (1, 1)
    assert found[("AST", 2)] == (0, 1)


def test_months_that_decide_the_endpoint_follow_the_definition_set():
    assert deciding_months(definitions("iaihg_2022")) == (4, 6)


def test_a_patient_counts_once_in_each_line_ever_and_now():
    regimens = [
        {"patient_id": "A", "line": 1, "end": date(2020, 5, 1)},
        {"patient_id": "A", "line": 1, "end": date(2020, 9, 1)},
        {"patient_id": "A", "line": 2, "end": None},
        {"patient_id": "B", "line": 1, "end": None},
        {"patient_id": "C", "line": None, "end": None},
    ]
    found = lines_of_therapy(table("regimens", regimens)).to_dicts()
    assert found == [{"line": 1, "ever": 2, "now": 1}, {"line": 2, "ever": 1, "now": 1}]


def test_regimens_now_are_of_the_treated_who_are_alive():
    state = [
        {"patient_id": "A", "index_date": START, "regimen": "azathioprine", "dead": "unknown"},
        {"patient_id": "B", "index_date": START, "regimen": "azathioprine", "dead": "yes"},
        {"patient_id": "C", "index_date": START, "regimen": "", "dead": "unknown"},
        {"patient_id": "D", "index_date": None, "regimen": "", "dead": "unknown"},
    ]
    found = regimens_now(table("state", state), 10).to_dicts()
    assert found == [{"regimen": "", "patients": 1}, {"regimen": "azathioprine", "patients": 1}]


def test_labels_of_one_day_take_a_lane_each_and_the_last_without_room_keeps_its_mark():
    axis = time_axis([START, AS_OF], AS_OF, 400)
    labels = [Label(START + timedelta(days=300), f"milestone {number}", number) for number in range(4)]
    places = lay_out(labels, axis, lanes=3)
    assert [(place.lane, place.side, place.written) for place in places[:2]] == [(0, "left", True), (1, "left", True)]
    assert [place.written for place in places] == [True, True, True, False]


def test_a_label_at_the_right_end_is_written_to_the_left_of_its_day():
    axis = time_axis([START, AS_OF], AS_OF, 400)
    assert lay_out([Label(AS_OF, "liver transplant", 0)], axis, lanes=1)[0].side == "right"
