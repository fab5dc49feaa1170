"""How panels are put together from rows: the thin layer between plain rows and the chart library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = dict[str, Any]
Place: TypeAlias = Literal["top", "bottom"]
Look: TypeAlias = dict[str, tuple[str, str, list[int]]]


class Rows(alt.InlineData):
    """Rows written into a chart: our own, and they never change.

    The library need not copy them at each of its steps, nor hold each row of thousands to its schema.
    """

    _class_is_valid_at_instantiation = False

    def __deepcopy__(self, _: object) -> Rows:
        return self


def of_rows(rows: Sequence[Row]) -> alt.Chart:
    """Return a chart over rows written into it, so that a picture needs nothing beside itself."""
    return alt.Chart(Rows(values=list(rows)))


def encoded(chart: alt.Chart, **channels: Any) -> alt.Chart:
    """Return the chart with its channels: where a mark stands, and how it looks."""
    return chart.encode(**{name: _settled(name, given) for name, given in channels.items()})


def _settled(name: str, given: Any) -> Any:
    """Return a channel as the library need neither search its schema for it nor copy it at each of its steps."""
    if isinstance(given, list):
        return [_settled(name, one) for one in given]
    return _whole(getattr(alt, name[0].upper() + name[1:])(given) if isinstance(given, str) else given)


def _whole(part: Any) -> Any:
    """Return a part of a picture that is finished: the library puts it where it belongs without copying it first."""
    if isinstance(part, alt.SchemaBase):
        object.__setattr__(part, "__deepcopy__", lambda _: part)
    return part


def layered(layers: Sequence[alt.Chart], width: int, height: int, title: str = "") -> alt.LayerChart:
    """Return the layers as one panel of that size in px, the first one furthest back."""
    titled = {"title": alt.Title(title, frame="group")} if title else {}
    drawn = [_whole(layer) for layer in layers if cast("Rows", layer.data)["values"]]  # one without rows says nothing
    return cast("alt.LayerChart", _whole(alt.layer(*drawn, width=width, height=height, **titled)))


def tooltips(**titles: str) -> list[alt.Tooltip]:
    """Return what a pointer shows: field = title."""
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()]


def colour(field: str, look: Look, place: Place = "top") -> alt.Color:
    """Return the colour channel of a look (name → colour, shape, dash), with the legend on top or at the bottom."""
    scale = alt.Scale(domain=list(look), range=[one[0] for one in look.values()])
    return alt.Color(f"{field}:N", scale=scale, legend=_legend(place))


def shape(field: str, look: Look) -> alt.Shape:
    """Return the shape channel of a look, in one legend with its colours."""
    scale = alt.Scale(domain=list(look), range=[one[1] for one in look.values()])
    return alt.Shape(f"{field}:N", scale=scale, legend=_legend())


def dash() -> alt.StrokeDash:
    """Return the dash channel: each row carries its own, so that the legend's marks stay whole."""
    return alt.StrokeDash("dash:N", scale=None)


def _legend(place: Place = "top") -> alt.Legend:
    return alt.Legend(title=None, orient=place, direction="horizontal", offset=4)
