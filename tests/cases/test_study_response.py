"""Response by line: what counts as an episode, and what became of it."""

from __future__ import annotations

import polars as pl
import pytest
from course_cases import alt, drug, igg, on
from study_patients import cohort, group, happened

from hepatica import studies
from hepatica.errors import UsageError
from hepatica.studies.exposures import exposures
from hepatica.studies.response.episodes import NOTHING_STOPPED, episodes

FIRST = [drug("prednisolone", 0), drug("azathioprine", 14, 200, stop_reason="non_response")]
ACTIVE = [alt(-10, 400), igg(-10, 24), alt(190, 200), igg(190, 20)]


def quiet(day: int) -> list[dict]:
    return [alt(day, 30), igg(day, 12)]


def active(day: int) -> list[dict]:
    return [alt(day, 90), igg(day, 20)]


def episodes_of(**told):
    people = cohort(p=told)
    outcomes = people.table("outcomes")
    return episodes(people, outcomes.select("patient_id", "index_date")).to_dicts()


def by_line(line: int, **told) -> dict:
    return group(studies.run("response", cohort(p=told)).tables["by_line"], line=line)


def test_what_begins_within_the_initial_days_is_one_first_line():
    (first,) = episodes_of(treatments=[drug("prednisolone", 0), drug("azathioprine", 14)])
    assert (first["line"], first["treatment"], first["end"]) == (1, "azathioprine+prednisolone", None)


def test_mycophenolate_after_azathioprine_failed_is_a_second_line_with_its_reason():
    first, second = episodes_of(treatments=[*FIRST, drug("mycophenolate", 205)])
    assert (second["line"], second["treatment"], second["reason_before"]) == (2, "mycophenolate", "non_response")
    assert (first["end"], first["stop_reason"]) == (on(205), "non_response")


def test_a_drug_that_is_added_replaced_nothing():
    _, second = episodes_of(treatments=[drug("prednisolone", 0), drug("tacrolimus", 300)])
    assert second["reason_before"] == NOTHING_STOPPED


def test_a_reason_that_is_not_recorded_stays_unknown():
    rows = [drug("prednisolone", 0), drug("azathioprine", 14, 200), drug("mycophenolate", 205)]
    assert episodes_of(treatments=rows)[1]["reason_before"] == "unknown"


def test_a_drug_for_the_bowel_is_no_line_of_hepatitis():
    rows = [drug("prednisolone", 0), drug("infliximab", 400, indication="extrahepatic")]
    found = episodes_of(treatments=rows)
    assert [(one["given_for"], one["line"]) for one in found] == [("AIH", 1), ("another disease", 3)]


def test_short_gaps_are_one_exposure_and_the_last_row_says_why_it_ended():
    rows = [
        drug("azathioprine", 0, 100, stop_reason="other"),
        drug("azathioprine", 120, 300, stop_reason="intolerance"),
    ]
    (one,) = exposures(cohort(p={"treatments": rows})).to_dicts()
    assert (one["start"], one["end"], one["stop_reason"]) == (on(0), on(300), "intolerance")


def test_a_longer_gap_makes_two_exposures():
    rows = [drug("azathioprine", 0, 100), drug("azathioprine", 132, 300)]
    assert exposures(cohort(p={"treatments": rows}))["exposure_no"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([*quiet(100)], "achieved"),
        ([*active(170)], "not_achieved"),
        ([*active(50)], "not_assessable"),  # known, but too early to say that it failed
        ([], "not_assessable"),
    ],
)
def test_the_first_line_is_judged_in_its_window(results, verdict):
    row = by_line(1, treatments=[drug("prednisolone", 0)], measurements=results)
    assert row[verdict] == row["episodes"] == 1


def test_a_second_line_that_brings_response_counts():
    row = by_line(2, treatments=[*FIRST, drug("mycophenolate", 205)], measurements=[*ACTIVE, *quiet(300)])
    assert (row["achieved"], row["assessable"], row["share"]) == (1, 1, 1.0)


def test_a_drug_changed_in_response_is_counted_apart():
    row = by_line(2, treatments=[*FIRST, drug("mycophenolate", 205)], measurements=[*quiet(190), *quiet(300)])
    assert (row["in_response_at_start"], row["assessable"], row["share"]) == (1, 0, None)


def test_a_later_treatment_of_unknown_activity_is_not_assessable():
    row = by_line(2, treatments=[*FIRST, drug("mycophenolate", 205)], measurements=quiet(300))
    assert row["not_assessable"] == 1


def test_a_drug_that_is_stopped_for_intolerance_failed():
    row = by_line(1, treatments=[drug("prednisolone", 0, 60, stop_reason="intolerance")], measurements=[])
    assert row["not_achieved"] == 1


def test_response_to_the_next_drug_is_no_response_to_this_one():
    rows = [drug("prednisolone", 0, 60, stop_reason="non_response"), drug("mycophenolate", 61)]
    told = {"treatments": rows, "measurements": [*active(50), *quiet(120)]}
    assert by_line(1, **told)["not_achieved"] == 1
    assert by_line(2, **told)["achieved"] == 1


def test_death_in_the_window_is_no_failure():
    row = by_line(1, treatments=[drug("prednisolone", 0)], events=[happened("death", 50)])
    assert row["not_assessable"] == 1


def test_a_window_that_is_not_over_is_pending():
    people = cohort(p={"treatments": [drug("prednisolone", 0)]}, as_of=on(100))
    row = group(studies.run("response", people, {"course": {"as_of": on(100).isoformat()}}).tables["by_line"], line=1)
    assert row["pending"] == 1


def test_a_drug_that_goes_on_is_known_up_to_the_last_day_seen():
    people = cohort(p={"treatments": [drug("azathioprine", 0)], "measurements": quiet(365)})
    curve = studies.run("response", people, {"drug_survival": {"least_patients": 1}}).tables["drug_survival"]
    assert curve["time"].to_list() == [pytest.approx(365 / 365.25)]
    assert curve["censored"].to_list() == [1]


def test_discontinuations_count_the_unknown_reason_among_the_reasons():
    people = cohort(p={"treatments": [drug("azathioprine", 0, 50)]}, q={"treatments": [drug("azathioprine", 0)]})
    row = group(studies.run("response", people).tables["discontinuations"], drug="azathioprine")
    assert (row["patients"], row["going_on"], row["stopped"], row["unknown"]) == (2, 1, 1, 1)


def test_an_unknown_key_is_refused_with_its_place():
    with pytest.raises(UsageError, match=r"response: Additional properties.*month"):
        studies.run("response", cohort(p={"treatments": [drug("prednisolone", 0)]}), {"response": {"month": 6}})


@pytest.mark.parametrize("reason", ["planned", "other", None])
def test_who_was_stopped_early_for_no_failure_is_not_assessable_whatever_was_seen_before(reason):
    """A status of day 50 is not one of the window's last 92 days, though nothing was seen of this treatment later."""
    rows = [drug("prednisolone", 0, 60, **({"stop_reason": reason} if reason else {})), drug("azathioprine", 100)]
    told = cohort(p={"treatments": rows, "measurements": [*active(50), *active(170)]})
    tables = studies.run("response", told).tables
    row = group(tables["by_line"], line=1)
    assert (row["not_assessable"], row["not_achieved"]) == (1, 0)
    assert tables["not_assessable"]["reason"].to_list() == ["stopped before the window's end"]


def test_every_count_of_response_can_be_counted_again_from_the_table_of_episodes():
    told = cohort(
        p={"treatments": FIRST, "measurements": quiet(100)}, q={"treatments": FIRST, "measurements": active(170)}
    )
    tables = studies.run("response", told).tables
    verdicts = tables["episodes"].filter(pl.col("line") == 1)["verdict"].to_list()
    row = group(tables["by_line"], line=1)
    assert (verdicts.count("achieved"), verdicts.count("not_achieved")) == (row["achieved"], row["not_achieved"])
