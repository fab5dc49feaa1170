"""Curves as tables: what a picture draws and a CSV file holds, in one form for every study."""

from __future__ import annotations

import numpy as np
import polars as pl

from hepatica.studies.release import CurveOf
from hepatica.studies.statistics.survival import Curve

CURVES = pl.Schema(
    {
        "group": pl.String(),
        "time": pl.Float64(),
        "at_risk": pl.Float64(),
        "events": pl.Float64(),
        "censored": pl.Float64(),
        "survival": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
    }
)
RELEASE = CurveOf(time="time", group="group", size="at_risk", shares=("survival",))
RISK_RELEASE = CurveOf(time="time", group="group", size="at_risk", shares=(), grid=None)


def curve_frame(found: dict[str, Curve]) -> pl.DataFrame:
    """Return curves as a table: group, time, at_risk, events, censored, survival, lower, upper."""
    parts = [
        pl.DataFrame(
            {
                "group": [group] * len(curve.time),
                **{
                    name: np.asarray(getattr(curve, name), dtype=np.float64)
                    for name in ("time", "at_risk", "events", "censored", "survival", "lower", "upper")
                },
            },
            schema=CURVES,
        ).with_columns(pl.col("lower", "upper").fill_nan(None))
        for group, curve in found.items()
    ]
    return pl.concat([CURVES.to_frame(), *parts])


def risk_frame(found: dict[str, Curve], years: list[float]) -> pl.DataFrame:
    """Return the numbers at risk on a grid of years: group, time, at_risk."""
    rows = [(group, at, round(curve.at_risk_at(at))) for group, curve in found.items() for at in years]
    return pl.DataFrame(rows, schema={"group": pl.String, "time": pl.Float64, "at_risk": pl.Int64}, orient="row")
