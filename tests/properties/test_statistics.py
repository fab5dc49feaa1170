"""What holds for every cohort: shares within 0 and 1, intervals around estimates, order and unit without effect."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hepatica.errors import UsageError
from hepatica.studies.statistics.competing import aalen_johansen
from hepatica.studies.statistics.cox import cox
from hepatica.studies.statistics.imputation import impute, rubin
from hepatica.studies.statistics.pooling import fixed, heterogeneity, random
from hepatica.studies.statistics.propensity import effective_sample_size, weights
from hepatica.studies.statistics.proportions import difference_newcombe, exact, wilson
from hepatica.studies.statistics.roc import auc_delong
from hepatica.studies.statistics.summaries import time_weighted_mean
from hepatica.studies.statistics.survival import kaplan_meier, log_rank, rmst
from hepatica.studies.statistics.tests import chi_square, fisher, mann_whitney

# No deadline: a shared machine may be slow at any moment.
several = settings(deadline=None, max_examples=60)
INTERVALS = ("log", "log-log", "plain")


@st.composite
def followed(draw, least=2):
    """Patients with whole days, so that ties are common, and at least one event."""
    n = draw(st.integers(least, 30))
    time = draw(st.lists(st.integers(1, 12), min_size=n, max_size=n))
    event = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    assume(any(event))
    return [float(day) for day in time], event


@st.composite
def counts(draw):
    n = draw(st.integers(1, 400))
    return draw(st.integers(0, n)), n


@given(followed(), st.sampled_from(INTERVALS))
@several
def test_survival_falls_from_one_to_no_less_than_zero_inside_its_interval(cohort, kind):
    curve = kaplan_meier(*cohort, interval=kind)
    assert (np.diff(curve.survival) <= 0).all()
    assert ((curve.survival >= 0) & (curve.survival <= 1)).all()
    known = ~np.isnan(curve.lower)
    assert (known | (curve.survival == 0)).all()
    assert (curve.lower[known] <= curve.survival[known] + 1e-12).all()
    assert (curve.upper[known] >= curve.survival[known] - 1e-12).all()
    assert ((curve.lower[known] >= 0) & (curve.upper[known] <= 1)).all()


@given(followed(), st.randoms(use_true_random=False))
@several
def test_the_order_of_patients_changes_no_digit(cohort, shuffle):
    time, event = cohort
    order = list(range(len(time)))
    shuffle.shuffle(order)
    other = [time[place] for place in order], [event[place] for place in order]
    one, two = kaplan_meier(time, event), kaplan_meier(*other)
    assert one.survival.tolist() == two.survival.tolist()
    assert one.std_error.tolist() == two.std_error.tolist()


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_the_order_of_patients_changes_no_digit_of_a_cox_model(seed):
    draw = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "time": draw.integers(1, 20, 40).astype(float),
            "event": draw.random(40) < 0.6,
            "age": draw.normal(50, 10, 40),
            "arm": draw.choice(["a", "b"], 40),
        }
    )
    asked = {"time": "time", "event": "event", "covariates": ["age", "arm"]}
    one, two = cox(frame, **asked), cox(frame.sample(fraction=1, shuffle=True, seed=seed), **asked)
    assert one.terms == two.terms
    assert one.log_likelihood == two.log_likelihood


@given(followed(), st.sampled_from([1 / 365.25, 7.0, 30.4375]))
@several
def test_the_unit_of_time_changes_times_and_nothing_else(cohort, factor):
    time, event = cohort
    one, two = kaplan_meier(time, event), kaplan_meier([day * factor for day in time], event)
    assert two.survival.tolist() == one.survival.tolist()
    assert two.time.tolist() == [day * factor for day in one.time.tolist()]
    tau = min(day for day, died in zip(time, event, strict=True) if died)
    assert rmst([day * factor for day in time], event, tau * factor).value == pytest.approx(
        rmst(time, event, tau).value * factor
    )


@given(followed())
@several
def test_without_censoring_survival_is_the_share_left(cohort):
    time, _ = cohort
    curve = kaplan_meier(time, [True] * len(time))
    left = [sum(later > day for later in time) / len(time) for day in curve.time]
    assert curve.survival == pytest.approx(left, abs=1e-12)


@given(followed())
@several
def test_weights_of_one_change_no_estimate_and_give_greenwoods_error(cohort):
    time, event = cohort
    plain, weighted = kaplan_meier(time, event), kaplan_meier(time, event, weights=[1.0] * len(time))
    assert weighted.survival.tolist() == plain.survival.tolist()
    # With weights of one the jackknife's sum is Greenwood's.
    assert weighted.std_error == pytest.approx(plain.std_error, abs=1e-9)


@given(followed(least=4), st.data())
@several
def test_all_causes_together_are_what_survival_has_lost(cohort, data):
    time, event = cohort
    cause = [data.draw(st.sampled_from(["death", "transplant"])) if died else "censored" for died in event]
    curves = aalen_johansen(time, cause)
    lost = sum(curve.incidence for curve in curves.values())
    assert lost == pytest.approx(1 - kaplan_meier(time, event).survival, abs=1e-12)
    for curve in curves.values():
        known = ~np.isnan(curve.lower)
        assert (np.diff(curve.incidence) >= 0).all()
        assert (curve.lower[known] <= curve.incidence[known] + 1e-12).all()
        assert (curve.upper[known] >= curve.incidence[known] - 1e-12).all()


@given(counts())
@several
def test_intervals_of_a_share_hold_it_and_stay_within_zero_and_one(count):
    x, n = count
    for found in (wilson(x, n), exact(x, n)):
        assert 0 <= found.lower <= found.share + 1e-12
        assert found.share - 1e-12 <= found.upper <= 1


@given(counts(), counts())
@several
def test_a_difference_turns_round_with_its_groups(one, other):
    there, back = difference_newcombe(*one, *other), difference_newcombe(*other, *one)
    assert (there.lower, there.upper) == pytest.approx((-back.upper, -back.lower), abs=1e-12)
    assert there.lower <= there.difference + 1e-12
    test, turned = fisher(*one, *other), fisher(*other, *one)
    assert test.p == pytest.approx(turned.p, rel=1e-6)
    assert 0 < test.p <= 1


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=12), st.data())
@several
def test_pooled_studies(effects, data):
    errors = data.draw(st.lists(st.floats(0.05, 2), min_size=len(effects), max_size=len(effects)))
    one = fixed(effects, errors)
    assert sum(one.weights) == pytest.approx(1)
    assert min(effects) - 1e-9 <= one.effect <= max(effects) + 1e-9
    for method in ("dl", "reml"):
        spread = random(effects, errors, method=method)
        assert sum(spread.weights) == pytest.approx(1)
        assert spread.tau2 >= 0
        assert spread.std_error >= one.std_error - 1e-12
        if len(effects) == 1:
            assert (spread.effect, spread.std_error) == pytest.approx((effects[0], errors[0]))
        else:
            told = heterogeneity(effects, errors, method=method)
            assert 0 <= told.i2 < 1
            assert told.tau2_lower <= told.tau2_upper


@given(st.lists(st.tuples(st.booleans(), st.floats(0.05, 0.95)), min_size=2, max_size=40))
@several
def test_weights_from_a_score(rows):
    arm, score = [treated for treated, _ in rows], [value for _, value in rows]
    assume(any(arm) and not all(arm))
    for estimand in ("ate", "att", "overlap"):
        found = weights(arm, score, estimand)
        assert (found > 0).all()
        assert effective_sample_size(found) <= len(found) + 1e-9
    assert weights(arm, score, "att")[np.array(arm)].tolist() == [1.0] * sum(arm)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=4, max_size=40))
@several
def test_an_area_turns_round_with_the_score(rows):
    outcome, score = [sick for sick, _ in rows], [float(value) for _, value in rows]
    assume(2 <= sum(outcome) <= len(outcome) - 2)
    area = auc_delong(outcome, score)
    assert auc_delong(outcome, score, direction="lower").auc == pytest.approx(1 - area.auc)
    assert area.lower <= area.auc <= area.upper
    sick, well = ([value for o, value in zip(outcome, score, strict=True) if o is side] for side in (True, False))
    if len(set(score)) > 1:
        assert area.auc * len(sick) * len(well) == pytest.approx(mann_whitney(sick, well).statistic)


@given(st.lists(st.floats(0.1, 5), min_size=1, max_size=8), st.floats(0.1, 3), st.integers(2, 30))
@several
def test_imputations_that_agree_leave_no_missing_information(errors, estimate, m):
    pooled = rubin([estimate] * m, [errors[0]] * m)
    assert (pooled.std_error, pooled.missing_information) == pytest.approx((errors[0], 0.0))


@given(st.dictionaries(st.integers(0, 900), st.floats(50, 600), min_size=2, max_size=12))
@several
def test_a_mean_over_time_lies_within_the_levels(measured):
    days, levels = list(measured), list(measured.values())
    for how in ("trapezoid", "carried_forward"):
        assert min(levels) - 1e-6 <= time_weighted_mean(days, levels, how=how) <= max(levels) + 1e-6


UNKNOWN = [None, float("nan"), float("inf")]


@pytest.mark.parametrize("gap", UNKNOWN)
@pytest.mark.parametrize(
    "ask",
    [
        lambda gap: kaplan_meier([1.0, gap, 3.0], [1, 0, 1]),
        lambda gap: kaplan_meier([1.0, 2.0, 3.0], [1, gap, 1]),
        lambda gap: kaplan_meier([1.0, 2.0, 3.0], [1, 0, 1], weights=[1.0, gap, 1.0]),
        lambda gap: log_rank([1.0, gap, 3.0, 4.0], [1, 0, 1, 1], ["a", "b", "a", "b"]),
        lambda gap: aalen_johansen([1.0, gap], ["death", "censored"]),
        lambda gap: auc_delong([1, 0, 1, 0], [1.0, 2.0, gap, 0.0]),
        lambda gap: mann_whitney([1.0, gap], [2.0, 3.0]),
        lambda gap: fixed([0.1, gap], [0.2, 0.3]),
        lambda gap: weights([1, 0], [0.4, gap]),
    ],
)
def test_what_is_unknown_is_refused_and_not_dropped(ask, gap):
    with pytest.raises(UsageError, match="unknown"):
        ask(gap)


@pytest.mark.parametrize("gap", [None, "unknown"])
def test_an_unknown_word_is_refused_as_a_covariate(gap):
    frame = pl.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "e": [1, 1, 0, 1], "cirrhosis": ["yes", "no", gap, "yes"]})
    with pytest.raises(UsageError, match="cirrhosis: 1 of 4 values are unknown"):
        cox(frame, time="t", event="e", covariates=["cirrhosis"])


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=15)
def test_imputed_cells_hold_values_that_occur_and_known_cells_stay(seed):
    draw = np.random.default_rng(seed)
    age = draw.normal(50, 10, 60)
    frame = pl.DataFrame(
        {
            "age": age,
            "igg": np.where(draw.random(60) < 0.3, np.nan, 0.1 * age + draw.normal(0, 1, 60)),
            "sex": [
                None if gap else word
                for gap, word in zip(draw.random(60) < 0.2, draw.choice(["f", "m", "x"], 60), strict=True)
            ],
        }
    )
    first, *others = impute(frame, ["age", "igg", "sex"], imputations=3, rounds=3, seed=seed)
    assert first.equals(impute(frame, ["age", "igg", "sex"], imputations=3, rounds=3, seed=seed)[0])
    known = ~np.isnan(frame["igg"].to_numpy())
    for filled in (first, *others):
        assert set(filled["igg"].to_list()) <= set(frame["igg"].to_numpy()[known].tolist())
        assert filled["igg"].to_numpy()[known].tolist() == frame["igg"].to_numpy()[known].tolist()
        assert "unknown" not in filled["sex"].to_list()


@given(st.integers(1, 60), st.integers(1, 60), st.data())
@several
def test_the_correction_never_makes_a_p_smaller(n1, n2, data):
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    assume(0 < x1 + x2 < n1 + n2)
    table = [[x1, n1 - x1], [x2, n2 - x2]]
    assert chi_square(table, correction=True).p >= chi_square(table).p - 1e-12
