"""Competing risks: the cumulative incidence of each cause, where the other causes are no end of follow-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.fine_gray import FineGrayFit, fine_gray
from hepatica.studies.statistics.gray import GrayTest, gray_test
from hepatica.studies.statistics.inputs import Labels, Numbers, Values, follow_up, labels, summed
from hepatica.studies.statistics.survival import INTERVALS, IntervalKind, limits

__all__ = [
    "CumulativeIncidence",
    "FineGrayFit",
    "GrayTest",
    "IncidencePoint",
    "aalen_johansen",
    "causes_of",
    "fine_gray",
    "gray_test",
]


@dataclass(frozen=True)
class IncidencePoint:
    """The cumulative incidence of a cause at one time, with its interval, and how many are still followed there."""

    time: float
    incidence: float
    lower: float
    upper: float
    std_error: float
    at_risk: float


@dataclass(frozen=True)
class CumulativeIncidence:
    """The share that has had one cause by each time: one row per distinct time of any end of follow-up.

    Before the cause's first event the interval has no width.
    """

    cause: str
    time: Numbers
    at_risk: Numbers
    events: Numbers
    other_events: Numbers
    incidence: Numbers
    lower: Numbers
    upper: Numbers
    std_error: Numbers
    interval: IntervalKind
    confidence: float
    n: int

    def at(self, time: float) -> IncidencePoint | None:
        """The cumulative incidence at a time; None beyond the last follow-up while some are without any event."""
        everybody = float(self.events[-1] + self.other_events[-1]) == float(self.at_risk[-1])
        if time > self.time[-1] and not everybody:
            return None
        later = int(np.searchsorted(self.time, time, side="left"))
        at_risk = float(self.at_risk[later]) if later < len(self.time) else 0.0
        place = int(np.searchsorted(self.time, time, side="right")) - 1
        if place < 0:
            return IncidencePoint(time, 0.0, 0.0, 0.0, 0.0, at_risk)
        lower, upper, error = (float(column[place]) for column in (self.lower, self.upper, self.std_error))
        return IncidencePoint(time, float(self.incidence[place]), lower, upper, error, at_risk)


def causes_of(cause: Values, rows: int, censored: str) -> Labels:
    """The cause of each end of follow-up as a word; the number 0, too, means that there was no event."""
    words = labels("cause", cause, rows)
    return np.where((words == "0") | (words == "0.0"), censored, words).astype(np.str_)


def aalen_johansen(
    time: Values,
    cause: Values,
    *,
    censored: str = "censored",
    interval: IntervalKind = "log-log",
    confidence: float = 0.95,
) -> dict[str, CumulativeIncidence]:
    """The Aalen-Johansen estimate of each cause's cumulative incidence, by cause, as R's cuminc gives it.

    `cause` names what ended each follow-up ("death", "transplant"); "censored" (or 0) means no event. The variance
    is Aalen's (Ann Stat 1978;6:534-545, with the correction for tied events that cmprsk makes). Tied times stay
    tied. Refuses unknown causes, and a cohort without any event.
    """
    if interval not in INTERVALS:
        raise UsageError("interval", f"{interval} is none", f"choose from {', '.join(INTERVALS)}")
    patients = follow_up(time, np.ones(len(time), dtype=np.bool_))
    words = causes_of(cause, patients.rows, censored)
    names = sorted({str(word) for word in words} - {censored})
    if not names:
        raise UsageError("cause", "nobody has an event", "give longer follow-up")
    times, place = np.unique(patients.time, return_inverse=True)
    ones = np.ones(patients.rows)
    at_risk = np.cumsum(summed(place, ones, len(times))[::-1])[::-1]
    events = {name: summed(place, ones * (words == name), len(times)) for name in names}
    every = np.sum(list(events.values()), axis=0)
    found = {}
    for name in names:
        incidence, variance = _incidence(at_risk, events[name], every - events[name])
        error = np.sqrt(variance)
        lower, upper = _limits(incidence, error, interval, confidence)
        columns = (times, at_risk, events[name], every - events[name], incidence, lower, upper, error)
        found[name] = CumulativeIncidence(name, *columns, interval, confidence, patients.rows)
    return found


def _limits(incidence: Numbers, error: Numbers, interval: IntervalKind, confidence: float) -> tuple[Numbers, Numbers]:
    lower, upper = limits(incidence, error, interval, confidence)
    return np.where(incidence == 0, 0.0, lower), np.where(incidence == 0, 0.0, upper)


def _incidence(at_risk: Numbers, events: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
    """The cumulative incidence of one cause, and its variance.

    Var F(t) is the sum over times s <= t of the squared influence of each cause's events at s, with S the survival
    without any event: of this cause (1 + F(s)/S(s) - F(t)/S(s)), of the others (F(s) - F(t))/S(s), times S(s-)/n.
    """
    survival = np.cumprod(1 - (events + others) / at_risk)
    before = np.concatenate(([1.0], survival[:-1]))
    incidence = np.cumsum(before * events / at_risk)
    inverse = np.divide(1.0, survival, out=np.zeros_like(survival), where=survival > 0)
    own, other = (_spread(before, at_risk, count) for count in (events, np.where(survival > 0, others, 0.0)))
    # The squares are multiplied out, so that one pass gives the variance at every time.
    constant = np.cumsum((1 + incidence * inverse) ** 2 * own + (incidence * inverse) ** 2 * other)
    linear = np.cumsum((1 + incidence * inverse) * inverse * own + incidence * inverse**2 * other)
    square = np.cumsum(inverse**2 * (own + other))
    return incidence, np.maximum(constant + incidence**2 * square - 2 * incidence * linear, 0.0)


def _spread(before: Numbers, at_risk: Numbers, count: Numbers) -> Numbers:
    """The variance of the events at each time, less where several are tied (drawn without replacement)."""
    several = count > 1
    fewer = 1 - np.divide(count - 1, at_risk - 1, out=np.zeros_like(count), where=several)
    return np.asarray(before**2 * fewer * count / at_risk**2)
