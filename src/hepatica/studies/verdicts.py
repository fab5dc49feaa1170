"""What became of each treatment episode: response by the end of its window, or why that cannot be said."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.cohort import Cohort

ACHIEVED, NOT_ACHIEVED = "achieved", "not_achieved"
IN_RESPONSE, PENDING, NOT_ASSESSABLE = "in_response_at_start", "pending", "not_assessable"
VERDICTS = (ACHIEVED, NOT_ACHIEVED, NOT_ASSESSABLE, IN_RESPONSE, PENDING)


def judged(cohort: Cohort, rows: pl.DataFrame, rules: dict[str, Any]) -> pl.DataFrame:
    """Return the episodes with `verdict` and, where it is not assessable, `reason`.

    in_response_at_start: the disease was not active when it began (out). pending: its window is not over (out).
    achieved: complete biochemical response at some evaluation in the window, on this treatment. not_achieved: the last
    known status at the window's end is no response, or it was stopped before for a reason that is a failure.
    not_assessable: everything else, with the reason.
    """
    windows = _windows(cohort, rows, rules)
    found = windows.join(_evaluated(cohort, windows, rules), on="episode", how="left").join(
        _at_start(cohort, windows, rules), on="episode", how="left"
    )
    known = found.with_columns(
        # An episode without a row of evaluations has none: not seen in response, and nothing known at the end.
        responded=pl.col("responded").fill_null(False),
        active=pl.when(pl.col("line") == 1).then(pl.lit("yes")).otherwise(pl.col("active").fill_null("unknown")),
    )
    stopped = pl.col("end").is_not_null() & (pl.col("end") < pl.col("window_end"))
    failed = stopped & pl.col("stop_reason").is_in(rules["failure_reasons"])
    verdict = (
        pl.when(pl.col("active") == "no").then(pl.lit(IN_RESPONSE))
        .when(pl.col("active") == "unknown").then(pl.lit(NOT_ASSESSABLE))
        .when(pl.col("responded")).then(pl.lit(ACHIEVED))
        .when(failed).then(pl.lit(NOT_ACHIEVED))
        .when(pl.col("terminal") <= pl.col("until")).then(pl.lit(NOT_ASSESSABLE))
        .when(~stopped & (pl.col("window_end") > cohort.as_of)).then(pl.lit(PENDING))
        .when(pl.col("last_status") == "no").then(pl.lit(NOT_ACHIEVED))
        .otherwise(pl.lit(NOT_ASSESSABLE))  # no status is known at the window's end
    )  # fmt: skip
    reason = (
        pl.when(pl.col("active") == "unknown").then(pl.lit("status at start not known"))
        .when(pl.col("terminal") <= pl.col("until")).then(pl.lit("death or transplant"))
        .when(stopped & ~failed).then(pl.lit("stopped before the window's end"))
        .otherwise(pl.lit("no status at the window's end"))  # what is left of those not assessable
    )  # fmt: skip
    return known.with_columns(verdict=verdict).with_columns(
        reason=pl.when(pl.col("verdict") == NOT_ASSESSABLE).then(reason)
    )


def _windows(cohort: Cohort, rows: pl.DataFrame, rules: dict[str, Any]) -> pl.DataFrame:
    """Return the episodes with the end of their window, and the day until which results tell of this treatment."""
    ends = cohort.table("outcomes").select("patient_id", terminal=pl.min_horizontal("death_date", "transplant_date"))
    window_end = pl.col("start").dt.offset_by(f"{rules['months']}mo")
    return (
        rows.join(ends, on="patient_id", how="left")
        .with_row_index("episode")
        .with_columns(window_end=window_end)
        .with_columns(until=pl.min_horizontal("window_end", "end", "terminal"))
    )


def _evaluated(cohort: Cohort, windows: pl.DataFrame, rules: dict[str, Any]) -> pl.DataFrame:
    """Return for each episode with evaluations in its window whether one was in response, and the last known status."""
    # Of the window itself, not of what there was of it: who was stopped early was not seen at its end.
    near_end = pl.col("date") >= pl.col("window_end") - pl.duration(days=rules["assess_days"])
    known_late = (pl.col("cbr") != "unknown") & near_end
    return (
        windows.select("episode", "patient_id", "start", "until", "window_end")
        .join(cohort.table("evaluations").select("patient_id", "date", "cbr"), on="patient_id")
        .filter((pl.col("date") > pl.col("start")) & (pl.col("date") <= pl.col("until")))
        .sort("episode", "date")
        .group_by("episode")
        .agg(
            responded=(pl.col("cbr") == "yes").any(),
            last_status=pl.col("cbr").filter(known_late).last(),
        )
    )


def _at_start(cohort: Cohort, windows: pl.DataFrame, rules: dict[str, Any]) -> pl.DataFrame:
    """Return for each episode whether the disease was active when it began, by the latest known status before it."""
    gap = (pl.col("start") - pl.col("date")).dt.total_days()
    latest = (
        windows.select("episode", "patient_id", "start")
        .join(cohort.table("evaluations").select("patient_id", "date", "cbr"), on="patient_id")
        .filter(gap.is_between(0, rules["active_within_days"]) & (pl.col("cbr") != "unknown"))
        .sort("episode", "date")
        .group_by("episode")
        .agg(status=pl.col("cbr").last())
    )
    return latest.select(
        "episode", active=pl.when(pl.col("status") == "no").then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
