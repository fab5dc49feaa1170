"""Exact duplicates: rows that say the same in every column are one fact, folded and counted."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def fold(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows without those that say the same in all the columns as an earlier one; the order stays."""
    return rows.unique(columns, keep="first", maintain_order=True)


def fold_suspects(rows: pl.DataFrame, columns: Sequence[str], key: pl.Series) -> pl.DataFrame:
    """Return the rows folded like `fold`, looking closely only at those whose key occurs twice.

    `key` must be equal where the columns are all equal (patient, day, and analyte in one whole number); among ten
    million results few share it, and finding those is much cheaper than comparing all columns of all rows.
    """
    ordered = key.sort()
    twice = ordered.filter((ordered == ordered.shift()).fill_null(value=False))  # the first has none before it
    if twice.is_empty():
        return rows
    suspect = key.is_in(twice.unique())
    suspects = rows.select(columns).with_row_index("place").filter(suspect)
    kept = fold(suspects, columns)
    if kept.height == suspects.height:
        return rows
    doubled = suspects["place"].filter(~suspects["place"].is_in(kept["place"].implode()))
    keep = pl.Series([True]).new_from_index(0, rows.height).scatter(doubled, False)
    return rows.filter(keep)
