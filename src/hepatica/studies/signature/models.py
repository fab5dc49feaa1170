"""The models that tell disease from metabolites: partial least squares, and the elastic net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LogisticRegression

from hepatica.studies.statistics.inputs import Numbers, Truths

# A score above the middle between the classes (0 and 1) calls a sample diseased.
MIDDLE = 0.5
MOST_ITERATIONS = 10_000


class Model(Protocol):
    """A model with a ladder of settings, from which the inner folds choose."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the settings in words, from the simplest on."""

    def scores(self, train: Numbers, disease: Truths, test: Numbers) -> Numbers:
        """Return the test samples' scores under each setting: samples by settings."""

    def weights(self, train: Numbers, disease: Truths, setting: int) -> Numbers:
        """Return how much each metabolite counts in the model."""


@dataclass(frozen=True)
class PlsDa:
    """Partial least squares on the class (0, 1); the setting is the number of components."""

    components: int

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the numbers of components."""
        return tuple(f"{number} component{'s' if number > 1 else ''}" for number in range(1, self.components + 1))

    def scores(self, train: Numbers, disease: Truths, test: Numbers) -> Numbers:
        """Return the scores with 1, 2, … components: one fit holds them all, because components are nested."""
        fitted = self._fitted(train, disease)
        steps = (test - fitted._x_mean) @ fitted.x_rotations_ * fitted.y_loadings_[0]  # noqa: SLF001 - no other way
        return np.asarray(np.cumsum(steps, axis=1) + disease.mean(), dtype=np.float64)

    def weights(self, train: Numbers, disease: Truths, setting: int) -> Numbers:
        """Return the metabolites' importance in the projection (VIP), with the sign of the coefficient."""
        fitted, number = self._fitted(train, disease), setting + 1
        explained = fitted.y_loadings_[0, :number] ** 2 * (fitted.x_scores_[:, :number] ** 2).sum(axis=0)
        weights = fitted.x_weights_[:, :number] ** 2
        vip = np.sqrt(train.shape[1] * (weights @ explained) / explained.sum())
        coefficient = fitted.x_rotations_[:, :number] @ fitted.y_loadings_[0, :number]
        return np.asarray(np.sign(coefficient) * vip, dtype=np.float64)

    def _fitted(self, train: Numbers, disease: Truths) -> PLSRegression:
        return PLSRegression(self.components, scale=False).fit(train, disease.astype(np.float64))


@dataclass(frozen=True)
class ElasticNet:
    """Logistic regression with the elastic net; the setting is the strength of the penalty, strongest first."""

    strengths: tuple[float, ...]
    lasso_share: float

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the strengths of the penalty."""
        return tuple(f"C = {strength:g}" for strength in self.strengths)

    def scores(self, train: Numbers, disease: Truths, test: Numbers) -> Numbers:
        """Return the probabilities of disease under each penalty."""
        return np.column_stack([self._fitted(train, disease, c).predict_proba(test)[:, 1] for c in self.strengths])

    def weights(self, train: Numbers, disease: Truths, setting: int) -> Numbers:
        """Return the coefficients; zero where a metabolite was left out."""
        return np.asarray(self._fitted(train, disease, self.strengths[setting]).coef_[0], dtype=np.float64)

    def _fitted(self, train: Numbers, disease: Truths, strength: float) -> LogisticRegression:
        model = LogisticRegression(
            C=strength, l1_ratio=self.lasso_share, solver="saga", max_iter=MOST_ITERATIONS, random_state=0, tol=1e-3
        )
        return model.fit(train, disease)
