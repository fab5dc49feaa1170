"""The course's second panel: lines of therapy, and each drug with bars as high as its dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from hepatica.pictures.drawing import Row, dash, encoded, layered, of_rows, tooltips
from hepatica.pictures.theme import FONT_SIZE, GREY
from hepatica.report.time_axis import TimeAxis, moment
from hepatica.report.treatment_rows import Lane, drug_lanes, given, line_lanes

if TYPE_CHECKING:
    from hepatica.report.patient_view import PatientView

ROW_PX, COMPACT_ROW_PX = 26, 46  # on a phone the drug's name stands above its bars
BELOW = 3  # between a bar and the next row
INSIDE = 15  # a bar from this height on holds its dose; a lower one has it on top
TITLE = "Treatment (height: dose; dashed: unknown; grey: not for AIH)"


def panel(view: PatientView, axis: TimeAxis, *, labels: bool) -> alt.LayerChart:
    """Return the panel: a row of lines of therapy, then a row per drug with its periods and doses."""
    lanes = [*line_lanes(view, axis), *drug_lanes(given(view), axis)]
    step = COMPACT_ROW_PX if axis.compact else ROW_PX
    height = max(len(lanes), 1) * step
    layers = _layers(lanes, axis, step, labels=labels) if lanes else [_none_recorded(axis, labels=labels)]
    return layered(layers, axis.width, height, TITLE)


def _layers(lanes: list[Lane], axis: TimeAxis, step: int, *, labels: bool) -> list[alt.Chart]:
    """Return the bars, what is written on them, and the arrows of what goes on."""
    rows = [_placed(bar, (number + 1) * step - BELOW) for number, lane in enumerate(lanes) for bar in lane.bars]
    scale = alt.Scale(domain=[0, len(lanes) * step], reverse=True, nice=False)
    titles = [lane.title for lane in lanes]
    y_axis = None if axis.compact else _names_axis(titles, step)
    x, y = axis.x(labels=labels), alt.Y("base:Q", scale=scale, axis=y_axis)
    written = of_rows([row for row in rows if row["text"]]).mark_text(align="left", baseline="bottom", dx=4, dy=-2)
    going = of_rows([row for row in rows if row["going"]]).mark_text(align="left", dx=1, dy=-9)
    return [
        encoded(_bars(rows), x=x, x2="end:T", y=y, y2="top:Q"),
        encoded(written, x=x, y=alt.Y("text_base:Q", scale=scale, axis=y_axis), text="text:N"),
        encoded(going, x=axis.x("end", labels=labels), y=y, text="going:N"),
        *([_names(titles, step, axis, y, labels=labels)] if axis.compact else []),
    ]


def _placed(bar: Row, base: int) -> Row:
    """Return a bar with its place from the top, and where its dose is written: in it, or on a low one."""
    top = base - bar["high"]
    return {**bar, "base": base, "top": top, "text_base": base - 1 if bar["high"] >= INSIDE else top}


def _bars(rows: list[Row]) -> alt.Chart:
    return encoded(
        of_rows(rows).mark_bar(stroke=GREY, strokeWidth=0.8, cornerRadius=0),
        fill=alt.Fill("colour:N", scale=None),
        strokeDash=dash(),
        tooltip=tooltips(what="Treatment", dose="Dose", period="Period", why="Why"),
    )


def _names_axis(titles: list[str], step: int) -> alt.Axis:
    """Return the axis that names the rows; row n has its name at its middle."""
    middles = [step * number + step / 2 for number in range(len(titles))]
    named = f"{_listed(titles)}[round((datum.value - {step / 2}) / {step})]"
    axis = alt.Axis(title=None, values=middles, labelExpr=named, labelLimit=230)
    axis["grid"] = axis["ticks"] = axis["domain"] = False
    return axis


def _listed(titles: list[str]) -> str:
    """Return the titles as a list in the chart's expression language."""
    quoted = [title.replace("\\", "\\\\").replace("'", "\\'") for title in titles]
    return "[" + ", ".join(f"'{title}'" for title in quoted) + "]"


def _names(titles: list[str], step: int, axis: TimeAxis, y: alt.Y, *, labels: bool) -> alt.Chart:
    """Return the rows' names above their bars, for a narrow picture."""
    rows = [
        {"title": title, "base": step * number + FONT_SIZE, "at": moment(axis.first)}
        for number, title in enumerate(titles)
    ]
    names = of_rows(rows).mark_text(align="left", baseline="middle")
    return encoded(names, x=axis.x("at", labels=labels), y=y, text="title:N")


def _none_recorded(axis: TimeAxis, *, labels: bool) -> alt.Chart:
    row = {"day": moment(axis.middle), "text": "No treatment recorded"}
    return encoded(of_rows([row]).mark_text(color=GREY), x=axis.x(labels=labels), text="text:N")
