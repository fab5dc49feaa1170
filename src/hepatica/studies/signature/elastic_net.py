"""Logistic regression with the elastic net (Zou and Hastie 2005), to the optimum: coefficients left out are exactly 0.

Minimised is C times the samples' log loss, plus the penalty: the lasso's share of the sum of the coefficients' sizes,
and the rest of half the sum of their squares. The intercept is not penalised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.inputs import Numbers, Truths

MOST_STEPS = 1_000
# The optimum is reached where no coefficient wants to move further than this.
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Penalty:
    """C, the inverse of the penalty's strength, and the lasso's share of the penalty (0 to 1)."""

    c: float
    lasso_share: float


def probability(logit: Numbers) -> Numbers:
    """Return the probability of these log odds."""
    return np.asarray((1 + np.tanh(logit / 2)) / 2, dtype=np.float64)


def coefficients(train: Numbers, disease: Truths, penalty: Penalty, start: Numbers) -> Numbers:
    """Return intercept and coefficients at the optimum, searched from `start`.

    Newton's step on the coefficients that are not 0 and keep their sign, where it helps; else a step down the gradient.
    Source: Hintermüller M, Ito K, Kunisch K. SIAM J Optim 2002;13:865-888 (active sets as Newton's method).

    Raises:
        UsageError: the search did not end.
    """
    problem = _problem(train, disease, penalty)
    found, height = start, problem.height(start)
    for _ in range(MOST_STEPS):
        share = probability(problem.matrix @ found)
        slope = problem.slope(found, share)
        if np.abs(found - problem.shrunk(found - slope, 1.0)).max() < TOLERANCE:
            return found
        bend = problem.bend(share)
        step = problem.newton(found, slope, bend)
        if step is None or not (lower := problem.height(step)) < height:
            step = problem.descended(found, slope, height, bend)
            lower = problem.height(step)
        found, height = step, lower
    raise UsageError("models.elastic_net", "did not reach its optimum", "give a stronger penalty (a smaller C)")


@dataclass(frozen=True)
class _Problem:
    """The samples with a first column of ones, who is diseased, C, and each coefficient's two penalties."""

    matrix: Numbers
    disease: Numbers
    c: float
    lasso: Numbers
    ridge: Numbers

    def height(self, at: Numbers) -> float:
        """Return what is minimised."""
        logit = self.matrix @ at
        loss = np.logaddexp(0, logit).sum() - self.disease @ logit
        return float(self.c * loss + self.lasso @ np.abs(at) + self.ridge @ at**2 / 2)

    def slope(self, at: Numbers, share: Numbers) -> Numbers:
        """Return the gradient of all but the lasso's part, where the samples have these probabilities."""
        return np.asarray(self.c * ((share - self.disease) @ self.matrix) + self.ridge * at, dtype=np.float64)

    def bend(self, share: Numbers) -> Numbers:
        """Return the second derivatives of all but the lasso's part."""
        weight = self.c * share * (1 - share)
        return np.asarray((self.matrix.T * weight) @ self.matrix + np.diag(self.ridge), dtype=np.float64)

    def shrunk(self, at: Numbers, step: float | Numbers) -> Numbers:
        """Return coefficients moved towards 0 by the lasso's penalty times the step, and not past it."""
        return np.asarray(np.sign(at) * np.maximum(np.abs(at) - self.lasso * step, 0), dtype=np.float64)

    def newton(self, at: Numbers, slope: Numbers, bend: Numbers) -> Numbers | None:
        """Return where the coefficients that count would be best if no sign changed; None if that is nowhere."""
        toward = self.shrunk(at - slope / np.diag(bend), 1 / np.diag(bend))
        used = np.flatnonzero((toward != 0) | (self.lasso == 0))
        pull = -slope - self.lasso * np.sign(toward) + bend @ np.where(toward == 0, at * (self.lasso > 0), 0)
        try:
            moved = np.linalg.solve(bend[np.ix_(used, used)], pull[used])
        except np.linalg.LinAlgError:  # more coefficients than samples, and no ridge
            return None
        found = np.zeros_like(at)
        found[used] = at[used] + moved
        return found

    def descended(self, at: Numbers, slope: Numbers, height: float, bend: Numbers) -> Numbers:
        """Return a step down the gradient that is short enough to be sure of falling."""
        steep = float(np.diag(bend).max())
        while True:
            step = self.shrunk(at - slope / steep, 1 / steep)
            moved = step - at
            fall = slope @ moved + steep / 2 * (moved @ moved) + self.lasso @ (np.abs(step) - np.abs(at))
            if self.height(step) <= height + fall + 1e-12 * abs(height):
                return step
            steep *= 2


def _problem(train: Numbers, disease: Truths, penalty: Penalty) -> _Problem:
    counts = np.concatenate(([0.0], np.ones(train.shape[1])))
    lasso, ridge = counts * penalty.lasso_share, counts * (1 - penalty.lasso_share)
    matrix = np.column_stack((np.ones(len(train)), train))
    return _Problem(matrix, disease.astype(np.float64), penalty.c, lasso, ridge)
