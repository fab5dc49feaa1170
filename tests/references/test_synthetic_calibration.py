"""The invented cohort against the published figures, within the chance of so many patients (three standard errors).

The truth of 50,000 patients is drawn; what must be measured to be known comes from a smaller cohort on complete data.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from hepatica.synthetic import synthesize
from hepatica.synthetic.blocks import make_settings
from hepatica.synthetic.draws import Draws
from hepatica.synthetic.first_line import BUDESONIDE, COMBINATION, MYCOPHENOLATE, NONE, STEROID
from hepatica.synthetic.later_lines import DRUG
from hepatica.synthetic.metabolites import make_metabolism
from hepatica.synthetic.outcomes import LANDMARK
from hepatica.synthetic.people import PSC
from hepatica.synthetic.response import EARLY, LATE, NEVER
from hepatica.synthetic.story import make_story

BLOCKS, CENTRES, SEED = 25, 200, 20_240
TWENTY_YEARS = 20 * 365.25


def near(share: float, published: float, n: float) -> bool:
    """Say whether a share of n agrees with a published one within three standard errors of that many patients."""
    return abs(share - published) <= 3 * math.sqrt(published * (1 - published) / n)


@pytest.fixture(scope="module")
def truth() -> SimpleNamespace:
    settings = make_settings(seed=SEED, centres=CENTRES, missingness="none")
    columns: dict[str, list[np.ndarray]] = {}
    for number in range(BLOCKS):
        draws = Draws(SEED, number)
        story = make_story(settings.model, draws, settings.centres, CENTRES)
        metabolism = make_metabolism(settings.model, draws, story)
        infliximab = story.lines.drug == DRUG["infliximab"]
        block = {
            "arm": story.first_line.arm,
            "randomised": story.first_line.randomised,
            "latent": story.response.latent_class,
            "alt": story.presentation.alt,
            "cirrhosis": story.presentation.cirrhosis,
            "psc": story.people.variant == PSC,
            "child": story.people.child,
            "female": story.people.female,
            "no_response": story.outcomes.no_response,
            "death": story.outcomes.death,
            "new_cirrhosis": story.outcomes.cirrhosis,
            "anti_tnf": story.losses.anti_tnf < NEVER,
            "rise": story.losses.rise < NEVER,
            "course": story.losses.course,
            "allopurinol": story.losses.allopurinol < NEVER,
            "lasting": story.losses.allopurinol_responded,
            "monitored": metabolism.monitored,
            "tgn": metabolism.tgn,
            "mmp": metabolism.mmp,
            "thiopurine": (story.lines.partner == DRUG["azathioprine"]) & (story.lines.intolerance == NEVER),
            "second": infliximab[:, 0],
            "second_worked": (infliximab & story.lines.responded)[:, 0],
            "stopped": story.lines.intolerance < NEVER,
            "tested_share": story.presentation.tpmt,
            "early_budesonide": story.response.probability["early_budesonide"],
            "early_prednisolone": story.response.probability["early_prednisolone"],
            "ever_budesonide": story.response.probability["ever_budesonide"],
            "ever_prednisolone": story.response.probability["ever_prednisolone"],
        }
        for name, values in block.items():
            columns.setdefault(name, []).append(values)
    return SimpleNamespace(**{name: np.concatenate(values) for name, values in columns.items()})


def odds(share: float) -> float:
    return share / (1 - share)


def test_68_5_percent_of_the_treated_respond_completely_by_six_months(truth):
    treated = truth.arm != NONE
    assert near((truth.latent[treated] == EARLY).mean(), 0.685, treated.sum())


def test_who_the_patients_are(truth):
    n = len(truth.arm)
    assert near(truth.child.mean(), 0.17, n)
    assert near(truth.female.mean(), 0.75, n)
    assert near(truth.cirrhosis.mean(), 0.30, n)


def test_twenty_year_survival_from_the_landmark_is_91_percent_with_and_61_percent_without_response(truth):
    alive = (truth.death > LANDMARK) & (truth.arm != NONE)
    survives = truth.death > LANDMARK + TWENTY_YEARS
    for group, published in ((alive & ~truth.no_response, 0.91), (alive & truth.no_response, 0.61)):
        assert near(survives[group].mean(), published, group.sum())


def test_with_cirrhosis_it_comes_out_close_to_the_published_82_and_34_percent_without_being_put_in(truth):
    alive = (truth.death > LANDMARK) & (truth.arm != NONE) & truth.cirrhosis
    survives = truth.death > LANDMARK + TWENTY_YEARS
    assert survives[alive & ~truth.no_response].mean() == pytest.approx(0.82, abs=0.02)
    assert survives[alive & truth.no_response].mean() == pytest.approx(0.34, abs=0.03)


def exponential_hazard_ratios(covariates: np.ndarray, time: np.ndarray, event: np.ndarray):
    """Hazard ratios of a constant-hazard regression (Poisson with the time at risk), and errors of their logarithms."""
    design = np.column_stack([np.ones(len(time)), covariates]).astype(float)
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(event.sum() / time.sum())
    for _ in range(25):
        expected = time * np.exp(design @ beta)
        information = design.T @ (design * expected[:, None])
        beta += np.linalg.solve(information, design.T @ (event - expected))
    return np.exp(beta[1:]), np.sqrt(np.diag(np.linalg.inv(information)))[1:]


def test_hazard_ratios_of_no_response_cirrhosis_and_psc_are_found_again(truth):
    alive = (truth.death > LANDMARK) & (truth.arm != NONE)
    horizon = LANDMARK + TWENTY_YEARS
    time = np.minimum(truth.death, horizon)[alive] - LANDMARK
    covariates = np.column_stack([truth.no_response, truth.cirrhosis, truth.psc])[alive]
    ratios, errors = exponential_hazard_ratios(covariates, time, (truth.death <= horizon)[alive])
    for ratio, error, published in zip(ratios, errors, (5.7, 3.5, 3.1), strict=True):
        assert abs(np.log(ratio) - np.log(published)) <= 3 * error


def test_no_response_makes_cirrhosis_3_6_times_as_likely_per_year(truth):
    at_risk = ~truth.cirrhosis & (truth.arm != NONE)
    time = np.minimum(truth.new_cirrhosis, LANDMARK + TWENTY_YEARS)[at_risk] - LANDMARK
    event = (truth.new_cirrhosis <= LANDMARK + TWENTY_YEARS)[at_risk]
    ratios, errors = exponential_hazard_ratios(truth.no_response[at_risk][:, None], time, event)
    assert abs(np.log(ratios[0]) - np.log(3.6)) <= 3 * errors[0]


def test_mycophenolate_and_azathioprine_in_the_trial_reach_56_4_and_29_0_percent(truth):
    for arm, published in ((MYCOPHENOLATE, 0.564), (COMBINATION, 0.290)):
        group = truth.randomised & (truth.arm == arm)
        assert near((truth.latent[group] == EARLY).mean(), published, group.sum())


def test_chance_balances_the_trial(truth):
    arms = [np.log2(truth.alt[truth.randomised & (truth.arm == arm)]) for arm in (MYCOPHENOLATE, COMBINATION)]
    difference = arms[0].mean() - arms[1].mean()
    assert abs(difference) <= 3 * math.hypot(*(values.std() / math.sqrt(len(values)) for values in arms))


def test_more_stop_azathioprine_than_mycophenolate_in_the_trial(truth):
    for arm, published in ((MYCOPHENOLATE, 0.051), (COMBINATION, 0.258)):
        group = truth.randomised & (truth.arm == arm)
        assert near(truth.stopped[group].mean(), published, group.sum())


def test_budesonide_is_chosen_in_5_4_percent_mostly_for_mild_disease_without_cirrhosis(truth):
    treated = truth.arm != NONE
    budesonide = truth.arm == BUDESONIDE
    assert near(budesonide[treated].mean(), 0.054, treated.sum() / 4)  # centres differ, so chance is wider
    assert np.median(truth.alt[budesonide]) < 0.5 * np.median(truth.alt[truth.arm == COMBINATION])
    assert truth.cirrhosis[budesonide].mean() < 0.1


def test_crude_response_to_budesonide_and_prednisone_is_49_and_87_percent(truth):
    ever = truth.latent <= LATE
    budesonide = truth.arm == BUDESONIDE
    prednisone = np.isin(truth.arm, [COMBINATION, STEROID]) & ~truth.randomised
    assert near(ever[budesonide].mean(), 0.49, budesonide.sum())
    assert near(ever[prednisone].mean(), 0.87, prednisone.sum())


def test_the_crude_comparison_exaggerates_the_harm_of_budesonide_and_the_causal_odds_ratio_is_known(truth):
    ever = truth.latent <= LATE
    budesonide = truth.arm == BUDESONIDE
    prednisone = np.isin(truth.arm, [COMBINATION, STEROID]) & ~truth.randomised
    crude = odds(ever[budesonide].mean()) / odds(ever[prednisone].mean())
    conditional = odds(truth.ever_budesonide) / odds(truth.ever_prednisolone)
    assert np.allclose(conditional, 0.20)
    assert np.allclose(odds(truth.early_budesonide) / odds(truth.early_prednisolone), 0.51)
    assert 0.12 < crude < 0.16


def test_mean_6_tgn_by_course_is_260_181_and_153(truth):
    group = truth.monitored & truth.thiopurine
    for course, published, sd in ((0, 260, 50), (1, 181, 60), (2, 153, 60)):
        values = truth.tgn[group & (truth.course == course)]
        # Nobody's mean lies below 40, which lifts the means by a little.
        assert abs(values.mean() - published) <= 3 * sd / math.sqrt(len(values)) + 2.5


def test_the_cut_off_of_223_has_sensitivity_76_and_specificity_78_percent_for_stable_response(truth):
    group = truth.monitored & truth.thiopurine
    stable = truth.course == 0
    assert (truth.tgn[group & stable] >= 223).mean() == pytest.approx(0.76, abs=0.02)
    assert (truth.tgn[group & ~stable] < 223).mean() == pytest.approx(0.78, abs=0.02)


def test_allopurinol_in_one_of_ten_on_a_thiopurine_with_lasting_response_in_75_percent(truth):
    given = truth.allopurinol & truth.thiopurine
    assert given.sum() / truth.thiopurine.sum() == pytest.approx(0.10, abs=0.01)
    assert near(truth.lasting[given].mean(), 0.75, given.sum())
    assert truth.tgn[given].mean() == pytest.approx(168, abs=4)
    assert truth.mmp[given].mean() == pytest.approx(2125, rel=0.06)


def test_infliximab_after_failed_second_line_brings_response_in_75_percent(truth):
    assert near(truth.second_worked[truth.second].mean(), 0.75, truth.second.sum())


def test_alt_rises_in_8_percent_on_anti_tnf_for_another_disease(truth):
    assert near(truth.rise[truth.anti_tnf].mean(), 0.08, truth.anti_tnf.sum())


def test_tpmt_alleles_are_in_hardy_weinberg_proportions(truth):
    n = len(truth.tested_share)
    for alleles, published in ((1, 2 * 0.05 * 0.95), (2, 0.05**2)):
        assert near((truth.tested_share == alleles).mean(), published, n)


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("calibration") / "cohort"
    made = synthesize(patients=4_000, seed=SEED, centres=30, out=folder)
    patients = pl.read_csv(made.truth["patients"], try_parse_dates=True)
    results = pl.read_csv(made.files["measurements"], infer_schema=False)
    metabolites = results.filter(pl.col("analyte").is_in(["TGN", "MMP"]))
    return SimpleNamespace(rows=made.rows, patients=patients, metabolites=metabolites)


def test_42_percent_are_assessable_at_six_months_in_what_centres_send(measured):
    due = measured.patients.filter(
        pl.col("cbr_by_6_months_as_sent").is_in(["achieved", "not_achieved", "not_assessable"])
    )
    assessable = due["cbr_by_6_months_as_sent"] != "not_assessable"
    assert near(assessable.mean(), 706 / 1700, due.height)


def test_a_patient_has_about_80_laboratory_rows(measured):
    assert measured.rows["measurements"] / measured.rows["patients"] == pytest.approx(80, abs=5)


def test_response_comes_after_4_9_months_on_prednisone_and_3_1_on_budesonide(measured):
    days = measured.patients.filter(pl.col("latent_class").is_in(["early", "late"])).with_columns(
        months=(pl.col("true_cbr_date") - pl.col("index_date")).dt.total_days() / 30.44
    )
    for arm, published in (("prednisolone+azathioprine", 4.9), ("budesonide+azathioprine", 3.1)):
        assert days.filter(arm=arm, randomised="no")["months"].median() == pytest.approx(published, abs=0.7)


def test_42_percent_of_those_with_sequential_levels_are_at_or_above_the_cut_off(measured):
    levels = measured.metabolites.filter(analyte="TGN")
    sequential = levels.group_by("patient_id").len().filter(pl.col("len") >= 2)
    patients = measured.patients.join(sequential, on="patient_id", how="semi")
    assert near((patients["mean_tgn"] >= 223).mean(), 0.42, patients.height)


def test_6_tgn_rises_from_168_to_321_and_6_mmp_falls_from_2125_to_184_with_allopurinol(measured):
    levels = measured.metabolites.filter(~pl.col("value").str.starts_with("<"))
    levels = levels.with_columns(pl.col("value").cast(pl.Float64), pl.col("date").str.to_date()).join(
        measured.patients.select("patient_id", "allopurinol_date").drop_nulls(), on="patient_id"
    )
    since = (pl.col("date") - pl.col("allopurinol_date")).dt.total_days()
    phase = pl.when(since < 0).then(pl.lit("before")).when(since >= 28).then(pl.lit("after"))
    means = (
        levels.with_columns(phase=phase)
        .drop_nulls("phase")
        .group_by("analyte", "phase", "patient_id")
        .agg(pl.col("value").mean())
        .group_by("analyte", "phase")
        .agg(mean=pl.col("value").mean(), error=pl.col("value").std() / pl.len().sqrt())
    )
    for analyte, phase_name, published in (("TGN", "before", 168), ("TGN", "after", 321), ("MMP", "before", 2125)):
        found = means.row(by_predicate=(pl.col("analyte") == analyte) & (pl.col("phase") == phase_name), named=True)
        assert abs(found["mean"] - published) <= 3 * found["error"] + 0.02 * published
    mmp_after = means.row(by_predicate=(pl.col("analyte") == "MMP") & (pl.col("phase") == "after"), named=True)
    # Those below the assay's limit are left out, which lifts the mean.
    assert 150 < mmp_after["mean"] < 300
