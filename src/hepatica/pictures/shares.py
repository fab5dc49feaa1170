"""Shares of groups as bars with their intervals and denominators."""

from __future__ import annotations

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
)

BAR_PX = 22
MOST_LABEL = 0.4  # of the width; a longer label is broken into lines
NUMBERS_PX = 110
NARROW_PLOT = 220  # in px; on less, five ticks' labels touch


def bars(
    rows: pl.DataFrame,
    *,
    share_title: str = "Patients (%)",
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return a bar per row with its interval and, beside it, count and denominator.

    rows: label, count, of (patients), and where there are any share, lower, upper (0-1), group (colours bars of one
    label), said (words in place of count and of), unknown (patients in no denominator, told below count and of).
    A count that is null was suppressed: no bar, and the words say so.
    """
    most = int(width * MOST_LABEL)
    drawn = [_row(row, most) for row in rows.to_dicts()]
    beside = "unknown" in rows.columns
    grouped = "group" in rows.columns and rows["group"].n_unique() > 1
    labels = list(dict.fromkeys(row["label"] for row in drawn))
    groups = list(dict.fromkeys(row["group"] for row in drawn))
    room = label_px(labels, most)
    plot = width - room - NUMBERS_PX - 20
    x = alt.X(
        "share:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(title=share_title, format=".0%", tickCount=5 if plot > NARROW_PLOT else 2),
    )
    y = alt.Y("label:N", sort=labels, axis=label_axis(room))
    offset = {"yOffset": alt.YOffset("group:N", sort=groups)} if grouped else {}
    thick: dict[str, Any] = {} if grouped else {"height": {"band": 0.72}}
    look = look_of(groups)
    tips = tooltips(label="Group", said="Patients")
    base = of_rows(drawn)
    known = of_rows([row for row in drawn if row["lower"] is not None and row["upper"] is not None])
    layers = [
        encoded(
            base.mark_bar(opacity=0.85, **thick),
            x=x, y=y, color=colours("group", look, legend=grouped), tooltip=tips, **offset,
        ),
        encoded(
            known.mark_rule(color=theme.BLACK, strokeWidth=1.4),
            x=alt.X("lower:Q", scale=x["scale"]), x2="upper:Q", y=y, **offset,
        ),
        encoded(
            base.mark_text(align="left", baseline="middle", lineBreak="\n", dy=-LINE_PX / 2 if beside else 0),
            x=alt.value(plot + 8), y=y, text="said:N", **offset,
        ),
    ]  # fmt: skip
    kept = [layer for layer in layers if layer.data["values"]]
    lines = max(most_lines(labels), 2 if beside else 1)
    row_px = max(BAR_PX * (max(len(groups), 1) if grouped else 1), LINE_PX * lines + 5)
    height = row_px * max(len(labels), 1)
    return finished(alt.layer(*kept).properties(width=plot, height=height), width, groups)


def _row(row: Row, most: int) -> Row:
    count, of = row.get("count"), row.get("of")
    # A share that is there and null was suppressed: rounded counts would give another one.
    share = row["share"] if "share" in row else count / of if count is not None and of else None
    if row.get("said") is not None:
        said = row["said"]
    elif count is None or of is None:
        said = "suppressed"
    else:
        said = f"{count:,} of {of:,}" + (f" ({100 * share:.0f} %)" if share is not None else "")
    if "unknown" in row:
        said += "\nunknown: suppressed" if row["unknown"] is None else f"\n{row['unknown']:,} unknown"
    return {
        "label": label_in_lines(row["label"], most),
        "group": row.get("group") or "all",  # rows without a group are of one
        "share": share,
        "lower": row.get("lower"),
        "upper": row.get("upper"),
        "said": said,
    }
