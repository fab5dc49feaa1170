"""Colours, dashes, and shapes for groups that a study names, and what every chart of a study gets at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import altair as alt

from hepatica.pictures import theme
from hepatica.pictures.drawing import Look

# Okabe and Ito's colours in an order in which neighbours differ most; a ninth group begins anew with another dash.
COLOURS = (theme.BLUE, theme.VERMILLION, theme.GREEN, theme.ORANGE, "#CC79A7", "#56B4E9", theme.GREY, theme.BLACK)
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 2, 1, 2], [1, 3], [12, 3])
# Of a legend: what stands beside each name, and what the axis takes of the width.
SYMBOL_PX, BESIDE_PX = 40, 60
# What an axis leaves beside its labels, and how a label of several lines is told to it.
LABEL_EDGE_PX, LABEL_LINES = 14, "split(datum.label, '\\n')"
LINE_PX = 13  # from line to line of a label
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")


def look_of(groups: Sequence[str]) -> Look:
    """Return colour, shape, and dash for each group in its order; two of them always differ between two groups."""
    count = len(COLOURS)
    return {
        name: (COLOURS[n % count], SHAPES[n % count], DASHES[(n + n // count) % count]) for n, name in enumerate(groups)
    }


def colours(field: str, look: Look, *, legend: bool = True, line: bool = False) -> alt.Color:
    """Return the colour channel of groups; the legend stands on top and shows lines where lines are drawn."""
    scale = alt.Scale(domain=list(look), range=[one[0] for one in look.values()])
    return alt.Color(f"{field}:N", scale=scale, legend=_legend(line=line) if legend else None)


def dashes(field: str, look: Look) -> alt.StrokeDash:
    """Return the dash channel of groups, in one legend with the colours."""
    scale = alt.Scale(domain=list(look), range=[one[2] for one in look.values()])
    return alt.StrokeDash(f"{field}:N", scale=scale, legend=_legend(line=True))


def shapes(field: str, look: Look, *, legend: bool = True) -> alt.Shape:
    """Return the shape channel of groups, in one legend with the colours."""
    scale = alt.Scale(domain=list(look), range=[one[1] for one in look.values()])
    return alt.Shape(f"{field}:N", scale=scale, legend=_legend() if legend else None)


def _legend(*, line: bool = False) -> alt.Legend:
    symbol = {"symbolType": "stroke", "symbolSize": 400, "symbolStrokeWidth": 2} if line else {}
    look: dict[str, Any] = {"orient": "top", "direction": "horizontal", "offset": 4, **symbol}
    return alt.Legend(title=None, **look)


def finished(chart: Any, width: int = theme.WIDE, named: Sequence[str] = ()) -> alt.TopLevelMixin:
    """Return a chart with the common look; the legend of what is `named` has as many columns as the width allows."""
    config = theme.config()
    entry = max([len(name) for name in named] + [1]) * theme.LETTER_PX + SYMBOL_PX
    config["legend"]["columns"] = max(1, int((width - BESIDE_PX) // entry))
    return cast("alt.TopLevelMixin", chart.configure(**config))


def wrapped(text: str, width: float) -> list[str]:
    """Return a text in lines that fit into a width in px; a word is never cut."""
    most = max(int(width / theme.LETTER_PX), 8)
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def label_in_lines(label: str, most: int) -> str:
    """Return a label broken into lines that fit into so many px; `LABEL_LINES` gives an axis its lines back."""
    return "\n".join(wrapped(label, most - LABEL_EDGE_PX))


def label_px(labels: Sequence[str], most: int) -> int:
    """Return the room that labels need beside an axis, in px, up to a most."""
    longest = max([len(line) for label in labels for line in label.split("\n")] + [1])
    return min(int(longest * theme.LETTER_PX) + LABEL_EDGE_PX, most)


def label_axis(room: int, lines: str = LABEL_LINES) -> alt.Axis:
    """Return the axis of labels in lines (an expression of `datum.label`), each centred beside its row."""
    middle = alt.ExprRef(f"-{LINE_PX / 2} * (length({lines}) - 1)")
    return alt.Axis(
        title=None,
        labelLimit=room,
        labelExpr=lines,
        labelOffset=middle,
        labelLineHeight=LINE_PX,
        labelPadding=6,
        domain=False,
        ticks=False,
    )


def most_lines(labels: Sequence[str]) -> int:
    """Return how many lines the longest of the labels has."""
    return max([label.count("\n") + 1 for label in labels] + [1])
