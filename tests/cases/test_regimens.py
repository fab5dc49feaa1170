"""Exposures, regimens, and lines, each as a clinician would tell it."""

from __future__ import annotations

import pytest
from course_cases import drug, event, on, record, regimens, state


def test_prednisolone_then_azathioprine_then_azathioprine_alone():
    told = record(drugs=[drug("prednisolone", 0, 99), drug("azathioprine", 20)])
    assert regimens(told, 300) == [
        (0, 19, "prednisolone", 1),
        (20, 99, "azathioprine+prednisolone", 1),
        (100, None, "azathioprine", 1),
    ]


@pytest.mark.parametrize(("gap", "count"), [(30, 1), (31, 2)])
def test_a_gap_of_thirty_days_is_bridged(gap, count):
    told = record(drugs=[drug("azathioprine", 0, 99), drug("azathioprine", 100 + gap, 300)])
    assert len(regimens(told, 400)) == count


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (13, [(0, 199, "azathioprine", 1)]),
        (14, [(0, 99, "azathioprine", 1), (100, 113, "azathioprine+tacrolimus", 3), (114, 199, "azathioprine", 1)]),
    ],
)
def test_a_change_shorter_than_fourteen_days_starts_no_regimen(days, expected):
    told = record(drugs=[drug("azathioprine", 0, 199), drug("tacrolimus", 100, 100 + days - 1)])
    assert regimens(told, 400) == expected


def test_a_change_that_goes_on_counts_from_its_first_day():
    told = record(drugs=[drug("azathioprine", 0), drug("tacrolimus", 395)])
    assert regimens(told, 400)[-1] == (395, None, "azathioprine+tacrolimus", 3)


def test_a_short_lead_in_belongs_to_the_regimen_that_follows():
    told = record(drugs=[drug("prednisolone", 0), drug("azathioprine", 7)])
    assert regimens(told, 100) == [(0, None, "azathioprine+prednisolone", 1)]


def test_a_short_course_alone_is_no_regimen_but_dates_the_index():
    told = record(drugs=[drug("prednisolone", 0, 9)])
    assert regimens(told, 100) == []
    assert state(told, 100)["index_date"] == on(0)


def test_mycophenolate_begun_at_diagnosis_is_first_line():
    assert state(record(drugs=[drug("prednisolone", 0), drug("mycophenolate", 42)]), 300)["line"] == 1


def test_mycophenolate_begun_later_is_second_line():
    assert state(record(drugs=[drug("prednisolone", 0), drug("mycophenolate", 43)]), 300)["line"] == 2


def test_stepping_down_keeps_the_tier_that_the_drugs_have():
    told = record(drugs=[drug("prednisolone", 0), drug("tacrolimus", 100, 300)])
    assert [line for *_, line in regimens(told, 500)] == [1, 3, 1]


def test_an_inhaler_never_starts_a_line():
    told = record(drugs=[drug("budesonide", 0, systemic=False, route="inhaled")])
    found = state(told, 100)
    assert found["index_date"] is None
    assert found["regimen"] == ""
    assert found["current_drugs"] == ""


@pytest.mark.parametrize("indication", ["extrahepatic", "transplant"])
def test_infliximab_for_another_disease_is_no_line_of_aih(indication):
    told = record(drugs=[drug("infliximab", 0, indication=indication), drug("prednisolone", 50)])
    found = state(told, 100)
    assert found["index_date"] == on(50)
    assert found["regimen"] == "prednisolone"
    assert found["current_drugs"] == "infliximab+prednisolone"


def test_companions_belong_to_the_regimen_and_never_date_the_index():
    told = record(drugs=[drug("ursodeoxycholic_acid", 0), drug("azathioprine", 50), drug("allopurinol", 50)])
    found = state(told, 100)
    assert found["index_date"] == on(50)
    assert found["regimen"] == "allopurinol+azathioprine+ursodeoxycholic_acid"
    assert found["line"] == 1


def test_why_a_drug_ended_is_unknown_where_nobody_said():
    found = state(record(drugs=[drug("azathioprine", 0, 50), drug("prednisolone", 0)]), 100)
    assert (found["last_stopped_drug"], found["last_stop_reason"]) == ("azathioprine", "unknown")


def test_doses_in_mg_per_kg_need_a_weight():
    told = record(drugs=[drug("azathioprine", 0, None, 1.5, dose_unit="mg/kg/day")])
    assert state(told, 100)["thiopurine_dose_mg_day"] is None


def test_budesonide_has_no_prednisolone_equivalent():
    assert state(record(drugs=[drug("budesonide", 0, None, 9)]), 100)["steroid_prednisolone_mg_day"] is None
    assert state(record(drugs=[drug("methylprednisolone", 0, None, 8)]), 100)["steroid_prednisolone_mg_day"] == 10
    assert state(record(drugs=[drug("azathioprine", 0)]), 100)["steroid_prednisolone_mg_day"] == 0


def test_treatment_free_days_count_from_the_last_day_of_the_last_drug():
    told = record(drugs=[drug("prednisolone", 0, 100), drug("azathioprine", 0, 200)])
    assert state(told, 150)["treatment_free_days"] == 0
    assert state(told, 260)["treatment_free_days"] == 60


def test_an_absent_event_is_unknown_not_no():
    found = state(record(drugs=[drug("prednisolone", 0)]), 100)
    assert {found[name] for name in ("cirrhosis", "decompensated", "dead", "transplanted")} == {"unknown"}
    assert state(record(events=[event("death", 50)]), 100)["dead"] == "yes"
