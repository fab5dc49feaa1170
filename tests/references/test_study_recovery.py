"""Recovery: on invented cohorts the studies find what was put in, within their intervals at the stated rate.

What was put in is in `src/hepatica/synthetic/model.yaml`; what is measured of it is in `tests/recovery`, and the page
`docs/recovery.md` is written from the same figures. The naive analysis stands beside each, and is wrong.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from hepatica import studies
from hepatica.studies.response.episodes import episodes
from hepatica.synthetic import synthesize
from recovery.found import Found, least, over_seeds
from recovery.kept import all_seeds
from recovery.measuring import SEEDS, STUDIES

pytestmark = pytest.mark.slow

# Of all effects together one would lie so far off by chance in about one of a hundred sets of seeds.
FAR = 3.5
CUT_OFF = "metabolites: Youden's index of a centre's own cut-off, in others"
SYNTHESIS = "synthesis: mean odds ratio of trials that differ"


@pytest.fixture(scope="session")
def found(tmp_path_factory, worker_id):
    """Every effect over all seeds; workers of one run share the folder, and so the work."""
    base = tmp_path_factory.getbasetemp()
    return all_seeds((base if worker_id == "master" else base.parent) / "recovery")


def of_kind(found, *kinds):
    return [one for one in found.values() if one.first.kind in kinds]


def test_every_study_is_tried_on_every_seed(found):
    assert {one.first.study for one in found.values()} == {study.__name__ for study in STUDIES}
    assert all({row.seed for row in one.rows} == set(SEEDS) for one in found.values())


def test_the_intervals_hold_the_truth_at_the_stated_rate(found):
    held = {one.first.what: (one.held, len(one.rows)) for one in of_kind(found, "interval")}
    assert {what: rate for what, rate in held.items() if rate[0] < least(rate[1])} == {}


def test_all_intervals_together_hold_at_their_level(found):
    rows = [row for one in of_kind(found, "interval") for row in one.rows]
    assert len(rows) > 150
    assert sum(row.held for row in rows) / len(rows) > 0.92


def test_over_all_seeds_the_estimate_is_the_truth(found):
    far = {one.first.what: round(one.apart(), 1) for one in of_kind(found, "interval") if one.apart() > FAR}
    assert far == {}


def test_where_records_have_gaps_the_bounds_hold_the_truth_in_every_cohort(found):
    for one in of_kind(found, "bounds"):
        assert one.held == len(one.rows)
        assert one.mean("naive") < one.mean("truth") - 0.1


def test_what_must_come_out_exactly_does(found):
    for one in of_kind(found, "exact"):
        assert [row.estimate for row in one.rows] == pytest.approx([row.truth for row in one.rows], abs=1e-9), one.first


# The naive analyses


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("prognosis: hazard ratio of no response by 6 months", 1),
        ("prognosis: hazard ratio of not responding later either", 1),
        ("compare: budesonide instead of prednisone, in those given it", -1),
        ("compare: the same, in those who could have had either", -1),
        ("trial: mycophenolate instead of azathioprine, remission at 24 weeks", -1),
        ("signature: area under the curve in others", 1),
    ],
)
def test_the_naive_analysis_is_biased_where_the_study_is_not(found, name, direction):
    one = found[name]
    assert one.apart("naive") > FAR > one.apart()
    assert direction * one.off("naive")[0] > 0


def test_the_apparent_cut_off_promises_what_it_does_not_hold_elsewhere(found):
    one = found[CUT_OFF]
    apparent, corrected = one.off("naive")[0], one.off()[0]
    assert apparent > 0.05
    assert one.apart("naive") > 5
    assert corrected < apparent / 2


def test_the_fixed_effect_is_too_sure_of_itself(found):
    one = found[SYNTHESIS]
    fixed = sum(row.naive_held for row in one.rows)
    assert fixed < least(len(one.rows))
    assert fixed < one.held


# The rates themselves


def test_the_least_number_of_seeds_is_the_binomials():
    assert (least(8), least(20), least(40)) == (6, 16, 34)


def test_an_estimate_that_is_off_is_told_from_one_that_is_not():
    def seeds(bias):
        errors = (0.3, -0.2, 0.1, -0.4, 0.2, 0.0, -0.1, 0.1)
        ends = [(1 + error + bias - 0.6, 1 + error + bias + 0.6) for error in errors]
        rows = [
            Found("s", "w", seed, "number", 1.0, (low + high) / 2, low, high) for seed, (low, high) in enumerate(ends)
        ]
        return over_seeds(rows)["s: w"]

    assert (seeds(0.0).held, seeds(0.9).held) == (8, 1)
    assert seeds(0.0).apart() < 1
    assert seeds(0.9).apart() > 6


def test_the_page_is_written_from_the_same_figures(found):
    page = (Path(__file__).resolve().parents[2] / "docs" / "recovery.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| \w+ \| ([^|]+) \| .* \| (\d+) of \d+ \|", page, re.MULTILINE))
    for one in of_kind(found, "interval", "bounds"):
        assert told[one.first.what] == str(one.held)


# What the record itself must give back


@pytest.fixture(scope="module")
def as_sent(tmp_path_factory):
    """A cohort with the gaps that centres have."""
    folder = tmp_path_factory.mktemp("recovery") / "real"
    synthesize(patients=1_500, seed=3, centres=5, out=folder, file_format="parquet")
    truth = pl.read_csv(folder / "truth" / "patients.csv", infer_schema=False)
    return studies.cohort_of(str(folder)), truth


def test_missing_results_make_the_share_too_low_and_its_bounds_hold_the_truth(as_sent):
    cohort, truth = as_sent
    numbers = studies.run("prognosis", cohort).numbers
    judged = truth.filter(pl.col("true_cbr_by_6_months").is_in(["achieved", "not_achieved"]))
    true = (judged["true_cbr_by_6_months"] == "achieved").mean()
    assert numbers["response.share"] < true
    assert numbers["response.if_no_unknown_responded"] < true < numbers["response.if_all_unknown_responded"]


def test_each_later_line_is_found_with_the_day_on_which_it_began(as_sent):
    cohort, _ = as_sent
    changes = pl.read_csv(f"{cohort.source}/truth/changes.csv", infer_schema=False)
    index = cohort.table("outcomes").select("patient_id", "index_date")
    found = episodes(cohort, index).filter((pl.col("line") > 1) & (pl.col("given_for") == "AIH"))
    counted = changes.filter(
        pl.col("drug").is_in(["mycophenolate", "mercaptopurine", "tacrolimus", "infliximab", "rituximab"])
    )
    wanted = counted.with_columns(start=pl.col("date").str.to_date()).filter(pl.col("start") <= cohort.as_of)
    late = wanted.join(index, on="patient_id").filter((pl.col("start") - pl.col("index_date")).dt.total_days() > 42)
    both = late.join(
        found, left_on=["patient_id", "drug", "start"], right_on=["patient_id", "treatment", "start"], how="inner"
    )
    assert late.height > 100
    # What is missing began in a part of the treatment record that the centre never sent.
    assert both.height > 0.97 * late.height
    assert date(1996, 1, 1) < late["start"].min()
