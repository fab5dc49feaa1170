"""Each patient's metabolite levels on a thiopurine without allopurinol, and the class of response that they go with."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.cohort import Cohort
from hepatica.studies.statistics.summaries import time_weighted_mean

STABLE, NOT_MAINTAINED, NEVER = "stable", "not_maintained", "never"
CLASSES = (STABLE, NOT_MAINTAINED, NEVER)
UNKNOWN = "unknown"
THIOPURINES = ("azathioprine", "mercaptopurine")
# A loss that is seen in the days after the change that it led to still belongs to what was changed.
CHANGE_DAYS = 42


def first_line_times(cohort: Cohort) -> pl.DataFrame:
    """Return from when to when each patient was on a first line with a thiopurine: patient_id, on_from, on_until.

    Allopurinol ends it, and so does a drug of a later line: what happens then tells of another treatment.
    """
    names = pl.col("drugs").str.split("+")
    taken = pl.any_horizontal(names.list.contains(drug) for drug in THIOPURINES)
    rows = cohort.table("regimens").filter((pl.col("line") == 1) & taken & ~names.list.contains("allopurinol"))
    return rows.group_by("patient_id").agg(
        on_from=pl.col("start").min(),
        on_until=pl.col("end").fill_null(cohort.as_of).max(),  # an open end goes on to the as-of date
    )


def response_classes(cohort: Cohort, never_after_months: int) -> pl.DataFrame:
    """Return patient_id, response_class (stable, not_maintained, never, unknown), on_from, on_until.

    The class is that of the first line with a thiopurine. never needs a known status of no response on it, so many
    months after it began or later: nobody looked is unknown.
    """
    times = first_line_times(cohort)
    response = cohort.table("response").select("patient_id", "cbr_date", "loss_of_cbr_date", "relapse_date")
    told = times.join(response, on="patient_id", how="left")
    late = (
        cohort.table("evaluations")
        .join(times, on="patient_id")
        .filter(pl.col("date") >= pl.col("on_from").dt.offset_by(f"{never_after_months}mo"), pl.col("cbr") == "no")
        .filter(pl.col("date") <= pl.col("on_until"))
    )
    judged_late = pl.col("patient_id").is_in(late["patient_id"].unique().to_list())
    reached, lost, relapsed = (_on_it(name) for name in ("cbr_date", "loss_of_cbr_date", "relapse_date"))
    return told.select(
        "patient_id",
        "on_from",
        "on_until",
        response_class=pl.when(reached & (lost | relapsed))
        .then(pl.lit(NOT_MAINTAINED))
        .when(reached)
        .then(pl.lit(STABLE))
        .when(judged_late)
        .then(pl.lit(NEVER))
        .otherwise(pl.lit(UNKNOWN)),  # neither a response nor a known lack of one
    )


def _on_it(day: str) -> pl.Expr:
    """Return whether a day lies in the first line, or up to a change of treatment that it may have led to."""
    known = pl.col(day).is_not_null()
    return (
        known & (pl.col(day) >= pl.col("on_from")) & (pl.col(day) <= pl.col("on_until") + pl.duration(days=CHANGE_DAYS))
    )


def levels(cohort: Cohort, definition: dict[str, Any]) -> pl.DataFrame:
    """Return the levels that count: patient_id, date, tgn, mmp, ratio, dose_mg_day, on the first line.

    A level in another unit, not at steady state (where the definition asks for it), on allopurinol, or after the first
    line is left out.
    """
    rows = cohort.table("metabolites").filter(pl.col("unit") == definition["unit"], pl.col("tgn").is_not_null())
    if definition["steady_only"]:
        rows = rows.filter(pl.col("steady_state") == "yes")
    on = first_line_times(cohort)
    before = rows.join(on, on="patient_id").filter(pl.col("date").is_between(pl.col("on_from"), pl.col("on_until")))
    return _with_dose(cohort, before).select("patient_id", "date", "tgn", "mmp", "dose_mg_day", ratio="mmp_tgn_ratio")


def allopurinol_starts(cohort: Cohort) -> pl.DataFrame:
    """Return the first day of allopurinol: patient_id, allopurinol."""
    rows = cohort.record.treatments.filter((pl.col("drug") == "allopurinol") & (pl.col("start") <= cohort.as_of))
    return rows.group_by("patient_id").agg(allopurinol=pl.col("start").min())


def _with_dose(cohort: Cohort, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the levels with the thiopurine's dose of that day, mg; null where it is not known in mg/day."""
    doses = cohort.record.treatments.filter(
        pl.col("drug").is_in(THIOPURINES) & (pl.col("dose_unit") == "mg/day") & pl.col("dose").is_not_null()
    ).select("patient_id", "start", "end", "dose")
    on_the_day = (
        rows.select("patient_id", "date")
        .unique()
        .join(doses, on="patient_id")
        .filter((pl.col("start") <= pl.col("date")) & (pl.col("end").is_null() | (pl.col("end") >= pl.col("date"))))
        .group_by("patient_id", "date")
        .agg(dose_mg_day=pl.when(pl.col("dose").n_unique() == 1).then(pl.col("dose").first()))
    )
    return rows.join(on_the_day, on=["patient_id", "date"], how="left")


def by_patient(rows: pl.DataFrame) -> pl.DataFrame:
    """Return patient_id, tgn (mean), tgn_time_weighted (trapezoid; null with one day), mmp (mean), ratio, levels."""
    means = rows.group_by("patient_id").agg(
        pl.col("tgn", "mmp", "ratio").mean(), levels=pl.len().cast(pl.Int64), days=pl.col("date").n_unique()
    )
    weighted = [
        (who, time_weighted_mean(part["date"].to_physical(), part["tgn"]))
        for (who,), part in rows.sort("patient_id", "date").group_by("patient_id", maintain_order=True)
        if part["date"].n_unique() > 1
    ]
    frame = pl.DataFrame(weighted, schema={"patient_id": pl.String, "tgn_time_weighted": pl.Float64}, orient="row")
    return means.drop("days").join(frame, on="patient_id", how="left").sort("patient_id")


def pairs_around_allopurinol(cohort: Cohort, definition: dict[str, Any]) -> pl.DataFrame:
    """Return each patient's last level before allopurinol and the first at steady state after its start.

    patient_id, tgn_before, tgn_after, mmp_before, mmp_after; only patients with both levels within the days asked for.
    """
    rows = cohort.table("metabolites").filter(
        pl.col("unit") == definition["unit"], pl.col("tgn").is_not_null(), pl.col("steady_state") == "yes"
    )
    off = (pl.col("date") - pl.col("allopurinol")).dt.total_days()
    near = rows.join(allopurinol_starts(cohort), on="patient_id").with_columns(off=off)
    days = definition["allopurinol_days"]
    before = near.filter(pl.col("off").is_between(-days, -1)).sort("date").group_by("patient_id").last()
    after = near.filter(pl.col("off").is_between(1, days)).sort("date").group_by("patient_id").first()
    return (
        before.select("patient_id", tgn_before="tgn", mmp_before="mmp")
        .join(after.select("patient_id", tgn_after="tgn", mmp_after="mmp"), on="patient_id")
        .sort("patient_id")
    )
