"""How far the effects of studies differ beyond chance: Q, I2, and tau2 with its interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import chi_square_above, chi_square_quantile
from hepatica.studies.statistics.inputs import Numbers, Values


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q; tau2 with its Q-profile interval; I2 and H2 from tau2 (shares of one), with the same interval."""

    q: float
    df: int
    p: float
    tau2: float
    tau2_lower: float
    tau2_upper: float
    i2: float
    i2_lower: float
    i2_upper: float
    h2: float
    method: str


def heterogeneity(
    effect: Values, std_error: Values, *, method: str = "reml", confidence: float = 0.95
) -> Heterogeneity:
    """Heterogeneity of at least two studies, as metafor gives it.

    The interval of tau2 is the Q-profile's (Viechtbauer W. Stat Med 2007;26:37-52); I2 is tau2 over tau2 plus the
    typical variance within studies (Higgins JPT, Thompson SG. Stat Med 2002;21:1539-1558).
    """
    from hepatica.studies.statistics.pooling import studies_of  # noqa: PLC0415  (it offers this)

    value, variance = studies_of(effect, std_error)
    df = len(value) - 1
    if df < 1:
        raise UsageError("studies", "one study cannot differ", "give at least two")
    q = _generalised_q(value, variance, 0.0)
    tau2 = tau_squared(value, variance, method)
    tail = (1 - confidence) / 2
    lower = _where_q_is(value, variance, chi_square_quantile(1 - tail, df))
    upper = _where_q_is(value, variance, chi_square_quantile(tail, df))
    typical = _typical(variance)
    i2, i2_lower, i2_upper = (share / (share + typical) for share in (tau2, lower, upper))
    return Heterogeneity(
        q, df, chi_square_above(q, df), tau2, lower, upper, i2, i2_lower, i2_upper, tau2 / typical + 1, method
    )


def tau_squared(value: Numbers, variance: Numbers, method: str) -> float:
    """The variance between studies, by DerSimonian-Laird ("dl") or restricted maximum likelihood ("reml")."""
    if method == "dl":
        return _moments(value, variance)
    if method == "reml":
        return _restricted(value, variance)
    raise UsageError("method", f"{method} is none", "choose dl or reml")


def _generalised_q(value: Numbers, variance: Numbers, tau2: float) -> float:
    weight = 1 / (variance + tau2)
    return float(weight @ (value - np.average(value, weights=weight)) ** 2)


def _moments(value: Numbers, variance: Numbers) -> float:
    weight = 1 / variance
    scale = weight.sum() - (weight @ weight) / weight.sum()
    return max(0.0, float((_generalised_q(value, variance, 0.0) - (len(value) - 1)) / scale))


def _restricted(value: Numbers, variance: Numbers) -> float:
    """Where the derivative of the restricted likelihood is 0, or 0 if it falls from there on."""

    def slope(tau2: float) -> float:
        weight = 1 / (variance + tau2)
        mean = np.average(value, weights=weight)
        return float(weight**2 @ (value - mean) ** 2 - weight.sum() + (weight @ weight) / weight.sum())

    if slope(0.0) <= 0:
        return 0.0
    return _falling_root(slope, float(np.var(value)) + float(variance.max()))


def _where_q_is(value: Numbers, variance: Numbers, quantile: float) -> float:
    def surplus(tau2: float) -> float:
        return _generalised_q(value, variance, tau2) - quantile

    return 0.0 if surplus(0.0) <= 0 else _falling_root(surplus, float(np.var(value)) + float(variance.max()))


def _falling_root(falling: Callable[[float], float], guess: float) -> float:
    low, high = 0.0, guess
    while falling(high) > 0:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def _typical(variance: Numbers) -> float:
    weight = 1 / variance
    return float((len(variance) - 1) * weight.sum() / (weight.sum() ** 2 - weight @ weight))
