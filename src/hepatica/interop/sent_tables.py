"""A record as the six tables that a centre would send: the columns of `record.tables`, exact to the last digit.

Reading these tables again gives the same record. Nothing is rounded, escaped, or filled in; of the reference limits
only a row's own are given back, because the others come back from where they came.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from hepatica.record import TABLES
from hepatica.record.words import words
from hepatica.vocabulary import analytes, default_limits, drug_names

if TYPE_CHECKING:
    from hepatica.record import Record

# A row's own limit that was there and could not be used. Left empty, another laboratory's limit would take its place.
UNUSABLE_LIMIT = float("nan")


def sent_tables(record: Record) -> dict[str, pl.DataFrame]:
    """Return the six tables of a record as they would be sent: dates, numbers, and words; results as text (`<30`)."""
    return {name: sent_table(name, record.table(name)) for name in TABLES}


def sent_table(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return one canonical table with the columns of the record, in their order, as a centre would send them."""
    made = {"patients": _patients, "measurements": _measurements, "treatments": _treatments}
    columns = made[name]() if name in made else {}
    return frame.select(columns.get(column, pl.col(column)).alias(column) for column in TABLES[name].names)


def _patients() -> dict[str, pl.Expr]:
    return {name: _partial_date(name) for name in ("birth_date", "diagnosis_date")}


def _partial_date(name: str) -> pl.Expr:
    """Return a date as it was known: 1987 or 1987-06 where the day is only the middle of the year or month."""
    day = pl.col(name)
    text = day.cast(pl.String)
    is_year = day == _middle(day.dt.truncate("1y"), "1y")
    known = pl.when(is_year).then(text.str.slice(0, 4)).otherwise(text.str.slice(0, 7))
    return pl.when(pl.col(f"{name}_partial")).then(known).otherwise(text)


def _middle(first: pl.Expr, length: str) -> pl.Expr:
    """Return the middle day of a year or month, as reading a partial date counts it."""
    return first + pl.duration(days=(first.dt.offset_by(length) - first).dt.total_days() // 2)


def _measurements() -> dict[str, pl.Expr]:
    own = pl.col("limit_from").is_null() | (pl.col("limit_from") == "row")
    unusable = pl.col("upper_limit").is_null() & _would_get_a_limit()
    upper = pl.when(own).then("upper_limit")
    return {
        "value": _result(),
        "lower_limit": pl.when(own).then("lower_limit"),
        "upper_limit": pl.when(unusable).then(pl.lit(UNUSABLE_LIMIT)).otherwise(upper),
    }


def _result() -> pl.Expr:
    """Return a result as it is written: 42, <30, 1:80 speckled, positive."""
    titre = pl.col("text").str.starts_with("1:")
    said = pl.when(titre.fill_null(value=False) | pl.col("text").is_null()).then("comparator")  # no text: a number
    number = pl.col("value").cast(pl.String).str.strip_suffix(".0")
    return pl.concat_str(said.fill_null(""), pl.coalesce("text", number))  # no comparator: nothing in front


def _would_get_a_limit() -> pl.Expr:
    """Whether a result without a limit would be given a default one if it were sent without."""
    with_default = set(default_limits()["analyte"])
    quantities = [code for code, one in analytes().items() if one.kind == "quantity" and code in with_default]
    return pl.col("limit_from").is_null() & pl.col("analyte").is_in(quantities) & pl.col("text").is_null()


def _treatments() -> dict[str, pl.Expr]:
    code = pl.col("drug").replace_strict(_codes_without_route(), default=None, return_dtype=pl.String)
    return {"drug": pl.when(pl.col("systemic").is_null()).then(pl.coalesce(code, "drug")).otherwise("drug")}


@cache
def _codes_without_route() -> dict[str, str]:
    """Return for each drug the code that does not tell tablets from inhalers: our name would say more than is known."""
    codes = [entry["code"] for entry in words()["route_must_be_said"]]
    found = drug_names().filter(pl.col("key").is_in(codes)).select("drug", "key").rows()
    return dict(reversed(found))
