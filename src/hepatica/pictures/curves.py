"""Curves over time: survival with those at risk, and the cumulative incidence of competing events."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import Look, encoded, of_rows, tooltips
from hepatica.pictures.looks import colours, dashes, finished, label_px, look_of
from hepatica.pictures.thinning import drawable

HEIGHT, RISK_ROW_PX, RIGHT = 270, 18, 16
MOST_BANDS = 3
# Numbers at risk stand centred under their time: the one at time 0 needs room before the axis.
FIRST_NUMBER_PX = 18
NUMBER_PX = 36
TITLE_X = -44  # beside the tick labels, however much room the groups' names take below


def kaplan_meier(
    curves: pl.DataFrame,
    at_risk: pl.DataFrame | None = None,
    *,
    time_title: str = "Years",
    share_title: str = "Survival (%)",
    from_zero: bool = True,
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return survival curves with their intervals, marks where patients are censored, and the numbers at risk below.

    curves: group, time (in the unit of `time_title`), survival (0-1), and where there are any lower, upper, censored
    (patients censored at that time). at_risk: group, time (the grid of the table), at_risk (null: suppressed).
    """
    groups = curves["group"].unique(maintain_order=True).to_list()
    look = look_of(groups)
    extent = label_px(groups, width // 3) + FIRST_NUMBER_PX
    plot = width - extent - 30 - RIGHT
    times = [curves["time"], *([] if at_risk is None else [at_risk["time"]])]
    most = max([float(time) for column in times for time in column.drop_nulls()] + [1e-9])
    lowest = 0.0 if from_zero else _lowest(curves)
    x_scale = alt.Scale(domain=[0, most], nice=False)
    seen = _drawable(curves, HEIGHT / (1 - lowest), plot / most)
    counted = None if at_risk is None or at_risk.is_empty() else _readable(at_risk, most, plot)
    x = alt.X("time:Q", scale=x_scale, axis=_time_axis(time_title, counted))
    top = _curve_panel(seen, look, x, extent, (time_title, share_title), lowest)
    top = top.properties(width=plot, height=HEIGHT)
    if counted is None:
        return finished(top, width, groups)
    table = _risk_table(counted, groups, x_scale, extent).properties(width=plot, height=RISK_ROW_PX * len(groups))
    return finished(alt.vconcat(top, table, spacing=6), width, groups)


def _time_axis(title: str, at_risk: pl.DataFrame | None) -> alt.Axis:
    """Return the axis of time; over a table of numbers at risk its ticks are the table's times."""
    if at_risk is None:
        return alt.Axis(title=title, grid=False, tickMinStep=1, labelOverlap=True)
    return alt.Axis(title=title, grid=False, values=sorted(at_risk["time"].unique().to_list()), format="~g")


def _drawable(curves: pl.DataFrame, px: float, time_px: float) -> pl.DataFrame:
    """Return of curves what the picture shows; `px` pixels are a survival of 1, `time_px` pixels one unit of time."""
    shown = [name for name in ("group", "time", "survival", "lower", "upper", "censored") if name in curves.columns]
    heights = [name for name in ("survival", "lower", "upper") if name in shown]
    marks = "censored" if "censored" in shown else None
    return drawable(curves.select(shown), ["group"], heights, px=px, marks=marks, time_px=time_px)


def _lowest(curves: pl.DataFrame) -> float:
    """Return where the axis begins that need not begin at zero: a little below the lowest limit."""
    lows = [value for name in ("lower", "survival") if name in curves.columns for value in curves[name].drop_nulls()]
    return max(0.0, float(min([*lows, 1.0])) - 0.05)


def _curve_panel(
    curves: pl.DataFrame, look: Look, x: alt.X, extent: int, titles: tuple[str, str], lowest: float
) -> Any:
    axis = alt.Axis(title=titles[1], format=".0%", minExtent=extent, maxExtent=extent, tickCount=5, titleX=TITLE_X)
    y = alt.Y("survival:Q", scale=alt.Scale(domain=[lowest, 1], nice=False, clamp=True), axis=axis)
    base = of_rows(_started(curves))
    layers = []
    # Bands of many groups cover each other and say nothing; their limits stand in the table.
    if {"lower", "upper"} <= set(curves.columns) and len(look) <= MOST_BANDS:
        band = base.transform_filter("isValid(datum.lower) && isValid(datum.upper)").mark_area(
            interpolate="step-after", opacity=0.15
        )
        bounds = y.copy()
        bounds["shorthand"] = "lower:Q"
        layers.append(encoded(band, x=x, y=bounds, y2="upper:Q", color=colours("group", look, line=True)))
    tips = tooltips(group="Group", time=titles[0], survival=titles[1])
    layers.append(
        encoded(
            base.mark_line(interpolate="step-after", strokeWidth=2),
            x=x, y=y, color=colours("group", look, line=True), strokeDash=dashes("group", look), tooltip=tips,
        )
    )  # fmt: skip
    if "censored" in curves.columns:
        marks = base.transform_filter("datum.censored > 0").mark_tick(
            orient="vertical", size=7, thickness=1, opacity=0.6
        )
        layers.append(encoded(marks, x=x, y=y, color=colours("group", look, line=True)))
    return alt.layer(*layers)


def _started(curves: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with a start at time 0, where everybody is alive, for a group that has none."""
    begun = curves.filter(pl.col("time") == 0)["group"].to_list()
    missing = [group for group in curves["group"].unique(maintain_order=True) if group not in begun]
    starts = [{"group": group, "time": 0.0, "survival": 1.0, "lower": 1.0, "upper": 1.0} for group in missing]
    return [*starts, *curves.to_dicts()]


def _readable(at_risk: pl.DataFrame, most: float, plot: int) -> pl.DataFrame:
    """Return the numbers at risk at the times that stand far enough apart to be read; the table has them all."""
    kept: list[float] = []
    for time in sorted(at_risk["time"].unique().drop_nulls().to_list()):
        if not kept or (time - kept[-1]) * plot / most >= NUMBER_PX:
            kept.append(time)
    return at_risk.filter(pl.col("time").is_in(kept))


def _risk_table(at_risk: pl.DataFrame, groups: list[str], x_scale: alt.Scale, extent: int) -> Any:
    rows = [{**row, "text": "–" if row["at_risk"] is None else f"{row['at_risk']:,.0f}"} for row in at_risk.to_dicts()]
    axis = alt.Axis(
        title=None,
        minExtent=extent,
        maxExtent=extent,
        labelLimit=extent - FIRST_NUMBER_PX,
        labelPadding=FIRST_NUMBER_PX,
        grid=False,
        domain=False,
        ticks=False,
    )
    return encoded(
        of_rows(rows).mark_text(baseline="middle"),
        x=alt.X("time:Q", scale=x_scale, axis=None),
        y=alt.Y("group:N", sort=groups, axis=axis),
        text="text:N",
    ).properties(title=alt.Title("Patients at risk", fontSize=theme.FONT_SIZE, anchor="start", fontWeight="normal"))


def cumulative_incidence(
    curves: pl.DataFrame,
    *,
    time_title: str = "Years",
    share_title: str = "Cumulative incidence (%)",
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return the cumulative incidence of competing events: colour is the event, dash the group.

    curves: cause, time, incidence (0-1), and where there are any group, lower, upper.
    """
    grouped = "group" in curves.columns and curves["group"].n_unique() > 1
    causes = curves["cause"].unique(maintain_order=True).to_list()
    groups = curves["group"].unique(maintain_order=True).to_list() if grouped else [""]
    cause_look, group_look = look_of(causes), look_of(groups)
    most = max([float(time) for time in curves["time"].drop_nulls()] + [1e-9])
    x_scale = alt.Scale(domain=[0, most], nice=False)
    x = alt.X("time:Q", axis=alt.Axis(title=time_title, grid=False, tickCount=width // 90), scale=x_scale)
    y = alt.Y("incidence:Q", axis=alt.Axis(title=share_title, format=".0%", tickCount=5))
    bands = [name for name in ("lower", "upper") if name in curves.columns]
    highest = max([float(value) for name in ("incidence", *bands) for value in curves[name].drop_nulls()] + [1e-9])
    keys = ["cause", "group"] if grouped else ["cause"]
    seen = drawable(curves.select(*keys, "time", "incidence", *bands), keys, ["incidence", *bands], px=HEIGHT / highest)
    base = of_rows(seen.to_dicts())
    layers = []
    detail = ["cause:N", "group:N"] if grouped else ["cause:N"]
    if "lower" in curves.columns and not grouped:
        band = base.mark_area(interpolate="step-after", opacity=0.15)
        bounds = alt.Y("lower:Q", axis=alt.Axis(title=share_title, format=".0%", tickCount=5))
        layers.append(
            encoded(band, x=x, y=bounds, y2="upper:Q", color=colours("cause", cause_look, line=True), detail=detail)
        )
    dash = dashes("group", group_look) if grouped else dashes("cause", cause_look)
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    layers.append(
        encoded(line, x=x, y=y, color=colours("cause", cause_look, line=True), strokeDash=dash, detail=detail)
    )
    return finished(alt.layer(*layers).properties(width=width - 80, height=HEIGHT), width, [*causes, *groups])
