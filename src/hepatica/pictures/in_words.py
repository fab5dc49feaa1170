"""A picture's place without a picture: the reason why there is nothing to be seen."""

from __future__ import annotations

import altair as alt

from hepatica.pictures import theme
from hepatica.pictures.drawing import encoded, of_rows
from hepatica.pictures.looks import finished, wrapped

LINE_PX, EDGE_PX = 18, 12


def in_words(reason: str, *, width: int = theme.WIDE) -> alt.TopLevelMixin:
    """Return the reason why nothing is drawn as the picture itself: nobody takes an empty frame for a result."""
    room = width - 20
    lines = wrapped(reason, room - 2 * EDGE_PX)
    rows = [{"x": EDGE_PX, "y": EDGE_PX + LINE_PX * number, "text": line} for number, line in enumerate(lines)]
    height = 2 * EDGE_PX + LINE_PX * len(lines)
    words = encoded(
        of_rows(rows).mark_text(align="left", baseline="top"),
        x=alt.X("x:Q", scale=alt.Scale(domain=[0, room], nice=False), axis=None),
        y=alt.Y("y:Q", scale=alt.Scale(domain=[0, height], reverse=True, nice=False), axis=None),
        text="text:N",
    )
    return finished(words.properties(width=room, height=height, view=alt.ViewConfig(stroke=theme.GREY)))
