"""Who answers alike: questions by centres or protocols, one number and colour for one answer in a row."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import of_rows
from hepatica.pictures.looks import finished

ROW_PX = 20
# The colour of an answer only says who answers alike; five are told apart, further ones share the last.
ANSWER_COLOURS = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.VERMILLION, "#CC79A7")
UNKNOWN_MARK = "?"
MARK_PX = 9
# With so many columns and more, they stand too close for names on top to be read.
MOST_NAMED = 24


def answer_grid(rows: pl.DataFrame, *, width: int = theme.WIDE) -> alt.TopLevelMixin:
    """Return the grid of questions by protocols; equal numbers in a row are equal answers, ? is one not known.

    rows: asks, protocol, answer, group (whole number of the answer in its row; null where the answer is not known).
    """
    cells = [_cell(row) for row in rows.iter_rows(named=True)]
    questions = list(dict.fromkeys(cell["asks"] for cell in cells))
    few = len({cell["protocol"] for cell in cells}) <= MOST_NAMED
    across = alt.X("protocol:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=-40, labels=few))
    down = alt.Y("asks:N", sort=questions, title=None, axis=alt.Axis(labelLimit=width // 2))
    colour = alt.Color("colour:N", scale=None, legend=None)
    tips = [alt.Tooltip("asks:N", title="question"), alt.Tooltip("protocol:N"), alt.Tooltip("answer:N")]
    base = of_rows(cells).encode(x=across, y=down)
    boxes = base.mark_rect(stroke="white", strokeWidth=2, opacity=0.6).encode(color=colour, tooltip=tips)
    marks = base.mark_text(fontSize=theme.FONT_SIZE, color=theme.BLACK).encode(text="mark:N")
    # Where columns are narrower than a figure, the figures would run into each other: the colour alone is shown.
    read = len({cell["protocol"] for cell in cells}) * MARK_PX <= width // 2
    layers = [boxes, marks] if read else [boxes]
    return finished(alt.layer(*layers).properties(width=width // 2, height=ROW_PX * len(questions)))


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    group = row["group"]
    known = group is not None
    colour = ANSWER_COLOURS[min(group, len(ANSWER_COLOURS)) - 1] if known else theme.LIGHT
    mark = str(group) if known else UNKNOWN_MARK
    return {"asks": row["asks"], "protocol": row["protocol"], "answer": row["answer"], "colour": colour, "mark": mark}
