"""What a logistic fit proves of itself agrees with the search for separation, on many small invented tables."""

from __future__ import annotations

import numpy as np

from hepatica.studies.statistics.logistic import fit
from hepatica.studies.statistics.separation import is_finite, separation_of


def tables(number):
    """Few patients and yes-or-no covariates, so that about half of the tables are separated, wholly or in part."""
    for seed in range(number):
        generator = np.random.default_rng(seed)
        rows, covariates = int(generator.integers(8, 40)), int(generator.integers(1, 4))
        values = np.where(
            generator.random(covariates) < 0.5,
            generator.integers(0, 2, (rows, covariates)),
            generator.normal(size=(rows, covariates)),
        )
        matrix = np.column_stack((np.ones(rows), values))
        truth = generator.random(rows) < 1 / (1 + np.exp(-2 * values[:, 0]))
        if 0 < truth.sum() < rows and np.linalg.matrix_rank(matrix) == matrix.shape[1]:
            yield matrix, truth


def test_a_fit_never_proves_what_the_search_denies_and_mostly_proves_what_it_finds():
    told = {True: [], False: []}
    for matrix, truth in tables(300):
        weight = np.ones(len(truth))
        names = tuple(f"c{n}" for n in range(matrix.shape[1]))
        apart = separation_of(names, matrix, truth).separated
        _, fitted, information = fit(matrix, truth, weight)
        told[apart].append(is_finite(matrix, truth, weight, fitted, information))
    assert len(told[True]) > 30
    assert not any(told[True])
    assert np.mean(told[False]) > 0.95


def test_patients_without_weight_prove_nothing():
    """The two who overlap count for nothing: the others are told apart by the covariate."""
    matrix = np.column_stack((np.ones(6), [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]))
    truth = np.array([False, False, True, True, True, False])
    for weight, finite in ((np.ones(6), True), (np.array([1.0, 1, 1, 1, 0, 0]), False)):
        _, fitted, information = fit(matrix, truth, weight)
        assert is_finite(matrix, truth, weight, fitted, information) is finite
