"""The partial likelihood of Cox's model: log-likelihood, score, information, and each row's part in the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hepatica.studies.statistics.inputs import FollowUp, Labels, Numbers, Places, summed

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True)
class Stratum:
    """One stratum, its rows in an order that does not depend on the order in which they came.

    A death is one term of the partial likelihood. `share` is the part of the tied deaths that has left its risk set:
    0 in Breslow's approximation; 0, 1/d .. (d-1)/d for d tied deaths in Efron's.
    """

    rows: Places
    time: Numbers
    entry: Numbers
    covariates: Numbers
    weight: Numbers
    event: Numbers
    times: Numbers  # distinct times of death
    death_place: Places  # the time of each term
    share: Numbers
    term_weight: Numbers
    ended: Places  # how many times of death lie up to each row's end
    entered: Places  # how many lie up to each row's entry
    own: Places  # the time of death of each row that died (0 otherwise)


@dataclass(frozen=True)
class Evaluated:
    """The partial likelihood at one set of coefficients."""

    log_likelihood: float
    score: Numbers
    information: Numbers


@dataclass(frozen=True)
class _RiskSets:
    """Per term: the weighted number at risk, the mean covariates there, and each row's relative hazard."""

    hazard: Numbers
    size: Numbers
    mean: Numbers
    term_weight: Numbers


def strata_of(patients: FollowUp, covariates: Numbers, layer: Labels, ties: Ties) -> list[Stratum]:
    """The rows by stratum; strata without an event say nothing about hazards and are left out of the sums."""
    found = []
    for stratum in np.unique(layer):
        rows = np.flatnonzero(layer == stratum)
        if (patients.event[rows] & (patients.weight[rows] > 0)).any():
            found.append(_stratum(patients, covariates, rows, ties))
    return found


def _stratum(patients: FollowUp, covariates: Numbers, rows: Places, ties: Ties) -> Stratum:
    # Sums in floating point depend on their order in the last digits; this order depends on the patients alone.
    keys = (patients.weight[rows], *covariates[rows].T[::-1], patients.entry[rows], patients.event[rows])
    rows = rows[np.lexsort((*keys, patients.time[rows]))]
    time, weight = patients.time[rows], patients.weight[rows]
    died = patients.event[rows] & (weight > 0)
    times, place = np.unique(time[died], return_inverse=True)
    count = np.bincount(place, minlength=len(times))
    order = np.concatenate([np.arange(number) for number in count])
    place = np.sort(place)
    mean_weight = summed(place, weight[died], len(times)) / count
    efron = ties == "efron"
    ended = np.searchsorted(times, time, side="right")
    return Stratum(
        rows=rows,
        time=time,
        entry=patients.entry[rows],
        covariates=covariates[rows],
        weight=weight,
        event=died.astype(np.float64),
        times=times,
        death_place=place,
        share=order / count[place] if efron else np.zeros(len(place)),
        term_weight=mean_weight[place],
        ended=ended,
        entered=np.searchsorted(times, patients.entry[rows], side="right"),
        own=np.where(died, ended - 1, 0),
    )


def evaluate(strata: list[Stratum], coefficients: Numbers, term_factor: list[Numbers] | None = None) -> Evaluated:
    """Log-likelihood, score, and information; `term_factor` weighs each death (for the test of proportionality)."""
    total, score = 0.0, np.zeros(len(coefficients))
    information = np.zeros((len(coefficients), len(coefficients)))
    for number, stratum in enumerate(strata):
        factor = None if term_factor is None else term_factor[number]
        part = _evaluate(stratum, coefficients, factor)
        total += part.log_likelihood
        score, information = score + part.score, information + part.information
    return Evaluated(total, score, information)


def _evaluate(stratum: Stratum, coefficients: Numbers, factor: Numbers | None) -> Evaluated:
    predictor, offset = _predictor(stratum, coefficients)
    sets = _risk_sets(stratum, predictor)
    weight = sets.term_weight if factor is None else sets.term_weight * factor[stratum.death_place]
    own_factor = np.ones(len(stratum.rows)) if factor is None else factor[stratum.own]
    event = stratum.weight * stratum.event * own_factor
    log_likelihood = float(event @ predictor - weight @ np.log(sets.size))
    along = _along(stratum, weight / sets.size)
    x, centred = stratum.covariates, stratum.covariates - offset
    score = (event - sets.hazard * along) @ x
    second = (centred * (sets.hazard * along)[:, None]).T @ centred
    mean = sets.mean - offset
    return Evaluated(log_likelihood, score, second - (mean * weight[:, None]).T @ mean)


def _predictor(stratum: Stratum, coefficients: Numbers) -> tuple[Numbers, Numbers]:
    """The log relative hazards about their middle, so that no exponential overflows."""
    offset = np.average(stratum.covariates, axis=0, weights=stratum.weight)
    return (stratum.covariates - offset) @ coefficients, offset


def _risk_sets(stratum: Stratum, predictor: Numbers) -> _RiskSets:
    hazard = stratum.weight * np.exp(predictor)
    columns = np.column_stack((hazard, hazard[:, None] * stratum.covariates))
    at_risk = _still_at_risk(stratum, columns)
    died = stratum.event == 1
    tied = np.column_stack([summed(stratum.own[died], column[died], len(stratum.times)) for column in columns.T])
    place = stratum.death_place
    terms = at_risk[place] - stratum.share[:, None] * tied[place]
    return _RiskSets(hazard, terms[:, 0], terms[:, 1:] / terms[:, :1], stratum.term_weight)


def _still_at_risk(stratum: Stratum, columns: Numbers) -> Numbers:
    """The sums over the rows at risk at each time of death: those that end then or later and have entered."""
    length = len(stratum.times)

    def beyond(places: Places) -> Numbers:
        """Summed over the rows with more than k times of death up to their place, for each k."""
        sums = np.column_stack([summed(places, column, length + 1) for column in columns.T])
        return np.cumsum(sums[::-1], axis=0)[::-1][1:]

    at_risk = beyond(stratum.ended)
    return at_risk - beyond(stratum.entered) if stratum.entered.any() else at_risk


def _along(stratum: Stratum, per_term: Numbers) -> Numbers:
    """What each row gathers while at risk: the sum of the terms' values, less the share that has left at its death."""
    length = len(stratum.times)
    sums = np.concatenate(([0.0], np.cumsum(summed(stratum.death_place, per_term, length))))
    left = summed(stratum.death_place, per_term * stratum.share, length)
    gathered: Numbers = sums[stratum.ended] - sums[stratum.entered] - stratum.event * left[stratum.own]
    return gathered


def score_residuals(strata: list[Stratum], coefficients: Numbers, rows: int) -> Numbers:
    """Each row's part in the score (weighted), as it came in; they sum to zero at the maximum."""
    found = np.zeros((rows, len(coefficients)))
    for stratum in strata:
        predictor, _ = _predictor(stratum, coefficients)
        sets = _risk_sets(stratum, predictor)
        per_term = sets.term_weight / sets.size
        count = np.bincount(stratum.death_place, minlength=len(stratum.times))
        x = stratum.covariates
        part = -(sets.hazard * _along(stratum, per_term))[:, None] * x
        for column in range(x.shape[1]):
            mean = sets.mean[:, column]
            at_death = (np.bincount(stratum.death_place, mean) / count)[stratum.own]
            part[:, column] += sets.hazard * _along(stratum, per_term * mean)
            part[:, column] += stratum.weight * stratum.event * (x[:, column] - at_death)
        found[stratum.rows] = part
    return found
