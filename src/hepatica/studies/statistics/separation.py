"""Separation: a covariate that tells patients with the outcome from those without, so that no odds ratio is finite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from hepatica.studies.statistics.inputs import Numbers, Truths, design, truths


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


def separation_of(names: tuple[str, ...], matrix: Numbers, truth: Truths) -> Separation:
    """The same for a model matrix that holds the intercept.

    Konis K. DPhil thesis, Oxford 2007: the estimates are finite unless some combination of the covariates is never
    on the wrong side of 0 and somewhere on the right side. It is found by maximising the sum of the sides.
    """
    from scipy.optimize import linprog  # noqa: PLC0415

    scaled = matrix / np.abs(matrix).max(axis=0)
    sides = np.where(truth, 1.0, -1.0)[:, None] * scaled
    # Patients who are alike give the same condition once.
    found = linprog(
        -sides.sum(axis=0),
        A_ub=-np.unique(sides, axis=0),
        b_ub=np.zeros(len(np.unique(sides, axis=0))),
        bounds=[(-1, 1)] * len(names),
        method="highs",
    )
    grows = np.flatnonzero(np.abs(found.x) > 1e-6) if -found.fun > 1e-7 else np.empty(0, dtype=np.intp)
    return Separation(
        bool(len(grows)),
        tuple(names[place] for place in grows),
        tuple(int(np.sign(found.x[place])) for place in grows),
    )
