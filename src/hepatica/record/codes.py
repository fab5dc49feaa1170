"""Codes and names of analytes and drugs, looked up once per different text, and those that nobody knows, counted."""

from __future__ import annotations

from functools import cache

import polars as pl

from hepatica.record.distinct import Distinct, as_text, trimmed
from hepatica.record.reasons import PROBLEM
from hepatica.record.record import UNKNOWN_CODE_SCHEMA
from hepatica.vocabulary import analyte_codes, analytes, drug_of

ANALYTE = pl.Enum(list(analytes()))
# Codes that are also what a clinic says; other analytes are said by their names.
_LONGEST_CODE_SAID = 4
_WRITTEN = {"IGG": "IgG", "IGA": "IgA", "IGM": "IgM"}


def analyte_column(cells: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a column's analytes (analyte, problem) and its unknown codes (code, count)."""
    found = Distinct.of(as_text(cells, cells.name))
    per_text = (
        pl.DataFrame({"code": trimmed(found.texts)})
        .with_columns(key=pl.col("code").str.to_lowercase())
        .join(analyte_codes(), on="key", how="left", maintain_order="left", validate="m:1")
        .select("code", pl.col("analyte").cast(ANALYTE), problem=_unknown("code", "analyte", "unknown_analyte"))
    )
    return _spread(found, per_text.select("analyte", "problem")), _unknown_codes(found, per_text)


def drug_column(cells: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a column's drugs (drug, route that name or text imply, problem) and its unknown names (code, count)."""
    found = Distinct.of(as_text(cells, cells.name))
    texts = trimmed(found.texts)
    named = [drug_of(text) if text is not None else None for text in texts]
    per_text = pl.DataFrame(
        {
            "code": texts,
            "drug": pl.Series([drug for drug, _ in (one or (None, None) for one in named)], dtype=pl.String),
            "route": pl.Series([route for _, route in (one or (None, None) for one in named)], dtype=pl.String),
        }
    ).with_columns(problem=_unknown("code", "drug", "unknown_drug"))
    return _spread(found, per_text.select("drug", "route", "problem")), _unknown_codes(found, per_text)


def _unknown(code: str, meaning: str, reason: str) -> pl.Expr:
    """Return the reason where a code is given and means nothing; an empty cell is missing, not unknown."""
    return pl.when(pl.col(code).is_not_null() & pl.col(meaning).is_null()).then(pl.lit(reason, PROBLEM))


def _spread(found: Distinct, per_text: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(found.spread_all(per_text))


def _unknown_codes(found: Distinct, per_text: pl.DataFrame) -> pl.DataFrame:
    """Return each code that nobody knows with the number of rows that have it."""
    unknown = per_text.with_row_index("place").filter(pl.col("problem").is_not_null())
    if unknown.is_empty():
        return UNKNOWN_CODE_SCHEMA.to_frame().select("code", "count")
    rows = found.places.value_counts(name="count").rename({found.places.name: "place"})
    return (
        unknown.join(rows, on="place")
        .group_by("code")
        .agg(pl.col("count").sum().cast(pl.Int64))
        .sort("count", "code", descending=[True, False])
    )


@cache
def _analytes_said() -> pl.Series:
    """Return how each analyte is said in a sentence: ALT, IgG, albumin."""
    return pl.Series(
        [_WRITTEN.get(code, code if len(code) <= _LONGEST_CODE_SAID else one.name) for code, one in analytes().items()]
    )


def analyte_said(analyte: pl.Expr) -> pl.Expr:
    """Return how an analyte is said in a sentence; null where it is not known."""
    return pl.lit(_analytes_said()).gather(analyte.to_physical())
