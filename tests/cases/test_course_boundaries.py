"""What stands exactly on a border of the course: the last day of a drug, a level at its threshold, a schedule's end."""

from __future__ import annotations

from datetime import date

import pytest
from course_cases import (
    PREDNISOLONE,
    SIX_MONTHS,
    alt,
    ast,
    biopsy,
    drug,
    event,
    igg,
    mmp,
    on,
    record,
    result,
    table,
    tgn,
)

from hepatica.course import definitions, protocol
from hepatica.course.biochemistry import undecided
from hepatica.course.definitions import day_number
from hepatica.course.monitoring import overdue
from hepatica.course.one_patient import patient_of_record
from hepatica.course.protocol import Monitoring, Phase, formulary
from hepatica.course.state import state
from hepatica.course.story import Reader, Story, story

AZATHIOPRINE = drug("azathioprine", 0, None, 100)


def story_of(told, day: int) -> Story:
    reader = Reader(definitions(), protocol(), formulary(), day_number(on(day)))
    return story(patient_of_record(told, on(day)), reader)


def test_a_dose_holds_on_the_last_day_of_the_drug_and_not_after_it():
    told = record([], [drug("azathioprine", 0, 200, 100)])
    assert state(story_of(told, 200))["thiopurine_dose_mg_day"] == 100
    assert state(story_of(told, 201))["thiopurine_dose_mg_day"] is None


def test_two_undecided_results_far_apart_are_not_together():
    told = record([alt(SIX_MONTHS - 80, 30, sign=">"), igg(SIX_MONTHS - 20, 10, sign=">")], [PREDNISOLONE])
    [answer] = table("response", told, 300)
    assert answer["cbr_by_6_months"] == "not_assessable"
    assert answer["cbr_by_6_months_reason"] == "alt_and_igg_not_together"


@pytest.mark.parametrize(
    ("sign", "value", "methylated", "expected", "hidden"),
    [
        (">", 450, 1000, "high_tgn", ""),  # above the target's end, whatever it is
        (">=", 450, 1000, "unknown", "the TGN"),  # 450 itself is in the target
        ("<=", 223, 1000, "unknown", "the TGN"),  # 223 itself is in the target
        ("<", 223, 1000, "unknown", "the ratio of MMP to TGN"),  # 5 times 200, but 100 times 10
        ("<", 223, 5700, "low_high", ""),  # high by itself, whatever the ratio
    ],
)
def test_a_censored_level_at_an_end_of_the_target(sign, value, methylated, expected, hidden):
    told = record([tgn(100, value, sign=sign), mmp(100, methylated)], [AZATHIOPRINE])
    [pair] = table("metabolites", told, 400)
    assert pair["pattern"] == expected
    assert pair["reason"] == (f"{hidden} is censored across a threshold" if hidden else "")


def test_a_censored_mmp_is_named_as_what_hides_the_pattern():
    told = record([tgn(100, 300), mmp(100, 5000, sign=">")], [AZATHIOPRINE])
    [pair] = table("metabolites", told, 400)
    assert (pair["pattern"], pair["reason"]) == ("unknown", "the MMP is censored across a threshold")


def test_of_alt_and_ast_above_three_times_the_limit_on_one_day_alt_is_named():
    told = record([alt(100, 20), igg(100, 10), alt(200, 200), ast(200, 200)], [PREDNISOLONE])
    answer = story_of(told, 300).response
    assert answer is not None
    assert (answer.relapse_of, answer.relapse.day) == ("ALT", day_number(on(200)))


def test_the_earlier_of_two_relapses_counts_whichever_enzyme_it_was():
    told = record([alt(100, 20), igg(100, 10), ast(190, 200), alt(200, 200)], [PREDNISOLONE])
    answer = story_of(told, 300).response
    assert answer is not None
    assert (answer.relapse_of, answer.relapse.day) == ("AST", day_number(on(190)))


def test_a_dose_raised_for_one_day_on_the_day_of_an_abnormal_result_confirms_a_loss():
    drugs = [drug("prednisolone", 0, 149, 5), drug("prednisolone", 150, 150, 40)]
    told = record([alt(100, 20), igg(100, 10), alt(150, 60)], drugs)
    [answer] = table("response", told, 400)
    assert answer["loss_of_cbr_date"] == on(150)


def test_a_fall_from_a_value_without_an_upper_end_is_unknown_unless_it_is_a_whole_fall():
    # ALT >400 may have been 410 or 4,000: 300 may be a fall of a quarter or of nine tenths.
    told = record([alt(0, 400, sign=">"), alt(28, 300)], [PREDNISOLONE])
    [answer] = table("response", told, 60)
    assert (answer["response_4_weeks"], answer["response_4_weeks_reason"]) == ("not_assessable", "value_undecided")


def test_cirrhosis_at_diagnosis_is_unknown_where_neither_diagnosis_nor_treatment_is_dated():
    [found] = table("outcomes", record([], [], [event("cirrhosis", 0)]), 400)
    assert (found["cirrhosis"], found["cirrhosis_at_diagnosis"]) == ("yes", "unknown")


def test_an_infant_is_under_one_year_old():
    told = record([], [PREDNISOLONE], birth_date=on(0))
    assert state(story_of(told, 364))["age"] == 0
    assert state(story_of(told, 365))["age"] == 1


def blood_count(*phases: Phase) -> Monitoring:
    return Monitoring("count", "leukocytes", ("LEUKOCYTES",), "thiopurine", phases, 0, "a case", verified=False)


def due_day(told, day: int, *phases: Phase) -> int | None:
    """Return the day, after the index date, on which a late blood count was due; None if none is late."""
    seen = story_of(told, day)
    practice = protocol()
    asked = type(practice)(practice.name, practice.title, practice.tiers, {}, (blood_count(*phases),))
    late = overdue(seen.patient, seen.taken, formulary(), asked, day_number(on(day)))
    return late[0].due - day_number(on(0)) if late else None


@pytest.mark.parametrize(("begun", "counted_from"), [(101, 0), (102, 102)])
def test_a_class_goes_on_without_a_break_where_one_drug_follows_the_other_the_next_day(begun, counted_from):
    drugs = [drug("azathioprine", 0, 100, 100), drug("mercaptopurine", begun, None, 50)]
    assert due_day(record([], drugs), 400, Phase(10, None)) == counted_from + 10


def test_the_interval_is_that_of_the_phase_in_which_the_last_result_fell():
    phases = (Phase(14, 28), Phase(92, None))
    count = result("LEUKOCYTES", 27, 6, unit="10*9/L")
    assert due_day(record([count], [AZATHIOPRINE]), 400, *phases) == 27 + 14
    count = result("LEUKOCYTES", 28, 6, unit="10*9/L")
    assert due_day(record([count], [AZATHIOPRINE]), 400, *phases) == 28 + 92


@pytest.mark.parametrize(("last", "due"), [(20, 34), (70, 84), (71, None), (90, None)])
def test_nothing_is_due_after_a_schedule_has_ended(last, due):
    phases = (Phase(14, 84),)
    count = result("LEUKOCYTES", last, 6, unit="10*9/L")
    assert due_day(record([count], [AZATHIOPRINE]), 400, *phases) == due


def test_no_cirrhosis_at_a_biopsy_says_so_of_the_diagnosis_up_to_ninety_days_before_it():
    stage = {"fibrosis_stage": 1, "fibrosis_scale": "ishak"}
    for day, expected in ((-90, "no"), (-91, "unknown")):
        [found] = table("outcomes", record([], [PREDNISOLONE], [], [biopsy(day, **stage)]), 400)
        assert found["cirrhosis_at_diagnosis"] == expected


def test_the_same_dose_prescribed_again_is_no_change_of_dose():
    drugs = [drug("azathioprine", 0, 99, 100), drug("azathioprine", 100, None, 100)]
    [pair] = table("metabolites", record([tgn(105, 300), mmp(105, 1000)], drugs), 400)
    assert pair["steady_state"] == "yes"
    assert pair["pattern"] == "target"


@pytest.mark.parametrize(
    ("results", "reason"),
    [([alt(-5, 200)], "no_result_in_the_window"), ([], "no_baseline"), ([alt(28, 90)], "no_baseline")],
)
def test_why_the_early_response_cannot_be_judged(results, reason):
    [answer] = table("response", record(results, [PREDNISOLONE]), 300)
    assert (answer["response_4_weeks"], answer["response_4_weeks_reason"]) == ("not_assessable", reason)


def test_follow_up_counts_from_the_index_date_and_without_one_from_the_diagnosis():
    seen = [alt(100, 30)]
    [treated] = table("outcomes", record(seen, [PREDNISOLONE], diagnosis_date=on(-50)), 400)
    [untreated] = table("outcomes", record(seen, [], diagnosis_date=on(-50)), 400)
    [undated] = table("outcomes", record(seen, []), 400)
    assert (treated["follow_up_days"], untreated["follow_up_days"], undated["follow_up_days"]) == (100, 150, None)


@pytest.mark.parametrize(
    ("born", "partial", "expected"),
    [
        # Eighteen on 30 September 2023, day 272 after the index date.
        (date(2005, 9, 30), False, {271: "yes", 272: "no"}),
        # Only the year 2005 is known: its middle day counts, and half a year on either side stays open.
        (date(2005, 7, 2), True, {-1: "unknown", -2: "yes", 182 + 183: "unknown", 182 + 184: "no"}),
    ],
)
def test_a_child_is_under_18_and_a_year_of_birth_leaves_the_year_open(born, partial, expected):
    told = record([], [drug("prednisolone", -100)], birth_date=born, birth_date_partial=partial)
    assert {day: state(story_of(told, day))["paediatric"] for day in expected} == expected


@pytest.mark.parametrize(("day", "expected"), [(90, "yes"), (91, "unknown")])
def test_cirrhosis_seen_within_ninety_days_of_the_start_was_there_at_diagnosis(day, expected):
    [found] = table("outcomes", record([], [PREDNISOLONE], [event("cirrhosis", day)]), 400)
    assert (found["cirrhosis"], found["cirrhosis_date"], found["cirrhosis_at_diagnosis"]) == ("yes", on(day), expected)


def test_a_stage_without_its_scale_says_nothing_of_cirrhosis():
    [found] = table("outcomes", record([], [PREDNISOLONE], [], [biopsy(0, fibrosis_stage=4)]), 400)
    assert (found["cirrhosis"], found["cirrhosis_at_diagnosis"]) == ("unknown", "unknown")


def test_the_first_loss_is_told_though_another_followed():
    results = [alt(100, 20), igg(100, 10), alt(150, 60), alt(160, 60), alt(170, 20), igg(170, 10)]
    told = record([*results, alt(300, 60), alt(310, 60)], [PREDNISOLONE])
    [answer] = table("response", told, 400)
    assert answer["loss_of_cbr_date"] == on(150)


def test_on_the_last_day_of_the_window_the_endpoint_can_still_be_saved():
    told = record([], [PREDNISOLONE])
    kinds = {
        day: [item["kind"] for item in table("worklist", told, day) if item["kind"] != "overdue"]
        for day in (SIX_MONTHS, SIX_MONTHS + 1)
    }
    assert kinds == {SIX_MONTHS: ["endpoint"], SIX_MONTHS + 1: ["retrieve"]}


def test_an_ast_that_nobody_measured_is_not_what_keeps_a_status_unknown():
    told = record([alt(100, 20)], [PREDNISOLONE])
    assert undecided(story_of(told, 100).now, definitions()) == ["IgG"]
    told = record([alt(100, 20), ast(100, 30, sign=">"), igg(100, 10)], [PREDNISOLONE])
    assert undecided(story_of(told, 100).now, definitions()) == ["AST"]


@pytest.mark.parametrize(("sign", "value", "relapse"), [(">", 20, True), (">=", 20, False), ("<", 25, False)])
def test_a_censored_igg_is_a_relapse_only_where_it_is_surely_above_20(sign, value, relapse):
    told = record([alt(100, 20), igg(100, 10), igg(200, value, sign=sign)], [PREDNISOLONE])
    assert (state(story_of(told, 300))["relapse_date"] is not None) is relapse


def test_a_dose_by_weight_is_told_in_mg_once_the_weight_is_known():
    drugs = [drug("azathioprine", 0, None, 1.5, dose_unit="mg/kg/day")]
    weighed = record([result("WEIGHT", 10, 60, unit="kg", limit=None)], drugs)
    assert state(story_of(weighed, 100))["thiopurine_dose_mg_day"] == 90
    assert state(story_of(record([], drugs), 100))["thiopurine_dose_mg_day"] is None


def test_nothing_is_missing_for_a_response_that_is_no_question():
    assert state(story_of(record([alt(100, 20)], []), 100))["missing"] == ""
    assert state(story_of(record([alt(100, 20)], [PREDNISOLONE]), 100))["missing"] == "IgG within 30 days"


def safety(day: int, events=(), **who) -> tuple[str, str]:
    found = state(story_of(record([], [drug("mycophenolate_mofetil", 0)], list(events), **who), day))
    return found["pregnant"], found["child_bearing_potential"]


def test_a_pregnancy_is_known_from_its_start_to_its_end_or_for_300_days():
    begun = event("pregnancy_start", 10)
    assert safety(9, [begun]) == ("unknown", "yes")
    assert safety(310, [begun]) == ("yes", "yes")
    assert safety(311, [begun]) == ("unknown", "yes")
    assert safety(200, [begun, event("pregnancy_end", 200)]) == ("unknown", "yes")
    assert safety(250, [begun, event("pregnancy_end", 200), event("pregnancy_start", 240)]) == ("yes", "yes")


def test_a_recorded_pregnancy_counts_whatever_the_recorded_age_and_sex():
    begun = event("pregnancy_start", 10)
    old = {"birth_date": date(1961, 5, 1)}
    assert safety(100, [], **old) == ("no", "no")
    assert safety(100, [begun], **old) == ("yes", "yes")
    assert safety(100, [], sex="male") == ("no", "no")
    assert safety(100, [begun], sex="male") == ("yes", "yes")
    assert safety(100, [], sex="unknown") == ("unknown", "unknown")
