"""The models that tell disease from metabolites: partial least squares, and the elastic net."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hepatica.studies.signature.elastic_net import Penalty, coefficients, probability
from hepatica.studies.statistics.inputs import Numbers, Truths

# A score above the middle between the classes (0 and 1) calls a sample diseased.
MIDDLE = 0.5
# What is left of a class that the components explain wholly: rounding alone.
NOTHING_LEFT = 1e-10


class Fitted(Protocol):
    """A model that has learned, under each of its settings."""

    def scores(self, test: Numbers) -> Numbers:
        """Return the samples' scores under each setting: samples by settings."""

    def weights(self, setting: int) -> Numbers:
        """Return how much each metabolite counts in the model."""


class Model(Protocol):
    """A model with a ladder of settings, from which the inner folds choose."""

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the settings in words, from the simplest on."""

    def fitted(self, train: Numbers, disease: Truths) -> Fitted:
        """Return what the training samples teach."""


@dataclass(frozen=True)
class PlsDa:
    """Partial least squares on the class (0, 1); the setting is the number of components."""

    components: int

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the numbers of components."""
        return tuple(f"{number} component{'s' if number > 1 else ''}" for number in range(1, self.components + 1))

    def fitted(self, train: Numbers, disease: Truths) -> PlsFit:
        """Return the components: each explains most of what the ones before it left of the class.

        Source: Dayal BS, MacGregor JF. J Chemom 1997;11:85-101 (their first algorithm). Only the class is freed of
        what a component explains, because with one class the metabolites' own remainder gives the same weights.
        """
        centre = train.mean(axis=0)
        values, left = train - centre, disease - disease.mean()
        whole = np.sqrt(left @ left)
        weights, rotations, loadings = (np.zeros((self.components, train.shape[1])) for _ in range(3))
        slopes, sizes = np.zeros(self.components), np.zeros(self.components)
        for place in range(self.components):
            if np.sqrt(left @ left) <= NOTHING_LEFT * whole:
                break
            toward = left @ values
            weights[place] = toward / np.sqrt(toward @ toward)
            rotations[place] = weights[place] - (loadings[:place] @ weights[place]) @ rotations[:place]
            score = values @ rotations[place]
            sizes[place] = score @ score
            loadings[place] = (score @ values) / sizes[place]
            slopes[place] = (score @ left) / sizes[place]
            left = left - slopes[place] * score
        return PlsFit(centre, float(disease.mean()), weights, rotations, slopes, sizes)


@dataclass(frozen=True)
class PlsFit:
    """Components in rows: weights, rotations (score of a centred sample), slope on the class, and size (t't)."""

    centre: Numbers
    mean: float
    directions: Numbers
    rotations: Numbers
    slopes: Numbers
    sizes: Numbers

    def scores(self, test: Numbers) -> Numbers:
        """Return the scores with 1, 2, … components: one fit holds them all, because components are nested."""
        steps = (test - self.centre) @ self.rotations.T * self.slopes
        return np.asarray(np.cumsum(steps, axis=1) + self.mean, dtype=np.float64)

    def weights(self, setting: int) -> Numbers:
        """Return the metabolites' importance in the projection (VIP), with the sign of the coefficient."""
        number = setting + 1
        explained = self.slopes[:number] ** 2 * self.sizes[:number]
        if not explained.any():  # samples of one class teach nothing
            return np.zeros_like(self.centre)
        squares = explained @ self.directions[:number] ** 2
        vip = np.sqrt(len(self.centre) * squares / explained.sum())
        return np.asarray(np.sign(self.slopes[:number] @ self.rotations[:number]) * vip, dtype=np.float64)


@dataclass(frozen=True)
class ElasticNet:
    """Logistic regression with the elastic net; the setting is the strength of the penalty, strongest first."""

    strengths: tuple[float, ...]
    lasso_share: float

    @property
    def settings(self) -> tuple[str, ...]:
        """Return the strengths of the penalty."""
        return tuple(f"C = {strength:g}" for strength in self.strengths)

    def fitted(self, train: Numbers, disease: Truths) -> ElasticFit:
        """Return the coefficients under each penalty; each search begins where the one before it ended."""
        found = np.zeros(train.shape[1] + 1)
        rows = []
        for strength in self.strengths:
            found = coefficients(train, disease, Penalty(strength, self.lasso_share), found)
            rows.append(found)
        return ElasticFit(np.array(rows))


@dataclass(frozen=True)
class ElasticFit:
    """The coefficients under each penalty in rows, the intercept first."""

    coefficients: Numbers

    def scores(self, test: Numbers) -> Numbers:
        """Return the probabilities of disease under each penalty."""
        return probability(test @ self.coefficients[:, 1:].T + self.coefficients[:, 0])

    def weights(self, setting: int) -> Numbers:
        """Return the coefficients; zero where a metabolite was left out."""
        return self.coefficients[setting, 1:]
