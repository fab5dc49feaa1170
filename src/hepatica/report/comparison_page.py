"""Protocols side by side, as a picture and a table: who answers alike, who differs, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hepatica
from hepatica.pictures import theme
from hepatica.pictures.answers import answer_grid
from hepatica.report.page import PageTable, Picture, render

if TYPE_CHECKING:
    import polars as pl

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
        wide=answer_grid(rows, width=theme.WIDE),
        narrow=answer_grid(rows, width=theme.NARROW),
        note="In a row, one number and colour is one answer; ? is an answer that is not known.",
    )
