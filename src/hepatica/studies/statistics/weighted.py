"""What differs between two treatments after weighting, with an error that knows of the weights; and the E-value."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import normal_two_sided, ratio_of, z_of
from hepatica.studies.statistics.inputs import (
    Labels,
    Numbers,
    Truths,
    Values,
    grouped,
    inverse,
    labels,
    numbers,
    same_length,
    truths,
)

Variance = Literal["robust", "m-estimation"]
Estimand = Literal["ate", "att", "overlap"]


@dataclass(frozen=True)
class WeightedDifference:
    """Weighted means (risks, if the outcome is yes or no) of both groups, their difference and ratio."""

    treated: float
    untreated: float
    difference: float
    std_error: float
    lower: float
    upper: float
    p: float
    ratio: float | None
    ratio_lower: float | None
    ratio_upper: float | None
    variance: Variance


def weighted_difference(  # noqa: PLR0913  (what is compared, and what the error is to know)
    outcome: Values,
    treated: Values,
    weights: Values,
    *,
    design: Numbers | None = None,
    score: Values | None = None,
    estimand: Estimand = "ate",
    cluster: Values | None = None,
    confidence: float = 0.95,
) -> WeightedDifference:
    """The weighted mean of the treated minus that of the untreated, with an interval.

    The robust variance (HC0 of the weighted regression) takes the weights as known. Given the propensity model's
    covariates (`design`, without intercept) and `score`, the variance is that of M-estimation, which knows that the
    score was estimated from the same patients (Lunceford JK, Davidian M. Stat Med 2004;23:2937-2960).
    """
    value, arm, weight = numbers("outcome", outcome), truths("treatment", treated), numbers("weights", weights)
    for name, column in (("treatment", arm), ("weights", weight)):
        same_length(name, len(column), len(value))
    if not weight[arm].sum() > 0 or not weight[~arm].sum() > 0:
        raise UsageError("weights", "one group has no weight", "compare two treatments that were both given")
    means = [float(np.average(value[side], weights=weight[side])) for side in (arm, ~arm)]
    influence = np.column_stack(
        [
            np.where(side, weight * (value - mean), 0.0) / weight[side].sum()
            for side, mean in zip((arm, ~arm), means, strict=True)
        ]
    )
    estimated = design is not None and score is not None
    if design is not None and score is not None:
        influence = influence + _of_the_score(influence, arm, numbers("score", score), design, estimand)
    groups = None if cluster is None else labels("cluster", cluster, len(value))
    return _difference(means, _covariance(influence, groups), "m-estimation" if estimated else "robust", confidence)


def _of_the_score(influence: Numbers, arm: Truths, e: Numbers, design: Numbers, estimand: Estimand) -> Numbers:
    """What estimating the score adds to each patient's influence: derivative of the weights times the score's own."""
    matrix = np.column_stack((np.ones(len(e)), design))
    # d log w / d linear predictor, for a treated and for an untreated patient.
    slopes = {"ate": (-(1 - e), e), "att": (np.zeros(len(e)), np.ones(len(e))), "overlap": (-e, 1 - e)}
    slope = np.where(arm, *slopes[estimand])
    change = (influence * slope[:, None]).T @ matrix
    information = (matrix * (e * (1 - e))[:, None]).T @ matrix
    own = (matrix * (arm - e)[:, None]) @ inverse(information)
    added: Numbers = own @ change.T
    return added


def _covariance(influence: Numbers, groups: Labels | None) -> Numbers:
    parts = grouped(influence, groups)
    return np.asarray(parts.T @ parts)


def _difference(means: list[float], covariance: Numbers, variance: Variance, confidence: float) -> WeightedDifference:
    treated, untreated = means
    contrast = np.array([1.0, -1.0])
    error, half = sqrt(float(contrast @ covariance @ contrast)), z_of(confidence)
    difference = treated - untreated
    p = normal_two_sided(difference / error) if error > 0 else 1.0
    ratio = low = high = None
    if treated > 0 and untreated > 0:
        relative = np.array([1 / treated, -1 / untreated])
        log_error = sqrt(float(relative @ covariance @ relative))
        ratio = treated / untreated
        low, high = ratio * ratio_of(-half * log_error), ratio * ratio_of(half * log_error)
    return WeightedDifference(
        treated,
        untreated,
        difference,
        error,
        difference - half * error,
        difference + half * error,
        p,
        ratio,
        low,
        high,
        variance,
    )


@dataclass(frozen=True)
class EValue:
    """How strongly an unmeasured confounder must go with both treatment and outcome to explain the estimate away.

    `limit` is the same for the interval's limit next to 1 (1 if the interval holds 1), None without an interval.
    """

    estimate: float
    limit: float | None
    risk_ratio: float


def e_value(
    estimate: float,
    lower: float | None = None,
    upper: float | None = None,
    *,
    scale: Literal["risk_ratio", "odds_ratio", "hazard_ratio"] = "risk_ratio",
    rare: bool = False,
) -> EValue:
    """The E-value of a ratio and of its interval (VanderWeele TJ, Ding P. Ann Intern Med 2017;167:268-274).

    An odds ratio of an outcome that is not rare (over 15 %) is taken as its square root, a hazard ratio as
    (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)), as the source says.
    """
    ratios = [None if ratio is None else _risk_ratio(ratio, scale, rare=rare) for ratio in (estimate, lower, upper)]
    middle, low, high = ratios
    if middle is None or (low is not None and high is not None and not low <= middle <= high):
        raise UsageError("interval", f"{lower} to {upper} does not hold {estimate}", "give limits around the estimate")
    near = low if middle >= 1 else high
    limit = None if near is None else 1.0 if (near - 1) * (middle - 1) <= 0 else _e(near)
    return EValue(_e(middle), limit, middle)


def _e(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return above + sqrt(above * (above - 1))


def _risk_ratio(ratio: float, scale: str, *, rare: bool) -> float:
    if ratio <= 0:
        raise UsageError("ratio", f"{ratio} is not above 0", "give a ratio")
    if rare or scale == "risk_ratio":
        return ratio
    if scale == "odds_ratio":
        return sqrt(ratio)
    if scale == "hazard_ratio":
        return float((1 - 0.5 ** sqrt(ratio)) / (1 - 0.5 ** sqrt(1 / ratio)))
    raise UsageError("scale", f"{scale} is none", "choose risk_ratio, odds_ratio, or hazard_ratio")
