"""Fine and Gray's model of the cumulative incidence of a cause: subdistribution hazard ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import normal_two_sided, ratio_of, z_of
from hepatica.studies.statistics.inputs import Numbers, Truths, design, follow_up, inverse, summed, vanished

MOST_STEPS = 60


@dataclass(frozen=True)
class FineGrayTerm:
    """One covariate: log subdistribution hazard ratio with its robust standard error, ratio, interval, and test."""

    name: str
    log_hr: float
    std_error: float
    hr: float
    lower: float
    upper: float
    z: float
    p: float


@dataclass(frozen=True)
class FineGrayFit:
    """A fitted Fine-Gray model of one cause."""

    of: str
    terms: tuple[FineGrayTerm, ...]
    covariance: Numbers
    log_likelihood: float
    log_likelihood_null: float
    n: int
    events: int
    competing_events: int

    def term(self, name: str) -> FineGrayTerm:
        """The covariate of this name; refuses a name that is not in the model."""
        for term in self.terms:
            if term.name == name:
                return term
        raise UsageError(name, "is not in the model", f"choose from {', '.join(term.name for term in self.terms)}")


@dataclass(frozen=True)
class _Course:
    """The cohort in order of time, with the censoring's Kaplan-Meier just before each end (`stay`).

    A patient with a competing event stays in the risk set, with a weight that falls as others are censored.
    """

    time: Numbers
    covariates: Numbers
    of_cause: Truths
    competing: Truths
    censored: Truths
    stay: Numbers
    times: Numbers  # distinct times of the cause
    deaths: Numbers
    stay_at: Numbers  # the censoring's Kaplan-Meier just before each of them


def fine_gray(  # noqa: PLR0913  (the parts of a model, each by its name)
    frame: pl.DataFrame,
    *,
    time: str,
    cause: str,
    covariates: Sequence[str],
    of: str,
    censored: str = "censored",
    references: Mapping[str, str] | None = None,
    confidence: float = 0.95,
) -> FineGrayFit:
    """Fine and Gray's proportional subdistribution hazards model of the cause `of`, as R's cmprsk::crr gives it.

    Ties as Breslow; the variance knows that the censoring weights were estimated. Refuses unknown values, and a
    cause that nobody has. Source: Fine JP, Gray RJ. J Am Stat Assoc 1999;94:496-509.
    """
    from hepatica.studies.statistics.competing import causes_of  # noqa: PLC0415  (it offers this model)

    patients = follow_up(frame[time], np.ones(frame.height, dtype=np.bool_))
    words = causes_of(frame[cause], patients.rows, censored)
    if not (words == of).any():
        raise UsageError(
            cause, f"nobody has {of}", f"choose from {', '.join(sorted(set(words.tolist()) - {censored}))}"
        )
    model = design(frame, covariates, references)
    course = _course(patients.time, model.matrix, words == of, words == censored)
    null, _, _ = _likelihood(course, np.zeros(len(model.names)))
    coefficients, likelihood, information = _maximise(course, model.names)
    naive = inverse(information)
    parts = (_own(course, coefficients) + _of_censoring(course, coefficients)) @ naive
    covariance = np.asarray(parts.T @ parts)
    counts = (int(course.of_cause.sum()), int(course.competing.sum()))
    terms = _terms(model.names, coefficients, covariance, confidence)
    return FineGrayFit(of, terms, covariance, likelihood, null, patients.rows, *counts)


def _course(time: Numbers, covariates: Numbers, of_cause: Truths, censored: Truths) -> _Course:
    order = np.lexsort((*covariates.T, censored, of_cause, time))
    time, covariates, of_cause, censored = time[order], covariates[order], of_cause[order], censored[order]
    grid, place = np.unique(time, return_inverse=True)
    ends = summed(place, censored, len(grid))
    at_risk = len(time) - np.searchsorted(time, grid)
    curve = np.concatenate(([1.0], np.cumprod(1 - ends / at_risk)))
    times, deaths = np.unique(time[of_cause], return_counts=True)
    return _Course(
        time,
        covariates,
        of_cause,
        ~of_cause & ~censored,
        censored,
        curve[place],
        times,
        deaths.astype(np.float64),
        curve[np.searchsorted(grid, times)],
    )


def _sums(course: _Course, columns: Numbers) -> Numbers:
    """The weighted sums over the risk set at each time of the cause."""
    place = np.searchsorted(course.times, course.time, side="right")
    length = len(course.times)
    found = []
    for column in columns.T:
        here = np.cumsum(summed(place, column, length + 1)[::-1])[::-1][1:]
        gone = column * course.competing / course.stay
        still = np.cumsum(summed(place, gone, length + 1))[:-1]
        found.append(here + course.stay_at * still)
    return np.column_stack(found)


def _gathered(course: _Course, per_time: Numbers) -> Numbers:
    """What each patient gathers over the times at risk, weighted: before the end, and after a competing event."""
    place = np.searchsorted(course.times, course.time, side="right")
    before = np.concatenate(([0.0], np.cumsum(per_time)))[place]
    weighted = np.concatenate(([0.0], np.cumsum(per_time * course.stay_at)))
    after = (weighted[-1] - weighted[place]) / course.stay
    return before + np.where(course.competing, after, 0.0)


@dataclass(frozen=True)
class _RiskSets:
    hazard: Numbers
    rate: Numbers
    mean: Numbers
    size: Numbers


def _risk_sets(course: _Course, coefficients: Numbers) -> _RiskSets:
    middle = course.covariates.mean(axis=0)
    hazard = np.exp((course.covariates - middle) @ coefficients)
    sums = _sums(course, np.column_stack((hazard, hazard[:, None] * course.covariates)))
    return _RiskSets(hazard, course.deaths / sums[:, 0], sums[:, 1:] / sums[:, :1], sums[:, 0])


def _likelihood(course: _Course, coefficients: Numbers) -> tuple[float, Numbers, Numbers]:
    sets = _risk_sets(course, coefficients)
    x, middle = course.covariates, course.covariates.mean(axis=0)
    predictor = (x - middle) @ coefficients
    value = float(predictor[course.of_cause].sum() - course.deaths @ np.log(sets.size))
    along = sets.hazard * _gathered(course, sets.rate)
    score = (course.of_cause - along) @ x
    centred, mean = x - middle, sets.mean - middle
    information = (centred * along[:, None]).T @ centred - (mean * course.deaths[:, None]).T @ mean
    return value, score, information


def _maximise(course: _Course, names: tuple[str, ...]) -> tuple[Numbers, float, Numbers]:
    here = np.zeros(len(names))
    value, score, information = _likelihood(course, here)
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))  # rounding takes what is nothing below nothing
    if (scale <= 0).any() or np.linalg.eigvalsh(information / np.outer(scale, scale)).min() < 1e-12:
        raise UsageError(", ".join(names), "say the same thing about the patients", "leave out one that others give")
    spread, at_first = np.ptp(course.covariates, axis=0), information
    for _ in range(MOST_STEPS):
        if len(gone := vanished(information, at_first)):
            raise _endless(names, np.isin(np.arange(len(names)), gone))
        step = np.linalg.solve(information, score)
        if np.abs(step * spread).max() < 1e-10:
            return here, value, information
        then = _likelihood(course, here + step)
        while then[0] < value - 1e-9 * abs(value):
            step = step / 2
            then = _likelihood(course, here + step)
        here = here + step
        value, score, information = then
    if np.abs(step * spread).max() > 1e-6:
        raise _endless(names, np.abs(step * spread) > 1e-6)
    return here, value, information


def _endless(names: tuple[str, ...], far: Truths) -> UsageError:
    told = ", ".join(name for name, one in zip(names, far, strict=True) if one)
    return UsageError(told, "tells who has the cause from who has not: no ratio is finite", "give counts instead")


def _own(course: _Course, coefficients: Numbers) -> Numbers:
    """Each patient's part in the score."""
    sets = _risk_sets(course, coefficients)
    place = np.searchsorted(course.times, course.time)
    mean = np.where(course.of_cause[:, None], sets.mean[np.minimum(place, len(course.times) - 1)], 0.0)
    parts = course.of_cause[:, None] * (course.covariates - mean)
    parts -= course.covariates * (sets.hazard * _gathered(course, sets.rate))[:, None]
    for column in range(parts.shape[1]):
        parts[:, column] += sets.hazard * _gathered(course, sets.rate * sets.mean[:, column])
    return parts


def _before(steps: Numbers) -> Numbers:
    """What has gathered before each time."""
    return np.asarray(np.cumsum(steps) - steps)


def _of_censoring(course: _Course, coefficients: Numbers) -> Numbers:
    """What estimating the censoring weights adds to each patient's part: the integral of q / pi over censorings.

    q(u) is of the patients with a competing event before u, over the times of the cause from u on (equation 8 of
    Fine and Gray 1999: t >= u > T).
    """
    sets = _risk_sets(course, coefficients)
    grid, place = np.unique(course.time, return_inverse=True)
    ends = summed(place, course.censored, len(grid))
    at_risk = (len(course.time) - np.searchsorted(course.time, grid)).astype(np.float64)
    later = np.searchsorted(course.times, grid)
    gone = sets.hazard * course.competing / course.stay
    known = _before(summed(place, gone, len(grid)))

    def after(per_time: Numbers) -> Numbers:
        sums = np.concatenate(([0.0], np.cumsum(per_time)))
        return np.asarray((sums[-1] - sums)[later])

    rate = sets.rate * course.stay_at
    found = np.empty_like(course.covariates)
    for column in range(found.shape[1]):
        with_x = _before(summed(place, gone * course.covariates[:, column], len(grid)))
        q = with_x * after(rate) - known * after(rate * sets.mean[:, column])
        per = q / at_risk
        compensator = np.cumsum(per * ends / at_risk)
        found[:, column] = course.censored * per[place] - compensator[place]
    return found


def _terms(
    names: tuple[str, ...], coefficients: Numbers, covariance: Numbers, confidence: float
) -> tuple[FineGrayTerm, ...]:
    half = z_of(confidence)
    found = []
    for name, beta, variance in zip(names, coefficients.tolist(), np.diag(covariance).tolist(), strict=True):
        error = float(np.sqrt(variance))
        z, low, high = beta / error, ratio_of(beta - half * error), ratio_of(beta + half * error)
        found.append(FineGrayTerm(name, beta, error, ratio_of(beta), low, high, z, normal_two_sided(z)))
    return tuple(found)
