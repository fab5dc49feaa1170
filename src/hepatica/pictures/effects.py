"""Effects with their intervals: the forest plot, the balance of two groups, and the funnel of studies."""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import Row, encoded, of_rows, tooltips
from hepatica.pictures.looks import (
    LINE_PX,
    colours,
    finished,
    label_axis,
    label_in_lines,
    label_px,
    look_of,
    most_lines,
    shapes,
)

ROW_PX = 24
MOST_LABEL, NARROW_LABEL = 0.34, 0.48  # of the width; a longer label is broken into lines
TICKS = 8
RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
# An interval wider than this is cut with an arrow: one imprecise row must not squeeze all the others.
WIDEST = (1 / 50, 50)
NUMBERS_PX = 165


def forest(
    rows: pl.DataFrame,
    *,
    effect_title: str = "Hazard ratio (log scale)",
    ratio: bool = True,
    favours: tuple[str, str] | None = None,
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return estimates with intervals, one a row, from top to bottom.

    rows: label, estimate, lower, upper (null: not estimable or suppressed); and where there are any kind ("estimate",
    "reference", "pooled" drawn as a diamond, "prediction" as a line alone), weight (a square's area), note (text in
    the label's line). `ratio` draws on a log scale around 1, else around 0. `favours` names the two directions.
    """
    room = int(width * (MOST_LABEL if width >= theme.WIDE else NARROW_LABEL))
    drawn = [_forest_row(row, number, room, ratio=ratio) for number, row in enumerate(rows.to_dicts())]
    labels = [row["lines"] for row in drawn]
    labels_px = label_px(labels, room)
    narrow = width < theme.WIDE * 0.75
    plot = width - labels_px - (0 if narrow else NUMBERS_PX) - 30
    x_scale, ticks = _effect_scale(drawn, ratio=ratio, ticks=TICKS // 2 if narrow else TICKS)
    x = alt.X("estimate:Q", scale=x_scale, axis=alt.Axis(title=effect_title, **ticks, grid=False))
    order = [row["key"] for row in drawn]
    lines = "split(split(datum.label, '||')[1], '\\n')"  # the number before it keeps rows of one label apart
    label = label_axis(labels_px, lines)
    y = alt.Y("key:N", scale=alt.Scale(domain=order), axis=label)
    layers = [
        encoded(of_rows([{"estimate": 1 if ratio else 0}]).mark_rule(color=theme.GREY, strokeDash=[4, 3]), x=x),
        *_intervals(drawn, x_scale, y),
        *_markers(drawn, x, y),
        *([] if narrow else [_numbers(drawn, y, plot)]),
        *(_favours(favours, plot, narrow=narrow) if favours else []),
    ]
    kept = [layer for layer in layers if layer.data["values"]]
    row_px = max(ROW_PX, LINE_PX * most_lines(labels) + 6)
    return finished(alt.layer(*kept).properties(width=plot, height=row_px * max(len(drawn), 1)))


def _forest_row(row: Row, number: int, room: int, *, ratio: bool) -> Row:
    known = all(row.get(name) is not None and math.isfinite(row[name]) for name in ("estimate", "lower", "upper"))
    kind = row.get("kind") or "estimate"  # a table without kinds holds estimates
    said = f"{_short(row['estimate'], ratio=ratio)} {_interval(row, ratio=ratio)}" if known else "no estimate"
    if kind == "reference":
        said = "1 (reference)" if ratio else "0 (reference)"
    if kind == "prediction" and row.get("lower") is not None:
        said = _interval(row, ratio=ratio)
    low, high = (WIDEST if ratio else (-math.inf, math.inf)) if known or kind == "prediction" else (0, 0)
    lower, upper = row.get("lower"), row.get("upper")
    drawable = lower is not None and upper is not None
    lines = label_in_lines(row["label"], room)
    return {
        "key": f"{number}||{lines}",
        "lines": lines,
        "label": row["label"],
        "kind": kind,
        "estimate": row.get("estimate"),
        "low": max(lower, low) if lower is not None and upper is not None else None,
        "high": min(upper, high) if lower is not None and upper is not None else None,
        "cut_low": lower is not None and lower < low,
        "cut_high": upper is not None and upper > high,
        "known": known or (kind == "prediction" and drawable),
        "size": 60 + 240 * (row.get("weight") or 0.25),  # without weights all squares are alike
        "said": said,
    }


def _interval(row: Row, *, ratio: bool) -> str:
    return f"({_short(row['lower'], ratio=ratio)} to {_short(row['upper'], ratio=ratio)})"


def _short(value: float, *, ratio: bool) -> str:
    """Return an effect with the digits that mean something: 0.004, 0.34, 4.16, 13.5, 128; a difference with one."""
    if value != 0 and abs(value) < 0.01:
        said = f"{value:.2g}"
    else:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 or not ratio else 2
        said = f"{value:.{digits}f}"
    return said.replace("-", "−")


def _effect_scale(rows: list[Row], *, ratio: bool, ticks: int) -> tuple[alt.Scale, dict[str, Any]]:
    """Return the scale of effects, and the ticks on it: named ones of a ratio, round ones of a difference."""
    ends = [float(row[name]) for row in rows if row["known"] for name in ("low", "high") if row[name] is not None]
    if ratio:
        low, high = min([*ends, 0.5]) * 0.85, max([*ends, 2.0]) * 1.15
        named = [tick for tick in RATIO_TICKS if low <= tick <= high]
        return alt.Scale(type="log", domain=[low, high], nice=False), {"values": named, "format": ",~r"}
    reach = max([abs(end) for end in ends] + [1e-9]) * 1.1
    return alt.Scale(domain=[-reach, reach], nice=False), {"tickCount": ticks}


def _intervals(rows: list[Row], x_scale: alt.Scale, y: alt.Y) -> list[alt.Chart]:
    shown = [row for row in rows if row["known"] and row["kind"] != "reference"]
    x = alt.X("low:Q", scale=x_scale)
    lines = of_rows([row for row in shown if row["kind"] != "pooled"]).mark_rule(strokeWidth=1.5, color=theme.BLACK)
    arrows = [("cut_low", "low", "triangle-left"), ("cut_high", "high", "triangle-right")]
    heads = [
        encoded(
            of_rows([row for row in shown if row[cut]]).mark_point(shape=form, filled=True, color=theme.BLACK, size=50),
            x=alt.X(f"{end}:Q", scale=x_scale), y=y,
        )
        for cut, end, form in arrows
    ]  # fmt: skip
    return [encoded(lines, x=x, x2="high:Q", y=y), *heads]


def _markers(rows: list[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    tips = tooltips(label="Row", said="Estimate (interval)")
    squares = [row for row in rows if row["known"] and row["kind"] == "estimate"]
    pooled = [row for row in rows if row["known"] and row["kind"] == "pooled"]
    reference = [row for row in rows if row["kind"] == "reference"]
    wide = of_rows(pooled).mark_rule(strokeWidth=7, color=theme.VERMILLION)
    return [
        encoded(
            of_rows(squares).mark_point(shape="square", filled=True, color=theme.BLUE, opacity=1),
            x=x, y=y, size=alt.Size("size:Q", scale=None, legend=None), tooltip=tips,
        ),
        encoded(wide, x=alt.X("low:Q", scale=x["scale"]), x2="high:Q", y=y),
        encoded(
            of_rows(pooled).mark_point(shape="diamond", filled=True, size=220, color=theme.VERMILLION, opacity=1),
            x=x, y=y, tooltip=tips,
        ),
        encoded(of_rows(reference).mark_point(shape="square", size=50, color=theme.GREY), x=x, y=y),
    ]  # fmt: skip


def _numbers(rows: list[Row], y: alt.Y, plot: int) -> alt.Chart:
    texts = of_rows(rows).mark_text(align="left", baseline="middle")
    return encoded(texts, x=alt.value(plot + 10), y=y, text="said:N")


def _favours(words: tuple[str, str], plot: int, *, narrow: bool) -> list[alt.Chart]:
    """Return the two directions, named at the picture's ends above it; where it is narrow, one above the other."""
    ends = ((words[0], 0, "left", "← ", -4 - LINE_PX * narrow), (words[1], plot, "right", " →", -4))
    return [
        encoded(
            of_rows([{"text": sign + word if side == "left" else word + sign}]).mark_text(
                align=side, color=theme.GREY, baseline="bottom"  # type: ignore[arg-type]  # left or right
            ),
            x=alt.value(at), y=alt.value(above), text="text:N",
        )
        for word, at, side, sign, above in ends
    ]  # fmt: skip


def love_plot(balance: pl.DataFrame, *, limit: float = 0.1, width: int = theme.WIDE) -> alt.TopLevelMixin:
    """Return the balance of two groups before and after weighting or matching.

    balance: covariate, before, after (standardised mean differences; null where there is none). The dashed line is
    the usual limit, 0.1.
    """
    covariates = balance.sort(pl.col("before").abs(), descending=True, nulls_last=True)["covariate"].to_list()
    look = look_of(("before", "after"))
    rows = [
        {"covariate": row["covariate"], "when": when, "smd": abs(row[when])}
        for row in balance.to_dicts()
        for when in look
        if row[when] is not None
    ]
    room = label_px(covariates, width // 3)
    x = alt.X(
        "smd:Q",
        axis=alt.Axis(title="Absolute standardised mean difference (no unit)", tickCount=TICKS),
        scale=alt.Scale(zero=True),
    )
    y = alt.Y("covariate:N", sort=covariates, axis=alt.Axis(title=None, labelLimit=room, labelPadding=6, grid=True))
    points = of_rows(rows).mark_point(size=75, filled=True, opacity=0.95)
    tips = tooltips(covariate="Covariate", when="When", smd="SMD")
    layers = [
        encoded(of_rows([{"smd": limit}]).mark_rule(strokeDash=[4, 3], color=theme.GREY), x=x),
        encoded(points, x=x, y=y, color=colours("when", look), shape=shapes("when", look), tooltip=tips),
    ]
    return finished(alt.layer(*layers).properties(width=width - room - 30, height=ROW_PX * max(len(covariates), 1)))


def funnel(
    rows: pl.DataFrame,
    *,
    pooled: float | None = None,
    effect_title: str = "Effect (log scale)",
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return studies by effect and precision, with the region where 95 % would lie without heterogeneity or bias.

    rows: study, effect (on the scale of the standard error, as a log odds ratio), std_error. The precise are on top.
    """
    most = max([value for value in rows["std_error"].to_list() if value is not None] + [1e-9]) * 1.1
    axis = alt.Axis(title=effect_title, tickCount=TICKS, grid=False)
    x = alt.X("effect:Q", axis=axis, scale=alt.Scale(zero=False))
    y = alt.Y(
        "std_error:Q",
        axis=alt.Axis(title="Standard error"),
        scale=alt.Scale(domain=[0, most], reverse=True, nice=False),
    )
    points = of_rows(rows.to_dicts()).mark_point(size=60, filled=True, color=theme.BLUE, opacity=0.9)
    layers: list[Any] = []
    if pooled is not None:
        edges = [
            {"effect": pooled + side * 1.959964 * error, "std_error": error, "side": side}
            for side in (-1, 1)
            for error in (0, most)
        ]
        layers.append(encoded(of_rows([{"effect": pooled}]).mark_rule(color=theme.GREY), x=x))
        layers.append(encoded(of_rows(edges).mark_line(strokeDash=[4, 3], color=theme.GREY), x=x, y=y, detail="side:N"))
    layers.append(encoded(points, x=x, y=y, tooltip=tooltips(study="Study", effect="Effect", std_error="Std. error")))
    return finished(alt.layer(*layers).properties(width=width - 80, height=280))
