"""Numbers as centres write them: a point, or a declared comma. `1,234` without a declaration is no number."""

from __future__ import annotations

import polars as pl

from hepatica.record.distinct import Distinct, as_text, nothing, only_at, trimmed
from hepatica.record.reasons import PROBLEM

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_COMMA_NUMBER = r"^[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]*),[0-9]*(?:[eE][+-]?[0-9]+)?$"
_DIGITS_AND_MARKS = r"^[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?$"
_NO_NUMBER_AT_ALL = r"^[+-]?(?i:nan|inf|infinity)$"


def to_number(text: pl.Expr, *, decimal_comma: bool) -> pl.Expr:
    """Return the number that a trimmed text is, null if it is none; 1e400 is infinite, which no caller may keep."""
    if not decimal_comma:
        return _if_number(text)
    # With a comma declared, points can only part thousands (1.234,5); "1.234" alone could be either: no number.
    pointed = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return (
        pl.when(text.str.contains(_COMMA_NUMBER))
        .then(_if_number(pointed))
        .when(~text.str.contains(".", literal=True))
        .then(_if_number(text))
    )


def _if_number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(f"^{NUMBER}$")).then(text.cast(pl.Float64, strict=False))


def finite(number: pl.Expr) -> pl.Expr:
    """Return the number if it is one to compute with, else null; minus zero is zero."""
    return pl.when(number == 0).then(0.0).when(number.is_finite()).then(number).alias("number")


def number_problem(text: pl.Expr, number: pl.Expr, *, decimal_comma: bool, otherwise: str) -> pl.Expr:
    """Return why a trimmed text gave no number; null where it is empty or gave one."""
    marks = text.str.contains(_DIGITS_AND_MARKS)
    mark, separator = (".", "decimal_point_ambiguous") if decimal_comma else (",", "decimal_comma_undeclared")
    return (
        pl.when(text.is_null() | number.is_finite())
        .then(None)
        .when(text.str.contains(_NO_NUMBER_AT_ALL) | number.is_infinite())
        .then(pl.lit("not_finite", PROBLEM))
        .when(marks & text.str.contains(mark, literal=True))
        .then(pl.lit(separator, PROBLEM))
        .otherwise(pl.lit(otherwise, PROBLEM))
    )


def read_numbers(texts: pl.Series, *, decimal_comma: bool) -> pl.DataFrame:
    """Return for each text its number and, if it has none, the problem: number, problem."""
    text, number = pl.col("text"), pl.col("number")
    return (
        pl.DataFrame({"text": trimmed(texts)})
        .with_columns(number=to_number(text, decimal_comma=decimal_comma))
        .select(
            number=finite(number),
            problem=number_problem(text, number, decimal_comma=decimal_comma, otherwise="not_a_number"),
        )
    )


def number_column(cells: pl.Series, *, decimal_comma: bool) -> tuple[pl.Series, pl.Series]:
    """Return a column's numbers and problems: typed numbers as they are, text by a plain cast where that suffices."""
    if cells.dtype.is_numeric():
        return finite_column(cells)
    if isinstance(cells.dtype, pl.Enum):  # each different text once
        listed = Distinct.of(cells)
        number, problem = number_column(listed.texts, decimal_comma=decimal_comma)
        return listed.spread(number), listed.spread(problem)
    texts = as_text(cells, cells.name)
    number, left = plainly_cast(texts, decimal_comma=decimal_comma)
    if not left.len():
        return number, nothing(number.len(), PROBLEM)
    found = Distinct.of(texts.gather(left))
    read, problem = found.spread_all(read_numbers(found.texts, decimal_comma=decimal_comma))
    return number.scatter(left, read), only_at(left, problem, number.len())


def plainly_cast(texts: pl.Series, *, decimal_comma: bool) -> tuple[pl.Series, pl.Series]:
    """Return the numbers that a plain cast reads, and the places of the texts that need a second look."""
    if decimal_comma:  # a plain cast would read 1.234 as a little more than one
        return nothing(texts.len(), pl.Float64()), texts.is_not_null().arg_true()
    number = texts.cast(pl.Float64, strict=False).to_frame("number").select(finite(pl.col("number")))["number"]
    if number.null_count() == texts.null_count():
        return number, pl.Series([], dtype=pl.UInt32)
    return number, (number.is_null() & texts.is_not_null()).arg_true()


def finite_column(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return a typed column's numbers, the not finite ones emptied, and their problem."""
    x = pl.col("x")
    frame = cells.cast(pl.Float64).to_frame("x")
    problem = pl.when(~x.is_finite()).then(pl.lit("not_finite", PROBLEM))
    found = frame.select(number=finite(x), problem=problem)
    return found["number"], found["problem"]
