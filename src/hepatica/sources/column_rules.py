"""The rules of a mapping as column expressions: every cell stays text, and what cannot be computed says so.

A rule that meets a cell it cannot read (an age of "adult") passes text on that no date can be, so that the record
puts the row in quarantine with the cell in plain sight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hepatica.sources.mapping_rules import AnalyteRule, is_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hepatica.sources.mapping_rules import CodeRule, ColumnRule

DAYS_A_YEAR = 365.25
# Beyond these a number is no age, and no time after a date (in days) that a patient's course can have.
OLDEST, MOST_DAYS = 130, 50_000


def cell(column: str, of: str = "") -> pl.Expr:
    """Return a column of the file as its rules see it; `of` says that it stands in another row of the same record."""
    return pl.col(name_in(column, of))


def name_in(column: str, of: str = "") -> str:
    """Return what a column of the file is called while its rules work on it."""
    return f"in {of}:{column}" if of else f"in:{column}"


def column_rule(rule: ColumnRule, *, decimal_comma: bool) -> pl.Expr:
    """Return one column of a table as its rule makes it."""
    if rule.kind == "constant":
        return pl.lit(rule.source).alias(rule.target)
    if rule.kind == "days":
        return _days_after(rule, decimal_comma=decimal_comma).alias(rule.target)
    if rule.kind == "age":
        return _born(rule, decimal_comma=decimal_comma).alias(rule.target)
    given = cell(rule.source, rule.of)
    if rule.if_empty:
        given = pl.coalesce(given, cell(rule.if_empty, rule.of))  # as the mapping declares
    text = _translated(given, rule.values, rule.others)
    if rule.shift_years:
        text = _shifted(text, rule.shift_years)
    if rule.prefix or rule.suffix:
        text = pl.concat_str(pl.lit(rule.prefix), text, pl.lit(rule.suffix))  # an empty cell stays empty
    return text.alias(rule.target)


def is_listed(column: str, values: Mapping[str, object]) -> pl.Expr:
    """Whether a cell's text is one of the listed values; "" lists the empty cell."""
    return cell(column).is_in([value for value in values if value]) | (cell(column).is_null() & pl.lit("" in values))


def code_columns(rule: CodeRule) -> dict[str, pl.Expr]:
    """Return what a local code table says of each row: analyte, and its unit and limits where it has them."""
    code = cell(rule.column)
    analytes = {name: entry.analyte for name, entry in rule.table.items()}
    found = {"analyte": _translated(code, analytes, rule.others)}
    for part in ("unit", "lower_limit", "upper_limit"):
        given = {name: value for name, entry in rule.table.items() if (value := _part(entry, part)) is not None}
        if given:
            found[part] = code.replace_strict(given, default=None, return_dtype=pl.String)
    return found


def _part(entry: AnalyteRule, part: str) -> str | None:
    return {"unit": entry.unit, "lower_limit": entry.lower_limit, "upper_limit": entry.upper_limit}[part]


def _translated(text: pl.Expr, values: Mapping[str, str], others: str) -> pl.Expr:
    """Return listed values by their meaning; others as they are (keep, or already left out) or emptied."""
    if not values:
        return text
    default = pl.lit(None, pl.String) if others == "empty" else text
    found = text.replace_strict(dict(values), default=default, return_dtype=pl.String)
    return pl.when(text.is_null()).then(pl.lit(values.get("") or None, pl.String)).otherwise(found)


def _shifted(text: pl.Expr, years: int) -> pl.Expr:
    """Return ISO dates with another year; whatever does not begin with a year stays as it is."""
    year = text.str.extract(r"^([0-9]{4})(?:-|$)").cast(pl.Int32)
    later = (year + years).cast(pl.String).str.zfill(4) + text.str.slice(4)
    return pl.when(year.is_not_null()).then(later).otherwise(text)


def _number(column: str, *, decimal_comma: bool) -> pl.Expr:
    text = cell(column)
    pointed = text.str.replace(",", ".", literal=True) if decimal_comma else text
    return pointed.cast(pl.Float64, strict=False)


def _base(base: str) -> pl.Expr:
    """Return the day from which a rule counts: the stated one, or the row's own."""
    text = pl.lit(base) if is_date(base) else cell(base)
    return text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _unreadable(rule: ColumnRule, what: str) -> pl.Expr:
    """Return the cell in words that are no date; an empty cell stays empty."""
    base = pl.lit(rule.base) if is_date(rule.base) else cell(rule.base).fill_null("an unknown day")  # shown, not read
    return pl.concat_str(cell(rule.source), pl.lit(f" {what} "), base)


def _days_after(rule: ColumnRule, *, decimal_comma: bool) -> pl.Expr:
    days = _number(rule.source, decimal_comma=decimal_comma)
    usable = days.is_finite() & (days.abs() <= MOST_DAYS)
    whole = pl.when(usable).then(days.floor()).cast(pl.Int64)
    day = _base(rule.base) + pl.duration(days=whole)
    return pl.when(day.is_not_null()).then(day.cast(pl.String)).otherwise(_unreadable(rule, "days after"))


def _born(rule: ColumnRule, *, decimal_comma: bool) -> pl.Expr:
    """Return the date of birth: a day from an age with decimals, the year alone from an age in whole years.

    Someone who is 58 was born between 58 and 59 years ago, so the middle of these decides the year.
    """
    age = _number(rule.source, decimal_comma=decimal_comma)
    usable = pl.when(age.is_finite() & age.is_between(0, OLDEST)).then(age)
    in_whole_years = cell(rule.source).str.contains(r"^[0-9]+$")
    years = pl.when(in_whole_years).then(usable + 0.5).otherwise(usable)
    day = _base(rule.base) - pl.duration(days=(years * DAYS_A_YEAR).round().cast(pl.Int64))
    written = pl.when(in_whole_years).then(day.dt.strftime("%Y")).otherwise(day.cast(pl.String))
    return pl.when(day.is_not_null()).then(written).otherwise(_unreadable(rule, "years old on"))
