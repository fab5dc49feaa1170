"""What is found wrong or odd with rows: rows that cannot be used go to quarantine, odd ones are kept with a warning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from hepatica.record.codes import analyte_said
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


def set_aside(
    rows: pl.DataFrame, table: str, findings: Sequence[Finding], among: pl.Series | None = None
) -> tuple[pl.Series, pl.DataFrame]:
    """Return which rows have none of the findings, and the quarantine of the others, each once, for its first finding.

    With `among`, only those rows are looked at; the others are not usable either.
    """
    whens = [one.when.fill_null(value=False) for one in findings]
    found = rows.select(found=pl.any_horizontal(whens))["found"]
    if among is not None:
        found, usable = found & among, among & ~found
    else:
        usable = ~found
    if not found.any():
        return usable, PROBLEM_SCHEMA.to_frame()
    first = pl.coalesce(pl.when(when).then(number) for number, when in enumerate(whens))
    bad = _at(rows, found).with_columns(finding=first)
    parts = bad.partition_by("finding", as_dict=True).items()
    told = [_told(part, table, findings[int(str(number))]) for (number,), part in parts]
    return usable, _in_order(told)


def remarks(rows: pl.DataFrame, table: str, findings: Sequence[Finding], among: pl.Series) -> pl.DataFrame:
    """Return a warning for each finding of each of the rows `among`, in the order of the rows."""
    whens = rows.select((one.when & among).alias(str(number)) for number, one in enumerate(findings))
    told = [
        _told(_at(rows, when), table, one)
        for when, one in zip(whens.get_columns(), findings, strict=True)
        if when.any()
    ]
    return _in_order(told) if told else PROBLEM_SCHEMA.to_frame()


def _in_order(told: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return problems in the order of their rows, in one piece (Polars 2.1 stumbles over empty pieces)."""
    return pl.concat(told, rechunk=True).sort("place", maintain_order=True).drop("place").rechunk()


def _at(rows: pl.DataFrame, when: pl.Series) -> pl.DataFrame:
    """Return the rows for which `when` is true (not unknown), with their `place`; cheap where these are few."""
    place = when.arg_true()
    return rows[place].with_columns(place=place)


def _told(rows: pl.DataFrame, table: str, finding: Finding) -> pl.DataFrame:
    """Return the rows as problems: where each stands, its cell as sent, the reason, and the explanation."""
    column = finding.column
    if finding.reason is None:
        reason = pl.col(f"problem:{column}").cast(pl.String)
        said = reason.replace_strict({name: sentence(name, column) for name in REASONS}, return_dtype=pl.String)
    else:
        reason, said = pl.lit(finding.reason), pl.lit(sentence(finding.reason, column))
    if "analyte" in rows.columns:
        said = pl.concat_str(analyte_said(pl.col("analyte")), said, separator=": ", ignore_nulls=True)
    if finding.detail is not None:
        detail = finding.detail
        more = detail if isinstance(detail, pl.Expr) else pl.lit(detail(rows))
        said = pl.concat_str(said, more, separator="; ", ignore_nulls=True)
    problem = rows.select(
        "place",
        table=pl.lit(table),
        **{name: pl.col(name) for name in ORIGIN},
        patient_id=pl.col("patient_id"),
        column=pl.lit(column),
        value=pl.col(f"sent:{column}").cast(pl.String),
        reason=reason,
        explanation=said,
    )
    return problem.cast(pl.Schema([("place", pl.UInt32()), *PROBLEM_SCHEMA.items()]))
