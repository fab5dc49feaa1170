"""Firth's penalised likelihood for few events and separation: finite ratios with profile intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import ratio_of
from hepatica.studies.statistics.inputs import design, follow_up, share_of_one
from hepatica.studies.statistics.logistic import INTERCEPT, outcome_of, with_intercept

if TYPE_CHECKING:
    from firthmodels import FirthCoxPH, FirthLogisticRegression

# firthmodels stops at 1e-4 unless told; these give more digits than any report prints.
TIGHT: dict[str, Any] = {"gtol": 1e-10, "xtol": 1e-10, "max_iter": 500}


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
    """A model fitted by Firth's penalised likelihood; the intercept, if there is one, comes first."""

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
    from firthmodels import FirthLogisticRegression  # noqa: PLC0415

    model = design(frame, covariates, references)
    truth = outcome_of(frame, outcome)
    with_intercept(model)  # refuses covariates that say the same thing
    fitted = FirthLogisticRegression(backend="numpy", **TIGHT).fit(model.matrix, truth.astype(int))
    names = (INTERCEPT, *model.names)
    # The library puts the intercept last.
    order = [len(model.names), *range(len(model.names))]
    estimates = np.concatenate((fitted.coef_, [fitted.intercept_]))[order]
    return _told(fitted, names, (order, estimates), (len(truth), int(truth.sum())), confidence)


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
    from firthmodels import FirthCoxPH  # noqa: PLC0415

    model = design(frame, covariates, references)
    patients = follow_up(frame[time], frame[event])
    if not patients.event.any():
        raise UsageError(event, "nobody has the event", "a hazard ratio needs events: give counts instead")
    fitted = FirthCoxPH(backend="numpy", **TIGHT).fit(model.matrix, (patients.event, patients.time))
    order = list(range(len(model.names)))
    sizes = (patients.rows, int(patients.event.sum()))
    return _told(fitted, model.names, (order, fitted.coef_), sizes, confidence)


def _told(
    fitted: FirthLogisticRegression | FirthCoxPH,
    names: tuple[str, ...],
    estimates: tuple[list[int], Any],
    sizes: tuple[int, int],
    confidence: float,
) -> FirthFit:
    order, values = estimates
    alpha = 1 - share_of_one("confidence", confidence)
    fitted.lrt()
    limits = np.asarray(fitted.conf_int(alpha=alpha, method="pl", max_iter=500, tol=1e-9))[order]
    p_values, errors = np.asarray(fitted.lrt_pvalues_)[order], np.asarray(fitted.bse_)[order]
    if not (fitted.converged_ and np.isfinite(limits).all() and np.isfinite(p_values).all()):
        raise UsageError(", ".join(names), "the penalised likelihood was not maximised", "leave out a covariate")
    terms = tuple(
        FirthTerm(
            name, float(b), float(error), ratio_of(float(b)), ratio_of(float(low)), ratio_of(float(high)), float(p)
        )
        for name, b, error, (low, high), p in zip(names, values, errors, limits, p_values, strict=True)
    )
    return FirthFit(terms, float(fitted.loglik_), *sizes)
