"""Each patient's endpoint: the assessment nearest to the week, within the window; without one it is unknown."""

from __future__ import annotations

import polars as pl

from hepatica.studies.cohort import Cohort
from hepatica.studies.trial.allocation import CONTROL, INTERVENTION
from hepatica.studies.trial.comparison import Arms

DAYS_A_WEEK = 7


def endpoint(cohort: Cohort, patients: pl.DataFrame, weeks: float, window_days: int) -> pl.DataFrame:
    """Return patient_id and `met` (yes, no, unknown): the evaluation nearest to the week that has a known status.

    Of two that are equally near the earlier one counts. The status is that of the cohort's definition set.
    """
    day = weeks * DAYS_A_WEEK
    seen = (
        cohort.table("evaluations")
        .filter(pl.col("cbr") != "unknown")
        .join(patients.select("patient_id", "randomised"), on="patient_id")
        .with_columns(off=((pl.col("date") - pl.col("randomised")).dt.total_days() - day).abs())
        .filter((pl.col("off") <= window_days) & (pl.col("date") > pl.col("randomised")))
        .sort("off", "date")
        .group_by("patient_id", maintain_order=True)
        .first()
        .select("patient_id", met="cbr")
    )
    return (
        patients.select("patient_id")
        .join(seen, on="patient_id", how="left")
        .with_columns(
            met=pl.col("met").fill_null("unknown")  # nobody looked, or nobody could tell
        )
    )


def arms_of(patients: pl.DataFrame, missing: str) -> Arms:
    """Return the counts of both arms; patients whose endpoint is unknown count as said.

    `missing` is failure (in the denominator alone), unknown (left out), or for what might be: best (all of the
    intervention arm met it, none of the control arm), worst (the other way round).
    """
    return Arms(*(_counts(patients.filter(pl.col("arm") == arm), missing, arm) for arm in (INTERVENTION, CONTROL)))


def _counts(arm: pl.DataFrame, missing: str, name: str) -> tuple[int, int]:
    met = int((arm["met"] == "yes").sum())
    unknown = int((arm["met"] == "unknown").sum())
    if missing == "unknown":
        return met, arm.height - unknown
    favoured = (missing == "best") == (name == INTERVENTION)
    return met + (unknown if missing in ("best", "worst") and favoured else 0), arm.height


def serious_events(cohort: Cohort, patients: pl.DataFrame, weeks: float) -> pl.Series:
    """Return who has a serious adverse event recorded from the day of randomisation to the week."""
    events = cohort.record.events.filter((pl.col("event") == "adverse_event") & (pl.col("serious") == "yes"))
    return _within(events, "date", patients, weeks)


def stops(cohort: Cohort, patients: pl.DataFrame, arms: dict[str, str], weeks: float) -> pl.Series:
    """Return who has stopped the arm's drug for intolerance or an adverse event by the week."""
    names = {INTERVENTION: arms["intervention"], CONTROL: arms["control"]}
    ended = cohort.record.treatments.filter(pl.col("stop_reason").is_in(["intolerance", "adverse_event"]))
    own = ended.join(patients.select("patient_id", "arm"), on="patient_id").filter(
        pl.col("drug") == pl.col("arm").replace_strict(names)
    )
    return _within(own.drop("arm"), "end", patients, weeks)


def _within(rows: pl.DataFrame, column: str, patients: pl.DataFrame, weeks: float) -> pl.Series:
    after = (pl.col(column) - pl.col("randomised")).dt.total_days()
    found = rows.join(patients.select("patient_id", "randomised"), on="patient_id").filter(
        (after >= 0) & (after <= weeks * DAYS_A_WEEK)
    )
    return patients["patient_id"].is_in(found["patient_id"].unique().to_list())
