"""Where centres are: points by latitude and longitude, over a grid of degrees, without a map from outside."""

from __future__ import annotations

import math

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import encoded, of_rows, tooltips
from hepatica.pictures.looks import colours, finished, look_of, shapes

MARGIN_DEGREES = 2.0
HIGHEST_PX = 520


def place_map(rows: pl.DataFrame, *, unknown: str = "unknown", width: int = theme.WIDE) -> alt.TopLevelMixin:
    """Return points at their places, one colour and shape an answer; an answer that is unknown is grey.

    rows: protocol (the centre's name), latitude, longitude (degrees north and east), answer. A degree of longitude is
    drawn as long as it is at the middle latitude, so that directions near it are true.
    """
    north, east = _reach(rows["latitude"]), _reach(rows["longitude"])
    narrower = math.cos(math.radians(sum(north) / 2))
    plot = width - 80
    height = min(HIGHEST_PX, int(plot * (north[1] - north[0]) / ((east[1] - east[0]) * narrower)))
    plot = min(plot, int(height * (east[1] - east[0]) * narrower / (north[1] - north[0])))
    answers = [answer for answer in rows["answer"].unique().sort() if answer != unknown]
    look = look_of(answers) | {unknown: (theme.GREY, "stroke", [1, 0])}
    look = {answer: one for answer, one in look.items() if answer in rows["answer"]}
    x = alt.X("longitude:Q", scale=alt.Scale(domain=east, nice=False), axis=alt.Axis(title="Longitude (° east)"))
    y = alt.Y("latitude:Q", scale=alt.Scale(domain=north, nice=False), axis=alt.Axis(title="Latitude (° north)"))
    base = of_rows(rows.to_dicts())
    tips = tooltips(protocol="Centre", answer="Answer")
    layers = [
        encoded(
            base.mark_point(size=90, filled=True, opacity=0.95),
            x=x, y=y, color=colours("answer", look), shape=shapes("answer", look), tooltip=tips,
        ),
        encoded(base.mark_text(align="left", dx=8, fontSize=theme.FONT_SIZE - 1), x=x, y=y, text="protocol:N"),
    ]  # fmt: skip
    return finished(alt.layer(*layers).properties(width=plot, height=height), width, list(look))


def _reach(degrees: pl.Series) -> list[float]:
    """Return from where to where the axis goes, with room around the points."""
    known = [float(value) for value in degrees]
    return [min(known) - MARGIN_DEGREES, max(known) + MARGIN_DEGREES]
