"""Firth's penalised likelihood for few events and separation: finite ratios with profile intervals."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import ratio_of
from hepatica.studies.statistics.inputs import Numbers, design, follow_up, share_of_one
from hepatica.studies.statistics.logistic import INTERCEPT, outcome_of, with_intercept

if TYPE_CHECKING:
    from firthmodels import FirthCoxPH, FirthLogisticRegression

# firthmodels stops at 1e-4 unless told. The tightest of these that rounding lets the search reach is taken; the last
# still gives six digits, because covariates are brought to one scale before.
TOLERANCES = (1e-9, 1e-8, 1e-7, 1e-6)
MOST_STEPS = 500


@dataclass(frozen=True)
class FirthTerm:
    """One covariate: penalised log ratio, Wald standard error, ratio with profile interval, likelihood-ratio p."""

    name: str
    log_ratio: float
    std_error: float
    ratio: float
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class FirthFit:
    """A model fitted by Firth's penalised likelihood (`log_likelihood`); the intercept, if any, comes first."""

    terms: tuple[FirthTerm, ...]
    log_likelihood: float
    n: int
    events: int

    def term(self, name: str) -> FirthTerm:
        """The covariate of this name; refuses a name that is not in the model."""
        for term in self.terms:
            if term.name == name:
                return term
        raise UsageError(name, "is not in the model", f"choose from {', '.join(term.name for term in self.terms)}")


def firth_logistic(
    frame: pl.DataFrame,
    *,
    outcome: str,
    covariates: Sequence[str],
    references: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> FirthFit:
    """Logistic regression with Firth's penalty: odds ratios that stay finite under separation.

    Sources: Firth D. Biometrika 1993;80:27-38; Heinze G, Schemper M. Stat Med 2002;21:2409-2419.
    """
    model = design(frame, covariates, references)
    truth = outcome_of(frame, outcome)
    with_intercept(model)  # refuses covariates that say the same thing
    # Not centred: the intercept is that of the covariates at 0.
    scale = model.matrix.std(axis=0)
    names = (INTERCEPT, *model.names)
    sizes = (len(truth), int(truth.sum()))
    found = _tightest(_logistic_at, model.matrix / scale, (truth.astype(np.intp),), names, confidence)
    return _told(names, found, np.concatenate(([1.0], scale)), sizes)


def firth_cox(
    frame: pl.DataFrame,
    *,
    time: str,
    event: str,
    covariates: Sequence[str],
    references: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> FirthFit:
    """Cox's model with Firth's penalty (ties as Breslow): hazard ratios that stay finite where one group has no event.

    Source: Heinze G, Schemper M. Biometrics 2001;57:114-119.
    """
    model = design(frame, covariates, references)
    patients = follow_up(frame[time], frame[event])
    if not patients.event.any():
        raise UsageError(event, "nobody has the event", "a hazard ratio needs events: give counts instead")
    with_intercept(model)  # refuses covariates that say the same thing
    scale = model.matrix.std(axis=0)
    matrix = (model.matrix - model.matrix.mean(axis=0)) / scale
    sizes = (patients.rows, int(patients.event.sum()))
    found = _tightest(_cox_at, matrix, (patients.event, patients.time), model.names, confidence)
    return _told(model.names, found, scale, sizes)


@dataclass(frozen=True)
class _Found:
    """What the library found, with the intercept first: estimates, errors, limits, p-values, log-likelihood."""

    estimates: Numbers
    errors: Numbers
    limits: Numbers
    p_values: Numbers
    log_likelihood: float

    @property
    def whole(self) -> bool:
        """Whether every search has come to its end."""
        return all(bool(np.isfinite(part).all()) for part in (self.estimates, self.errors, self.limits, self.p_values))


Fit = Callable[[Numbers, tuple[npt.NDArray[Any], ...], float, float], _Found | None]


def _tightest(
    fit: Fit, matrix: Numbers, outcome: tuple[npt.NDArray[Any], ...], names: tuple[str, ...], confidence: float
) -> _Found:
    alpha = 1 - share_of_one("confidence", confidence)
    for tolerance in TOLERANCES:
        with warnings.catch_warnings():
            # A search that did not end is seen in its result, and is made again with the next tolerance.
            warnings.simplefilter("ignore")
            try:
                found = fit(matrix, outcome, alpha, tolerance)
            except np.linalg.LinAlgError:  # the search left the numbers that can be told apart
                found = None
        if found is not None and found.whole:
            return found
    raise UsageError(", ".join(names), "the penalised likelihood was not maximised", "leave out a covariate")


def _logistic_at(
    matrix: Numbers, outcome: tuple[npt.NDArray[Any], ...], alpha: float, tolerance: float
) -> _Found | None:
    from firthmodels import FirthLogisticRegression  # noqa: PLC0415  (loads scikit-learn)

    model = FirthLogisticRegression(backend="numpy", gtol=tolerance, xtol=tolerance, max_iter=MOST_STEPS)
    fitted = model.fit(matrix, *outcome)
    # The library puts the intercept last.
    order = [matrix.shape[1], *range(matrix.shape[1])]
    return _found(fitted, np.append(fitted.coef_, fitted.intercept_)[order], order, alpha, tolerance)


def _cox_at(matrix: Numbers, outcome: tuple[npt.NDArray[Any], ...], alpha: float, tolerance: float) -> _Found | None:
    from firthmodels import FirthCoxPH  # noqa: PLC0415  (loads scikit-learn)

    model = FirthCoxPH(backend="numpy", gtol=tolerance, xtol=tolerance, max_iter=MOST_STEPS, max_halfstep=25)
    fitted = model.fit(matrix, outcome)
    return _found(fitted, fitted.coef_, list(range(matrix.shape[1])), alpha, tolerance)


def _found(
    fitted: FirthLogisticRegression | FirthCoxPH, estimates: Numbers, order: list[int], alpha: float, tolerance: float
) -> _Found | None:
    if not fitted.converged_:
        return None
    fitted.lrt()
    limits = np.asarray(fitted.conf_int(alpha=alpha, method="pl", max_iter=MOST_STEPS, tol=tolerance))[order]
    errors, p_values = np.asarray(fitted.bse_)[order], np.asarray(fitted.lrt_pvalues_)[order]
    return _Found(estimates, errors, limits, p_values, float(fitted.loglik_))


def _told(names: tuple[str, ...], found: _Found, scale: Numbers, sizes: tuple[int, int]) -> FirthFit:
    """The model in the covariates' own units."""
    estimates, errors, limits = found.estimates / scale, found.errors / scale, found.limits / scale[:, None]
    terms = tuple(
        FirthTerm(name, beta, error, ratio_of(beta), ratio_of(low), ratio_of(high), p)
        for name, beta, error, (low, high), p in zip(
            names, estimates.tolist(), errors.tolist(), limits.tolist(), found.p_values.tolist(), strict=True
        )
    )
    # The penalty is half the log determinant of the information, which the scale has changed by these logarithms.
    return FirthFit(terms, found.log_likelihood + float(np.log(scale).sum()), *sizes)
