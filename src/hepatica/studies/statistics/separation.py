"""Separation: a covariate that tells patients with the outcome from those without, so that no odds ratio is finite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from hepatica.studies.statistics.inputs import Numbers, Truths, design, truths

# Where estimates run away, somebody's fitted probability is much nearer to 0 or 1 than this before the search stops.
NEAR_CERTAIN = 1e-6


@dataclass(frozen=True)
class Separation:
    """Which coefficients of a logistic model have no finite estimate, and in which direction they grow."""

    separated: bool
    terms: tuple[str, ...]
    directions: tuple[int, ...]

    def direction(self, name: str) -> int:
        """+1 if the coefficient grows without end, -1 if it falls."""
        return self.directions[self.terms.index(name)]


def separation(
    frame: pl.DataFrame, *, outcome: str, covariates: Sequence[str], references: Mapping[str, str] | None = None
) -> Separation:
    """Whether a logistic model of the outcome has finite estimates, by linear programming (Konis 2007)."""
    model = design(frame, covariates, references)
    matrix = np.column_stack((np.ones(len(model.matrix)), model.matrix))
    return separation_of(("intercept", *model.names), matrix, truths(outcome, frame[outcome]))


def is_finite(matrix: Numbers, truth: Truths, weight: Numbers, fitted: Numbers, information: Numbers) -> bool:
    """Whether a fit itself proves that its estimates are finite, without a search; False proves nothing.

    Bach F. Electron J Stat 2010;4:384-414, proposition 2, with lengths measured by the information: there is a maximum
    where the slope's length times that of the longest patient is at most 1/2. Separated patients have none.
    """
    counted = weight > 0
    if min(fitted[counted].min(), 1 - fitted[counted].max()) < NEAR_CERTAIN:
        return False
    slope = matrix.T @ (weight * (truth - fitted))
    try:
        root = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return False
    lengths = np.linalg.norm(np.linalg.solve(root, np.column_stack((slope, matrix[counted].T))), axis=0)
    return bool(lengths[0] * lengths[1:].max() <= 0.5)


def separation_of(names: tuple[str, ...], matrix: Numbers, truth: Truths) -> Separation:
    """The same for a model matrix that holds the intercept.

    Konis K. DPhil thesis, Oxford 2007: the estimates are finite unless some combination of the covariates is never
    on the wrong side of 0 and somewhere on the right side. It is found by maximising the sum of the sides.
    """
    from scipy.optimize import linprog  # noqa: PLC0415

    scaled = matrix / np.abs(matrix).max(axis=0)
    sides = np.where(truth, 1.0, -1.0)[:, None] * scaled
    distinct = np.unique(sides, axis=0)  # patients who are alike give the same condition once
    found = linprog(
        -sides.sum(axis=0),
        A_ub=-distinct,
        b_ub=np.zeros(len(distinct)),
        bounds=[(-1, 1)] * len(names),
        method="highs",
    )
    grows = np.flatnonzero(np.abs(found.x) > 1e-6) if -found.fun > 1e-7 else np.empty(0, dtype=np.intp)
    return Separation(
        bool(len(grows)),
        tuple(names[place] for place in grows),
        tuple(int(np.sign(found.x[place])) for place in grows),
    )
