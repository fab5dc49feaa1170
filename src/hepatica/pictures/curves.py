"""Curves over time: survival with those at risk, and the cumulative incidence of competing events."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import Look, encoded, of_rows, tooltips
from hepatica.pictures.looks import (
    LINE_PX,
    colours,
    dashes,
    finished,
    label_axis,
    label_in_lines,
    label_px,
    look_of,
    most_lines,
)
from hepatica.pictures.thinning import drawable

HEIGHT, RISK_ROW_PX, RIGHT = 270, 18, 16
MOST_BANDS = 3
# Numbers at risk stand centred under their time: the one at time 0 needs room before the axis.
FIRST_NUMBER_PX = 18
NUMBER_PX = 36
LOWEST_TOP = 0.05  # a curve that never leaves zero still needs an axis
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
    most = _longest(curves)
    extent, plot = _room(groups, width)
    lowest = 0.0 if from_zero else _lowest(curves)
    x_scale = alt.Scale(domain=[0, most], nice=False)
    seen = _drawable(curves, HEIGHT / (1 - lowest), plot / most)
    counted = _readable(at_risk, groups, most, plot)
    x = alt.X("time:Q", scale=x_scale, axis=_time_axis(time_title, counted))
    top = _curve_panel(seen, look, x, extent, (time_title, share_title), lowest)
    return _over_numbers_at_risk(top, counted, groups, x_scale, width, named=groups)


def _longest(curves: pl.DataFrame) -> float:
    """Return where the axis of time ends: with the longest curve, as nobody is at risk beyond it."""
    return max([float(time) for time in curves["time"].drop_nulls()] + [1e-9])


def _room(groups: list[str], width: int) -> tuple[int, int]:
    """Return the room left of the axis, where the groups' names stand below, and the width of the plot, in px."""
    most = width // 3
    extent = label_px([label_in_lines(group, most) for group in groups], most) + FIRST_NUMBER_PX
    return extent, width - extent - 30 - RIGHT


def _over_numbers_at_risk(
    top: Any, counted: pl.DataFrame | None, groups: list[str], x_scale: alt.Scale, width: int, *, named: list[str]
) -> alt.TopLevelMixin:
    """Return curves with the numbers at risk below them, where there are any."""
    _, plot = _room(groups, width)
    top = top.properties(width=plot, height=HEIGHT)
    if counted is None:
        return finished(top, width, named)
    table = _risk_table(counted, groups, x_scale, width).properties(width=plot)
    return finished(alt.vconcat(top, table, spacing=6), width, named)


def _time_axis(title: str, at_risk: pl.DataFrame | None) -> alt.Axis:
    """Return the axis of time; over a table of numbers at risk its ticks are the table's times."""
    if at_risk is None:
        return alt.Axis(title=title, grid=False, tickMinStep=1, labelOverlap=True)
    # A format of numbers would say 10 as 1e+1 where the ticks are far apart.
    times = sorted(at_risk["time"].unique().to_list())
    return alt.Axis(title=title, grid=False, values=times, labelExpr="'' + datum.value")


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
    axis = _share_axis(titles[1], extent)
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


def _share_axis(title: str, extent: int) -> alt.Axis:
    return alt.Axis(title=title, format=".0%", minExtent=extent, maxExtent=extent, tickCount=5, titleX=TITLE_X)


def _started(curves: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with a start at time 0, where everybody is alive, for a group that has none."""
    begun = curves.filter(pl.col("time") == 0)["group"].to_list()
    missing = [group for group in curves["group"].unique(maintain_order=True) if group not in begun]
    starts = [{"group": group, "time": 0.0, "survival": 1.0, "lower": 1.0, "upper": 1.0} for group in missing]
    return [*starts, *curves.to_dicts()]


def _readable(at_risk: pl.DataFrame | None, groups: list[str], most: float, plot: int) -> pl.DataFrame | None:
    """Return the numbers at risk of the groups drawn, at the times that stand far enough apart to be read.

    The study's table has them all. None where there is no number to show.
    """
    if at_risk is None:
        return None
    kept: list[float] = []
    for time in sorted(at_risk["time"].unique().drop_nulls().to_list()):
        if time <= most and (not kept or (time - kept[-1]) * plot / most >= NUMBER_PX):
            kept.append(time)
    shown = at_risk.filter(pl.col("time").is_in(kept) & pl.col("group").is_in(groups))
    return None if shown.is_empty() else shown


def _risk_table(at_risk: pl.DataFrame, groups: list[str], x_scale: alt.Scale, width: int) -> Any:
    extent, _ = _room(groups, width)
    labels = {group: label_in_lines(group, width // 3) for group in groups}
    rows = [
        {
            "time": row["time"],
            "label": labels[row["group"]],
            "text": "–" if row["at_risk"] is None else f"{row['at_risk']:,.0f}",
        }
        for row in at_risk.to_dicts()
    ]
    axis = label_axis(extent - FIRST_NUMBER_PX)
    for name, value in {
        "minExtent": extent,
        "maxExtent": extent,
        "labelPadding": FIRST_NUMBER_PX,
        "grid": False,
    }.items():
        axis[name] = value
    lines = most_lines(list(labels.values()))
    return encoded(
        of_rows(rows).mark_text(baseline="middle"),
        x=alt.X("time:Q", scale=x_scale, axis=None),
        y=alt.Y("label:N", sort=list(labels.values()), axis=axis),
        text="text:N",
    ).properties(
        height=(RISK_ROW_PX + LINE_PX * (lines - 1)) * len(groups),
        title=alt.Title("Patients at risk", fontSize=theme.FONT_SIZE, anchor="start", fontWeight="normal"),
    )


def cumulative_incidence(
    curves: pl.DataFrame,
    at_risk: pl.DataFrame | None = None,
    *,
    time_title: str = "Years",
    share_title: str = "Cumulative incidence (%)",
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return the cumulative incidence of competing events, with the numbers at risk below: colour is the event.

    curves: cause, time, incidence (0-1), and where there are any group (a dash each), lower, upper. at_risk: group,
    time (the grid of the table), at_risk (null: suppressed), for curves with a group.
    """
    causes = curves["cause"].unique(maintain_order=True).to_list()
    groups = curves["group"].unique(maintain_order=True).to_list() if "group" in curves.columns else [""]
    grouped = len(groups) > 1
    cause_look, group_look = look_of(causes), look_of(groups)
    most = _longest(curves)
    extent, plot = _room(groups, width)
    counted = _readable(at_risk, groups, most, plot)
    x_scale = alt.Scale(domain=[0, most], nice=False)
    x = alt.X("time:Q", axis=_time_axis(time_title, counted), scale=x_scale)
    bands = [name for name in ("lower", "upper") if name in curves.columns]
    heights = [float(value) for name in ("incidence", *bands) for value in curves[name].drop_nulls()]
    highest = max([*heights, LOWEST_TOP])
    y_scale = alt.Scale(domain=[0, LOWEST_TOP]) if highest == LOWEST_TOP else alt.Scale(zero=True, nice=True)
    y = alt.Y("incidence:Q", axis=_share_axis(share_title, extent), scale=y_scale)
    keys = ["cause", "group"] if grouped else ["cause"]
    seen = drawable(curves.select(*keys, "time", "incidence", *bands), keys, ["incidence", *bands], px=HEIGHT / highest)
    base = of_rows(seen.to_dicts())
    layers = []
    detail = ["cause:N", "group:N"] if grouped else ["cause:N"]
    if "lower" in curves.columns and not grouped:
        band = base.mark_area(interpolate="step-after", opacity=0.15)
        bounds = alt.Y("lower:Q", axis=_share_axis(share_title, extent))
        layers.append(
            encoded(band, x=x, y=bounds, y2="upper:Q", color=colours("cause", cause_look, line=True), detail=detail)
        )
    dash = dashes("group", group_look) if grouped else dashes("cause", cause_look)
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    layers.append(
        encoded(line, x=x, y=y, color=colours("cause", cause_look, line=True), strokeDash=dash, detail=detail)
    )
    return _over_numbers_at_risk(alt.layer(*layers), counted, groups, x_scale, width, named=[*causes, *groups])
