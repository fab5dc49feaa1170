"""Prognosis: the landmark, what is refused, and what is known at the start."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from course_cases import INDEX, alt, drug, igg, on
from study_patients import biopsy, cohort, group, happened

from hepatica import studies
from hepatica.errors import UsageError
from hepatica.studies.baseline_cirrhosis import baseline_cirrhosis
from hepatica.studies.definition import definition_of
from hepatica.studies.disclosure import shared
from hepatica.studies.prognosis.immortal_time import LATER, naive_beside
from hepatica.studies.prognosis.landmark import at_landmark, with_event
from hepatica.studies.statistics.cox import cox
from hepatica.studies.statistics.log_rank import log_rank

TREATED = [drug("prednisolone", 0)]
RESPONSE = [alt(150, 30), igg(150, 12)]
NO_RESPONSE = [alt(150, 200), igg(150, 20)]
LATER_SEEN = [alt(900, 30)]


def patients(**told):
    definition = definition_of("prognosis")
    return with_event(at_landmark(cohort(**told), definition).patients, definition["endpoint"])


def steps(**told) -> dict[str, tuple[int, int, int]]:
    flow = at_landmark(cohort(**told), definition_of("prognosis"))
    return {step.key: (step.in_, step.out, step.unknown) for step in flow.steps}


def test_time_counts_from_the_landmark_and_not_from_the_start_of_treatment():
    told = {"treatments": TREATED, "measurements": RESPONSE, "events": [happened("death", 181 + 365)]}
    row = patients(p=told).row(0, named=True)
    assert (row["cause"], row["event"], row["group"]) == ("death", True, "response by 6 months")
    assert row["years"] == pytest.approx(365 / 365.25)


def test_who_is_alive_is_followed_to_the_last_day_seen():
    row = patients(p={"treatments": TREATED, "measurements": [*RESPONSE, *LATER_SEEN]}).row(0, named=True)
    assert (row["cause"], row["event"]) == ("censored", False)
    assert row["years"] == pytest.approx((900 - 181) / 365.25)


def test_a_transplant_ends_the_course_with_the_own_liver():
    events = [happened("liver_transplant", 400), happened("death", 800)]
    row = patients(p={"treatments": TREATED, "measurements": NO_RESPONSE, "events": events}).row(0, named=True)
    assert (row["cause"], row["group"]) == ("transplant", "no response by 6 months")


def test_each_way_out_of_the_analysis_has_its_group():
    late = {"treatments": TREATED, "measurements": [alt(900, 30)]}
    found = steps(
        followed={"treatments": TREATED, "measurements": [*RESPONSE, *LATER_SEEN]},
        died_early={"treatments": TREATED, "measurements": RESPONSE, "events": [happened("death", 170)]},
        not_seen_again={"treatments": TREATED, "measurements": [alt(20, 90)]},
        not_assessable=late,
        untreated={"measurements": LATER_SEEN},
    )
    assert found["treated"] == (4, 1, 0)
    assert found["reached"] == (3, 1, 0)
    assert found["followed"] == (2, 0, 1)
    assert found["assessable"] == (1, 0, 1)


@pytest.mark.parametrize("covariate", LATER)
def test_what_is_known_only_later_is_refused_with_the_reason(covariate):
    people = cohort(p={"treatments": TREATED, "measurements": [*RESPONSE, *LATER_SEEN]})
    with pytest.raises(UsageError, match="immortal") as refusal:
        studies.run("prognosis", people, {"covariates": ["no_response", covariate]})
    assert covariate in refusal.value.where
    assert "no_response" in refusal.value.remedy


def test_a_landmark_before_the_response_is_judged_is_refused():
    people = cohort(p={"treatments": TREATED, "measurements": [*RESPONSE, *LATER_SEEN]})
    with pytest.raises(UsageError, match="immortal time"):
        studies.run("prognosis", people, {"landmark": {"months": 3}})


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"biopsies": [biopsy(-5, 2)]}, "no"),
        ({"biopsies": [biopsy(-5, 6)]}, "yes"),
        ({"events": [happened("cirrhosis", 60)]}, "yes"),
        ({}, "unknown"),
        ({"biopsies": [biopsy(-5, 2)], "events": [happened("cirrhosis", 2000)]}, "no"),
        ({"biopsies": [biopsy(2000, 2)]}, "unknown"),  # who is biopsied later had to live until then
    ],
)
def test_cirrhosis_at_diagnosis_comes_from_facts_up_to_then(told, word):
    people = cohort(p={"treatments": TREATED, "measurements": LATER_SEEN, **told})
    assert group(baseline_cirrhosis(people), patient_id="p")["cirrhosis_at_diagnosis"] == word


@pytest.fixture(scope="module")
def few():
    """Forty patients of whom three die."""
    rng = np.random.default_rng(5)
    told = {
        f"p{n}": {
            "treatments": TREATED,
            "measurements": [*(RESPONSE if n % 2 else NO_RESPONSE), alt(int(rng.integers(900, 3000)), 30)],
            "events": [happened("death", int(rng.integers(200, 890)))] if n in (0, 2, 4) else [],
        }
        for n in range(40)
    }
    return studies.run("prognosis", cohort(**told), {"covariates": ["no_response"]})


def test_few_events_are_fitted_with_firths_penalty_and_said_so(few):
    row = group(few.tables["cox"], covariate="no_response", model="death or transplant")
    assert row["method"] == "Cox with Firth's penalty"
    assert np.isfinite([row["hr"], row["lower"], row["upper"]]).all()
    assert any("Firth" in note for note in few.notes)


def test_an_item_of_strobe_is_filled_only_where_the_report_holds_it(few):
    """The Fine-Gray model is not fitted on few events, so that it is not among what the report says that it holds."""
    items = {item.item: item.filled_by for item in few.items}
    assert items["17"] == "table:progression; table:cirrhosis_survival"
    ends = few.tables["ends"].rows_by_key("group", named=True, unique=True)
    assert items["14c"] == "table:ends"
    assert ends["all"]["median_follow_up"] == few.numbers["follow_up.median_years"]
    assert ends["all"]["patients"] == sum(row["patients"] for name, row in ends.items() if name != "all")
    assert shared(few).tables["ends"]["ends"].to_list() == [None, None, 0]  # three deaths would tell of whom
    assert {item.item: item.filled_by for item in shared(few).items}["13b"] is None


def test_the_methods_name_no_model_that_was_not_fitted_and_say_how_cirrhosis_is_known(few):
    words = " ".join(few.methods)
    assert "Fine-Gray" not in words
    assert "Cirrhosis at diagnosis is known from what was recorded up to" in words


def test_what_the_methods_name_stands_in_a_table_and_can_be_computed_again_from_the_patients(few):
    row = few.tables["log_rank"].row(0, named=True)
    assert (row["chi_square"], row["p"]) == (few.numbers["log_rank.chi_square"], few.numbers["log_rank.p"])
    patients = few.tables["patients"]
    assert (patients.height, patients["event"].sum()) == (few.numbers["attrition.assessable.in"], few.numbers["events"])
    again = log_rank(patients["years"], patients["event"], patients["group"])
    assert again.chi_square == pytest.approx(row["chi_square"])
    # The two causes and the survival free of both are the whole, at every horizon.
    at = few.tables["incidence_at"].filter(pl.col("cause").is_in(["death", "transplant"]))
    had = at.group_by("group", "years").agg(pl.col("incidence").sum())
    joined = few.tables["survival"].join(had, on=["group", "years"]).drop_nulls(["survival", "incidence"])
    assert joined.height
    assert joined.select((pl.col("survival") + pl.col("incidence") - 1).abs().max()).item() < 1e-9
    assert not {"patients", "progression_patients"} & set(shared(few).tables)


def test_without_an_event_there_is_no_naive_ratio():
    frame = pl.DataFrame(
        {"patient_id": ["a", "b"], "index_date": [INDEX] * 2, "cbr_date": [on(50), None], "last_seen": [on(900)] * 2},
    ).with_columns(death_date=pl.lit(None, dtype=pl.Date), transplant_date=pl.lit(None, dtype=pl.Date))
    assert naive_beside(frame, 0.95) is None


def test_the_stretches_of_response_over_time_are_those_of_a_textbook_example():
    """Two patients: one responds on day 100 and dies on day 300, one never responds and dies on day 200."""
    days = {"a": (100, 300), "b": (None, 200), "c": (150, 400)}
    frame = pl.DataFrame(
        {
            "patient_id": list(days),
            "index_date": [INDEX] * 3,
            "cbr_date": [None if day is None else on(day) for day, _ in days.values()],
            "death_date": [on(300), on(200), None],
            "last_seen": [on(300), on(200), on(400)],
        }
    ).with_columns(transplant_date=pl.lit(None, dtype=pl.Date))
    found = naive_beside(frame, 0.95)
    by_hand = pl.DataFrame(
        {
            "start": [0.0, 100, 0, 0, 150],
            "stop": [100.0, 300, 200, 150, 400],
            "event": [False, True, True, False, False],
            "not_yet": [1.0, 0, 1, 1, 0],
        }
    )
    expected = cox(by_hand, time="stop", event="event", covariates=["not_yet"], entry="start").terms[0]
    assert found.over_time.hr == pytest.approx(expected.hr)
