"""Exposures: the unbroken times on one drug for one indication, from the treatment rows of a whole cohort."""

from __future__ import annotations

import polars as pl

from hepatica.course import definitions
from hepatica.studies.cohort import Cohort
from hepatica.vocabulary import drugs

# What the indication column says, as studies tell it apart: a drug for another disease is another question.
FOR_AIH, FOR_OTHER = "AIH", "another disease"


def exposures(cohort: Cohort) -> pl.DataFrame:
    """Return a row per exposure: an immunosuppressant or companion, taken without a gap beyond the definition set's.

    patient_id, drug, given_for ("AIH", also where no indication is recorded; "another disease"), exposure_no (1, 2, …
    of that drug), start, end (last day; null while it goes on at the as-of date), stop_reason (of the row that ended
    last; "unknown" where none is recorded, null while it goes on), days (to the end or the as-of date, both included).
    Rows for a transplanted liver, local routes, and rows that start after the as-of date do not count.
    """
    gap = definitions(cohort.definitions).gap_days
    counted = [name for name, drug in drugs().items() if drug.immunosuppressant or drug.companion]
    rows = (
        cohort.record.treatments.filter(
            pl.col("drug").is_in(counted)
            & (pl.col("indication") != "transplant")
            & pl.col("systemic")  # a route that nobody knows does not count, as in the course
            & (pl.col("start") <= cohort.as_of)
        )
        .with_columns(
            given_for=pl.when(pl.col("indication") == "extrahepatic")
            .then(pl.lit(FOR_OTHER))
            .otherwise(pl.lit(FOR_AIH)),
            # An open end, or one that lies ahead, goes on beyond the as-of date.
            last=pl.when(pl.col("end").is_null() | (pl.col("end") > cohort.as_of)).then(None).otherwise(pl.col("end")),
        )
        .with_columns(until=pl.col("last").fill_null(cohort.as_of))  # as far as is known
        .sort("patient_id", "drug", "given_for", "start", "until", "row")
    )
    one = ["patient_id", "drug", "given_for"]
    before = pl.col("until").cum_max().shift(1).over(one)
    fresh = before.is_null() | ((pl.col("start") - before).dt.total_days() - 1 > gap)
    marked = rows.with_columns(exposure_no=fresh.cast(pl.Int64).cum_sum().over(one))
    latest = pl.col("until").arg_max()
    merged = marked.group_by(*one, "exposure_no", maintain_order=True).agg(
        start=pl.col("start").min(),
        until=pl.col("until").max(),
        ongoing=pl.col("last").is_null().any(),
        stop_reason=pl.col("stop_reason").get(latest),
    )
    over = ~pl.col("ongoing")
    return merged.select(
        *one,
        "exposure_no",
        "start",
        end=pl.when(over).then(pl.col("until")),
        stop_reason=pl.when(over).then(pl.col("stop_reason")),
        days=(pl.col("until") - pl.col("start")).dt.total_days() + 1,
    ).sort("patient_id", "start", "drug", "given_for")
