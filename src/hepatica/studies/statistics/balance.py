"""Balance of two groups before and after weighting: standardised differences and variance ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.inputs import Numbers, Truths, labels, numbers, same_length, truths

Denominator = Literal["treated", "pooled"]


@dataclass(frozen=True)
class BalanceRow:
    """One covariate (or one level of a word): means of both groups and their standardised difference.

    Variance ratios (treated over untreated) are None for a share, whose variance follows from its mean.
    """

    name: str
    treated_before: float
    untreated_before: float
    smd_before: float
    treated_after: float
    untreated_after: float
    smd_after: float
    variance_ratio_before: float | None
    variance_ratio_after: float | None


@dataclass(frozen=True)
class Balance:
    """All covariates, and the largest absolute standardised difference before and after weighting."""

    rows: tuple[BalanceRow, ...]
    largest_before: float
    largest_after: float
    denominator: Denominator


def balance(
    frame: pl.DataFrame,
    *,
    treatment: str,
    covariates: Sequence[str],
    weights: Sequence[float] | Numbers,
    denominator: Denominator = "pooled",
) -> Balance:
    """Standardised mean differences of each covariate, treated minus untreated, before and after weighting.

    The denominator is the standard deviation before weighting, after weighting too, so that only the means move:
    "treated" that of the treated (MatchIt's convention for the ATT), "pooled" the root of the mean of both variances
    (its convention for the ATE). Shares have p(1-p) as variance, and each level of a word is a share.
    """
    arm, weight = truths(treatment, frame[treatment]), numbers("weights", weights)
    same_length("weights", len(weight), len(arm))
    if arm.all() or not arm.any():
        raise UsageError(treatment, "is the same in everybody", "compare two treatments")
    if denominator not in ("treated", "pooled"):
        raise UsageError("denominator", f"{denominator} is none", "choose treated or pooled")
    rows = tuple(
        _row(name, value, arm, weight, denominator)
        for covariate in covariates
        for name, value in _levels(frame[covariate])
    )
    before = max(abs(row.smd_before) for row in rows)
    return Balance(rows, before, max(abs(row.smd_after) for row in rows), denominator)


def _levels(series: pl.Series) -> list[tuple[str, Numbers]]:
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return [(series.name, numbers(series.name, series))]
    words = labels(series.name, series, series.len())
    levels = sorted({str(word) for word in words})
    shares = [(f"{series.name}: {level}", (words == level).astype(np.float64)) for level in levels]
    # Of two levels one says it all.
    return shares[1:] if len(shares) == 2 else shares


def _row(name: str, value: Numbers, arm: Truths, weight: Numbers, denominator: Denominator) -> BalanceRow:
    share = bool(np.isin(value, (0.0, 1.0)).all())
    groups = [(value[side], weight[side]) for side in (arm, ~arm)]
    before = [_moments(x, np.ones(len(x)), share=share) for x, _ in groups]
    after = [_moments(x, w, share=share) for x, w in groups]
    variance = before[0][1] if denominator == "treated" else (before[0][1] + before[1][1]) / 2
    if variance <= 0:
        raise UsageError(name, "does not vary, so its difference has no standard", "leave it out of the balance")
    spread = float(np.sqrt(variance))
    return BalanceRow(
        name,
        before[0][0],
        before[1][0],
        (before[0][0] - before[1][0]) / spread,
        after[0][0],
        after[1][0],
        (after[0][0] - after[1][0]) / spread,
        None if share else _ratio(before[0][1], before[1][1]),
        None if share else _ratio(after[0][1], after[1][1]),
    )


def _ratio(first: float, second: float) -> float | None:
    return first / second if second > 0 else None


def _moments(value: Numbers, weight: Numbers, *, share: bool) -> tuple[float, float]:
    """Weighted mean and variance; the variance unbiased for weights that say how reliable a value is (as MatchIt)."""
    relative = weight / weight.sum()
    mean = float(relative @ value)
    if share:
        return mean, mean * (1 - mean)
    return mean, float(relative @ (value - mean) ** 2 / (1 - relative @ relative))
