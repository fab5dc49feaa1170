"""How panels are put together from rows: the thin layer between plain rows and the chart library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = dict[str, Any]
Layer: TypeAlias = alt.Chart | alt.LayerChart
Look: TypeAlias = dict[str, tuple[str, str, list[int]]]


def of_rows(rows: Sequence[Row]) -> alt.Chart:
    """Return a chart over rows written into it, so that a picture needs nothing beside itself."""
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]  # untyped in the library


def encoded(chart: alt.Chart, **channels: Any) -> alt.Chart:
    """Return the chart with its channels: where a mark stands, and how it looks."""
    return chart.encode(**channels)


def layered(layers: Sequence[Layer], width: int, height: int, title: str = "") -> alt.LayerChart:
    """Return the layers as one panel of that size in px, the first one furthest back."""
    titled = {"title": alt.Title(title, frame="group")} if title else {}
    drawn = [layer for layer in layers if layer.data.to_dict()["values"]]  # without rows there is nothing to draw
    panel = alt.layer(*drawn).properties(width=width, height=height, **titled)
    return cast("alt.LayerChart", panel)


def tooltips(**titles: str) -> list[alt.Tooltip]:
    """Return what a pointer shows: field = title."""
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def colour(field: str, look: Look) -> alt.Color:
    """Return the colour channel of a look (name → colour, shape, dash), with the legend on top."""
    scale = alt.Scale(domain=list(look), range=[one[0] for one in look.values()])
    return alt.Color(f"{field}:N", scale=scale, legend=_legend())


def shape(field: str, look: Look) -> alt.Shape:
    """Return the shape channel of a look, in one legend with its colours."""
    scale = alt.Scale(domain=list(look), range=[one[1] for one in look.values()])
    return alt.Shape(f"{field}:N", scale=scale, legend=_legend())


def dash() -> alt.StrokeDash:
    """Return the dash channel: each row carries its own, so that the legend's marks stay whole."""
    return alt.StrokeDash("dash:N", scale=None)


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", direction="horizontal", offset=4)
