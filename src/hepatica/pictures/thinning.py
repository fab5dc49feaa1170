"""Curves as finely as a picture can show them; what is left out of a drawing is never left out of a table."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

# A step or a mark within half a pixel of the one before it cannot be seen beside it.
PLACES_PER_PX = 2
# So many digits place a point within a hundredth of a pixel, and can be read where a pointer shows them.
DIGITS = 5


def drawable(
    curves: pl.DataFrame,
    keys: Sequence[str],
    heights: Sequence[str],
    *,
    px: float,
    marks: str | None = None,
    time_px: float = 0.0,
) -> pl.DataFrame:
    """Return the rows of curves (by `keys`, in the order of time) that a picture can tell apart.

    A row stays where one of its `heights` moves by half a pixel (`px` pixels are 1), where a group begins or ends, and
    where `marks` (patients censored at that time) is above 0 at a place that has no mark yet (`time_px` pixels are one
    unit of time). Null heights stay null.
    """
    if curves.is_empty():
        return curves
    group = [pl.col(key) for key in keys]
    moved = [_place(name, px).ne_missing(_place(name, px).shift(1).over(group)) for name in heights]
    number, size = pl.int_range(pl.len()).over(group), pl.len().over(group)
    kept = pl.any_horizontal(*moved, number == 0, number == size - 1)
    if marks is not None:
        place = pl.struct(*group, _place("time", time_px), pl.col(marks) > 0)
        kept |= (pl.col(marks) > 0) & place.is_first_distinct()
    floats = [name for name, kind in curves.schema.items() if kind.is_float()]
    # A mark that is unknown is no mark: the comparison is null, and the filter leaves it out.
    return curves.filter(kept).with_columns(pl.col(floats).round(DIGITS))


def _place(name: str, px: float) -> pl.Expr:
    return (pl.col(name) * px * PLACES_PER_PX).floor()
