"""The attrition diagram: who stays in step by step, and beside it who is out and of whom it is unknown."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import Row, encoded, of_rows
from hepatica.pictures.looks import finished, wrapped

LINE_PX, PAD, GAP = 15, 7, 14
# Fill and frame of the three groups; a group of none is said without a frame.
NONE = "none"
BOXES = {
    "in": ("#e4f0f9", theme.BLUE),
    "out": ("#fdf0da", theme.ORANGE),
    "unknown": ("#f1f1f1", theme.GREY),
    NONE: ("white", "white"),
}


@dataclass(frozen=True)
class _Box:
    group: str
    left: float
    right: float
    top: float
    lines: tuple[str, ...]
    bold: int = 0

    @property
    def pad(self) -> float:
        """Return the room above and below the text in px."""
        return 1 if self.group == NONE else PAD

    @property
    def bottom(self) -> float:
        return self.top + 2 * self.pad + LINE_PX * len(self.lines)


def attrition(steps: pl.DataFrame, *, width: int = theme.WIDE) -> alt.TopLevelMixin:
    """Return the diagram of steps: step, in, out, unknown (patients), and where there are any their reasons.

    out_reasons, unknown_reasons: "no IgG 12; dead 3". A count that is null was suppressed and is shown as such.
    """
    boxes, arrows = _laid_out(steps.to_dicts(), width)
    height = max([box.bottom for box in boxes] + [40]) + 4
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False), axis=None)
    frames = encoded(
        of_rows([_rectangle(box) for box in boxes]).mark_rect(strokeWidth=1.2),
        x=x, x2="x2:Q", y=y, y2="y2:Q",
        color=alt.Color("fill:N", scale=None), stroke=alt.Stroke("frame:N", scale=None),
    )  # fmt: skip
    lines = encoded(of_rows(arrows).mark_rule(color=theme.GREY), x=x, x2="x2:Q", y=y, y2="y2:Q")
    heads = encoded(
        of_rows([arrow for arrow in arrows if arrow["head"]]).mark_point(
            shape="triangle-down", size=45, filled=True, color=theme.GREY
        ),
        x=alt.X("x2:Q", scale=alt.Scale(domain=[0, width], nice=False), axis=None),
        y=alt.Y("y2:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False), axis=None),
    )
    texts = [_texts(boxes, bold=bold, x=x, y=y) for bold in (True, False)]
    layers = [layer for layer in (lines, heads, frames, *texts) if layer.data["values"]]
    return finished(alt.layer(*layers).properties(width=width - 10, height=height))


def _laid_out(rows: list[Row], width: int) -> tuple[list[_Box], list[Row]]:
    """Return the boxes with their places, and the lines between them; a phone has the lost below the step."""
    narrow = width < theme.WIDE * 0.75
    main_right = width * (0.82 if narrow else 0.44)
    side_left = width * (0.16 if narrow else 0.52)
    boxes: list[_Box] = []
    arrows: list[Row] = []
    top, trunk = 2.0, width * (0.06 if narrow else 0.22)
    for number, row in enumerate(rows):
        side_top = top
        lost = _lost(row)
        if number:
            for group, lines in lost:
                shown = tuple(line for text in lines for line in wrapped(text, width - side_left - 2 * PAD))
                box = _Box(group, side_left, width - 2, side_top, shown, 0 if group == NONE else 1)
                if group != NONE:
                    middle = (box.top + box.bottom) / 2
                    arrows.append({"x": trunk, "x2": side_left, "y": middle, "y2": middle, "head": False})
                boxes.append(box)
                side_top = box.bottom + 4
        start = side_top + GAP if number else top
        here = _Box("in", 2, main_right, start, tuple(_main_lines(rows, number, main_right - 2 * PAD)), 1)
        if number:
            before = [box for box in boxes if box.group == "in"][-1]
            arrows.append({"x": trunk, "x2": trunk, "y": before.bottom, "y2": here.top - 4, "head": True})
        boxes.append(here)
        top = here.bottom + 6
    return boxes, arrows


def _main_lines(rows: list[Row], number: int, width: float) -> list[str]:
    here, before = rows[number]["in"], rows[number - 1]["in"] if number else None
    share = f" ({100 * here / before:.0f} % of {before:,})" if here is not None and before else ""
    return [_counted("", here) + share, *wrapped(rows[number]["step"], width)]


def _counted(word: str, count: int | None) -> str:
    said = "suppressed" if count is None else f"{count:,}"
    return f"{word} {said}".strip() if word else f"n = {said}"


def _lost(row: Row) -> list[tuple[str, list[str]]]:
    """Return the groups lost at a step with their lines, last which of them has nobody."""
    found, none = [], []
    for group in ("out", "unknown"):
        count = row.get(group)
        if count == 0:
            none.append(_counted(group, count))
            continue
        reasons = row.get(f"{group}_reasons")
        found.append((group, [_counted(group, count), *(reasons.split("; ") if reasons else [])]))
    return [*found, *([(NONE, [", ".join(none)])] if none else [])]


def _rectangle(box: _Box) -> Row:
    fill, frame = BOXES[box.group]
    return {"x": box.left, "x2": box.right, "y": box.top, "y2": box.bottom, "fill": fill, "frame": frame}


def _texts(boxes: list[_Box], *, bold: bool, x: alt.X, y: alt.Y) -> alt.Chart:
    rows = [
        {"x": box.left + PAD, "y": box.top + box.pad + LINE_PX * number, "text": line}
        for box in boxes
        for number, line in enumerate(box.lines)
        if (number < box.bold) == bold
    ]
    mark = of_rows(rows).mark_text(align="left", baseline="top", fontWeight="bold" if bold else "normal")
    return encoded(mark, x=x, y=y, text="text:N")
