"""Steroid doses audited against a protocol: the first dose, the taper, and today's dose."""

from __future__ import annotations

from functools import partial

import pytest
from audit_cases import AS, AZA, CHILD, NOT, OUT, UNKNOWN, clinic_of, cohort, finding, person, said, weight
from course_cases import INDEX, drug, event

from hepatica.guidance.protocols import practice


@pytest.fixture
def clinic(tmp_path):
    return partial(clinic_of, tmp_path)


# Steroid: the first dose, the taper, today ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dose", "unit", "kg", "answer"),
    [
        (60, "mg/day", 60, AS),  # 1 mg/kg
        (30, "mg/day", 60, AS),  # 0.5 mg/kg
        (66, "mg/day", 60, AS),  # 10 % above: tablets come in steps
        (67, "mg/day", 60, NOT),
        (26, "mg/day", 60, NOT),
        (1, "mg/kg/day", None, AS),
        (2, "mg/kg/day", None, NOT),
        (60, "mg/day", None, UNKNOWN),  # mg without a weight
        (None, None, 60, UNKNOWN),
        (60, "mg/kg", 60, UNKNOWN),  # per infusion
    ],
)
def test_the_first_dose_of_an_adult(dose, unit, kg, answer):
    weights = [] if kg is None else [weight(-30, kg)]
    people = cohort(person("a", drug("prednisolone", 0, dose=dose, dose_unit=unit), results=weights))
    assert finding(people, practice("easl_2015"), "steroid_start")["answer"] == answer


@pytest.mark.parametrize(
    ("dose", "unit", "kg", "answer"),
    [
        (40, "mg/day", 20, AS),
        (60, "mg/day", 45, AS),  # 90 mg by weight, 60 mg at most
        (90, "mg/day", 45, NOT),
        (90, "mg/day", None, NOT),  # above the most, whatever the weight
        (40, "mg/day", None, UNKNOWN),
        (2, "mg/kg/day", None, UNKNOWN),  # might be more than 60 mg
        (3, "mg/kg/day", None, NOT),
    ],
)
def test_the_first_dose_of_a_child_has_a_most(dose, unit, kg, answer):
    weights = [] if kg is None else [weight(5, kg)]
    people = cohort(person("a", drug("prednisolone", 0, dose=dose, dose_unit=unit), results=weights, born=CHILD))
    assert finding(people, practice("espghan_2018"), "steroid_start")["answer"] == answer


def test_a_weight_of_long_ago_is_no_weight():
    people = cohort(person("a", drug("prednisolone", 0, dose=60), results=[weight(-93, 60)]))
    found = finding(people, practice("easl_2015"), "steroid_start")
    assert (found["answer"], found["found"]) == (UNKNOWN, f"60 mg/day on {INDEX.isoformat()}")


def test_methylprednisolone_counts_in_prednisolone_and_two_steroids_together():
    kg = [weight(0, 60)]
    people = cohort(
        person("equivalent", drug("methylprednisolone", 0, dose=48), results=kg),  # = 60 mg prednisolone
        person("together", drug("prednisolone", 0, dose=40), drug("methylprednisolone", 0, dose=32), results=kg),
        person("budesonide", drug("budesonide", 0, dose=9), results=kg),
    )
    found = said(people, practice("easl_2015"), "steroid_start")
    assert found == {"equivalent": AS, "together": NOT, "budesonide": OUT}


def test_the_range_goes_with_the_first_line():
    people = cohort(
        person("alone_60", drug("prednisolone", 0, dose=60)),
        person("alone_30", drug("prednisolone", 0, dose=30)),
        person("both_30", drug("prednisolone", 0, dose=30), AZA),
        person("both_60", drug("prednisolone", 0, dose=60), AZA),
    )
    protocol = practice("aasld_2019")
    assert said(people, protocol, "steroid_start") == {
        "alone_60": AS, "alone_30": NOT, "both_30": AS, "both_60": NOT}  # fmt: skip
    assert said(people, protocol, "steroid_start", day=20)["alone_60"] == UNKNOWN  # azathioprine may still come


def test_an_unknown_age_leaves_the_range_unknown_only_where_it_matters():
    people = cohort(
        person("adult_range", drug("prednisolone", 0, dose=60), results=[weight(0, 120)], born=None),
        person("neither", drug("prednisolone", 0, dose=200), results=[weight(0, 120)], born=None),
    )
    assert said(people, practice("aasld_2019"), "steroid_start") == {"adult_range": UNKNOWN, "neither": UNKNOWN}


TAPER = [{"for": "all", "to": {"low": 5, "high": 10, "unit": "mg/day"}, "over_days": {"high": 56}}]


@pytest.mark.parametrize(
    ("on_day_56", "answer"), [(10, AS), (11, AS), (15, NOT), (None, UNKNOWN)], ids=["10", "11", "15", "unknown"]
)
def test_the_dose_on_the_last_day_of_the_taper(on_day_56, answer, clinic):
    people = cohort(person("a", drug("prednisolone", 0, 55, dose=40), drug("prednisolone", 56, dose=on_day_56)))
    assert finding(people, clinic(steroid_taper=TAPER), "steroid_taper")["answer"] == answer


def test_the_taper_is_not_judged_before_its_day(clinic):
    protocol = clinic(steroid_taper=TAPER)
    people = cohort(person("a", drug("prednisolone", 0, dose=40)))
    assert finding(people, protocol, "steroid_taper", day=55)["answer"] == OUT
    assert finding(people, protocol, "steroid_taper", day=56)["answer"] == NOT
    died = cohort(person("a", drug("prednisolone", 0, 40, dose=40), events=[event("death", 40)]))
    assert finding(died, protocol, "steroid_taper")["answer"] == OUT


def test_a_steroid_that_goes_on_above_the_tapers_dose(clinic):
    people = cohort(
        person("high", drug("prednisolone", 0, dose=15)),
        person("low", drug("prednisolone", 0, dose=5)),
        person("off", drug("prednisolone", 0, 90, dose=15)),
        person("again", drug("prednisolone", 0, 90, dose=15), drug("prednisolone", 380, dose=40)),
        person("with_budesonide", drug("prednisolone", 0, dose=5), drug("budesonide", 0, dose=9)),
    )
    assert said(people, clinic(steroid_taper=TAPER), "steroid_now") == {
        "high": NOT, "low": AS, "off": OUT, "again": OUT, "with_budesonide": UNKNOWN}  # fmt: skip


def test_a_taper_printed_for_60_kg_says_nothing_of_90_kg():
    people = cohort(
        person("sixty", drug("prednisolone", 0, dose=20), AZA, results=[weight(70, 62)]),
        person("ninety", drug("prednisolone", 0, dose=20), AZA, results=[weight(70, 90)]),
        person("not_weighed", drug("prednisolone", 0, dose=20), AZA),
    )
    assert said(people, practice("easl_2015"), "steroid_taper") == {
        "sixty": NOT, "ninety": OUT, "not_weighed": UNKNOWN}  # fmt: skip
