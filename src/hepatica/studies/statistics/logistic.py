"""Logistic regression by maximum likelihood, with robust errors on request, and the detection of separation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import ChiSquare, chi_square, normal_two_sided, ratio_of, z_of
from hepatica.studies.statistics.inputs import Design, Numbers, Truths, design, inverse, numbers, truths
from hepatica.studies.statistics.separation import Separation, is_finite, separation, separation_of

__all__ = ["LogisticFit", "LogisticTerm", "Separation", "logistic", "separation"]

INTERCEPT = "intercept"
MOST_STEPS = 50


@dataclass(frozen=True)
class LogisticTerm:
    """One covariate: log odds ratio with its standard error, odds ratio with its interval, and test against 1."""

    name: str
    log_or: float
    std_error: float
    odds_ratio: float
    lower: float
    upper: float
    z: float
    p: float


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic model; the intercept comes first in `terms`. `fitted` is each patient's probability.

    With `separated`, the terms named so have no finite odds ratio (infinite or 0, without interval or test), and
    firth_logistic answers instead.
    """

    terms: tuple[LogisticTerm, ...]
    covariance: Numbers
    fitted: Numbers
    log_likelihood: float
    log_likelihood_null: float
    likelihood_ratio: ChiSquare
    n: int
    events: int
    separated: bool
    separated_terms: tuple[str, ...]

    def term(self, name: str) -> LogisticTerm:
        """The covariate of this name; refuses a name that is not in the model."""
        for term in self.terms:
            if term.name == name:
                return term
        raise UsageError(name, "is not in the model", f"choose from {', '.join(term.name for term in self.terms)}")


def logistic(
    frame: pl.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str],
    weights: str | None = None,
    references: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> LogisticFit:
    """Logistic regression of a yes/no outcome by maximum likelihood, as R's glm gives it.

    With weights the covariance is the robust one (HC0), because weights from a propensity score are no counts.
    Refuses unknown values, an outcome that is the same in everybody, and covariates that say the same thing.
    """
    model = design(frame, covariates, references)
    truth = outcome_of(frame, outcome)
    weight = np.ones(len(truth)) if weights is None else numbers(weights, frame[weights])
    names = (INTERCEPT, *model.names)
    matrix = with_intercept(model)
    coefficients, fitted, information = fit(matrix, truth, weight)
    apart = (
        Separation(separated=False, terms=(), directions=())
        if is_finite(matrix, truth, weight, fitted, information)
        else separation_of(names, matrix[weight > 0], truth[weight > 0])
    )
    naive = inverse(information)
    influence = (matrix * (weight * (truth - fitted))[:, None]) @ naive
    covariance: Numbers = naive if weights is None else influence.T @ influence
    likelihood, null = _likelihood(truth, fitted, weight), _likelihood(truth, _share(truth, weight), weight)
    return LogisticFit(
        terms=_terms(names, coefficients, covariance, apart, confidence),
        covariance=covariance,
        fitted=fitted,
        log_likelihood=likelihood,
        log_likelihood_null=null,
        likelihood_ratio=chi_square(2 * (likelihood - null), len(model.names)),
        n=len(truth),
        events=int(truth.sum()),
        separated=apart.separated,
        separated_terms=apart.terms,
    )


def outcome_of(frame: pl.DataFrame, outcome: str) -> Truths:
    """The outcome as yes and no; refuses one that is the same in everybody."""
    if outcome not in frame.columns:
        raise UsageError(outcome, "is no column", f"choose from {', '.join(frame.columns)}")
    truth = truths(outcome, frame[outcome])
    if truth.all() or not truth.any():
        raise UsageError(outcome, "is the same in everybody", "give counts instead of a model")
    return truth


def with_intercept(model: Design) -> Numbers:
    """The model matrix with the intercept's column in front; refuses covariates that say the same thing."""
    matrix = np.column_stack((np.ones(len(model.matrix)), model.matrix))
    scaled = matrix / np.linalg.norm(matrix, axis=0)
    if np.linalg.matrix_rank(scaled, tol=1e-9) < matrix.shape[1]:
        raise UsageError(", ".join(model.names), "say the same thing about the patients", "leave out one of them")
    return matrix


def fit(matrix: Numbers, truth: Truths, weight: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Coefficients, fitted probabilities, and information by Newton's method (reweighted least squares)."""
    coefficients = np.zeros(matrix.shape[1])
    before = -inf
    for _ in range(MOST_STEPS):
        fitted = _expit(matrix @ coefficients)
        likelihood = _likelihood(truth, fitted, weight)
        information = (matrix * (weight * fitted * (1 - fitted))[:, None]).T @ matrix
        step = np.linalg.lstsq(information, matrix.T @ (weight * (truth - fitted)), rcond=None)[0]
        if np.abs(step * np.ptp(matrix, axis=0)).max() < 1e-10 or abs(likelihood - before) < 1e-14 * abs(likelihood):
            break
        before, coefficients = likelihood, coefficients + step
    return coefficients, fitted, information


def _expit(value: Numbers) -> Numbers:
    odds = np.exp(-np.abs(value))
    return np.where(value >= 0, 1 / (1 + odds), odds / (1 + odds))


def _share(truth: Truths, weight: Numbers) -> Numbers:
    return np.full(len(truth), np.average(truth, weights=weight))


def _likelihood(truth: Truths, fitted: Numbers, weight: Numbers) -> float:
    # A fitted 0 or 1 is one that rounding has reached; its patient's likelihood is 1.
    tiny = np.finfo(float).tiny
    return float(weight @ np.log(np.maximum(np.where(truth, fitted, 1 - fitted), tiny)))


def _terms(
    names: tuple[str, ...], coefficients: Numbers, covariance: Numbers, apart: Separation, confidence: float
) -> tuple[LogisticTerm, ...]:
    half = z_of(confidence)
    found = []
    for name, beta, variance in zip(names, coefficients.tolist(), np.diag(covariance).tolist(), strict=True):
        if name in apart.terms:
            up = apart.direction(name) > 0
            found.append(LogisticTerm(name, inf if up else -inf, nan, inf if up else 0.0, nan, nan, nan, nan))
            continue
        error = float(np.sqrt(variance))
        z, low, high = beta / error, ratio_of(beta - half * error), ratio_of(beta + half * error)
        found.append(LogisticTerm(name, beta, error, ratio_of(beta), low, high, z, normal_two_sided(z)))
    return tuple(found)
