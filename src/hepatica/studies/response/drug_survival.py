"""How long drugs are taken, and why they end."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.record.tables import STOP_REASONS
from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.cohort import Cohort
from hepatica.studies.exposures import FOR_AIH, exposures
from hepatica.studies.statistics.survival import Curve, kaplan_meier
from hepatica.vocabulary import drugs


def times_on_drugs(cohort: Cohort, patients: pl.DataFrame) -> pl.DataFrame:
    """Return the first exposure of each patient to each immunosuppressant for AIH: patient_id, drug, years, stopped.

    A drug that goes on is known to be taken up to the last day on which the patient was seen.
    """
    counted = [name for name, drug in drugs().items() if drug.immunosuppressant]
    taken = exposures(cohort).filter(
        (pl.col("exposure_no") == 1) & (pl.col("given_for") == FOR_AIH) & pl.col("drug").is_in(counted)
    )
    seen = cohort.table("outcomes").select("patient_id", "last_seen")
    mine = taken.join(patients.select("patient_id"), on="patient_id", how="semi").join(
        seen, on="patient_id", how="left"
    )
    until = pl.coalesce(pl.col("end"), pl.col("last_seen"))  # the drug's end; while it goes on, the last day seen
    days = (pl.max_horizontal(until, pl.col("start")) - pl.col("start")).dt.total_days()
    return mine.select(
        "patient_id",
        "drug",
        "start",
        "end",
        "stop_reason",
        years=days / DAYS_A_YEAR,
        stopped=pl.col("end").is_not_null(),
    )


def discontinuations(times: pl.DataFrame) -> pl.DataFrame:
    """Return a row per drug: patients, still on it, stopped, and stopped by reason, the unknown one among them."""
    reasons = [(pl.col("stop_reason") == reason).sum().cast(pl.Int64).alias(reason) for reason in STOP_REASONS]
    return (
        times.group_by("drug")
        .agg(
            pl.len().cast(pl.Int64).alias("patients"),
            (~pl.col("stopped")).sum().cast(pl.Int64).alias("going_on"),
            pl.col("stopped").sum().cast(pl.Int64),
            *reasons,
        )
        .sort("patients", "drug", descending=[True, False])
    )


def curves(times: pl.DataFrame, rules: dict[str, Any], confidence: float) -> dict[str, Curve]:
    """Return the Kaplan-Meier curve of staying on each drug that enough patients took, the most frequent first."""
    left_out = [name for name, drug in drugs().items() if drug.drug_class in rules["classes_left_out"]]
    counts = (
        times.filter(~pl.col("drug").is_in(left_out))
        .group_by("drug")
        .len()
        .filter(pl.col("len") >= rules["least_patients"])
        .sort("len", "drug", descending=[True, False])
        .head(rules["most_curves"])
    )
    found = {}
    for drug in counts["drug"]:
        mine = times.filter(pl.col("drug") == drug)
        found[drug] = kaplan_meier(mine["years"], mine["stopped"], interval="log-log", confidence=confidence)
    return found
