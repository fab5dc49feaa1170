"""Files that write days or numbers otherwise than the record: declared when they are sent, never guessed."""

from __future__ import annotations

from datetime import date

import polars as pl

from hepatica.errors import SourceError
from hepatica.record.dates import Bounds, read_dates
from hepatica.record.numbers import read_numbers
from hepatica.record.settings import ReadingSettings
from hepatica.record.tables import TABLES, Kind

COMMA = "comma"
# Which ways of writing days are offered, and 5 March 2024 in each of them.
DAYS = {
    "DD.MM.YYYY": "05.03.2024",
    "DD/MM/YYYY": "05/03/2024",
    "MM/DD/YYYY": "03/05/2024",
    "DD-MON-YYYY": "05-MAR-2024",
}
_DATES = (Kind.DATE, Kind.PARTIAL_DATE)
_NUMBERS = (Kind.NUMBER, Kind.INTEGER, Kind.RESULT)
# Whether a day can be is for the check to say: here it only gets the form in which the check reads it.
_ANY_DAY = Bounds(date(1, 1, 1), date(9999, 12, 31), "in_future")
_COMPARATOR = r"^\s*(?:<=|>=|=<|=>|[<>≤≥])?\s*"
# A comma declared, "1.350" is 1350 or 1.35: nobody but the sender knows.
_POINT_ONLY = _COMPARATOR + r"[+-]?[0-9]+(?:\.[0-9]+)+\s*$"
_WITH_COMMA = _COMPARATOR + r"[+-]?[0-9.]*,[0-9]*\s*$"


def as_the_record_writes(frames: dict[str, pl.DataFrame], *, days: str, comma: bool) -> dict[str, pl.DataFrame]:
    """Return the tables with days as 2024-03-05 and numbers with a point; a cell that is neither stays as it is.

    Raises SourceError where the comma was declared and a number has a point, and no comma, which could part thousands.
    """
    if comma:
        _refuse_points(frames)
    return {table: frame.with_columns(_written(table, frame, days, comma=comma)) for table, frame in frames.items()}


def _written(table: str, frame: pl.DataFrame, days: str, *, comma: bool) -> list[pl.Series]:
    columns = TABLES[table].columns
    dated = [_days(frame[one.name], days) for one in columns if days and one.kind in _DATES]
    return dated + [_numbers(frame[one.name]) for one in columns if comma and one.kind in _NUMBERS]


def _days(cells: pl.Series, declared: str) -> pl.Series:
    """Return a column's days in the record's form, where only the declaration makes days of them."""
    texts = cells.cast(pl.String)
    plain, read = (
        read_dates(texts, _ANY_DAY, ReadingSettings(date_formats=formats))["day"] for formats in ((), (declared,))
    )
    frame = pl.DataFrame({"text": texts, "plain": plain, "read": read.dt.to_string("%Y-%m-%d")})
    only_so = pl.col("plain").is_null() & pl.col("read").is_not_null()
    return frame.select(pl.when(only_so).then("read").otherwise("text").alias(cells.name)).to_series()


def _numbers(cells: pl.Series) -> pl.Series:
    """Return a column's numbers with a point, a point that parted thousands left out."""
    texts = cells.cast(pl.String)
    bare = texts.str.replace(_COMPARATOR, "")
    frame = pl.DataFrame({"text": texts, "number": read_numbers(bare, decimal_comma=True)["number"]})
    pointed = pl.col("text").str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    with_comma = pl.col("number").is_not_null() & pl.col("text").str.contains(_WITH_COMMA)
    return frame.select(pl.when(with_comma).then(pointed).otherwise("text").alias(cells.name)).to_series()


def _refuse_points(frames: dict[str, pl.DataFrame]) -> None:
    for table, frame in frames.items():
        for column in (one.name for one in TABLES[table].columns if one.kind in _NUMBERS):
            found = frame.filter(pl.col(column).cast(pl.String).str.contains(_POINT_ONLY))
            if not found.is_empty():
                file, line, value = found.select("file", "line", pl.col(column).cast(pl.String)).row(0)
                raise SourceError(
                    f"{file}, line {line}: {column}",
                    f"{value} has a point, and numbers with a comma were declared: it has two readings",
                    "declare the point, or correct the file",
                )
