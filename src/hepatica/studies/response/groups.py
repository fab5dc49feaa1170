"""Responses counted by group, each with its denominator and Wilson interval, and groups compared by exact tests."""

from __future__ import annotations

import polars as pl

from hepatica.studies.statistics.fisher import fisher
from hepatica.studies.statistics.proportions import difference_newcombe, wilson
from hepatica.studies.verdicts import ACHIEVED, IN_RESPONSE, NOT_ACHIEVED, NOT_ASSESSABLE, PENDING, VERDICTS

CELLS = ("episodes", "assessable", *VERDICTS)
SUMS = (("episodes", VERDICTS), ("assessable", (ACHIEVED, NOT_ACHIEVED)))


def by_group(rows: pl.DataFrame, keys: tuple[str, ...], confidence: float) -> pl.DataFrame:
    """Return a row per group: episodes, assessable, the five verdicts, the share of the assessable, and its bounds.

    `if_no_unknown_responded` and `if_all_unknown_responded` say what the share would be had none, or all, of those
    not assessable responded.
    """
    counts = rows.group_by(*keys).agg(
        pl.len().cast(pl.Int64).alias("episodes"),
        *((pl.col("verdict") == verdict).sum().cast(pl.Int64).alias(verdict) for verdict in VERDICTS),
    )
    listed = counts.with_columns(assessable=pl.col(ACHIEVED) + pl.col(NOT_ACHIEVED)).sort(*keys, nulls_last=True)
    shares = [
        wilson(achieved, of, confidence=confidence) if of else None
        for achieved, of in listed.select(ACHIEVED, "assessable").iter_rows()
    ]
    return listed.with_columns(
        pl.Series("share", [one.share if one else None for one in shares], pl.Float64),
        pl.Series("lower", [one.lower if one else None for one in shares], pl.Float64),
        pl.Series("upper", [one.upper if one else None for one in shares], pl.Float64),
        if_no_unknown_responded=_of_all(pl.col(ACHIEVED)),
        if_all_unknown_responded=_of_all(pl.col(ACHIEVED) + pl.col(NOT_ASSESSABLE)),
    ).select(*keys, "episodes", IN_RESPONSE, PENDING, NOT_ASSESSABLE, "assessable", ACHIEVED, NOT_ACHIEVED,
             "share", "lower", "upper", "if_no_unknown_responded", "if_all_unknown_responded")  # fmt: skip


def _of_all(responses: pl.Expr) -> pl.Expr:
    """Return responses over all whose window is over, assessable or not; null where there is nobody."""
    due = pl.col("assessable") + pl.col(NOT_ASSESSABLE)
    return pl.when(due > 0).then(responses / due)


def compared(table: pl.DataFrame, key: str, question: str, confidence: float) -> pl.DataFrame:
    """Return each group against the first one that is assessable: difference of shares and Fisher's exact test."""
    groups = table.filter(pl.col("assessable") > 0)
    if groups.height < 2:
        return COMPARED.to_frame()
    reference = groups.row(0, named=True)
    rows = []
    for row in groups.iter_rows(named=True):
        if row[key] == reference[key]:
            continue
        counts = (row[ACHIEVED], row["assessable"], reference[ACHIEVED], reference["assessable"])
        difference, test = difference_newcombe(*counts, confidence=confidence), fisher(*counts)
        rows.append(
            {
                "question": question,
                "group": str(row[key]),
                "reference": str(reference[key]),
                "difference": difference.difference,
                "lower": difference.lower,
                "upper": difference.upper,
                "test": test.name,
                "p": test.p,
            }
        )
    return pl.DataFrame(rows, schema=COMPARED)


COMPARED = pl.Schema(
    {
        "question": pl.String(),
        "group": pl.String(),
        "reference": pl.String(),
        "difference": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "test": pl.String(),
        "p": pl.Float64(),
    }
)
