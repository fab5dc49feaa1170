"""Protocols side by side, as a picture and a table: who answers alike, who differs, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import altair as alt

import hepatica
from hepatica.pictures import theme
from hepatica.pictures.drawing import of_rows
from hepatica.report.page import PageTable, Picture, render

if TYPE_CHECKING:
    import polars as pl

ROW_PX = 20
# The colour of an answer only says who answers alike; five are told apart, further ones share the last.
ANSWER_COLOURS = (theme.BLUE, theme.ORANGE, theme.GREEN, theme.VERMILLION, "#CC79A7")
UNKNOWN_MARK = "?"
SECTIONS = (("picture", "Who answers alike"), ("answers", "The answers"))


def comparison_html(rows: pl.DataFrame, table: pl.DataFrame, *, interactive: bool = True) -> str:
    """Return the comparison as one HTML document that needs nothing beside itself.

    `rows` is the tidy comparison (a row per question and protocol), `table` a row per question.
    """
    names = table.columns[4:]
    return render(
        "comparison.html",
        [_picture(rows)],
        interactive=interactive,
        title="Protocols compared",
        lead=", ".join(rows["title"].unique(maintain_order=True).to_list()),
        synthetic=False,
        notices=[],
        sections=SECTIONS,
        version=hepatica.__version__,
        answers=PageTable(
            "Each question with each protocol's answer",
            ("Question", "Agreement", *names),
            table.select("asks", "agreement", *names).rows(),
        ),
    )


def _picture(rows: pl.DataFrame) -> Picture:
    counts = dict(rows.unique("question").group_by("agreement").len().rows())
    said = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    return Picture(
        name="comparison",
        title="Who answers alike",
        description=f"{sum(counts.values())} questions: {said}. Each answer stands in the table below.",
        wide=comparison_chart(rows, theme.WIDE),
        narrow=comparison_chart(rows, theme.NARROW),
        note="In a row, one number and colour is one answer; ? is an answer that is not known.",
    )


def comparison_chart(rows: pl.DataFrame, width: int) -> alt.LayerChart:
    """Return the grid of questions by protocols; equal numbers in a row are equal answers."""
    cells = [_cell(row) for row in rows.iter_rows(named=True)]
    questions = list(dict.fromkeys(cell["asks"] for cell in cells))
    across = alt.X("protocol:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=-40))
    down = alt.Y("asks:N", sort=questions, title=None, axis=alt.Axis(labelLimit=width // 2))
    colour = alt.Color("colour:N", scale=None, legend=None)
    tips = [alt.Tooltip("asks:N", title="question"), alt.Tooltip("protocol:N"), alt.Tooltip("answer:N")]
    base = of_rows(cells).encode(x=across, y=down)
    boxes = base.mark_rect(stroke="white", strokeWidth=2, opacity=0.6).encode(color=colour, tooltip=tips)
    marks = base.mark_text(fontSize=theme.FONT_SIZE, color=theme.BLACK).encode(text="mark:N")
    panel = alt.layer(boxes, marks).properties(width=width // 2, height=ROW_PX * len(questions))
    return cast("alt.LayerChart", panel.configure(**theme.config()))


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    group = row["group"]
    known = group is not None
    colour = ANSWER_COLOURS[min(group, len(ANSWER_COLOURS)) - 1] if known else theme.LIGHT
    mark = str(group) if known else UNKNOWN_MARK
    return {"asks": row["asks"], "protocol": row["protocol"], "answer": row["answer"], "colour": colour, "mark": mark}
