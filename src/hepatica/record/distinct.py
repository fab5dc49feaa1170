"""Each different text of a column once: ten million cells hold a few thousand texts, and only those are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from hepatica.errors import SourceError

# One patient's column is numbered cell by cell: a tenth of the time that it takes in bulk.
FEW_CELLS = 400


@dataclass(frozen=True)
class Distinct:
    """The different texts of a column, and for each row which of them it holds (null where the cell is empty)."""

    texts: pl.Series
    places: pl.Series

    @classmethod
    def of(cls, cells: pl.Series) -> Distinct:
        """Return the different texts of a text column; those of an Enum are known."""
        if cells.null_count() == cells.len():
            return cls(pl.Series([], dtype=pl.String), nothing(cells.len(), pl.UInt32()))
        if isinstance(cells.dtype, pl.Enum):
            return cls(cells.dtype.categories, cells.to_physical().cast(pl.UInt32))
        if cells.len() <= FEW_CELLS:
            return cls(*_numbered_one_by_one(cells))
        runs = cells.rle_id()
        if runs.len() and 4 * int(runs[-1]) < runs.len():  # sorted or grouped columns: look at each run once
            heads = cells.filter((runs != runs.shift()).fill_null(value=True))  # the first row begins a run
            texts, places = _numbered(heads)
            return cls(texts, places.gather(runs))
        return cls(*_numbered(cells))

    def spread(self, per_text: pl.Series) -> pl.Series:
        """Return for each row what was found for its text; null where the cell is empty."""
        if per_text.null_count() == per_text.len():
            return nothing(self.places.len(), per_text.dtype).alias(per_text.name)
        return per_text.gather(self.places)

    def spread_all(self, per_text: pl.DataFrame) -> list[pl.Series]:
        """Return for each row what was found for its text, for several columns."""
        return [self.spread(found) for found in per_text]


def _numbered(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the different texts, and for each cell the number of its text (a dictionary of its own per call)."""
    places = cells.cast(pl.Categorical(pl.Categories.random())).to_physical()
    first = places.arg_unique()
    number, text = places.gather(first).drop_nulls(), cells.gather(first).drop_nulls()
    if not number.is_sorted():  # texts are numbered as they occur, so that this is the rule; it is no promise
        text = text.gather(number.arg_sort())
    return text, places


def _numbered_one_by_one(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the same of a few cells, where starting Polars several times would cost more than looking at each."""
    numbers: dict[str, int] = {}
    places = [None if text is None else numbers.setdefault(text, len(numbers)) for text in cells.to_list()]
    return pl.Series(cells.name, list(numbers), dtype=pl.String), pl.Series(cells.name, places, dtype=pl.UInt32)


def numbered_texts(name: str, texts: pl.Series, numbers: pl.Series) -> pl.Series:
    """Return a text column from its different texts and the number of each row's text, as an Enum."""
    return numbers.cast(pl.UInt32).cat.to(pl.Enum(texts)).alias(name)


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with its numbered texts written out."""
    return frame.with_columns(
        column.dtype.categories.gather(column.to_physical()).alias(column.name)
        for column in frame
        if isinstance(column.dtype, pl.Enum)
    )


def nothing(height: int, dtype: pl.DataType) -> pl.Series:
    """Return a column in which nothing is known."""
    return _one_unknown(dtype).new_from_index(0, height)


@cache
def _one_unknown(dtype: pl.DataType) -> pl.Series:
    return pl.Series([None], dtype=dtype)


def only_at(places: pl.Series, found: pl.Series, height: int) -> pl.Series:
    """Return a column in which something is known at some places only."""
    empty = nothing(height, found.dtype).alias(found.name)
    return empty if found.null_count() == found.len() else empty.scatter(places, found)


def as_text(cells: pl.Series, column: str) -> pl.Series:
    """Return a column of any type as text, whole numbers without a decimal point (1.0 is written 1).

    Raises SourceError for a nested or binary column.
    """
    if cells.dtype in (pl.String, pl.Enum):
        return cells
    if cells.dtype.is_nested() or cells.dtype in (pl.Binary, pl.Object):
        raise SourceError(column, f"holds {cells.dtype}, not single values", "store one value per row and column")
    if not cells.dtype.is_float():
        return cells.cast(pl.String)
    # Beyond 2^53 a float is no exact whole number any more.
    whole = cells.is_finite() & (cells == cells.floor()) & (cells.abs() < 2**53)
    return cells.to_frame("x").select(
        pl.when(whole)
        .then(pl.col("x").cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.col("x").cast(pl.String))
    )["x"]


def trimmed(texts: pl.Series) -> pl.Series:
    """Return texts without blanks around them; null where nothing is left."""
    bare = texts.str.strip_chars()
    return bare.set(bare == "", None)


def trimmed_column(cells: pl.Series) -> pl.Series:
    """Return a column of any type as text without blanks around it; null where nothing is left."""
    if isinstance(cells.dtype, pl.Enum):
        found = Distinct.of(cells)
        return found.spread(trimmed(found.texts))
    return trimmed(as_text(cells, cells.name))
