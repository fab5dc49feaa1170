"""Tails and quantiles of the distributions that tests and intervals need; scipy is loaded when one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, inf, sqrt

from hepatica.evidence.proportions import normal_quantile
from hepatica.studies.statistics.inputs import share_of_one


@dataclass(frozen=True)
class ChiSquare:
    """A test that refers to the chi-square distribution."""

    statistic: float
    df: int
    p: float


def z_of(confidence: float) -> float:
    """The normal quantile of a two-sided interval (1.96 for 95 %)."""
    return normal_quantile(share_of_one("confidence", confidence))


def ratio_of(log_ratio: float) -> float:
    """A ratio from its logarithm; infinite where a float holds no number so large."""
    return exp(log_ratio) if log_ratio < 709 else inf


def normal_two_sided(z: float) -> float:
    """The two-sided p-value of a normal statistic."""
    return erfc(abs(z) / sqrt(2))


def normal_below(z: float) -> float:
    """The share of the standard normal distribution below z."""
    return erfc(-z / sqrt(2)) / 2


def chi_square(statistic: float, df: int) -> ChiSquare:
    """A chi-square statistic with its upper tail."""
    return ChiSquare(statistic, df, chi_square_above(statistic, df))


def chi_square_above(statistic: float, df: float) -> float:
    """The upper tail of the chi-square distribution."""
    from scipy.special import chdtrc  # noqa: PLC0415

    return float(chdtrc(df, max(statistic, 0.0)))


def chi_square_below(statistic: float, df: float) -> float:
    """The lower tail of the chi-square distribution."""
    from scipy.special import chdtr  # noqa: PLC0415

    return float(chdtr(df, statistic))


def chi_square_quantile(below: float, df: float) -> float:
    """The chi-square value with this share of the distribution below it."""
    from scipy.special import chdtri  # noqa: PLC0415

    return float(chdtri(df, 1 - below))


def t_two_sided(statistic: float, df: float) -> float:
    """The two-sided p-value of a t statistic."""
    from scipy.special import stdtr  # noqa: PLC0415

    return float(2 * stdtr(df, -abs(statistic)))


def t_quantile(confidence: float, df: float) -> float:
    """The t quantile of a two-sided interval."""
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(df, (1 + share_of_one("confidence", confidence)) / 2))


def beta_quantile(below: float, a: float, b: float) -> float:
    """The value of a beta distribution with this share of it below."""
    from scipy.special import betaincinv  # noqa: PLC0415

    return float(betaincinv(a, b, below))
