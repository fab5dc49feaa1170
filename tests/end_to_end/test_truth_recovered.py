"""What was put into the invented cohort is found again by reading and the course (all patients are SYNTHETIC)."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from hepatica.course import definitions, derive
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

EXTRACT = date(2024, 12, 31)
PATIENTS = 250


def side_by_side(folder, missingness) -> pl.DataFrame:
    """Truth and derived state side by side."""
    synthesize(patients=PATIENTS, seed=11, out=folder, missingness=missingness)
    with open_source(str(folder)) as source:
        record, reading = source.read()
    assert reading.quarantine.is_empty()
    state = derive(record, definitions(), EXTRACT, tables=["state"])["state"]
    truth = pl.read_csv(folder / "truth" / "patients.csv", infer_schema=False)
    joined = truth.join(state, on="patient_id", suffix="_derived", validate="1:1")
    assert joined.height == PATIENTS
    return joined


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """A cohort of whom everything is known."""
    return side_by_side(tmp_path_factory.mktemp("complete") / "cohort", "none")


@pytest.fixture(scope="module")
def with_gaps(tmp_path_factory):
    """The same cohort with the gaps that real centres have."""
    return side_by_side(tmp_path_factory.mktemp("with_gaps") / "cohort", "real")


@pytest.fixture(params=["complete", "with_gaps"])
def cohort(request):
    return request.getfixturevalue(request.param)


def differing(joined: pl.DataFrame, truth: str, derived: str) -> list[tuple]:
    pairs = joined.select("patient_id", truth, pl.col(derived).cast(pl.String))
    return pairs.filter(~pl.col(truth).eq_missing(pl.col(derived))).rows()


def test_every_index_date_is_found(cohort):
    assert differing(cohort, "index_date", "index_date_derived") == []


def test_the_six_month_verdict_is_that_of_the_values_as_sent(cohort):
    assert differing(cohort, "cbr_by_6_months_as_sent", "cbr_by_6_months") == []


def test_on_complete_data_response_and_relapse_are_the_true_ones(complete):
    # With missing visits the true dates cannot be known; there the verdict as sent is compared, above.
    assert differing(complete, "true_cbr_by_6_months", "cbr_by_6_months") == []
    assert differing(complete, "true_cbr_date", "cbr_date") == []
    assert differing(complete, "true_relapse_date", "relapse_date") == []


def test_missing_results_turn_answers_into_not_assessable_and_rarely_into_failure(with_gaps):
    known = with_gaps.filter(pl.col("true_cbr_by_6_months") == "achieved")
    found = dict(known.group_by("cbr_by_6_months").len().rows())
    assert found["not_assessable"] > found["achieved"]
    # A response between the last two visits of the window can be missed by the visits that are left: few are.
    assert found.get("not_achieved", 0) < 0.1 * known.height


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty") / "centre"
    synthesize(patients=PATIENTS, seed=12, dirt="heavy", out=folder)
    with open_source(str(folder)) as source:
        _, reading = source.read()
    dirt = pl.read_csv(
        folder / "truth" / "dirt.csv", schema_overrides={"line": pl.Int64}, infer_schema=False
    ).with_columns(pl.col("line").cast(pl.Int64))
    return dirt, reading


def test_every_row_that_was_spoiled_is_in_quarantine_with_its_reason(dirty):
    dirt, reading = dirty
    spoiled = dirt.filter(pl.col("fate") == "quarantined").select("file", "line", "reason")
    found = reading.quarantine.select("file", "line", "reason")
    assert spoiled.height > 100
    assert spoiled.join(found, on=["file", "line", "reason"], how="anti").rows() == []


def test_no_other_row_is_in_quarantine(dirty):
    dirt, reading = dirty
    spoiled = dirt.filter(pl.col("fate") == "quarantined")
    assert (
        reading.quarantine.join(spoiled, on=["file", "line"], how="anti").select("file", "line", "reason").rows() == []
    )


def test_repeated_rows_are_folded_and_the_counts_add_up(dirty):
    dirt, reading = dirty
    assert sum(count.folded for count in reading.counts.values()) == dirt.filter(pl.col("fate") == "folded").height
    for count in reading.counts.values():
        assert count.read == count.kept + count.folded + count.quarantined
