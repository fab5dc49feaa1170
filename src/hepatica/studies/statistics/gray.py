"""Gray's test that the cumulative incidence of a cause is the same in several groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import chi_square
from hepatica.studies.statistics.inputs import Labels, Numbers, Truths, Values, follow_up, labels


@dataclass(frozen=True)
class GrayTest:
    """Gray's chi-square test of one cause."""

    cause: str
    groups: tuple[str, ...]
    chi_square: float
    df: int
    p: float


@dataclass(frozen=True)
class _Counts:
    """By time and group: at risk, events of the cause, events of other causes; only times with an event."""

    at_risk: Numbers
    events: Numbers
    others: Numbers


def gray_test(
    time: Values,
    cause: Values,
    group: Values,
    of: str,
    strata: Values | None = None,
    *,
    censored: str = "censored",
    rho: float = 0.0,
) -> GrayTest:
    """Gray's K-sample test of the cumulative incidence of the cause `of`, stratified on request.

    Source: Gray RJ. Ann Stat 1988;16:1141-1154. Refuses fewer than two groups, and a cause that nobody has.
    """
    from hepatica.studies.statistics.competing import causes_of  # noqa: PLC0415  (it offers this test)

    patients = follow_up(time, np.ones(len(time), dtype=np.bool_))
    words = causes_of(cause, patients.rows, censored)
    groups = labels("group", group, patients.rows)
    names = sorted({str(name) for name in groups})
    if len(names) < 2 or not (words == of).any():
        raise UsageError("group", f"is one, or nobody has {of}", "give at least two groups and a cause that occurs")
    layer = np.zeros(patients.rows, dtype=np.str_) if strata is None else labels("strata", strata, patients.rows)
    score, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for stratum in np.unique(layer):
        inside = layer == stratum
        counts = _counts(patients.time[inside], words[inside], groups[inside], names, (of, censored))
        seen, spread = _compare(counts, rho)
        score, variance = score + seen, variance + spread
    rest = slice(0, len(names) - 1)
    statistic = float(score[rest] @ np.linalg.solve(variance[rest, rest], score[rest]))
    test = chi_square(statistic, len(names) - 1)
    return GrayTest(of, tuple(names), test.statistic, test.df, test.p)


def _counts(time: Numbers, words: Labels, groups: Labels, names: list[str], told: tuple[str, str]) -> _Counts:
    of, censored = told
    times = np.unique(time[words != censored])
    at_risk, events, others = (np.zeros((len(times), len(names))) for _ in range(3))
    for column, name in enumerate(names):
        mine = groups == name
        ends = np.sort(time[mine])
        at_risk[:, column] = len(ends) - np.searchsorted(ends, times)
        for kind, target in ((words == of, events), ((words != of) & (words != censored), others)):
            place = np.searchsorted(times, time[mine & kind])
            target[:, column] = np.bincount(place, minlength=len(times))
    return _Counts(at_risk, events, others)


def _compare(counts: _Counts, rho: float) -> tuple[Numbers, Numbers]:
    """Score and covariance by group in one stratum (notation of the paper: h = n/S, R = h (1 - F))."""
    n, d1, d2 = counts.at_risk, counts.events, counts.others
    some = n > 0
    survival, before = _left_and_right(1 - _per(d1 + d2, n, some), product=True)
    _, own_before = _left_and_right(before * _per(d1, n, some), product=False)
    h = _per(n, before, some & (before > 0))
    risk, all_h = h * (1 - own_before), h.sum(axis=1)
    deaths = d1.sum(axis=1)
    pooled = np.cumsum(deaths / all_h)
    pooled_before = np.concatenate(([0.0], pooled[:-1]))
    weight = (1 - pooled_before) ** rho
    score = (weight[:, None] * (d1 - deaths[:, None] * risk / risk.sum(axis=1, keepdims=True))).sum(axis=0)
    groups = np.eye(n.shape[1])
    part = weight[:, None, None] * (
        h[:, :, None] * groups - h[:, :, None] * h[:, None, :] / all_h[:, None, None]
    )  # by time, compared group, contributing group
    cumulative = np.cumsum(part * (deaths / (all_h * (1 - pooled_before)))[:, None, None], axis=0)
    ahead = cumulative[-1] - cumulative
    left = _per(np.broadcast_to((1 - pooled)[:, None], n.shape), survival, survival > 0)
    share = np.where(survival > 0, 1 - left, 1.0)
    tied = np.broadcast_to(deaths[:, None], n.shape)
    expected = all_h[:, None] * before
    of_own = _fewer(tied, expected) * _per(before * tied, all_h[:, None] * n, some)
    of_other = np.where(survival > 0, _fewer(d2, n) * _per(before**2 * d2, n**2, some), 0.0)
    of_cause = part + share[:, None, :] * ahead
    of_others = left[:, None, :] * ahead
    variance = np.einsum("tik,tjk,tk->ij", of_cause, of_cause, of_own)
    return score, variance + np.einsum("tik,tjk,tk->ij", of_others, of_others, of_other)


def _per(above: Numbers, below: Numbers, where: Truths) -> Numbers:
    return np.divide(above, below, out=np.zeros(below.shape), where=where)


def _fewer(count: Numbers, of: Numbers) -> Numbers:
    """What ties leave of the variance: events drawn without replacement."""
    return 1 - _per(count - 1, of - 1, count > 1)


def _left_and_right(steps: Numbers, *, product: bool) -> tuple[Numbers, Numbers]:
    """A curve by group from its steps, at each time and just before it."""
    right: Numbers = np.asarray(np.cumprod(steps, axis=0) if product else np.cumsum(steps, axis=0), dtype=np.float64)
    return right, np.concatenate((np.full((1, steps.shape[1]), float(product)), right[:-1]))
