"""What is found wrong or odd with rows: rows that cannot be used go to quarantine, odd ones are kept with a warning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from hepatica.record.reasons import REASONS, sentence
from hepatica.record.record import PROBLEM_SCHEMA
from hepatica.record.tables import ORIGIN

# More than the fixed sentence says: an expression, or a function of the rows concerned.
Detail = pl.Expr | Callable[[pl.DataFrame], pl.Series]


@dataclass(frozen=True)
class Finding:
    """One thing that can be wrong with a row: in which column, when, and why.

    `when` looks at one row at a time, and counts as no where it is unknown: what cannot be decided is no finding.
    A `reason` of None is the problem that reading the column's cell found.
    """

    column: str
    when: pl.Expr
    reason: str | None
    detail: Detail | None = None


def unreadable(column: str, detail: Detail | None = None) -> Finding:
    """Return the finding that a column's cell could not be read, whatever the reason."""
    return Finding(column, pl.col(f"problem:{column}").is_not_null(), None, detail)


def missing(column: str, *read: str) -> Finding:
    """Return the finding that a required cell is empty: nothing was read from it (in any of the columns `read`)."""
    nothing = pl.all_horizontal(pl.col(name).is_null() for name in read or (column, f"problem:{column}"))
    return Finding(column, nothing, f"missing_{column}")


def set_aside(rows: pl.DataFrame, table: str, findings: Sequence[Finding]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows without any of the findings, and the quarantine: each other row once, for its first finding."""
    found = rows.select(pl.any_horizontal(one.when for one in findings).fill_null(value=False).alias("bad"))["bad"]
    if not found.any():
        return rows, PROBLEM_SCHEMA.to_frame()
    bad = rows.filter(found).with_row_index("place")
    first = pl.coalesce(pl.when(one.when).then(number) for number, one in enumerate(findings))
    bad = bad.with_columns(first.alias("finding"))
    told = [
        _told(rows, table, findings[number]) for (number,), rows in bad.partition_by("finding", as_dict=True).items()
    ]
    quarantine = pl.concat(told).sort("place").drop("place")
    return rows.filter(~found), quarantine


def remarks(rows: pl.DataFrame, table: str, findings: Sequence[Finding]) -> pl.DataFrame:
    """Return a warning for each finding of each row, in the order of the rows."""
    whens = rows.select(one.when.fill_null(value=False).alias(str(number)) for number, one in enumerate(findings))
    numbered = rows.with_row_index("place")
    told = [
        _told(numbered.filter(when), table, one)
        for when, one in zip(whens.get_columns(), findings, strict=True)
        if when.any()
    ]
    if not told:
        return PROBLEM_SCHEMA.to_frame()
    return pl.concat(told).sort("place", maintain_order=True).drop("place")


def _told(rows: pl.DataFrame, table: str, finding: Finding) -> pl.DataFrame:
    """Return the rows as problems: where each stands, its cell as sent, the reason, and the explanation."""
    column = finding.column
    if finding.reason is None:
        reason = pl.col(f"problem:{column}").cast(pl.String)
        said = reason.replace_strict({name: sentence(name, column) for name in REASONS}, return_dtype=pl.String)
    else:
        reason, said = pl.lit(finding.reason), pl.lit(sentence(finding.reason, column))
    if finding.detail is not None:
        detail = finding.detail
        more = detail if isinstance(detail, pl.Expr) else pl.lit(detail(rows))
        said = pl.concat_str(said, more, separator="; ", ignore_nulls=True)
    return rows.select(
        "place",
        table=pl.lit(table),
        **{name: pl.col(name) for name in ORIGIN},
        patient_id=pl.col("patient_id"),
        column=pl.lit(column),
        value=pl.col(f"sent:{column}").cast(pl.String),
        reason=reason,
        explanation=said,
    ).cast({"place": pl.UInt32, **PROBLEM_SCHEMA})
