"""Statistics against what was published or computed elsewhere: the 1980 trial, the Mayo cohort, printed p-values."""

from __future__ import annotations

import json

import polars as pl
import pytest

from hepatica.studies.statistics.competing import aalen_johansen, fine_gray
from hepatica.studies.statistics.cox import cox
from hepatica.studies.statistics.propensity import e_value, propensity_score, weighted_difference, weights
from hepatica.studies.statistics.proportions import difference_newcombe, wilson
from hepatica.studies.statistics.roc import auc_compare, auc_delong, best_cut_off
from hepatica.studies.statistics.survival import kaplan_meier, log_rank, rmst_difference
from hepatica.studies.statistics.tests import chi_square, fisher

SAME = {"rel": 1e-6}


def read(folder, name):
    if not (folder / name).is_file():
        pytest.skip(f"{name} is not among the fixtures")
    return pl.read_csv(folder / name, null_values="NA")


@pytest.fixture(scope="module")
def kirk(fixtures_folder):
    return read(fixtures_folder, "kirk1980.csv").with_columns(
        prednisolone=(pl.col("treatment") == "prednisolone").cast(pl.Float64)
    )


@pytest.fixture(scope="module")
def pbc(fixtures_folder):
    logs = {f"log({name})": pl.col(name).log() for name in ("bili", "protime", "albumin")}
    return read(fixtures_folder, "pbc/pbc.csv").with_columns(death=pl.col("status") == 2, **logs)


@pytest.fixture(scope="module")
def told(fixtures_folder):
    file = fixtures_folder / "pbc" / "r_results.json"
    if not file.is_file():
        pytest.skip("r_results.json is not among the fixtures")
    return json.loads(file.read_text(encoding="utf-8"))


def test_prednisolone_1980_survival_at_ten_years_and_the_medians(kirk):
    arms = {name[0]: kaplan_meier(d["months"], d["died"]) for name, d in kirk.group_by("treatment")}
    assert arms["prednisolone"].at(120).survival == pytest.approx(0.6256684492, **SAME)
    assert arms["control"].at(120).survival == pytest.approx(0.27272727273, **SAME)
    assert arms["control"].at(40).survival == pytest.approx(0.5)
    assert (arms["prednisolone"].median.value, arms["control"].median.value) == (146, 40.5)


def test_prednisolone_1980_log_rank_hazard_ratio_and_restricted_means(kirk):
    test = log_rank(kirk["months"], kirk["died"], kirk["treatment"])
    assert (test.chi_square, test.p) == (pytest.approx(4.6599012175, **SAME), pytest.approx(0.0309, abs=5e-5))
    for ties, ratio in (("efron", 0.4358), ("breslow", 0.4350)):
        fit = cox(kirk, time="months", event="died", covariates=["prednisolone"], ties=ties)
        assert fit.term("prednisolone").hr == pytest.approx(ratio, abs=5e-5)
    means = rmst_difference(kirk["months"], kirk["died"], kirk["treatment"], 60)
    # By hand: controls' curve to five years has the area 849/22 months, prednisolone's 1154/22.
    assert (means.first.value, means.second.value) == (pytest.approx(849 / 22), pytest.approx(1154 / 22))


def test_mayo_model_with_efrons_and_breslows_ties_and_its_proportionality(pbc, told):
    names = ["age", "edema", "log(bili)", "log(protime)", "log(albumin)"]
    known = pbc.drop_nulls(names)
    fit, expected = cox(known, time="time", event="death", covariates=names), told["pbc_cox5"]
    assert {term.name: term.log_hr for term in fit.terms} == pytest.approx(expected["coef"], **SAME)
    assert {term.name: term.std_error for term in fit.terms} == pytest.approx(expected["se"], **SAME)
    assert {test.name: test.p for test in fit.proportionality} == pytest.approx(expected["zph"], **SAME)
    assert (fit.n, fit.events) == (expected["n"], expected["events"])
    fit = cox(known, time="time", event="death", covariates=names, ties="breslow")
    assert {term.name: term.log_hr for term in fit.terms} == pytest.approx(told["pbc_cox5_breslow"], **SAME)


def test_mayo_trial_survival_by_arm_and_its_log_rank_tests(pbc, told):
    trial, expected = pbc.drop_nulls("trt"), told["pbc_km_trt"]
    rows = []
    for arm in (1, 2):
        one = trial.filter(pl.col("trt") == arm)
        curve = kaplan_meier(one["time"], one["death"])
        rows += [curve.at(day) for day in (365, 1825, 3650)]
    for word in ("lower", "upper"):
        assert [getattr(row, word) for row in rows] == pytest.approx(expected[word], **SAME)
    assert [row.survival for row in rows] == pytest.approx(expected["surv"], **SAME)
    assert [row.at_risk for row in rows] == expected["nrisk"]
    tests = [log_rank(trial["time"], trial["death"], trial["trt"], rho=rho) for rho in (0, 1)]
    assert tests[0].chi_square == pytest.approx(told["pbc_logrank"]["chisq"], **SAME)
    assert tests[0].expected == pytest.approx(told["pbc_logrank"]["exp"], **SAME)
    assert tests[1].chi_square == pytest.approx(told["pbc_peto"]["chisq"], **SAME)


def test_mayo_visits_bilirubin_as_it_changes(pbc, told, fixtures_folder):
    visits = read(fixtures_folder, "pbc/pbcseq.csv").select("id", "day", "bili", "protime")
    # The baseline file knows the end of follow-up; a visit on or after it is none.
    ends = pbc.filter(pl.col("id") <= 312).select("id", "time", "death")
    rows = visits.join(ends, on="id").filter(pl.col("day") < pl.col("time")).sort("id", "day")
    following = pl.col("day").shift(-1).over("id")
    rows = rows.with_columns(
        stop=pl.when(following.is_null()).then(pl.col("time")).otherwise(following),
        died=following.is_null() & pl.col("death"),
        bili=pl.col("bili").log(),
        protime=pl.col("protime").log(),
    )
    expected = told["pbc_timedep"]
    fit = cox(rows, time="stop", entry="day", event="died", covariates=["bili", "protime"], id="id")
    assert fit.rows == expected["rows"]
    assert [term.log_hr for term in fit.terms] == pytest.approx(list(expected["timedep"].values()), **SAME)


def test_mayo_transplant_and_death_as_competing_ends(pbc, told):
    curves = aalen_johansen(pbc["time"], pbc["status"])
    for row, cause in enumerate(("1", "2")):
        points = [curves[cause].at(day) for day in (365, 1825, 3650)]
        assert [point.incidence for point in points] == pytest.approx(told["pbc_cuminc"]["est"][row], **SAME)
        assert [point.std_error**2 for point in points] == pytest.approx(told["pbc_cuminc"]["var"][row], **SAME)
    fit = fine_gray(pbc, time="time", cause="status", covariates=["age", "edema", "log(bili)"], of="2")
    assert [term.log_hr for term in fit.terms] == pytest.approx(told["pbc_finegray"]["coef"], **SAME)
    assert [term.std_error for term in fit.terms] == pytest.approx(told["pbc_finegray"]["se"], **SAME)


def test_mayo_bilirubin_tells_who_dies_better_than_albumin(pbc, told):
    trial, expected = pbc.drop_nulls("trt"), told["pbc_roc"]
    area = auc_delong(trial["death"], trial["bili"])
    assert [area.lower, area.auc, area.upper] == pytest.approx(expected["ci_delong"], **SAME)
    pair = auc_compare(trial["death"], trial["bili"], trial["albumin"], directions=("higher", "lower"))
    assert (pair.second.auc, pair.statistic) == pytest.approx((expected["auc_albumin"], expected["delong_z"]), **SAME)
    best, youden = best_cut_off(trial["death"], trial["bili"]), expected["youden"]
    assert best.threshold == pytest.approx(youden["threshold"])
    assert best.sensitivity.share == pytest.approx(youden["sensitivity"], **SAME)
    assert best.specificity.share == pytest.approx(youden["specificity"], **SAME)


def test_mayo_propensity_of_penicillamine_and_its_weighted_hazard_ratio(pbc, told):
    trial = pbc.drop_nulls("trt").with_columns(treated=pl.col("trt") == 1)
    names = ["age", "sex", "log(bili)", "albumin", "edema"]
    model = propensity_score(trial, treatment="treated", covariates=names, references={"sex": "m"})
    coefficients = [term.log_or for term in model.fit.terms]
    assert coefficients == pytest.approx(list(told["pbc_ps"]["coef"].values()), **SAME)
    weighted = trial.with_columns(treated=pl.col("treated").cast(pl.Int8), w=weights(model.treated, model.score))
    fit = cox(weighted, time="time", event="death", covariates=["treated"], weights="w")
    assert fit.terms[0].log_hr == pytest.approx(told["pbc_iptw"]["coef"], **SAME)
    assert fit.terms[0].std_error == pytest.approx(told["pbc_iptw"]["robust_se"], **SAME)


def test_knowing_that_the_score_was_estimated_narrows_the_interval(pbc):
    trial = pbc.drop_nulls("trt").with_columns(treated=pl.col("trt") == 1)
    model = propensity_score(trial, treatment="treated", covariates=["log(bili)", "age"])
    weight = weights(model.treated, model.score)
    taken_as_known = weighted_difference(trial["death"], trial["treated"], weight)
    knowing = weighted_difference(
        trial["death"], trial["treated"], weight, design=model.model.matrix, score=model.score
    )
    assert knowing.difference == taken_as_known.difference
    assert knowing.std_error < taken_as_known.std_error


def test_camaro_remission_by_newcombe_and_chi_square_without_correction():
    found = difference_newcombe(22, 39, 9, 31)
    printed = [round(100 * value, 1) for value in (found.difference, found.lower, found.upper)]
    assert printed == [27.4, 4.0, 46.7]
    assert round(chi_square([[22, 17], [9, 22]]).p, 3) == 0.022


@pytest.mark.parametrize(
    ("counts", "p"), [((0, 39, 4, 31), 0.0343), ((2, 39, 8, 31), 0.0184), ((84, 109, 63, 105), 0.0081)]
)
def test_published_p_values_of_fisher(counts, p):
    assert round(fisher(*counts).p, 4) == p


def test_infliximab_response_by_wilson():
    found = wilson(17, 26)
    assert [round(100 * value, 1) for value in (found.share, found.lower, found.upper)] == [65.4, 46.2, 80.6]


def test_e_value_of_the_paper_that_proposed_it():
    """VanderWeele and Ding 2017: risk ratio 3.9 (1.8 to 8.7) gives 7.26, and 3.0 for the limit."""
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 2), round(found.limit, 1)) == (7.26, 3.0)
    assert e_value(0.8, 0.5, 1.2).limit == 1
    assert e_value(1 / 3.9).estimate == pytest.approx(found.estimate)
