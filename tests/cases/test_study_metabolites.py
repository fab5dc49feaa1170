"""Thiopurine metabolites: what was put in comes out, cut-offs lose their optimism, and the unknown stays unknown."""

from __future__ import annotations

import polars as pl
import pytest

from hepatica.studies import cohort_of, run
from hepatica.studies.metabolites.levels import by_patient, levels, response_classes
from hepatica.studies.statistics.summaries import summary
from hepatica.synthetic import synthesize

QUICK = {"cut_off": {"samples": 200}}


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metabolites") / "centre"
    synthesize(patients=3500, seed=17, missingness="none", out=folder, file_format="parquet")
    truth = pl.read_csv(folder / "truth" / "patients.csv", infer_schema=False)
    return cohort_of(str(folder)), truth


@pytest.fixture(scope="module")
def found(invented):
    return run("metabolites", invented[0], QUICK)


@pytest.mark.parametrize(("name", "put_in"), [("stable", 260), ("not_maintained", 181), ("never", 153)])
def test_the_means_that_were_put_in_come_out_by_true_class(invented, found, name, put_in):
    cohort, truth = invented
    means = by_patient(levels(cohort, found.definition)).join(truth, on="patient_id")
    told = summary(means.filter(pl.col("course_class") == name)["tgn"])
    assert told.n > 50
    assert told.mean_lower - 5 < put_in < told.mean_upper + 5


def test_levels_fall_from_lasting_to_no_response(found):
    means = [found.numbers[f"mean.{name}.mean"] for name in ("stable", "not_maintained", "never")]
    assert means == sorted(means, reverse=True)
    assert found.numbers["difference.stable minus never.p"] < 0.001
    assert any("has not lost the response yet" in note for note in found.notes)


def test_a_chosen_cut_off_is_worth_less_than_it_appears(found):
    numbers = found.numbers
    assert numbers["cut_off.youden_corrected"] < numbers["cut_off.youden_apparent"]
    assert numbers["cut_off.threshold_lower"] < numbers["cut_off.threshold"] < numbers["cut_off.threshold_upper"]


def test_a_cut_off_stands_with_the_intervals_of_what_it_does_and_with_the_area(found):
    rows = found.tables["cut_offs"].rows_by_key("cut_off", named=True, unique=True)
    chosen = next(name for name in rows if name.endswith("corrected"))
    for name in (chosen, "published, 223"):
        for share in ("sensitivity", "specificity"):
            assert rows[name][f"{share}_lower"] < rows[name][share] < rows[name][f"{share}_upper"]
    area = found.tables["area"].row(0, named=True)
    assert area["area"] == pytest.approx(found.numbers["cut_off.auc"])
    assert area["lower"] < area["area"] < area["upper"]


def test_two_cut_offs_that_do_not_do_the_same_are_not_printed_alike(found):
    """220.4, chosen here, and the published 220 would both be read as 220."""
    threshold = found.numbers["cut_off.threshold"]
    assert f"≥ {threshold:.1f}:" in found.tables["point"]["label"].item()
    assert found.tables["cut_offs"]["cut_off"][0] == f"chosen here, {threshold:.1f}, as it appears"


def test_means_can_be_computed_again_from_the_table_of_patients(found):
    patients = found.tables["patients"]
    for name in ("stable", "not_maintained", "never"):
        mine = patients.filter(pl.col("response_class") == name)["tgn"]
        assert mine.mean() == pytest.approx(found.numbers[f"mean.{name}.mean"])


def test_the_optimism_is_large_where_patients_are_few(invented, found):
    cohort, _ = invented
    few = cohort.record.patients["patient_id"].sort().to_list()[:250]
    small = run("metabolites", cohort_of(cohort.record.of_patients(few)), QUICK)
    optimism = [
        one.numbers["cut_off.youden_apparent"] - one.numbers["cut_off.youden_corrected"] for one in (small, found)
    ]
    assert optimism[0] > optimism[1]


def test_published_limits_are_tried_as_they_are(found):
    rows = found.tables["cut_offs"].filter(pl.col("cut_off").str.starts_with("published"))
    assert rows["threshold"].to_list() == [223, 220, 235]
    by_limit = rows.sort("threshold")
    assert by_limit["sensitivity"].is_sorted(descending=True)
    assert by_limit["specificity"].is_sorted()


def test_allopurinol_turns_shunting_round(found):
    """168 to 321 of 6-TGN and 2,125 to 184 of 6-MMP were put in."""
    numbers = found.numbers
    assert numbers["allopurinol.6-TGN.before"] == pytest.approx(168, rel=0.15)
    assert numbers["allopurinol.6-TGN.after"] == pytest.approx(321, rel=0.15)
    assert numbers["allopurinol.6-MMP.after"] < numbers["allopurinol.6-MMP.before"] / 5
    assert numbers["allopurinol.6-TGN.p_paired_t"] < 0.001


def test_who_is_not_measured_is_unknown_and_compared_with_who_is(found):
    rows = found.tables["selection"]
    assert (rows["users"] == rows["measured"] + rows["not_measured"]).all()
    assert found.numbers["attrition.measured.unknown"] == rows["not_measured"].sum()
    assert found.numbers["attrition.measured.out"] == 0


def test_another_unit_is_left_out_and_never_converted(invented, found):
    other = run("metabolites", invented[0], {**QUICK, "unit": "pmol/0.2 mL"})
    units = invented[0].table("metabolites")["unit"].value_counts()
    assert other.numbers["patients"] != found.numbers["patients"] or units.height == 1
    left = invented[0].table("metabolites").filter(pl.col("unit") != found.definition["unit"]).height
    assert any(f"{left} levels in another unit" in note for note in found.notes) == bool(left)


def test_no_response_needs_a_known_lack_of_one(invented):
    classes = response_classes(invented[0], 6)
    never = classes.filter(pl.col("response_class") == "never")["patient_id"]
    seen = invented[0].table("evaluations").filter(pl.col("cbr") == "no")["patient_id"].unique().to_list()
    assert never.is_in(seen).all()
    assert (classes["response_class"] == "unknown").any()


def test_without_levels_no_cut_off_is_chosen_and_it_is_said(invented):
    cohort, truth = invented
    unmeasured = truth.filter(pl.col("metabolites_monitored") == "no")["patient_id"].to_list()[:60]
    result = run("metabolites", cohort_of(cohort.record.of_patients(unmeasured)), QUICK)
    assert "cut_off.threshold" not in result.numbers
    assert any("No cut-off was chosen" in note for note in result.notes)


@pytest.mark.parametrize("name", ["cut_off", "above", "selection"])
def test_its_pictures_can_be_drawn(found, name):
    import vl_convert

    assert "<svg" in vl_convert.vegalite_to_svg(found.drawn(name).to_dict())
