"""Effects of several studies pooled: fixed and random effects, heterogeneity, prediction, and small-study effects."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import normal_two_sided, t_quantile, t_two_sided, z_of
from hepatica.studies.statistics.effects import Effects, Measure, effects
from hepatica.studies.statistics.heterogeneity import Heterogeneity, heterogeneity, tau_squared
from hepatica.studies.statistics.inputs import Numbers, Values, numbers, same_length

__all__ = [
    "Effects",
    "Egger",
    "Heterogeneity",
    "Measure",
    "Pooled",
    "Prediction",
    "effects",
    "egger",
    "fixed",
    "heterogeneity",
    "prediction_interval",
    "random",
]

Method = Literal["dl", "reml"]


@dataclass(frozen=True)
class Pooled:
    """A pooled effect on the scale it came in (log ratios stay logs), with each study's share of the weight.

    `df` is None where the interval is normal, the t distribution's degrees of freedom after Hartung and Knapp.
    """

    effect: float
    std_error: float
    lower: float
    upper: float
    statistic: float
    df: int | None
    p: float
    weights: tuple[float, ...]
    tau2: float
    k: int
    method: str


@dataclass(frozen=True)
class Prediction:
    """Where the effect of a new study is to be expected."""

    lower: float
    upper: float
    method: str


@dataclass(frozen=True)
class Egger:
    """Egger's regression of effect on standard error: an intercept at no error, and a slope that tests asymmetry."""

    slope: float
    std_error: float
    t: float
    df: int
    p: float
    limit: float


def studies_of(effect: Values, std_error: Values) -> tuple[Numbers, Numbers]:
    """Effects and their variances; refuses unknown effects, and errors that are not above 0."""
    value, error = numbers("effects", effect), numbers("standard errors", std_error)
    same_length("standard errors", len(error), len(value))
    if (error <= 0).any():
        raise UsageError("standard errors", "are not above 0", "give the standard error of each study's effect")
    return value, error**2


def fixed(effect: Values, std_error: Values, *, confidence: float = 0.95) -> Pooled:
    """The common (fixed) effect: each study weighs as one over its variance. With one study, the study itself."""
    value, variance = studies_of(effect, std_error)
    return _pooled(value, variance, 0.0, "fixed", hksj=False, confidence=confidence)


def random(
    effect: Values, std_error: Values, *, method: Method = "reml", hksj: bool = False, confidence: float = 0.95
) -> Pooled:
    """The mean of effects that differ between studies, their variance tau2 by DerSimonian-Laird or REML.

    With `hksj` the interval is Hartung, Knapp, Sidik, and Jonkman's (t distribution, k - 1 degrees of freedom),
    which few studies need. With one study, the study itself: tau2 cannot be known and is taken as 0.
    """
    value, variance = studies_of(effect, std_error)
    if method not in ("dl", "reml"):
        raise UsageError("method", f"{method} is none", "choose dl or reml")
    tau2 = tau_squared(value, variance, method) if len(value) > 1 else 0.0
    return _pooled(value, variance, tau2, method, hksj=hksj and len(value) > 1, confidence=confidence)


def _pooled(value: Numbers, variance: Numbers, tau2: float, method: str, *, hksj: bool, confidence: float) -> Pooled:
    weight = 1 / (variance + tau2)
    effect = float(np.average(value, weights=weight))
    error, df = 1 / sqrt(float(weight.sum())), None
    if hksj:
        df = len(value) - 1
        error *= sqrt(float(weight @ (value - effect) ** 2) / df)
    half = (z_of(confidence) if df is None else t_quantile(confidence, df)) * error
    statistic = effect / error if error > 0 else inf
    p = normal_two_sided(statistic) if df is None else t_two_sided(statistic, df)
    shares = tuple((weight / weight.sum()).tolist())
    name = f"{method}+hksj" if hksj else method
    return Pooled(effect, error, effect - half, effect + half, statistic, df, p, shares, tau2, len(value), name)


def prediction_interval(pooled: Pooled, *, confidence: float = 0.95, t_df: int | None = None) -> Prediction:
    """The interval in which a new study's effect is expected: effect +/- quantile x root of (error squared + tau2).

    The quantile is normal, or t as the pooled interval's own (Hartung-Knapp), as metafor does; `t_df` (k - 2 in
    Higgins JPT, Thompson SG, Spiegelhalter DJ. J R Stat Soc A 2009;172:137-159) sets it. Refuses a fixed effect.
    """
    if pooled.method == "fixed" or pooled.k < 2:
        raise UsageError("prediction", "needs random effects of at least two studies", "pool with random")
    df = pooled.df if t_df is None else t_df
    if df is not None and df < 1:
        raise UsageError("prediction", f"{df} degrees of freedom are too few", "pool more studies")
    half = (z_of(confidence) if df is None else t_quantile(confidence, df)) * sqrt(pooled.std_error**2 + pooled.tau2)
    return Prediction(pooled.effect - half, pooled.effect + half, "normal" if df is None else f"t with {df} df")


def egger(effect: Values, std_error: Values) -> Egger:
    """Egger's test for small-study effects: weighted regression of the effect on its standard error (BMJ 1997;315:629).

    `limit` is the effect that the regression expects of a study without error. Refuses fewer than three studies.
    """
    value, variance = studies_of(effect, std_error)
    error = np.sqrt(variance)
    if len(value) < 3 or np.ptp(error) == 0:
        raise UsageError("studies", "are fewer than three, or equally precise", "show the funnel without a test")
    matrix = np.column_stack((np.ones(len(value)), error)) / error[:, None]
    inner = np.linalg.inv(matrix.T @ matrix)
    limit, slope = inner @ matrix.T @ (value / error)
    df = len(value) - 2
    rest = value / error - matrix @ np.array([limit, slope])
    slope_error = sqrt(float(rest @ rest) / df * float(inner[1, 1]))
    t = float(slope) / slope_error
    return Egger(float(slope), slope_error, t, df, t_two_sided(t, df), float(limit))
