"""The independent check of the course must itself hold: each case is a short story with a known answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from independent.course_in_sql import course_in_sql
from independent.stories import Story, day, record_of

STARTED = "2023-08-31"  # six months later is 29 February
LATE = "2025-06-01"


def row(story: Story, table: str, as_of: str = LATE) -> dict[str, Any]:
    return course_in_sql(record_of(story), day(as_of))[table].row(0, named=True)


def regimens(story: Story, as_of: str = LATE) -> list[tuple[Any, ...]]:
    frame = course_in_sql(record_of(story), day(as_of))["regimens"]
    return [(str(r["start"]), str(r["end"]), r["drugs"], r["line"]) for r in frame.to_dicts()]


def treated() -> Story:
    return Story().drug("azathioprine", STARTED)


def test_without_immunosuppressant_nothing_applies_but_a_companion_is_a_regimen():
    story = Story().drug("ursodeoxycholic_acid", "2024-01-01").panel("2024-02-01", 1, 1, 1)
    assert row(story, "response")["cbr_by_6_months"] == "not_applicable"
    assert row(story, "response")["in_cbr"] == "not_applicable"
    assert regimens(story) == [("2024-01-01", "None", "ursodeoxycholic_acid", None)]


@pytest.mark.parametrize(("on", "answer"), [("2024-02-29", "achieved"), ("2024-03-01", "not_assessable")])
def test_month_6_ends_on_the_last_of_february(on, answer):
    assert row(treated().panel(on, 1, 1, 1), "response")["cbr_by_6_months"] == answer


def test_a_value_at_the_limit_is_normal_unless_the_definition_set_says_otherwise():
    record = record_of(treated().panel("2024-02-01", 1, 1, 1))
    strict = course_in_sql(record, day(LATE), parameters={"limit_is_normal": False})["response"]
    assert course_in_sql(record, day(LATE))["response"]["cbr_by_6_months"].item() == "achieved"
    assert strict["cbr_by_6_months"].item() == "not_achieved"


@pytest.mark.parametrize(("igg_on", "answer"), [("2024-01-02", "achieved"), ("2024-01-01", "not_assessable")])
def test_igg_counts_for_30_days(igg_on, answer):
    story = treated().lab("2024-02-01", "ALT", 20).lab(igg_on, "IGG", 10)
    assert row(story, "response")["cbr_by_6_months"] == answer


def test_one_abnormal_value_decides_whatever_is_missing():
    assert row(treated().lab("2024-02-01", "IGG", 17), "response")["cbr_by_6_months"] == "not_achieved"
    assert row(treated().lab("2024-02-01", "AST", 41), "response")["cbr_by_6_months"] == "not_achieved"


@pytest.mark.parametrize(
    ("sign", "value", "answer"),
    [
        ("<", 10, "achieved"),
        (">", 30, "not_assessable"),
        (">", 40, "not_achieved"),
        (">=", 40, "not_assessable"),
        ("<", 41, "not_assessable"),
    ],
)
def test_a_censored_alt_counts_only_where_it_decides(sign, value, answer):
    story = treated().lab("2024-02-01", "ALT", value, sign=sign).lab("2024-02-01", "IGG", 10)
    assert row(story, "response")["cbr_by_6_months"] == answer


def test_of_two_laboratories_on_one_day_the_higher_multiple_counts():
    story = treated().panel("2024-02-01", 1, 1, 1).lab("2024-02-01", "ALT", 36, limit=35)
    assert row(story, "response")["cbr_by_6_months"] == "not_achieved"
    assert row(story, "state")["alt_xuln"] == pytest.approx(36 / 35)


def test_a_result_without_a_limit_is_not_called_normal():
    story = treated().panel("2024-02-01", 0.5, 0.5, 0.5).lab("2024-02-01", "ALT", 10, limit=None)
    assert row(story, "response")["cbr_by_6_months"] == "not_assessable"


@pytest.mark.parametrize(("last", "answer"), [("2023-11-29", "not_achieved"), ("2023-11-28", "not_assessable")])
def test_failure_is_judged_within_92_days_before_month_6(last, answer):
    assert row(treated().panel(last, 3, 3, 1), "response")["cbr_by_6_months"] == answer


def test_before_month_6_the_answer_is_pending_then_it_is_not_assessable():
    assert row(treated(), "response", "2024-02-28")["cbr_by_6_months"] == "pending"
    assert row(treated(), "response", "2024-02-29")["cbr_by_6_months"] == "not_assessable"


@pytest.mark.parametrize("event", ["death", "liver_transplant"])
def test_death_or_transplant_before_month_6_makes_it_not_assessable_unless_achieved(event):
    failing = treated().panel("2023-12-20", 3, 3, 1)
    assert row(failing.event("2024-01-10", event), "response")["cbr_by_6_months"] == "not_assessable"
    achieving = treated().panel("2023-12-20", 1, 1, 1)
    assert row(achieving.event("2024-01-10", event), "response")["cbr_by_6_months"] == "achieved"


@pytest.mark.parametrize("event", ["death", "liver_transplant"])
def test_an_event_on_the_last_day_of_the_window_does_not_come_before_it(event):
    story = treated().panel("2023-12-20", 3, 3, 1).event("2024-02-29", event)
    assert row(story, "response")["cbr_by_6_months"] == "not_achieved"


def test_a_transplant_ends_the_native_livers_course():
    story = treated().panel("2023-12-20", 1, 1, 1).event("2024-06-01", "liver_transplant")
    assert row(story.panel("2024-06-02", 9, 9, 2), "response")["relapse_date"] is None


@pytest.mark.parametrize(("follow_up", "answer"), [(100, "response"), (100.01, "non_response"), (99, "response")])
def test_a_fall_of_exactly_half_is_a_response(follow_up, answer):
    story = treated().lab(STARTED, "ALT", 200).lab("2023-09-28", "ALT", follow_up)
    assert row(story, "response")["response_4_weeks"] == answer


def test_of_two_days_equally_near_day_28_the_earlier_counts():
    story = treated().lab(STARTED, "ALT", 200).lab("2023-09-26", "ALT", 90).lab("2023-09-30", "ALT", 150)
    assert row(story, "response")["response_4_weeks"] == "response"


def test_ast_stands_in_when_alt_was_not_measured_before_treatment():
    story = treated().lab(STARTED, "AST", 200).lab("2023-09-28", "ALT", 90).lab("2023-09-28", "AST", 150)
    assert row(story, "response")["response_4_weeks"] == "non_response"


def test_four_weeks_are_pending_then_not_assessable_and_do_not_apply_to_a_normal_baseline():
    story = treated().lab(STARTED, "ALT", 200)
    assert row(story, "response", "2023-10-11")["response_4_weeks"] == "pending"
    assert row(story, "response", "2023-10-12")["response_4_weeks"] == "not_assessable"
    assert row(treated().lab(STARTED, "ALT", 40), "response")["response_4_weeks"] == "not_applicable"


@pytest.mark.parametrize("event", ["death", "liver_transplant"])
def test_nothing_is_pending_once_no_value_can_come(event):
    story = treated().lab(STARTED, "ALT", 200).event("2023-09-05", event)
    assert row(story, "response", "2023-09-20")["response_4_weeks"] == "not_assessable"


def test_a_baseline_that_may_be_normal_decides_nothing():
    story = treated().lab(STARTED, "ALT", 60, sign="<").lab("2023-09-28", "ALT", 56)
    assert row(story, "response")["response_4_weeks"] == "not_assessable"


@pytest.mark.parametrize(
    ("alt", "igg", "relapsed"), [(3.0, 1, False), (3.001, 1, True), (1, 20 / 16, False), (1, 20.01 / 16, True)]
)
def test_relapse_is_above_3_times_the_limit_or_igg_above_20(alt, igg, relapsed):
    story = treated().panel("2024-02-01", 1, 1, 1).panel("2024-06-01", alt, 1, igg)
    assert row(story, "response")["relapse_date"] == (date(2024, 6, 1) if relapsed else None)


def test_igg_above_20_within_a_higher_limit_is_no_relapse():
    story = treated().panel("2024-02-01", 1, 1, 1).lab("2024-06-01", "IGG", 21, limit=22)
    assert row(story, "response")["relapse_date"] is None


def test_loss_needs_a_second_abnormal_evaluation_within_92_days():
    once = treated().panel("2024-02-01", 1, 1, 1).panel("2024-04-01", 2, 1, 1)
    assert row(once, "response")["loss_of_cbr_date"] is None
    assert row(once.panel("2024-07-03", 2, 1, 1), "response")["loss_of_cbr_date"] is None  # 93 days
    assert row(once.panel("2024-07-02", 2, 1, 1), "response")["loss_of_cbr_date"] == date(2024, 4, 1)


def test_loss_is_confirmed_by_a_new_drug_within_42_days():
    story = treated().panel("2024-02-01", 1, 1, 1).panel("2024-04-01", 2, 1, 1)
    assert row(story.drug("prednisolone", "2024-05-13"), "response")["loss_of_cbr_date"] == date(2024, 4, 1)


@pytest.mark.parametrize(("dose", "lost"), [(75, date(2024, 4, 1)), (50, None), (25, None), (None, None)])
def test_loss_is_confirmed_by_a_dose_that_is_known_to_be_higher(dose, lost):
    story = Story().drug("azathioprine", STARTED, "2024-05-12", 50).drug("azathioprine", "2024-05-13", None, dose)
    story.panel("2024-02-01", 1, 1, 1).panel("2024-04-01", 2, 1, 1)
    assert row(story, "response")["loss_of_cbr_date"] == lost


def test_the_fraction_in_cbr_is_of_days_with_a_known_status():
    story = treated().panel("2024-02-29", 1, 1, 1).panel("2024-03-11", 3, 1, 1)  # 1-10 March in CBR
    answer = row(story, "response", "2024-03-20")  # last seen on 11 March: one day out of it
    assert answer["cbr_fraction"] == round(10 / 11, 9)


@pytest.mark.parametrize(("resumed", "count"), [("2024-01-31", 1), ("2024-02-01", 2)])
def test_a_gap_of_30_days_is_one_exposure_31_are_two(resumed, count):
    story = Story().drug("azathioprine", "2023-06-01", "2023-12-31").drug("azathioprine", resumed)
    assert len(regimens(story)) == count


@pytest.mark.parametrize(("end", "count"), [("2024-01-13", 1), ("2024-01-14", 3)])
def test_a_change_shorter_than_14_days_starts_no_regimen(end, count):
    story = treated().drug("prednisolone", "2024-01-01", end)
    assert len(regimens(story)) == count


def test_a_short_beginning_belongs_to_what_follows_and_an_isolated_one_to_nothing():
    story = Story().drug("methylprednisolone", "2024-01-01", "2024-01-05").drug("prednisolone", "2024-01-06")
    assert regimens(story) == [("2024-01-01", "None", "prednisolone", 1)]
    assert regimens(Story().drug("prednisolone", "2024-01-01", "2024-01-13")) == []


def test_a_change_that_has_just_begun_counts():
    story = treated().drug("tacrolimus", "2025-05-30")
    assert [drugs for _, _, drugs, _ in regimens(story)] == ["azathioprine", "azathioprine+tacrolimus"]


@pytest.mark.parametrize(("begun", "line"), [("2023-10-12", 1), ("2023-10-13", 2)])
def test_mycophenolate_within_42_days_is_first_line(begun, line):
    assert regimens(treated().drug("mycophenolate", begun))[-1][-1] == line


def test_local_routes_and_other_indications_start_nothing():
    inhaled = Story().drug("budesonide", "2023-01-01", systemic=False, route="inhaled")
    colitis = Story().drug("infliximab", "2023-01-01", indication="extrahepatic")
    unknown = Story().drug("azathioprine", "2023-01-01", indication=None)
    assert row(inhaled, "response")["index_date"] is None
    assert row(colitis, "response")["index_date"] is None
    assert row(unknown, "response")["index_date"] == date(2023, 1, 1)


def test_treatment_free_days_run_from_the_last_day_of_the_last_immunosuppressant():
    story = Story().drug("azathioprine", STARTED, "2025-05-22").drug("ursodeoxycholic_acid", STARTED)
    assert row(story, "response")["treatment_free_days"] == 10
    assert row(treated(), "response")["treatment_free_days"] == 0


@pytest.mark.parametrize(
    ("tgn", "mmp", "pattern"),
    [
        (222, 1000, "low_low"),
        (222, 5700, "low_high"),
        (100, 2000, "low_high"),
        (223, 1000, "target"),
        (450, 5699, "target"),
        (300, 5700, "target_high_mmp"),
        (451, 1000, "high_tgn"),
    ],
)
def test_patterns_of_metabolites(tgn, mmp, pattern):
    story = treated().lab("2024-06-01", "TGN", tgn).lab("2024-06-01", "MMP", mmp)
    assert row(story, "state")["metabolite_pattern"] == pattern


def test_metabolites_are_not_read_in_another_unit_off_treatment_or_before_steady_state():
    unit = "pmol/0.2 mL"
    other = treated().lab("2024-06-01", "TGN", 300, unit=unit).lab("2024-06-01", "MMP", 500, unit=unit)
    untreated = Story().lab("2024-06-01", "TGN", 300).lab("2024-06-01", "MMP", 500)
    early = treated().lab("2023-09-27", "TGN", 300).lab("2023-09-27", "MMP", 500)
    steady = treated().lab("2023-09-28", "TGN", 300).lab("2023-09-28", "MMP", 500)
    assert [row(story, "state")["metabolite_pattern"] for story in (other, untreated, early, steady)] == [
        *("unknown", "unknown", "unknown"),
        "target",
    ]


@pytest.mark.parametrize(("tgn", "pattern"), [(100, "low_low"), (20, "unknown")])
def test_a_censored_mmp_counts_where_it_decides(tgn, pattern):
    story = treated().lab("2024-06-01", "TGN", tgn).lab("2024-06-01", "MMP", 500, sign="<")
    assert row(story, "state")["metabolite_pattern"] == pattern


@pytest.mark.parametrize(("dose", "unit"), [(None, None), (50, "mg/kg/day"), (75, "mg/day")])
def test_a_dose_that_was_or_may_have_been_changed_is_no_steady_state(dose, unit):
    story = Story().drug("azathioprine", STARTED, "2024-06-30", 50)
    story.drug("azathioprine", "2024-07-01", None, dose, dose_unit=unit)
    story.lab("2024-07-10", "TGN", 300).lab("2024-07-10", "MMP", 500)
    assert row(story, "state")["metabolite_pattern"] == "unknown"


def test_both_levels_below_the_assays_limit_are_undetectable():
    story = treated().lab("2024-06-01", "TGN", 30, sign="<").lab("2024-06-01", "MMP", 200, sign="<")
    assert row(story, "state")["metabolite_pattern"] == "undetectable"


def test_a_patient_with_nothing_has_a_row_of_unknowns():
    state = row(Story(born=None), "state")
    assert [state[name] for name in ("age", "paediatric", "regimen", "last_seen")] == [None, "unknown", "", None]


def test_the_eighteenth_birthday_ends_childhood():
    assert row(Story(born="2007-06-02"), "state")["paediatric"] == "yes"
    assert row(Story(born="2007-06-01"), "state")["paediatric"] == "no"
