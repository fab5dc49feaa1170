"""The work list, as a coordinator would tell it: what can still be saved, what is late, what only paper can help."""

from __future__ import annotations

import pytest
from course_cases import PREDNISOLONE, SIX_MONTHS, alt, ast, drug, event, igg, on, record, result, table

ENDPOINT_FROM = SIX_MONTHS - 92


def items(seen, day, kind):
    return [one for one in table("worklist", seen, day) if one["kind"] == kind]


def treated(*results, drugs=(PREDNISOLONE,), events=()):
    return record(list(results), list(drugs), list(events))


def endpoint(seen, day):
    return [(one["what"], one["from"], one["by"]) for one in items(seen, day, "endpoint")]


def test_the_endpoint_needs_alt_and_igg_in_the_last_three_months_of_the_window():
    assert endpoint(treated(), ENDPOINT_FROM) == [("ALT and IgG", on(ENDPOINT_FROM), on(SIX_MONTHS))]


def test_a_result_that_still_counts_need_not_be_repeated_but_sets_the_day():
    seen = treated(alt(SIX_MONTHS - 40, 20))
    assert endpoint(seen, SIX_MONTHS - 30) == [("IgG", on(SIX_MONTHS - 30), on(SIX_MONTHS - 10))]


def test_nothing_is_asked_once_the_status_is_known():
    assert endpoint(treated(alt(SIX_MONTHS - 30, 90), igg(SIX_MONTHS - 30, 10)), SIX_MONTHS - 10) == []


def test_one_abnormal_alt_decides_without_igg():
    assert endpoint(treated(alt(SIX_MONTHS - 30, 90)), SIX_MONTHS - 10) == []


def test_a_censored_alt_that_decides_nothing_is_asked_again():
    seen = treated(alt(SIX_MONTHS - 20, 30, sign=">"), igg(SIX_MONTHS - 20, 10))
    assert [what for what, _, _ in endpoint(seen, SIX_MONTHS - 10)] == ["ALT"]


@pytest.mark.parametrize("what_came", ["death", "liver_transplant", "lost_to_follow_up"])
def test_nobody_is_asked_for_a_result_that_cannot_come(what_came):
    assert items(treated(events=[event(what_came, SIX_MONTHS - 60)]), SIX_MONTHS - 30, "endpoint") == []


def test_after_the_window_only_old_results_can_help():
    seen = treated(alt(SIX_MONTHS - 20, 20))
    [one] = items(seen, SIX_MONTHS + 60, "retrieve")
    assert (one["what"], one["by"]) == ("IgG", on(SIX_MONTHS))
    assert endpoint(seen, SIX_MONTHS + 60) == []


def test_nothing_is_to_be_retrieved_where_the_endpoint_was_judged():
    seen = treated(alt(SIX_MONTHS - 20, 20), igg(SIX_MONTHS - 20, 10))
    assert items(seen, SIX_MONTHS + 60, "retrieve") == []


def test_results_of_one_sample_are_one_item_whenever_each_came_last():
    # Started on day 0; 14 days later the first blood count was due for what never came as for what came before.
    before = [result("LEUKOCYTES", -2, 7, unit="10*9/L"), result("PLATELETS", -9, 240, unit="10*9/L")]
    seen = record(before, [drug("azathioprine", 0, dose=50.0)], [])
    late = {one["why"]: (one["what"], one["by"]) for one in items(seen, 40, "overdue")}
    assert late["monitoring: leukocytes, neutrophils and platelets"] == ("LEUKOCYTES, NEUTROPHILS, PLATELETS", on(14))


def test_results_due_on_different_days_are_items_of_their_own():
    seen = record([ast(20, 30)], [drug("prednisolone", 0, dose=20.0)], [])
    late = [(one["what"], one["by"]) for one in items(seen, 70, "overdue") if "ALT" in one["why"]]
    assert sorted(late) == [("ALT, IGG", on(28)), ("AST", on(48))]


def test_nothing_is_overdue_within_the_days_of_grace():
    assert items(record([], [drug("prednisolone", 0, dose=20.0)], []), 28 + 14, "overdue") == []
