"""Cox's proportional hazards model: fixed and time-dependent covariates, strata, ties, weights, robust errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.cox_likelihood import Evaluated, Stratum, Ties, evaluate, score_residuals, strata_of
from hepatica.studies.statistics.distributions import ChiSquare, chi_square, normal_two_sided, ratio_of, z_of
from hepatica.studies.statistics.inputs import (
    FollowUp,
    Labels,
    Numbers,
    design,
    follow_up,
    grouped,
    inverse,
    labels,
    solved,
    vanished,
)
from hepatica.studies.statistics.proportionality import ProportionalityTest, proportionality

__all__ = ["CoxFit", "CoxTerm", "ProportionalityTest", "Ties", "cox"]

MOST_STEPS = 60
# The maximum is reached when no step would move any log relative hazard by more than this.
SMALL_STEP = 1e-10
# Without a maximum Newton's steps stay about one long; with one they shrink to nothing.
STILL_GROWING = 0.05


@dataclass(frozen=True)
class CoxTerm:
    """One covariate: log hazard ratio with its standard error, hazard ratio with its interval, test against 1."""

    name: str
    log_hr: float
    std_error: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model of n patients.

    With `separated`, the terms named so have no finite hazard ratio: theirs is infinite or 0, without interval or
    test, and firth_cox answers instead. `std_error` is robust where `robust` says so (weights or clusters);
    `naive_std_error` is the model's own.
    """

    terms: tuple[CoxTerm, ...]
    covariance: Numbers
    naive_std_error: tuple[float, ...]
    log_likelihood: float
    log_likelihood_null: float
    n: int
    rows: int
    events: int
    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare
    ties: Ties
    robust: bool
    separated: bool
    separated_terms: tuple[str, ...]
    proportionality: tuple[ProportionalityTest, ...]

    def term(self, name: str) -> CoxTerm:
        """The covariate of this name; refuses a name that is not in the model."""
        for term in self.terms:
            if term.name == name:
                return term
        raise UsageError(name, "is not in the model", f"choose from {', '.join(term.name for term in self.terms)}")


def cox(  # noqa: PLR0913  (the parts of a survival model, each by its name)
    frame: pl.DataFrame,
    *,
    time: str,
    event: str,
    covariates: Sequence[str],
    entry: str | None = None,
    strata: str | Sequence[str] | None = None,
    ties: Ties = "efron",
    weights: str | None = None,
    cluster: str | None = None,
    id: str | None = None,  # noqa: A002  (the patient; R's survival names it so)
    references: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> CoxFit:
    """Cox's model of the hazard of an event, as R's coxph gives it (standard errors robust with weights or cluster).

    With `entry` a row holds from after entry up to time (delayed entry, or covariates that change: one row per
    stretch, and `id` names the patient whose stretches must not overlap). Refuses unknown values, no events, and
    covariates that say the same thing. Columns are named, rows are never dropped.
    """
    patients = _patients(frame, time, event, entry, weights)
    model = design(frame, covariates, references)
    layer = _layer(frame, strata, patients.rows)
    persons = labels(id, frame[id], patients.rows) if id is not None else None
    if persons is not None:
        _refuse_overlap(patients, persons)
    groups = labels(cluster, frame[cluster], patients.rows) if cluster is not None else persons
    parts = strata_of(patients, model.matrix, layer, ties)
    robust = cluster is not None or weights is not None
    rows = _Rows(patients, model.matrix, groups, persons)
    return _fit(rows, model.names, parts, robust=robust, ties=ties, confidence=confidence)


def _patients(frame: pl.DataFrame, time: str, event: str, entry: str | None, weights: str | None) -> FollowUp:
    for column in (time, event, entry, weights):
        if column is not None and column not in frame.columns:
            raise UsageError(column, "is no column", f"choose from {', '.join(frame.columns)}")
    entries = None if entry is None else frame[entry]
    patients = follow_up(frame[time], frame[event], entries, None if weights is None else frame[weights])
    if not (patients.event & (patients.weight > 0)).any():
        raise UsageError(event, "nobody has the event", "a hazard ratio needs events: give counts instead")
    return patients


def _layer(frame: pl.DataFrame, strata: str | Sequence[str] | None, rows: int) -> Labels:
    named = [] if strata is None else [strata] if isinstance(strata, str) else list(strata)
    columns = [labels(name, frame[name], rows) for name in named]
    joined = ["\x1f".join(words) for words in zip(*columns, strict=True)] if columns else [""] * rows
    return np.array(joined, dtype=np.str_)


def _refuse_overlap(patients: FollowUp, persons: Labels) -> None:
    order = np.lexsort((patients.entry, persons))
    same = persons[order][1:] == persons[order][:-1]
    overlap = same & (patients.entry[order][1:] < patients.time[order][:-1])
    if overlap.any():
        name = persons[order][1:][overlap][0]
        raise UsageError("id", f"the stretches of patient {name} overlap", "let each row begin where the last one ends")


@dataclass(frozen=True)
class Maximum:
    """Where the partial likelihood is highest, or how far the search came where it has no highest point."""

    coefficients: Numbers
    at: Evaluated
    growing: tuple[int, ...]


def maximise(strata: list[Stratum], spread: Numbers) -> Maximum:
    """Newton's method with halved steps; a coefficient that still grows when the likelihood stands has no maximum."""
    here = np.zeros(len(spread))
    now = evaluate(strata, here)
    at_first, still = now.information, 0
    step: Numbers = here
    for _ in range(MOST_STEPS):
        if len(gone := vanished(now.information, at_first)):
            return Maximum(here, now, tuple(int(place) for place in gone))
        step = solved(now.information, now.score)
        if np.abs(step * spread).max() < SMALL_STEP:
            return Maximum(here + step, evaluate(strata, here + step), ())
        there, then = _uphill(strata, here, step, now)
        still = still + 1 if then.log_likelihood - now.log_likelihood <= 1e-9 * abs(then.log_likelihood) else 0
        here, now = there, then
        if still >= 4:
            break
    # Where rounding keeps the last steps from vanishing the maximum is reached all the same.
    growing = tuple(int(place) for place in np.flatnonzero(np.abs(step * spread) > STILL_GROWING))
    return Maximum(here, now, growing)


def _uphill(strata: list[Stratum], here: Numbers, step: Numbers, now: Evaluated) -> tuple[Numbers, Evaluated]:
    for _ in range(30):
        then = evaluate(strata, here + step)
        if then.log_likelihood >= now.log_likelihood - 1e-12 * abs(now.log_likelihood):
            return here + step, then
        step = step / 2
    return here, now


@dataclass(frozen=True)
class _Rows:
    patients: FollowUp
    matrix: Numbers
    groups: Labels | None
    persons: Labels | None


def _fit(
    rows: _Rows,
    names: tuple[str, ...],
    strata: list[Stratum],
    *,
    robust: bool,
    ties: Ties,
    confidence: float,
) -> CoxFit:
    patients, persons = rows.patients, rows.persons
    null = evaluate(strata, np.zeros(len(names)))
    _refuse_dependent(null.information, names)
    best = maximise(strata, np.ptp(rows.matrix, axis=0))
    naive = inverse(best.at.information)
    parts = score_residuals(strata, best.coefficients, patients.rows)
    covariance: Numbers = sandwich(parts, naive, rows.groups) if robust else naive
    gain = 2 * (best.at.log_likelihood - null.log_likelihood)
    df = len(names)
    wald = float(best.coefficients @ solved(covariance, best.coefficients))
    separated = tuple(names[place] for place in best.growing)
    tests = () if separated else proportionality(strata, best.coefficients, names)
    return CoxFit(
        terms=_terms(names, best, covariance, confidence),
        covariance=covariance,
        naive_std_error=tuple(np.sqrt(np.diag(naive)).tolist()),
        log_likelihood=best.at.log_likelihood,
        log_likelihood_null=null.log_likelihood,
        n=patients.rows if persons is None else len(np.unique(persons)),
        rows=patients.rows,
        events=int(patients.event.sum()),
        likelihood_ratio=chi_square(gain, df),
        wald=chi_square(wald, df),
        score=chi_square(float(null.score @ np.linalg.solve(null.information, null.score)), df),
        ties=ties,
        robust=robust,
        separated=bool(separated),
        separated_terms=separated,
        proportionality=tests,
    )


def _refuse_dependent(information: Numbers, names: tuple[str, ...]) -> None:
    """Refuses covariates of which one is the sum of others (or constant wherever somebody dies)."""
    scale = np.sqrt(np.clip(np.diag(information), 0.0, None))  # what is none can be a hair below it by rounding
    none = scale <= 1e-9 * max(float(scale.max()), 1e-6)
    if none.any() or np.linalg.eigvalsh(information / np.outer(scale, scale)).min() < 1e-12:
        raise UsageError(", ".join(names), "say the same thing about the patients", "leave out one that others give")


def sandwich(parts: Numbers, naive: Numbers, groups: Labels | None) -> Numbers:
    """The robust covariance: the model's own around the observed spread of the patients' (or clusters') influence."""
    influence = grouped(parts @ naive, groups)
    return np.asarray(influence.T @ influence)


def _terms(names: tuple[str, ...], best: Maximum, covariance: Numbers, confidence: float) -> tuple[CoxTerm, ...]:
    errors = np.sqrt(np.diag(covariance)).tolist()
    return tuple(
        _endless(name, beta) if place in best.growing else _term(name, beta, error, confidence)
        for place, (name, beta, error) in enumerate(zip(names, best.coefficients.tolist(), errors, strict=True))
    )


def _term(name: str, beta: float, error: float, confidence: float) -> CoxTerm:
    half = z_of(confidence) * error
    z = beta / error
    return CoxTerm(
        name, beta, error, ratio_of(beta), ratio_of(beta - half), ratio_of(beta + half), z, normal_two_sided(z)
    )


def _endless(name: str, beta: float) -> CoxTerm:
    """A covariate whose hazard ratio grows without end, because it tells the patients with the event apart."""
    up = beta > 0
    return CoxTerm(name, inf if up else -inf, nan, inf if up else 0.0, nan, nan, nan, nan)
