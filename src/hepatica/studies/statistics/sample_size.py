"""How many patients a comparison needs, what a number of patients can show, and power by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.evidence.proportions import normal_quantile
from hepatica.studies.statistics.distributions import normal_below
from hepatica.studies.statistics.inputs import Numbers, share_of_one
from hepatica.studies.statistics.proportions import Proportion, exact

PowerMethod = Literal["normal", "continuity", "exact_chi_square", "exact_fisher"]
MOST_PATIENTS = 100_000


@dataclass(frozen=True)
class SampleSize:
    """Patients per group and the power they give; `unrounded` is the first group's size before rounding up."""

    n1: int
    n2: int
    total: int
    power: float
    unrounded: float | None
    method: PowerMethod


@dataclass(frozen=True)
class EventsNeeded:
    """Events that a log-rank comparison needs, and the patients if a share of them has the event."""

    events: int
    unrounded: float
    patients: int | None


def two_proportions(
    p1: float,
    p2: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    ratio: float = 1.0,
    method: PowerMethod = "normal",
) -> SampleSize:
    """Patients needed to tell share p1 from p2, two-sided; `ratio` is the second group's size over the first's.

    "normal" is the pooled-variance formula (as R's power.prop.test), "continuity" adds Fleiss' correction
    (Fleiss JL, Tytun A, Ury HK. Biometrics 1980;36:343-346), "exact_..." searches the smallest size whose exact
    power (all outcomes enumerated) reaches the aim from there on for the next ten sizes.
    """
    _refuse_shares(p1, p2, power=power, alpha=alpha)
    if ratio <= 0:
        raise UsageError("ratio", f"{ratio} is not above 0", "give the second group's size over the first's")
    first = _normal_size(p1, p2, power, alpha, ratio)
    if method == "continuity":
        first = first / 4 * (1 + sqrt(1 + 2 * (ratio + 1) / (first * ratio * abs(p1 - p2)))) ** 2
    unrounded: float | None = first
    n1 = ceil(first - 1e-9)
    if method in ("exact_chi_square", "exact_fisher"):
        n1, unrounded = _exact_size((p1, p2), (power, alpha), ratio, n1, method), None
    n2 = ceil(ratio * n1 - 1e-9)
    return SampleSize(
        n1, n2, n1 + n2, power_two_proportions(p1, n1, p2, n2, alpha=alpha, method=method), unrounded, method
    )


def _refuse_shares(p1: float, p2: float, *, power: float, alpha: float) -> None:
    share_of_one("power", power)
    share_of_one("alpha", alpha)
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1) or p1 == p2:
        raise UsageError("shares", f"{p1} and {p2} are equal or no shares", "give two different fractions of one")


def _normal_size(p1: float, p2: float, power: float, alpha: float, ratio: float) -> float:
    z_alpha, z_power = normal_quantile(1 - alpha), _below(power)
    pooled = (p1 + ratio * p2) / (1 + ratio)
    null = sqrt((1 + 1 / ratio) * pooled * (1 - pooled))
    return ((z_alpha * null + z_power * sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)) / (p1 - p2)) ** 2


def _below(share: float) -> float:
    """The normal quantile with this share below it."""
    return normal_quantile(2 * share - 1) if share > 0.5 else -normal_quantile(1 - 2 * share)


def power_two_proportions(
    p1: float, n1: int, p2: float, n2: int, *, alpha: float = 0.05, method: PowerMethod = "normal"
) -> float:
    """The power with which n1 and n2 patients tell share p1 from p2, two-sided.

    "normal" and "continuity" by the formulas that two_proportions solves; "exact_chi_square" (without correction)
    and "exact_fisher" sum the probabilities of all outcomes that the test rejects.
    """
    _refuse_shares(p1, p2, power=0.5, alpha=alpha)
    if min(n1, n2) < 1:
        raise UsageError("groups", "are empty", "give at least one patient each")
    if method == "normal":
        return _normal_power(p1, n1, p2, n2, alpha, 0.0)
    if method == "continuity":
        return _normal_power(p1, n1, p2, n2, alpha, (1 / n1 + 1 / n2) / 2)
    if method not in ("exact_chi_square", "exact_fisher"):
        raise UsageError("method", f"{method} is none", "choose normal, continuity, exact_chi_square, exact_fisher")
    rejected = _rejected(n1, n2, alpha, method)
    return float(_binomial(n1, p1) @ rejected @ _binomial(n2, p2))


def _normal_power(p1: float, n1: int, p2: float, n2: int, alpha: float, correction: float) -> float:
    pooled = (n1 * p1 + n2 * p2) / (n1 + n2)
    null = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    true = sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    reach = abs(p1 - p2) - correction - normal_quantile(1 - alpha) * null
    return normal_below(reach / true) if true > 0 else float(reach > 0)


def _binomial(n: int, p: float) -> Numbers:
    from scipy.special import gammaln, xlog1py, xlogy  # noqa: PLC0415

    k = np.arange(n + 1.0)
    ways = gammaln(n + 1.0) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray(np.exp(ways + xlogy(k, p) + xlog1py(n - k, -p)))


def _rejected(n1: int, n2: int, alpha: float, method: str) -> Numbers:
    """Which outcomes (events in the first group by events in the second) the test rejects, as 1 and 0."""
    if method == "exact_fisher":
        return _fisher_rejects(n1, n2, alpha)
    x, y = np.meshgrid(np.arange(n1 + 1.0), np.arange(n2 + 1.0), indexing="ij")
    pooled = (x + y) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    z = np.divide(x / n1 - y / n2, np.sqrt(variance), out=np.zeros_like(x), where=variance > 0)
    return np.asarray(np.abs(z) >= normal_quantile(1 - alpha), dtype=np.float64)


def _fisher_rejects(n1: int, n2: int, alpha: float) -> Numbers:
    rejected = np.zeros((n1 + 1, n2 + 1))
    ways1, ways2 = (np.log(_binomial(n, 0.5)) for n in (n1, n2))
    for total in range(n1 + n2 + 1):
        x = np.arange(max(0, total - n2), min(n1, total) + 1)
        logs = ways1[x] + ways2[total - x]
        share = np.exp(logs - logs.max())
        share /= share.sum()
        order = np.argsort(share, kind="stable")
        level = np.searchsorted(share[order], share * (1 + 1e-7), side="right")
        rejected[x, total - x] = np.cumsum(share[order])[level - 1] <= alpha
    return rejected


def _exact_size(
    shares: tuple[float, float], aims: tuple[float, float], ratio: float, guess: int, method: PowerMethod
) -> int:
    """Exact power goes up in a sawtooth: the smallest size from which ten sizes in a row reach the aim."""
    (p1, p2), (power, alpha) = shares, aims

    def reaches(n1: int) -> bool:
        return power_two_proportions(p1, n1, p2, ceil(ratio * n1 - 1e-9), alpha=alpha, method=method) >= power

    n1, run = max(2, guess // 2), 0
    while run < 10:
        if n1 > MOST_PATIENTS:
            raise UsageError("power", "is out of reach", "choose a larger difference")
        run = run + 1 if reaches(n1) else 0
        n1 += 1
    return n1 - 10


def detectable_difference(
    p2: float,
    n1: int,
    n2: int,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    method: PowerMethod = "normal",
    higher: bool = True,
) -> float:
    """The share p1 (above p2, or below it) that n1 against n2 patients can tell from p2 with this power.

    Refuses when even everybody (or nobody) with the event could not be told apart.
    """
    share_of_one("power", power)
    end = 1.0 if higher else 0.0
    if p2 == end or power_two_proportions(end, n1, p2, n2, alpha=alpha, method=method) < power:
        raise UsageError("groups", "are too small to show any difference", "enrol more patients")
    near, far = p2, end
    for _ in range(60):
        middle = (near + far) / 2
        enough = power_two_proportions(middle, n1, p2, n2, alpha=alpha, method=method) >= power
        near, far = (near, middle) if enough else (middle, far)
    return far


def log_rank_events(
    hazard_ratio: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    share_first: float = 0.5,
    event_share: float | None = None,
) -> EventsNeeded:
    """Events that a log-rank test needs for a hazard ratio (Schoenfeld DA. Biometrika 1981;68:316-319), two-sided.

    `share_first` is the first group's share of the patients; `event_share` the share with the event by the end.
    """
    if hazard_ratio <= 0 or hazard_ratio == 1:
        raise UsageError("hazard ratio", f"{hazard_ratio} is none to be shown", "give a ratio other than 1")
    share_of_one("power", power)
    share_of_one("share", share_first)
    reach = normal_quantile(1 - share_of_one("alpha", alpha)) + _below(power)
    events = reach**2 / (share_first * (1 - share_first) * log(hazard_ratio) ** 2)
    patients = None if event_share is None else ceil(events / share_of_one("event share", event_share) - 1e-9)
    return EventsNeeded(ceil(events - 1e-9), events, patients)


@dataclass(frozen=True)
class SimulatedPower:
    """The share of simulated trials in which the test was positive, with its exact interval."""

    power: Proportion
    trials: int
    seed: int


def power_by_simulation(
    p_of_one_trial: Callable[[np.random.Generator], float], *, trials: int = 1000, seed: int = 1, alpha: float = 0.05
) -> SimulatedPower:
    """Power by simulation: the share of trials whose p-value is at most alpha. The same seed gives the same number.

    `p_of_one_trial` draws one trial with the generator it is given, and returns the p-value of its analysis.
    """
    share_of_one("alpha", alpha)
    if trials < 1:
        raise UsageError("trials", f"{trials} are none", "simulate at least one")
    streams = np.random.SeedSequence(seed).spawn(trials)
    positive = sum(p_of_one_trial(np.random.default_rng(stream)) <= alpha for stream in streams)
    return SimulatedPower(exact(int(positive), trials), trials, seed)
