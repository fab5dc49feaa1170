"""Exact duplicates: rows that say the same in every column are one fact, folded and counted."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def fold(rows: pl.DataFrame, columns: Sequence[str], among: pl.Series) -> pl.Series:
    """Return which of the rows `among` say something that no earlier one of them says in all the columns."""
    numbered = rows.select(columns).with_row_index("place").filter(among)
    first = numbered.unique(columns, keep="first", maintain_order=True)["place"]
    if first.len() == numbered.height:
        return among
    return pl.Series([False]).new_from_index(0, rows.height).scatter(first, True)


def fold_suspects(rows: pl.DataFrame, columns: Sequence[str], key: pl.Series, among: pl.Series) -> pl.Series:
    """Return the same as `fold`, looking closely only at rows whose key occurs twice.

    `key` must be equal where the columns are all equal (patient, day, and analyte in one whole number); among ten
    million results few share it, and finding those is much cheaper than comparing all columns of all rows.
    """
    ordered = key.filter(among).sort()
    twice = ordered.filter((ordered == ordered.shift()).fill_null(value=False))  # the first has none before it
    if twice.is_empty():
        return among
    suspect = key.is_in(twice.unique().implode()) & among
    places = suspect.arg_true()
    suspects = pl.DataFrame([rows[column].gather(places) for column in columns])
    once = suspects.with_row_index("place").unique(columns, keep="first", maintain_order=True)["place"]
    if once.len() == suspects.height:
        return among
    is_first = pl.Series([False]).new_from_index(0, suspects.height).scatter(once, True)
    return among.clone().scatter(places.filter(~is_first), False)  # scatter writes in place


def person_and_day(rows: pl.DataFrame, day: str) -> pl.Series:
    """Return the patient and the day of each row as one whole number, null where one of them is not known."""
    number = pl.col(day).to_physical().cast(pl.Int64) + 2**17
    return rows.select(key=pl.col("person").cast(pl.Int64) * 2**18 + number)["key"]
