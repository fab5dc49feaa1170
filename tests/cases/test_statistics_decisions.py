"""Where a statistic must refuse, warn, or say what it did: separation, immortal time, optimism, weights, power."""

from __future__ import annotations

from math import inf, isnan

import numpy as np
import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.studies.statistics.cox import cox
from hepatica.studies.statistics.firth import firth_cox, firth_logistic
from hepatica.studies.statistics.imputation import impute, rubin
from hepatica.studies.statistics.inputs import complete_cases
from hepatica.studies.statistics.logistic import logistic, separation
from hepatica.studies.statistics.propensity import overlap, propensity_score
from hepatica.studies.statistics.proportions import exact
from hepatica.studies.statistics.roc import best_cut_off, bootstrap_cut_off
from hepatica.studies.statistics.sample_size import (
    detectable_difference,
    power_by_simulation,
    power_two_proportions,
    two_proportions,
)
from hepatica.studies.statistics.survival import kaplan_meier, landmark, rmst
from hepatica.studies.statistics.tests import fisher, mann_whitney

# Ten patients; only those with cirrhosis (and not all of them) died.
SEPARATED = pl.DataFrame(
    {
        "time": [3.0, 5.0, 5.0, 8.0, 9.0, 12.0, 12.0, 15.0, 18.0, 20.0],
        "died": [1, 1, 0, 1, 0, 0, 1, 0, 0, 0],
        "cirrhosis": ["yes", "yes", "no", "yes", "no", "no", "yes", "no", "yes", "no"],
        "age": [53.0, 69.0, 61.0, 42.0, 48.0, 64.0, 57.0, 31.0, 66.0, 45.0],
    }
)


def test_a_hazard_ratio_without_end_is_told_and_firth_answers():
    fit = cox(SEPARATED, time="time", event="died", covariates=["cirrhosis", "age"])
    assert fit.separated_terms == ("cirrhosis: yes",)
    term = fit.term("cirrhosis: yes")
    assert term.hr == inf
    assert isnan(term.p)
    assert not isnan(fit.term("age").p)
    answer = firth_cox(SEPARATED, time="time", event="died", covariates=["cirrhosis", "age"]).term("cirrhosis: yes")
    assert 1 < answer.lower < answer.ratio < answer.upper < inf


def test_an_odds_ratio_without_end_is_told_and_firth_answers():
    asked = {"outcome": "died", "covariates": ["cirrhosis", "age"]}
    assert (
        separation(SEPARATED, **asked).terms == ("intercept", "cirrhosis: yes")
        or "cirrhosis: yes" in separation(SEPARATED, **asked).terms
    )
    fit = logistic(SEPARATED, **asked)
    assert fit.separated
    assert fit.term("cirrhosis: yes").odds_ratio == inf
    answer = firth_logistic(SEPARATED, **asked).term("cirrhosis: yes")
    assert 0 < answer.lower < answer.ratio < answer.upper < inf


def test_ordinary_data_are_not_called_separated():
    overlapping = SEPARATED.with_columns(died=pl.Series([1, 1, 1, 1, 0, 0, 1, 0, 0, 0]))
    assert not cox(overlapping, time="time", event="died", covariates=["cirrhosis", "age"]).separated
    assert not separation(overlapping, outcome="died", covariates=["cirrhosis", "age"]).separated


def test_covariates_that_say_the_same_are_refused():
    twice = SEPARATED.with_columns(months=pl.col("age") * 12)
    with pytest.raises(UsageError, match="say the same thing"):
        cox(twice, time="time", event="died", covariates=["age", "months"])


def test_stretches_of_one_patient_must_not_overlap():
    rows = pl.DataFrame({"id": ["a", "a", "b"], "from": [0, 3, 0], "to": [5, 9, 7], "died": [0, 1, 1], "x": [0, 1, 0]})
    with pytest.raises(UsageError, match="patient a overlap"):
        cox(rows, time="to", entry="from", event="died", covariates=["x"], id="id")


def test_nobody_before_the_landmark_is_counted_as_having_reached_it():
    found = landmark([100, 183, 183, 200, 900, 50], [1, 1, 0, 1, 0, 0], 183)
    assert found.kept.tolist() == [False, False, False, True, True, False]
    assert (found.events_before, found.censored_before) == (2, 2)
    assert found.time.tolist() == [17, 717]


def test_survival_beyond_the_follow_up_is_unknown_unless_all_have_died():
    assert kaplan_meier([1, 2, 3], [1, 1, 0]).at(4) is None
    assert kaplan_meier([1, 2, 3], [1, 1, 1]).at(4).survival == 0
    with pytest.raises(UsageError, match="outside the follow-up"):
        rmst([1, 2, 3], [1, 1, 0], 4)


def test_a_curve_that_stays_above_one_half_has_no_median():
    assert kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).median.value is None


def test_a_cut_off_found_in_noise_is_worth_less_than_it_seems():
    draw = np.random.default_rng(3)
    sick, noise = draw.random(80) < 0.5, draw.normal(size=80)
    found = bootstrap_cut_off(sick, noise, samples=300, seed=4)
    assert found.youden.apparent > 0.1
    assert found.youden.corrected < found.youden.apparent - 0.05
    assert found == bootstrap_cut_off(sick, noise, samples=300, seed=4)


def test_a_score_that_speaks_the_other_way_has_no_cut_off():
    with pytest.raises(UsageError, match="no cut-off does better than chance"):
        best_cut_off([1, 1, 0, 0], [1.0, 2.0, 3.0, 4.0])


def test_treatments_that_were_never_given_to_alike_patients_are_not_compared():
    frame = pl.DataFrame({"budesonide": [1, 1, 1, 0, 0, 0], "cirrhosis": [0, 0, 0, 1, 1, 1]})
    with pytest.raises(UsageError, match="nobody is there to compare with"):
        propensity_score(frame, treatment="budesonide", covariates=["cirrhosis"])
    assert overlap([1, 1, 0, 0], [0.8, 0.9, 0.2, 0.3]).disjoint


def test_complete_cases_are_counted_not_dropped():
    frame = pl.DataFrame({"igg": [1.0, None, float("nan"), 2.0], "sex": ["f", "m", "f", "unknown"]})
    kept, lost = complete_cases(frame, ["igg", "sex"])
    assert (kept.height, lost.height) == (1, 3)


def test_camaro_needed_a_hundred_patients_and_seventy_could_show_a_third():
    """56.4 against 29.0 %: 50 a group by the usual formula, 58 by the exact test; 39 and 31 could show 62 to 29 %."""
    assert two_proportions(0.564, 0.29).n1 == 50
    assert two_proportions(0.564, 0.29, method="continuity").n1 == 58
    needed = two_proportions(0.564, 0.29, method="exact_fisher")
    assert needed.power >= 0.8 > power_two_proportions(0.564, needed.n1 - 1, 0.29, needed.n1 - 1, method="exact_fisher")
    assert round(detectable_difference(0.29, 39, 31), 2) == 0.62


def test_simulated_power_is_the_exact_power():
    def trial(draw):
        return fisher(int(draw.binomial(39, 0.564)), 39, int(draw.binomial(31, 0.29)), 31).p

    found = power_by_simulation(trial, trials=300, seed=7)
    true = power_two_proportions(0.564, 39, 0.29, 31, method="exact_fisher")
    assert found.power.lower < true < found.power.upper
    assert found == power_by_simulation(trial, trials=300, seed=7)
    assert found.power == exact(found.power.count, 300)


def test_imputation_finds_the_slope_that_complete_cases_miss():
    """IgG is unknown more often where ALT is high, so the complete cases have the mean wrong, and the imputed not."""
    draw = np.random.default_rng(8)
    alt = draw.normal(5, 2, 600)
    igg = 1 + 0.3 * alt + draw.normal(0, 0.4, 600)
    seen = pl.DataFrame({"alt": alt, "igg": np.where(draw.random(600) < 1 / (1 + np.exp(5 - alt)), np.nan, igg)})
    means, errors = zip(
        *((float(d["igg"].mean()), float(d["igg"].std() / 600**0.5)) for d in impute(seen, ["alt", "igg"], seed=2)),
        strict=True,
    )
    pooled = rubin(means, errors)
    complete = float(seen["igg"].drop_nans().mean())
    assert pooled.lower < 2.5 < pooled.upper
    assert complete < pooled.lower


def test_an_exact_test_is_not_made_of_tied_values():
    with pytest.raises(UsageError, match="are tied"):
        mann_whitney([1.0, 1.0], [2.0, 3.0], exact=True)
