"""Each user's story on the drug: normal before, raised on it, persistent, and what followed stopping."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.cohort import Cohort
from hepatica.studies.exposures import exposures

# A single value's status against the upper limit; a censored value that could be either side is unknown.
RAISED, NORMAL, UNKNOWN = "raised", "normal", "unknown"


def users(cohort: Cohort, definition: dict[str, Any]) -> pl.DataFrame:
    """Return each patient's first exposure to the drug: patient_id, drug, start, end (null: goes on), until.

    `until` is the last day on which a rise counts: the days that the definition gives after the end, but not after
    the as-of date.
    """
    found = exposures(cohort).filter(pl.col("drug").is_in(definition["drugs"]))
    if definition["given_for"] != "any":
        found = found.filter(pl.col("given_for") == definition["given_for"])
    first = found.sort("patient_id", "start", "drug").group_by("patient_id", maintain_order=True).first()
    after = pl.duration(days=definition["rise"]["within_days_of_end"])
    ends = pl.min_horizontal(
        pl.col("end") + after, pl.lit(cohort.as_of)
    )  # an open end (null) goes on to the as-of date
    return first.select("patient_id", "drug", "start", "end", "stop_reason", until=ends)


def alt_days(cohort: Cohort, above_xuln: float) -> pl.DataFrame:
    """Return the days with ALT: patient_id, date, x_uln (the day's highest), status (to the limit), above (the rise).

    A censored value counts as far as it decides: <30 below the limit is normal, >100 above it is raised.
    """
    rows = cohort.record.measurements.filter((pl.col("analyte") == "ALT") & (pl.col("date") <= cohort.as_of))
    upper_open, lower_open = (pl.col("comparator").str.starts_with(sign) for sign in "><")  # also >= and <=
    exact = pl.col("comparator").is_null()
    return (
        rows.with_columns(
            high=pl.when(upper_open).then(float("inf")).otherwise("x_uln"),
            low=pl.when(lower_open).then(0.0).otherwise("x_uln"),
        )
        .group_by("patient_id", "date")
        .agg(
            pl.col("low").max(),
            pl.col("high").max(),
            known=pl.col("x_uln").is_not_null().all(),
            x_uln=pl.when(exact).then("x_uln").max(),
        )
        .with_columns(
            status=pl.when(~pl.col("known"))
            .then(pl.lit(UNKNOWN))
            .when(pl.col("high") <= 1)
            .then(pl.lit(NORMAL))
            .when(pl.col("low") > 1)
            .then(pl.lit(RAISED))
            .otherwise(pl.lit(UNKNOWN)),  # censored across the limit: nobody can tell
            above=pl.col("known") & (pl.col("low") > above_xuln),
        )
        .select("patient_id", "date", "x_uln", "status", "above")
        .sort("patient_id", "date")
    )


def baselines(exposed: pl.DataFrame, days: pl.DataFrame, baseline_days: int) -> pl.DataFrame:
    """Return each user's status before the first dose: patient_id, before (normal, raised, unknown; null: no ALT)."""
    near = days.join(exposed.select("patient_id", "start"), on="patient_id").filter(
        (pl.col("date") <= pl.col("start")) & ((pl.col("start") - pl.col("date")).dt.total_days() <= baseline_days)
    )
    latest = near.group_by("patient_id", maintain_order=True).last()
    return exposed.join(latest.select("patient_id", before="status"), on="patient_id", how="left")


def followed(exposed: pl.DataFrame, days: pl.DataFrame, definition: dict[str, Any]) -> pl.DataFrame:
    """Return each user with what ALT did on the drug.

    Adds seen (last day with ALT while a rise counts; null: none), rise (day of the first), onset_days, peak_xuln
    (highest exact value from the rise on, while it counts), persistent (yes, no, unknown), after (normal, raised,
    unknown once stopped; null while it goes on), days_to_normal (from the rise to the first normal day).
    """
    on = days.join(exposed.select("patient_id", "start", "until"), on="patient_id").filter(
        (pl.col("date") > pl.col("start")) & (pl.col("date") <= pl.col("until"))
    )
    seen = on.group_by("patient_id").agg(seen=pl.col("date").max(), rise=pl.col("date").filter(pl.col("above")).min())
    told = exposed.join(seen, on="patient_id", how="left").with_columns(
        onset_days=(pl.col("rise") - pl.col("start")).dt.total_days()
    )
    risen = told.filter(pl.col("rise").is_not_null()).select("patient_id", "rise", "until", "end")
    later = days.join(risen, on="patient_id").filter(pl.col("date") >= pl.col("rise"))
    return (
        told.join(_peaks(later), on="patient_id", how="left")
        .join(_persistence(later, risen, definition["rise"]["persistent_days"]), on="patient_id", how="left")
        .join(_after_stopping(later, risen, definition["after_stopping_days"]), on="patient_id", how="left")
        .sort("patient_id")
    )


def _peaks(later: pl.DataFrame) -> pl.DataFrame:
    return later.filter(pl.col("date") <= pl.col("until")).group_by("patient_id").agg(peak_xuln=pl.col("x_uln").max())


def _persistence(later: pl.DataFrame, risen: pl.DataFrame, persistent_days: int) -> pl.DataFrame:
    """Return persistent: no once ALT is normal within the days; yes if raised at their end or after; else unknown."""
    age = (pl.col("date") - pl.col("rise")).dt.total_days()
    normal, raised = pl.col("status") == NORMAL, pl.col("status") == RAISED
    told = later.group_by("patient_id").agg(
        early=(normal & (age < persistent_days)).any(),
        late=(raised & (age >= persistent_days)).any(),
        days_to_normal=age.filter(normal).min(),
    )
    word = pl.when("early").then(pl.lit("no")).when("late").then(pl.lit("yes")).otherwise(pl.lit("unknown"))
    return (
        risen.select("patient_id")
        .join(told, on="patient_id", how="left")
        .select("patient_id", "days_to_normal", persistent=word)
    )


def _after_stopping(later: pl.DataFrame, risen: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return what the last ALT with a known status says, up to so many days after the drug was stopped."""
    stopped = risen.filter(pl.col("end").is_not_null() & (pl.col("end") >= pl.col("rise")))
    after = later.filter(
        pl.col("end").is_not_null()
        & (pl.col("date") > pl.col("end"))
        & ((pl.col("date") - pl.col("end")).dt.total_days() <= days)
        & (pl.col("status") != UNKNOWN)
    )
    last = after.group_by("patient_id", maintain_order=True).last().select("patient_id", after="status")
    return (
        stopped.select("patient_id")
        .join(last, on="patient_id", how="left")
        .with_columns(
            pl.col("after").fill_null(UNKNOWN)  # stopped, and nobody measured
        )
    )
