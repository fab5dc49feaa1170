"""Fisher's exact test of a two-by-two table, with the conditional odds ratio and its exact interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, lgamma

import numpy as np

from hepatica.evidence.proportions import refuse_impossible_count
from hepatica.studies.statistics.inputs import Numbers, share_of_one

PRECISION = 1e-15  # of a logarithm of odds: as far as a float reaches


@dataclass(frozen=True)
class FisherTest:
    """The two-sided exact p, and the conditional odds ratio of the first group against the second."""

    name: str
    p: float
    odds_ratio: float
    lower: float
    upper: float
    n: int


def fisher(x1: int, n1: int, x2: int, n2: int, *, confidence: float = 0.95) -> FisherTest:
    """Fisher's exact test of x1 of n1 against x2 of n2, two-sided, as R's fisher.test.

    The odds ratio is the conditional maximum likelihood estimate (not the crude one), its interval exact.
    """
    refuse_impossible_count(x1, n1)
    refuse_impossible_count(x2, n2)
    share_of_one("confidence", confidence)
    possible = np.arange(max(0, x1 + x2 - n2), min(n1, x1 + x2) + 1, dtype=np.float64)
    log_ways = np.array([_log_choose(n1, int(k)) + _log_choose(n2, int(x1 + x2 - k)) for k in possible])
    observed, tail = float(x1), (1 - confidence) / 2
    share = _shares(log_ways, possible, 0.0)
    here = share[possible == observed][0]
    # R's rounding guard: as likely as the observed table within 1e-7.
    p = min(1.0, float(share[share <= here * (1 + 1e-7)].sum()))

    def mean(log_odds: float) -> float:
        return float(possible @ _shares(log_ways, possible, log_odds)) - observed

    def at_least(log_odds: float) -> float:
        return float(_shares(log_ways, possible, log_odds)[possible >= observed].sum()) - tail

    def at_most(log_odds: float) -> float:
        return tail - float(_shares(log_ways, possible, log_odds)[possible <= observed].sum())

    lowest, highest = observed == possible[0], observed == possible[-1]
    odds = (inf if not lowest else 0.0) if highest else 0.0 if lowest else _odds(mean)
    low = 0.0 if lowest else _odds(at_least)
    high = inf if highest else _odds(at_most)
    return FisherTest("Fisher's exact test", p, odds, low, high, n1 + n2)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _shares(log_ways: Numbers, possible: Numbers, log_odds: float) -> Numbers:
    """The noncentral hypergeometric distribution of the first group's events at a log odds ratio."""
    logs = log_ways + possible * log_odds
    ways = np.exp(logs - logs.max())
    shares: Numbers = ways / ways.sum()
    return shares


def _odds(rising: Callable[[float], float]) -> float:
    """The odds ratio at which a function that rises with it passes 0, by halving in logarithms."""
    low, high = -1.0, 1.0
    while rising(low) > 0:
        low *= 2
    while rising(high) < 0:
        high *= 2
    while high - low > PRECISION * max(1.0, abs(low)):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return float(np.exp((low + high) / 2))
