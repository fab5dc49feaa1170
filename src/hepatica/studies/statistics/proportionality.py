"""Whether a hazard ratio stays the same over time: the score test of Grambsch and Therneau."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.studies.statistics.cox_likelihood import Stratum, evaluate
from hepatica.studies.statistics.distributions import chi_square
from hepatica.studies.statistics.inputs import Numbers


@dataclass(frozen=True)
class ProportionalityTest:
    """The test that the log hazard ratio of one covariate (or of all: GLOBAL) does not change with time."""

    name: str
    chi_square: float
    df: int
    p: float


def proportionality(
    strata: list[Stratum], coefficients: Numbers, names: tuple[str, ...]
) -> tuple[ProportionalityTest, ...]:
    """The score test of a covariate times the Kaplan-Meier clock, as R's cox.zph (survival 3) with transform "km".

    None where the deaths are too few to tell a change with time: on one day, or one for each covariate.
    """
    clock = _clock(strata)
    plain = evaluate(strata, coefficients)
    once = evaluate(strata, coefficients, clock)
    twice = evaluate(strata, coefficients, [factor**2 for factor in clock])
    # The score with each death weighed by the clock is the score of the covariate times the clock.
    surplus = once.score
    adjusted = twice.information - once.information @ np.linalg.solve(plain.information, once.information)
    scale = np.sqrt(np.diag(plain.information))
    if np.linalg.eigvalsh(adjusted / np.outer(scale, scale))[0] < 1e-12:
        return ()
    tests = [_test(name, float(surplus[place] ** 2 / adjusted[place, place]), 1) for place, name in enumerate(names)]
    return (*tests, _test("GLOBAL", float(surplus @ np.linalg.solve(adjusted, surplus)), len(names)))


def _test(name: str, statistic: float, df: int) -> ProportionalityTest:
    test = chi_square(statistic, df)
    return ProportionalityTest(name, test.statistic, test.df, test.p)


def _clock(strata: list[Stratum]) -> list[Numbers]:
    """1 minus the Kaplan-Meier survival of everybody just before each time of death, about its mean over the deaths."""
    times = np.unique(np.concatenate([stratum.times for stratum in strata]))
    deaths, at_risk = np.zeros(len(times)), np.zeros(len(times))
    for stratum in strata:
        place = np.searchsorted(times, stratum.times)
        deaths[place] += np.bincount(stratum.death_place, minlength=len(place))
        ends, starts = np.sort(stratum.time), np.sort(stratum.entry)
        at_risk += np.searchsorted(starts, times, side="left") - np.searchsorted(ends, times, side="left")
    survival = np.concatenate(([1.0], np.cumprod(1 - deaths / at_risk)))[:-1]
    clock = 1 - survival
    every = np.concatenate([clock[np.searchsorted(times, stratum.times)][stratum.death_place] for stratum in strata])
    middle = every.mean()
    return [clock[np.searchsorted(times, stratum.times)] - middle for stratum in strata]
