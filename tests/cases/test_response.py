"""The edge cases of the response that must hold, each as a clinician would tell it."""

from __future__ import annotations

import pytest
from course_cases import PREDNISOLONE, SIX_MONTHS, alt, ast, drug, event, igg, on, record, state


def treated(*results, drugs=(PREDNISOLONE,), events=(), **who):
    return record(list(results), list(drugs), list(events), **who)


def test_no_index_date_means_not_applicable():
    found = state(record([alt(0, 30), igg(0, 10)], [drug("ursodeoxycholic_acid", 0)]), 300)
    assert found["index_date"] is None
    for column in ("in_cbr", "last_known_cbr", "cbr_by_6_months", "response_4_weeks", "insufficient_response"):
        assert found[column] == "not_applicable"
    assert found["regimen"] == "ursodeoxycholic_acid"
    assert found["line"] is None


def test_values_exactly_at_the_limit_are_normal():
    found = state(treated(alt(100, 40), ast(100, 40), igg(100, 16)), 100)
    assert found["in_cbr"] == "yes"
    assert found["cbr_date"] == on(100)


def test_values_exactly_at_the_limit_are_abnormal_where_the_set_says_below():
    found = state(treated(alt(100, 40), ast(100, 20), igg(100, 10)), 100, "iaihg_2022_strict")
    assert found["in_cbr"] == "no"


def test_missing_igg_is_unknown_not_no():
    found = state(treated(alt(100, 20)), 100)
    assert found["in_cbr"] == "unknown"
    assert found["missing"] == "IgG within 30 days"


def test_one_abnormal_value_decides_whatever_is_missing():
    assert state(treated(alt(100, 41)), 100)["in_cbr"] == "no"
    assert state(treated(ast(100, 41)), 100)["in_cbr"] == "no"
    assert state(treated(igg(100, 17)), 100)["in_cbr"] == "no"


def test_normal_ast_without_alt_is_unknown():
    assert state(treated(ast(100, 20), igg(100, 10)), 100)["in_cbr"] == "unknown"


@pytest.mark.parametrize(
    ("sign", "value", "expected"),
    [
        ("<", 10, "yes"),
        (">", 30, "unknown"),
        (">", 40, "no"),
        ("<", 40, "yes"),
        ("<=", 40, "yes"),
        (">=", 40, "unknown"),
    ],
)
def test_a_censored_value_counts_only_where_it_decides(sign, value, expected):
    assert state(treated(alt(100, value, sign=sign), igg(100, 10)), 100)["in_cbr"] == expected


def test_a_value_without_a_limit_is_unknown():
    assert state(treated(alt(100, 20, limit=None), igg(100, 10)), 100)["in_cbr"] == "unknown"


@pytest.mark.parametrize(("gap", "expected"), [(30, "yes"), (31, "unknown")])
def test_alt_and_igg_belong_together_within_thirty_days(gap, expected):
    assert state(treated(alt(100, 20), igg(100 + gap, 10)), 100 + gap)["in_cbr"] == expected


def test_the_worse_of_two_samples_of_a_day_counts():
    assert state(treated(alt(100, 20), alt(100, 50), igg(100, 10)), 100)["in_cbr"] == "no"


def test_the_worse_of_a_day_is_judged_against_each_laboratorys_own_limit():
    same_day = treated(alt(100, 50, limit=60), alt(100, 45, limit=40), igg(100, 10))
    found = state(same_day, 100)
    assert found["in_cbr"] == "no"
    assert found["alt_xuln"] == 1.125


@pytest.mark.parametrize(("day", "expected"), [(SIX_MONTHS, "achieved"), (SIX_MONTHS + 1, "not_assessable")])
def test_exactly_six_calendar_months_is_inside_the_window(day, expected):
    assert state(treated(alt(day, 20), igg(day, 10)), 400)["cbr_by_6_months"] == expected


def test_pending_until_the_window_is_over():
    assert state(treated(alt(100, 80)), SIX_MONTHS - 1)["cbr_by_6_months"] == "pending"
    assert state(treated(alt(100, 80)), SIX_MONTHS)["cbr_by_6_months"] == "not_achieved"


def test_not_achieved_needs_a_known_status_in_the_last_92_days():
    early = SIX_MONTHS - 93
    assert state(treated(alt(early, 80)), 400)["cbr_by_6_months"] == "not_assessable"
    assert state(treated(alt(early + 1, 80)), 400)["cbr_by_6_months"] == "not_achieved"


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([], "no_results_in_the_window"),
        ([alt(150, 20)], "igg_missing"),
        ([igg(150, 10)], "alt_missing"),
        ([alt(120, 20), igg(170, 10)], "igg_missing"),
        ([ast(150, 20)], "alt_and_igg_missing"),
        ([alt(150, 30, sign=">"), igg(150, 10)], "value_undecided"),
    ],
)
def test_not_assessable_says_why(results, reason):
    found = state(treated(*results), 400)
    assert (found["cbr_by_6_months"], found["cbr_by_6_months_reason"]) == ("not_assessable", reason)
    assert found["insufficient_response"] == "unknown"


def test_death_before_six_months_is_not_assessable_unless_achieved():
    died = treated(alt(150, 80), events=[event("death", 160)])
    assert state(died, 400)["cbr_by_6_months_reason"] == "died_before_the_end_of_the_window"
    achieved = treated(alt(100, 20), igg(100, 10), events=[event("death", 160)])
    assert state(achieved, 400)["cbr_by_6_months"] == "achieved"


def test_a_transplant_ends_the_native_liver_course():
    told = treated(alt(200, 20), igg(200, 10), events=[event("liver_transplant", 150)])
    found = state(told, 400)
    assert found["cbr_by_6_months_reason"] == "transplanted_before_the_end_of_the_window"
    assert found["cbr_date"] is None
    assert found["transplanted"] == "yes"


@pytest.mark.parametrize(
    ("baseline", "later", "expected"),
    [(400, 200, "response"), (400, 201, "non_response"), (40, 10, "not_applicable"), (41, 20, "response")],
)
def test_a_fall_of_exactly_half_is_a_response(baseline, later, expected):
    assert state(treated(alt(-5, baseline), alt(28, later)), 100)["response_4_weeks"] == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(13, "not_assessable"), (14, "response"), (42, "response"), (43, "not_assessable")]
)
def test_four_weeks_are_days_14_to_42(day, expected):
    assert state(treated(alt(0, 400), alt(day, 100)), 100)["response_4_weeks"] == expected


def test_the_value_nearest_day_28_counts_and_of_two_the_earlier():
    told = treated(alt(0, 400), alt(26, 300), alt(30, 100))
    assert state(told, 100)["response_4_weeks"] == "non_response"


def test_early_response_is_pending_before_day_42():
    assert state(treated(alt(0, 400)), 41)["response_4_weeks"] == "pending"
    assert state(treated(alt(0, 400)), 42)["response_4_weeks"] == "not_assessable"


def test_ast_is_followed_where_alt_has_no_baseline():
    assert state(treated(ast(0, 400), ast(28, 100), alt(28, 300)), 100)["response_4_weeks"] == "response"


@pytest.mark.parametrize(("value", "relapse"), [(120, None), (121, 200)])
def test_alt_of_exactly_three_times_the_limit_is_no_relapse(value, relapse):
    told = treated(alt(100, 20), igg(100, 10), alt(200, value))
    assert state(told, 300)["relapse_date"] == (None if relapse is None else on(relapse))


@pytest.mark.parametrize(("value", "limit", "relapse"), [(20, 16, False), (20.1, 16, True), (21, 22, False)])
def test_igg_relapse_needs_twenty_grams_and_the_limit(value, limit, relapse):
    told = treated(alt(100, 20), igg(100, 10), igg(200, value, limit=limit))
    assert (state(told, 300)["relapse_date"] is not None) is relapse


def test_no_relapse_before_a_response():
    assert state(treated(alt(200, 400)), 300)["relapse_date"] is None


def test_a_single_evaluation_out_of_response_is_no_loss():
    told = treated(alt(100, 20), igg(100, 10), alt(200, 50))
    assert state(told, 400)["loss_of_cbr_date"] is None


@pytest.mark.parametrize(("gap", "lost"), [(92, True), (93, False)])
def test_loss_is_confirmed_by_a_second_evaluation_within_92_days(gap, lost):
    told = treated(alt(100, 20), igg(100, 10), alt(200, 50), alt(200 + gap, 50))
    assert state(told, 400)["loss_of_cbr_date"] == (on(200) if lost else None)


@pytest.mark.parametrize(("gap", "lost"), [(0, True), (42, True), (43, False)])
def test_loss_is_confirmed_by_a_new_drug_within_42_days(gap, lost):
    drugs = [PREDNISOLONE, drug("mycophenolate", 200 + gap)]
    told = treated(alt(100, 20), igg(100, 10), alt(200, 50), drugs=drugs)
    assert state(told, 400)["loss_of_cbr_date"] == (on(200) if lost else None)


def test_loss_is_confirmed_by_a_higher_dose_and_not_by_a_lower_one():
    def with_second_dose(dose):
        drugs = [drug("azathioprine", 0, 209, 50), drug("azathioprine", 210, None, dose)]
        return treated(alt(100, 20), igg(100, 10), alt(200, 50), drugs=drugs)

    assert state(with_second_dose(100), 400)["loss_of_cbr_date"] == on(200)
    assert state(with_second_dose(25), 400)["loss_of_cbr_date"] is None


def test_share_of_time_in_response_counts_only_days_with_a_known_status():
    told = treated(alt(SIX_MONTHS, 20), igg(SIX_MONTHS, 10), alt(SIX_MONTHS + 100, 80), alt(SIX_MONTHS + 150, 80))
    found = state(told, SIX_MONTHS + 150)
    assert found["cbr_fraction_known_days"] == 150
    assert found["cbr_fraction"] == pytest.approx(99 / 150)


def test_the_study_of_camaro_asks_for_alt_and_igg_at_24_weeks_and_not_for_ast():
    told = treated(alt(168, 20), ast(168, 90), igg(168, 10))
    assert state(told, 400, "camaro_2024")["cbr_by_6_months"] == "achieved"
    assert state(told, 400)["cbr_by_6_months"] == "not_achieved"
    late = treated(alt(169, 20), igg(169, 10))
    assert state(late, 400, "camaro_2024")["cbr_by_6_months"] == "not_assessable"


def test_rows_after_the_as_of_date_do_not_exist():
    told = treated(
        alt(100, 20), igg(100, 10), alt(150, 400), drugs=[drug("prednisolone", 0, 120), drug("tacrolimus", 140)]
    )
    found = state(told, 110)
    assert found["relapse_date"] is None
    assert found["regimen"] == "prednisolone"
    assert found["last_seen"] == on(100)


def test_where_the_status_is_unknown_today_the_last_known_one_is_told():
    seen = state(treated(alt(100, 20), igg(100, 10), alt(150, 20)), 300)
    assert (seen["in_cbr"], seen["last_known_cbr"]) == ("unknown", "yes")
    assert seen["last_known_cbr_date"] == on(100)


def test_a_status_that_was_never_known_is_unknown_without_a_date():
    seen = state(treated(ast(100, 20)), 300)
    assert (seen["last_known_cbr"], seen["last_known_cbr_date"]) == ("unknown", None)
