"""The log-rank test of two or more groups, stratified on request, and its Peto-Peto weighting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import chi_square
from hepatica.studies.statistics.inputs import FollowUp, Labels, Numbers, Truths, Values, follow_up, labels


@dataclass(frozen=True)
class LogRank:
    """Observed and expected events by group, and the chi-square test that the hazards are equal."""

    groups: tuple[str, ...]
    n: tuple[int, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi_square: float
    df: int
    p: float


def log_rank(
    time: Values,
    event: Values,
    group: Values,
    strata: Values | None = None,
    *,
    entry: Values | None = None,
    rho: float = 0.0,
) -> LogRank:
    """The log-rank test (rho 0) or Peto and Peto's modification of the Gehan-Wilcoxon test (rho 1), as R's survdiff.

    With strata, events are compared within each stratum and summed. Refuses fewer than two groups, and no events.
    """
    patients = follow_up(time, event, entry)
    groups = labels("group", group, patients.rows)
    names = sorted({str(name) for name in groups})
    if len(names) < 2:
        raise UsageError("group", "has one group", "give at least two")
    if not patients.event.any():
        raise UsageError("event", "nobody has the event, so there is nothing to compare", "give longer follow-up")
    layer = np.zeros(patients.rows, dtype=np.str_) if strata is None else labels("strata", strata, patients.rows)
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    variance = np.zeros((len(names), len(names)))
    for stratum in np.unique(layer):
        inside = layer == stratum
        part = FollowUp(
            *(column[inside] for column in (patients.entry, patients.time, patients.event, patients.weight))
        )
        seen, awaited, spread = _compare(part, groups[inside], names, rho)
        observed, expected, variance = observed + seen, expected + awaited, variance + spread
    counts = tuple(int((groups == name).sum()) for name in names)
    statistic, df = _statistic(observed - expected, variance, expected > 0)
    test = chi_square(statistic, df)
    return LogRank(
        tuple(names), counts, tuple(observed.tolist()), tuple(expected.tolist()), test.statistic, test.df, test.p
    )


def _statistic(surplus: Numbers, variance: Numbers, asked: Truths) -> tuple[float, int]:
    """The quadratic form over the groups in which an event could be expected, but the first of them."""
    rest = np.flatnonzero(asked)[1:]
    if not len(rest):
        raise UsageError("group", "events could happen in one group only", "compare groups followed over the same time")
    solved = np.linalg.solve(variance[np.ix_(rest, rest)], surplus[rest])
    return float(surplus[rest] @ solved), len(rest)


def _compare(patients: FollowUp, groups: Labels, names: list[str], rho: float) -> tuple[Numbers, Numbers, Numbers]:
    """Observed and expected events by group in one stratum, and the covariance of their difference (Mantel)."""
    times = np.unique(patients.time[patients.event])
    at_risk, deaths = (np.empty((len(names), len(times))) for _ in range(2))
    for row, name in enumerate(names):
        mine = groups == name
        ends, starts = np.sort(patients.time[mine]), np.sort(patients.entry[mine])
        not_ended = len(ends) - np.searchsorted(ends, times, side="left")
        not_entered = len(starts) - np.searchsorted(starts, times, side="left")
        at_risk[row] = not_ended - not_entered
        died = np.sort(patients.time[mine & patients.event])
        deaths[row] = np.searchsorted(died, times, side="right") - np.searchsorted(died, times, side="left")
    total, dead = at_risk.sum(axis=0), deaths.sum(axis=0)
    before = np.concatenate(([1.0], np.cumprod(1 - dead / total)))[:-1] if len(times) else np.ones(0)
    weight = before**rho
    share = at_risk / total
    fewer = np.divide(total - dead, total - 1, out=np.zeros_like(total), where=total > 1)
    spread = weight**2 * dead * fewer
    variance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    return (deaths * weight).sum(axis=1), (share * dead * weight).sum(axis=1), variance
