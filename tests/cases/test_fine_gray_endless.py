"""A competing-risks model of few patients says that a ratio has no end, however covariates separate them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.studies.statistics.fine_gray import fine_gray


def small(seed):
    draw = np.random.default_rng(seed)
    n = int(draw.integers(8, 60))
    return pl.DataFrame(
        {
            "time": np.ceil(draw.exponential(10, n)),
            "cause": draw.choice(["censored", "death", "transplant"], n, p=[0.8, 0.1, 0.1]),
            "x": draw.integers(0, 2, n) * 1.0,
            "y": draw.integers(0, 2, n) * 1.0,
        }
    )


def test_the_cause_of_all_who_have_one_of_two_findings_has_no_finite_ratio():
    """Each finding alone is there with and without the cause; of those with neither nobody has it."""
    found = [("death", 1, 0), ("death", 0, 1), ("death", 1, 0), ("censored", 0, 0), ("censored", 0, 0)]
    found += [("censored", 1, 0), ("censored", 0, 1), ("censored", 0, 0), ("transplant", 0, 0)]
    frame = pl.DataFrame(
        [(float(n + 1), *row) for n, row in enumerate(found)], schema=["time", "cause", "x", "y"], orient="row"
    )
    with pytest.raises(UsageError, match="no ratio is finite"):
        fine_gray(frame, time="time", cause="cause", covariates=["x", "y"], of="death")


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_a_small_cohort_is_analysed_or_refused_with_the_reason(start):
    for seed in range(start, start + 100):
        try:
            fit = fine_gray(small(seed), time="time", cause="cause", covariates=["x", "y"], of="death")
        except UsageError:
            continue
        assert all(np.isfinite(term.hr) and term.lower < term.hr < term.upper for term in fit.terms)
