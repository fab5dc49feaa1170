"""A curve of thousands of steps is drawn as finely as a picture can show it, and no finer."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hepatica.pictures import kaplan_meier
from hepatica.pictures.thinning import drawable


def curve(steps: int) -> pl.DataFrame:
    share = 1 - np.arange(steps) / steps
    return pl.DataFrame(
        {
            "group": ["a"] * steps, "time": np.arange(steps) * 20 / steps, "survival": share,
            "lower": share - 0.01, "upper": share + 0.01, "censored": np.arange(steps) % 2 * 1.0,
        }
    )  # fmt: skip


def test_what_is_drawn_lies_within_half_a_pixel_of_the_curve():
    whole = curve(20_000)
    seen = drawable(whole, ["group"], ["survival", "lower", "upper"], px=270)
    assert seen.height < 2_500
    drawn = whole.select("time").join_asof(seen.select("time", "survival"), on="time", strategy="backward")
    assert (drawn["survival"] - whole["survival"]).abs().max() <= 0.5 / 270 + 1e-5


def test_the_first_and_the_last_day_of_each_group_are_drawn():
    flat = pl.DataFrame({"group": ["a"] * 50 + ["b"] * 50, "time": [*range(50)] * 2, "survival": [1.0] * 100})
    assert drawable(flat, ["group"], ["survival"], px=270).rows() == [
        ("a", 0, 1.0), ("a", 49, 1.0), ("b", 0, 1.0), ("b", 49, 1.0),
    ]  # fmt: skip


def test_a_patient_who_is_censored_where_nothing_else_happens_keeps_the_mark():
    flat = pl.DataFrame(
        {"group": ["a"] * 100, "time": [float(day) for day in range(100)], "survival": [1.0] * 100,
         "censored": [1.0 if day == 40 else 0.0 for day in range(100)]}
    )  # fmt: skip
    seen = drawable(flat, ["group"], ["survival"], px=270, marks="censored", time_px=7.0)
    assert seen.filter(pl.col("censored") > 0)["time"].to_list() == [40.0]


def test_limits_that_are_not_known_stay_unknown():
    rows = curve(100).with_columns(lower=pl.when(pl.col("time") > 10).then("lower"))
    seen = drawable(rows, ["group"], ["survival", "lower", "upper"], px=270)
    early, late = seen.filter(pl.col("time") <= 10), seen.filter(pl.col("time") > 10)
    assert (early["lower"].null_count(), late["lower"].null_count()) == (early.height, 0)


@pytest.mark.parametrize("steps", [200, 20_000])
def test_a_picture_of_any_cohort_holds_a_bounded_number_of_rows(steps):
    spec = kaplan_meier(curve(steps)).to_dict(validate=False)
    assert sum(map(len, spec["datasets"].values())) <= min(steps, 4_000) + 2


def test_a_study_without_patients_has_nothing_to_thin():
    assert drawable(curve(0), ["group"], ["survival"], px=270).is_empty()
