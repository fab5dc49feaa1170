"""The signature's folds, preparation, and models beside scikit-learn's on the same tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, spearmanr
from sklearn.cross_decomposition import PLSRegression
from sklearn.impute import KNNImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from hepatica.studies.signature.elastic_net import Penalty, coefficients
from hepatica.studies.signature.models import ElasticNet, PlsDa
from hepatica.studies.signature.preparation import filled, learned
from hepatica.studies.signature.validation import Samples, folds_of
from hepatica.studies.statistics.tests import false_discovery, spearman

PREPARATION = {"neighbours": 3, "place": "inside_folds"}
SHAPES = [(128, 50), (40, 200), (31, 6)]


def invented(samples, metabolites, *, missing=0.0, shift=1.0):
    generator = np.random.default_rng(samples)
    disease = generator.permutation(np.arange(samples) % 2 == 0)
    values = generator.normal(size=(samples, metabolites))
    values[disease, :3] += shift
    values[generator.random(values.shape) < missing] = np.nan
    return values, disease


@pytest.mark.parametrize("shape", SHAPES)
def test_partial_least_squares_gives_the_same_scores_and_importance(shape):
    values, disease = invented(*shape)
    train, test = values[::2], values[1::2]
    found = PlsDa(6).fitted(train, disease[::2])
    theirs = PLSRegression(6, scale=False).fit(train, disease[::2].astype(float))
    assert found.scores(test)[:, -1] == pytest.approx(theirs.predict(test), abs=1e-12)
    explained = theirs.y_loadings_[0] ** 2 * (theirs.x_scores_**2).sum(axis=0)
    importance = np.sqrt(shape[1] * (theirs.x_weights_**2 @ explained) / explained.sum())
    assert found.weights(5) == pytest.approx(np.sign(theirs.coef_[0]) * importance, abs=1e-12)


def test_partial_least_squares_stops_where_the_class_is_explained_wholly():
    """Two metabolites that say it all: from the second component on nothing is left to explain."""
    disease = np.array([True, False, True, False])
    values = np.column_stack([np.where(disease, 1.0, 0.0), [0.0, 0.0, 1.0, 1.0]])
    found = PlsDa(2).fitted(values, disease)
    assert found.scores(values) == pytest.approx(np.column_stack([disease, disease]).astype(float))
    alike = PlsDa(2).fitted(values, np.ones(4, dtype=bool))
    assert alike.scores(values) == pytest.approx(np.ones((4, 2)))
    assert alike.weights(0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("lasso_share", [0.0, 0.5, 1.0])
def test_the_elastic_net_is_at_the_optimum_that_a_long_search_of_saga_comes_near(shape, lasso_share):
    values, disease = invented(*shape)
    found = coefficients(values, disease, Penalty(0.1, lasso_share), np.zeros(shape[1] + 1))
    theirs = LogisticRegression(
        C=0.1, l1_ratio=lasso_share, solver="saga", max_iter=100_000, random_state=0, tol=1e-10
    ).fit(values, disease)
    assert theirs.coef_.any()  # saga leaves the intercept unfinished where every coefficient is 0
    assert found == pytest.approx(np.append(theirs.intercept_, theirs.coef_[0]), abs=1e-7)


@pytest.mark.parametrize("lasso_share", [0.0, 0.5, 1.0])
def test_every_step_of_the_ladder_satisfies_the_conditions_of_the_optimum(lasso_share):
    """A coefficient that is 0 is held there by the lasso; every other one is where slope and penalty cancel."""
    values, disease = invented(40, 200)
    model = ElasticNet((0.01, 0.1, 1.0), lasso_share)
    fitted = model.fitted(values, disease)
    for place, c in enumerate(model.strengths):
        surplus = fitted.scores(values)[:, place] - disease
        weights = fitted.weights(place)
        slope = c * (surplus @ values) + (1 - lasso_share) * weights
        assert surplus.sum() == pytest.approx(0, abs=1e-6)
        assert slope[weights != 0] == pytest.approx(-lasso_share * np.sign(weights[weights != 0]), abs=1e-6)
        assert (np.abs(slope[weights == 0]) <= lasso_share + 1e-6).all()
    assert (fitted.weights(0) == 0).all() == (lasso_share > 0)


@pytest.mark.parametrize("missing", [0.0, 0.1, 0.3])
def test_scaling_and_filling_in_are_those_of_the_nearest_neighbours(missing):
    values, _ = invented(60, 12, missing=missing)
    values[:, 4] = 7.1  # never varies
    values[:30, 5] = np.nan  # no training sample has it
    with np.errstate(invalid="ignore"):  # scikit-learn divides by no samples
        scaler = StandardScaler().fit(values[:30])
    imputer = KNNImputer(n_neighbors=3, weights="distance", keep_empty_features=True)
    imputer.fit(scaler.transform(values[:30]))
    for found, part in zip(learned(values[:30], values[30:], PREPARATION), (values[:30], values[30:]), strict=True):
        assert found == pytest.approx(imputer.transform(scaler.transform(part)), abs=1e-12)


def test_a_sample_that_shares_nothing_with_the_others_takes_their_mean():
    unknown = np.nan
    donors = np.array([[1.0, 4.0, unknown], [3.0, 8.0, unknown]])
    strange = np.array([[unknown, unknown, 5.0], [1.0, unknown, unknown]])
    found = filled(strange, donors, 2)
    assert found.tolist() == [[2.0, 6.0, 0.0], [1.0, 4.0, 0.0]]  # the second is the first donor's like


@pytest.mark.parametrize(("by_class", "kind"), [(True, StratifiedKFold), (False, KFold)])
@pytest.mark.parametrize("samples", [23, 40])
def test_the_folds_are_dealt_as_scikit_learn_deals_them(by_class, kind, samples):
    values, disease = invented(samples, 3)
    plan = {"outer_folds": 4, "inner_folds": 3}
    folds = folds_of(Samples(values, disease, None, PREPARATION), plan, 5, by_class=by_class)
    theirs = list(kind(4, shuffle=True, random_state=5).split(values, disease))
    assert len(folds) == len(theirs) == 4
    for fold, (train, test) in zip(folds, theirs, strict=True):
        assert (fold.train.tolist(), fold.test.tolist()) == (train.tolist(), test.tolist())
        inner = kind(3, shuffle=True, random_state=5).split(values[train], disease[train])
        assert [judge.tolist() for _, judge, _, _ in fold.inner] == [train[judge].tolist() for _, judge in inner]


def test_false_discoveries_are_those_of_benjamini_and_hochberg():
    p_values = np.random.default_rng(1).random(50) ** 3
    p_values[7] = p_values[3]
    assert false_discovery(p_values) == pytest.approx(false_discovery_control(p_values), abs=1e-15)


@pytest.mark.parametrize("digits", [0, 8])  # with ties and without
def test_a_rank_correlation_has_the_p_of_the_t_approximation(digits):
    first, second = np.random.default_rng(2).normal(size=(2, 30)).round(digits)
    theirs = spearmanr(first, first + second)
    assert spearman(first, first + second) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)
    assert spearman(first, -first) == pytest.approx((-1, 0), abs=1e-12)
