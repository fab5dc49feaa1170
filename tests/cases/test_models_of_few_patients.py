"""Models of few patients say that a ratio has no end, however covariates separate them; they never break."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.studies.statistics.cox import cox
from hepatica.studies.statistics.fine_gray import fine_gray
from hepatica.studies.statistics.logistic import logistic


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


def competing(frame):
    return fine_gray(frame, time="time", cause="cause", covariates=["x", "y"], of="death").terms, ()


def hazards(frame):
    dead = frame.with_columns(event=pl.col("cause") == "death")
    fit = cox(dead, time="time", event="event", covariates=["x", "y"])
    return fit.terms, fit.separated_terms


def odds(frame):
    dead = frame.with_columns(event=pl.col("cause") == "death")
    fit = logistic(dead, outcome="event", covariates=["x", "y", "time"])
    return fit.terms[1:], fit.separated_terms


@pytest.mark.parametrize("model", [competing, hazards, odds])
def test_a_small_cohort_is_analysed_or_refused_with_the_reason(model):
    finite = 0
    for seed in range(250):
        try:
            terms, separated = model(small(seed))
        except UsageError:
            continue
        if not separated:  # else the studies ask Firth's model instead
            assert all(0 < term.lower < term.upper < np.inf for term in terms), (seed, terms)
            finite += 1
    assert finite > 50
