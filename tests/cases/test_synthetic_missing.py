"""What goes missing: decided after the truth, which it never changes; what is sent is a part of what happened."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from hepatica.synthetic import synthesize


@pytest.fixture(scope="module")
def cohorts(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("missing")
    made = {
        mode: synthesize(patients=800, seed=13, centres=3, out=folder / mode, missingness=mode)
        for mode in ("none", "real")
    }
    tables = {
        mode: {name: pl.read_csv(path, infer_schema=False) for name, path in one.files.items()}
        for mode, one in made.items()
    }
    truth = {mode: pl.read_csv(one.truth["patients"], infer_schema=False) for mode, one in made.items()}
    return SimpleNamespace(complete=tables["none"], real=tables["real"], truth=truth)


def test_the_truth_is_the_same_whether_values_go_missing_or_not(cohorts):
    told = pl.all().exclude("cbr_by_6_months_as_sent")
    assert cohorts.truth["none"].select(told).equals(cohorts.truth["real"].select(told))


def test_every_result_that_is_sent_is_one_of_the_complete_results_to_the_digit(cohorts):
    columns = cohorts.real["measurements"].columns
    strangers = cohorts.real["measurements"].join(
        cohorts.complete["measurements"], on=columns, how="anti", nulls_equal=True
    )
    assert strangers.is_empty()
    assert 0.25 < cohorts.real["measurements"].height / cohorts.complete["measurements"].height < 0.5


def test_on_complete_data_the_verdict_as_sent_is_the_true_one(cohorts):
    truth = cohorts.truth["none"]
    assert truth["cbr_by_6_months_as_sent"].equals(truth["true_cbr_by_6_months"].alias("cbr_by_6_months_as_sent"))


def test_a_response_that_is_seen_was_there_but_many_are_not_seen(cohorts):
    truth = cohorts.truth["real"]
    seen = truth.filter(cbr_by_6_months_as_sent="achieved")
    assert set(seen["true_cbr_by_6_months"]) == {"achieved"}
    assert seen.height > 100
    unseen = truth.filter(cbr_by_6_months_as_sent="not_assessable")
    assert {"achieved", "not_achieved"} <= set(unseen["true_cbr_by_6_months"])


def test_the_response_rate_among_the_assessable_is_not_far_from_the_true_one(cohorts):
    truth = cohorts.truth["real"]
    assessable = truth.filter(pl.col("cbr_by_6_months_as_sent").is_in(["achieved", "not_achieved"]))
    rate = (assessable["cbr_by_6_months_as_sent"] == "achieved").mean()
    assert 0.55 < rate < 0.70


def test_deaths_and_transplants_are_always_written_down_other_events_not_always(cohorts):
    for event in ("death", "liver_transplant"):
        assert (
            cohorts.real["events"].filter(event=event).height == cohorts.complete["events"].filter(event=event).height
        )
    assert cohorts.real["events"].height < 0.95 * cohorts.complete["events"].height


def test_without_missingness_no_cell_that_is_known_is_left_empty(cohorts):
    treatments, patients = cohorts.complete["treatments"], cohorts.complete["patients"]
    assert treatments["indication"].null_count() == 0
    assert patients["birth_date"].str.len_chars().eq(10).all()
    assert cohorts.real["patients"]["birth_date"].str.len_chars().is_in([4, 7]).any()
    assert "unknown" not in set(cohorts.complete["biopsies"]["rosettes"])
