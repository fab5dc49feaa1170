"""Time to an event: Kaplan-Meier with its median and restricted mean, and the landmark that ends immortal time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import normal_two_sided, z_of
from hepatica.studies.statistics.inputs import FollowUp, Numbers, Truths, Values, follow_up, labels, summed
from hepatica.studies.statistics.log_rank import LogRank, log_rank

__all__ = [
    "Curve",
    "CurvePoint",
    "IntervalKind",
    "Landmark",
    "LogRank",
    "Median",
    "Rmst",
    "RmstDifference",
    "kaplan_meier",
    "landmark",
    "log_rank",
    "rmst",
    "rmst_difference",
]

IntervalKind = Literal["log", "log-log", "plain"]
INTERVALS: tuple[IntervalKind, ...] = ("log", "log-log", "plain")


@dataclass(frozen=True)
class CurvePoint:
    """Survival at one time, with its interval, and how many are still followed there."""

    time: float
    survival: float
    lower: float
    upper: float
    std_error: float
    at_risk: float


@dataclass(frozen=True)
class Median:
    """The median time with its interval; None where the curve does not come down to one half."""

    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve: one row per distinct time of an event or the end of a follow-up.

    `std_error` is that of the survival itself. Where survival has come down to 0, the log and log-log intervals do
    not exist and are NaN (as in R).
    """

    time: Numbers
    at_risk: Numbers
    events: Numbers
    censored: Numbers
    survival: Numbers
    lower: Numbers
    upper: Numbers
    std_error: Numbers
    interval: IntervalKind
    confidence: float
    n: int
    robust: bool

    def at(self, time: float) -> CurvePoint | None:
        """Survival at a time; None beyond the last follow-up, where it is unknown, unless it is 0 by then."""
        if time > self.time[-1] and self.survival[-1] > 0:
            return None
        place = int(np.searchsorted(self.time, time, side="right")) - 1
        at_risk = self.at_risk_at(time)
        if place < 0:
            return CurvePoint(time, 1.0, 1.0, 1.0, 0.0, at_risk)
        survival, lower, upper = self.survival[place], self.lower[place], self.upper[place]
        return CurvePoint(time, float(survival), float(lower), float(upper), float(self.std_error[place]), at_risk)

    def at_risk_at(self, time: float) -> float:
        """How many are still followed just before a time (their weights, if weighted)."""
        place = int(np.searchsorted(self.time, time, side="left"))
        return float(self.at_risk[place]) if place < len(self.time) else 0.0

    @property
    def median(self) -> Median:
        """The median as R gives it: exactly one half over a stretch of time is the middle of the stretch."""
        return Median(*(_halfway(self.time, y) for y in (self.survival, self.lower, self.upper)))

    @property
    def total_events(self) -> float:
        """The number of events."""
        return float(self.events.sum())


def _halfway(time: Numbers, survival: Numbers) -> float | None:
    tolerance = float(np.sqrt(np.finfo(float).eps))
    low = np.flatnonzero(survival < 0.5 + tolerance)  # NaN is not low
    if not len(low):
        return None
    first = low[0]
    below = low[survival[low] < survival[first]]
    if abs(survival[first] - 0.5) < tolerance and len(below):
        return float((time[first] + time[below[0]]) / 2)
    return float(time[first])


def kaplan_meier(
    time: Values,
    event: Values,
    *,
    entry: Values | None = None,
    weights: Values | None = None,
    interval: IntervalKind = "log",
    confidence: float = 0.95,
) -> Curve:
    """The Kaplan-Meier estimate of survival (the share without the event), as R's survfit gives it.

    The standard error is Greenwood's; with weights it is the robust one (infinitesimal jackknife), because weights
    from a propensity score are no counts of patients. Patients enter the risk set after `entry`.
    Refuses unknown times and events.
    """
    if interval not in INTERVALS:
        raise UsageError("interval", f"{interval} is none", f"choose from {', '.join(INTERVALS)}")
    patients = follow_up(time, event, entry, weights)
    times, at_risk, events, censored = risk_table(patients)
    survival, greenwood = _product_limit(at_risk, events)
    robust = weights is not None
    relative = _jackknife(patients, times, at_risk, events) if robust else greenwood
    std_error = np.where(survival > 0, survival * np.sqrt(np.where(survival > 0, relative, 0.0)), 0.0)
    lower, upper = limits(survival, std_error, interval, confidence)
    return Curve(
        times, at_risk, events, censored, survival, lower, upper, std_error, interval, confidence, patients.rows, robust
    )


def risk_table(patients: FollowUp) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Distinct times, and at each the weight at risk, with the event, and with the end of follow-up."""
    times, place = np.unique(patients.time, return_inverse=True)
    weight, event = patients.weight, patients.event
    events = summed(place, weight * event, len(times))
    censored = summed(place, weight * ~event, len(times))
    at_risk = np.cumsum((events + censored)[::-1])[::-1].copy()
    if np.isfinite(patients.entry).any():
        # A patient is at risk at a time only after the entry.
        entered = np.searchsorted(times, patients.entry, side="right")
        late = summed(entered, weight, len(times) + 1)
        at_risk -= np.cumsum(late[::-1])[::-1][1:]
    return times, at_risk, events, censored


def _product_limit(at_risk: Numbers, events: Numbers) -> tuple[Numbers, Numbers]:
    """Survival, and Greenwood's sum (the variance of log survival)."""
    some = at_risk > 0
    share: Numbers = np.divide(at_risk - events, at_risk, out=np.ones_like(at_risk), where=some)
    left = at_risk * (at_risk - events)
    return np.asarray(np.cumprod(share), dtype=np.float64), np.cumsum(
        np.divide(events, left, out=np.zeros_like(left), where=left > 0)
    )


def _jackknife(patients: FollowUp, times: Numbers, at_risk: Numbers, events: Numbers) -> Numbers:
    """The variance of log survival by the infinitesimal jackknife: each patient's squared influence, summed.

    Influence on log S(t) of patient i: w_i times the sum over event times s <= t of (Y_i(s) d/n - dN_i(s)) / (n - d).
    """
    left = at_risk - events
    some = (left > 0) & (events > 0)
    own = np.divide(1.0, left, out=np.zeros_like(left), where=some)
    hazard = np.cumsum(np.divide(events, at_risk * left, out=np.zeros_like(left), where=some))
    before = np.concatenate(([0.0], hazard))
    start = before[np.searchsorted(times, patients.entry, side="right")]
    end_place = np.searchsorted(times, patients.time)
    squared = patients.weight**2
    over = squared * (hazard[end_place] - start - own[end_place] * patients.event) ** 2
    ended = np.cumsum(summed(end_place, over, len(times)))

    def still_followed(value: Numbers) -> Numbers:
        """The sum over patients who have entered and not yet ended by each time."""
        come = np.cumsum(summed(np.searchsorted(times, patients.entry), value, len(times) + 1))[:-1]
        return come - np.cumsum(summed(end_place, value, len(times)))

    followed = (
        hazard**2 * still_followed(squared)
        - 2 * hazard * still_followed(squared * start)
        + still_followed(squared * start**2)
    )
    # Sums of squares whose difference floating point may bring below zero by 1e-17.
    return np.maximum(ended + followed, 0.0)


def limits(survival: Numbers, std_error: Numbers, interval: IntervalKind, confidence: float) -> tuple[Numbers, Numbers]:
    """Limits of a probability from its standard error, symmetric on the named scale and kept within 0 and 1."""
    z = z_of(confidence)
    if interval == "plain":
        return np.maximum(survival - z * std_error, 0.0), np.minimum(survival + z * std_error, 1.0)
    inner = np.where((survival > 0) & (survival < 1), survival, np.nan)
    if interval == "log":
        half = z * std_error / inner
        lower, upper = inner * np.exp(-half), np.minimum(inner * np.exp(half), 1.0)
    else:
        half = z * std_error / (inner * np.abs(np.log(inner)))
        lower, upper = inner ** np.exp(half), inner ** np.exp(-half)
    # Before the first event survival is 1 and its interval has no width.
    return np.where(survival == 1, 1.0, lower), np.where(survival == 1, 1.0, upper)


@dataclass(frozen=True)
class Rmst:
    """The restricted mean: the mean time without the event up to tau (in the unit of time)."""

    tau: float
    value: float
    std_error: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RmstDifference:
    """The difference of two restricted means (the second group minus the first)."""

    groups: tuple[str, str]
    first: Rmst
    second: Rmst
    difference: float
    std_error: float
    lower: float
    upper: float
    p: float


def rmst(time: Values, event: Values, tau: float, *, confidence: float = 0.95) -> Rmst:
    """The restricted mean survival time up to tau: the area under the Kaplan-Meier curve.

    Refuses a tau beyond the last follow-up while some are without the event: the curve is unknown there.
    """
    curve = kaplan_meier(time, event)
    if tau <= 0 or (tau > curve.time[-1] and curve.survival[-1] > 0):
        raise UsageError("tau", f"{tau} is outside the follow-up of 0 to {curve.time[-1]}", "choose an earlier time")
    keep = curve.time < tau
    edges = np.concatenate(([0.0], curve.time[keep], [tau]))
    areas = np.diff(edges) * np.concatenate(([1.0], curve.survival[keep]))
    after = np.cumsum(areas[::-1])[::-1][1:]
    at_risk, events = curve.at_risk[keep], curve.events[keep]
    left = at_risk * (at_risk - events)
    hazard = np.divide(events, left, out=np.zeros_like(left), where=left > 0)
    value, std_error = float(areas.sum()), float(np.sqrt(np.sum(after**2 * hazard)))
    half = z_of(confidence) * std_error
    return Rmst(tau, value, std_error, value - half, value + half)


def rmst_difference(
    time: Values,
    event: Values,
    group: Values,
    tau: float,
    *,
    reference: str | None = None,
    confidence: float = 0.95,
) -> RmstDifference:
    """The difference in restricted mean survival time: the other group minus the reference (else the first by name)."""
    patients = follow_up(time, event)
    groups = labels("group", group, patients.rows)
    names = sorted({str(name) for name in groups})
    if len(names) != 2:
        raise UsageError("group", f"has {len(names)} groups", "give two")
    if reference is not None:
        names.sort(key=lambda name: name != reference)
    first, second = (
        rmst(patients.time[groups == name], patients.event[groups == name], tau, confidence=confidence)
        for name in names
    )
    difference = second.value - first.value
    std_error = float(np.hypot(first.std_error, second.std_error))
    half = z_of(confidence) * std_error
    # Without an event in either group both means are tau, and nothing is compared.
    p = normal_two_sided(difference / std_error) if std_error > 0 else 1.0
    return RmstDifference(
        (names[0], names[1]), first, second, difference, std_error, difference - half, difference + half, p
    )


@dataclass(frozen=True)
class Landmark:
    """Who is still followed without the event at the landmark, with time counted anew from there."""

    at: float
    kept: Truths
    time: Numbers
    event: Truths
    events_before: int
    censored_before: int


def landmark(time: Values, event: Values, t: float) -> Landmark:
    """The patients still followed without the event after the landmark, and their time from it.

    What is learnt up to the landmark (response by six months) may then be a covariate: nobody had to live longer
    to earn it. Those with the event, or whose follow-up ended, up to and on the landmark are counted and left out.
    """
    patients = follow_up(time, event)
    if t < 0:
        raise UsageError("landmark", f"{t} is before the index", "choose a time of 0 or more")
    kept = patients.time > t
    if not kept.any():
        raise UsageError("landmark", f"nobody is followed beyond {t}", "choose an earlier time")
    before = ~kept & patients.event
    return Landmark(
        t, kept, patients.time[kept] - t, patients.event[kept], int(before.sum()), int((~kept).sum() - before.sum())
    )
