"""Treatments in sequence: how patients flow from one to the next, and the lanes of those with most of them."""

from __future__ import annotations

import polars as pl

from hepatica.studies.calendar import DAYS_A_MONTH
from hepatica.studies.cohort import Cohort
from hepatica.studies.exposures import FOR_AIH

STAYED, OTHERS = "no further line", "others"
STAGES = ["First treatment", "Second treatment", "Third treatment"]


def flows(rows: pl.DataFrame, shown: int) -> pl.DataFrame:
    """Return how many patients went from which treatment to which: stage, source, target, patients.

    The most frequent treatments of a stage have a node of their own, the others share one.
    """
    mine = rows.filter(pl.col("given_for") == FOR_AIH).sort("patient_id", "episode_no")
    wide = mine.group_by("patient_id", maintain_order=True).agg(
        *(pl.col("treatment").get(stage, null_on_oob=True).alias(f"stage_{stage}") for stage in range(len(STAGES)))
    )
    for stage in range(len(STAGES)):
        name = f"stage_{stage}"
        counts = wide.drop_nulls(name).group_by(name).len().sort("len", name, descending=[True, False])
        kept = counts.head(shown)[name].to_list()
        # No further treatment is an answer of its own; a rare treatment is one of the others.
        label = pl.when(pl.col(name).is_null()).then(pl.lit(STAYED)).when(pl.col(name).is_in(kept)).then(pl.col(name))
        wide = wide.with_columns(label.otherwise(pl.lit(OTHERS)).alias(name))
    parts = [
        wide.filter(pl.col(f"stage_{stage}") != STAYED)
        .group_by(source=f"stage_{stage}", target=f"stage_{stage + 1}")
        .agg(patients=pl.len().cast(pl.Int64))
        .with_columns(stage=pl.lit(stage, dtype=pl.Int64))
        for stage in range(len(STAGES) - 1)
    ]
    order = (pl.col("source") == OTHERS, pl.col("target") == STAYED, pl.col("target") == OTHERS)
    return (
        pl.concat(parts)
        .with_columns(size=pl.col("patients").sum().over("stage", "source"))
        .sort("stage", order[0], pl.col("size") * -1, "source", order[1], order[2], pl.col("patients") * -1, "target")
        .select("stage", "source", "target", "patients")
    )


def lanes(cohort: Cohort, rows: pl.DataFrame, most: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lanes of the patients with most treatments, and what happened on them, in months since the index date.

    Lanes: patient, start, end, what, ongoing. Events: patient, time, event.
    """
    mine = rows.filter(pl.col("given_for") == FOR_AIH)
    chosen = (
        mine.group_by("patient_id").len().sort("len", "patient_id", descending=[True, False]).head(most)["patient_id"]
    )
    outcomes = cohort.table("outcomes").select("patient_id", "last_seen", "transplant_date", "death_date")
    here = mine.filter(pl.col("patient_id").is_in(chosen.to_list())).join(outcomes, on="patient_id", how="left")
    until = pl.max_horizontal(pl.coalesce("end", "last_seen"), "start")  # while it goes on, the last day seen
    bars = here.select(
        patient="patient_id",
        start=_months(pl.col("start")),
        end=_months(until),
        what=pl.lit("line ") + pl.col("line").cast(pl.String),
        ongoing=pl.col("end").is_null(),
    )
    response = cohort.table("response").select("patient_id", "cbr_date", "relapse_date")
    once = here.unique("patient_id", maintain_order=True).join(response, on="patient_id", how="left")
    kinds = (
        ("complete response", "cbr_date"), ("relapse", "relapse_date"),
        ("transplant", "transplant_date"), ("death", "death_date"),
    )  # fmt: skip
    events = pl.concat(
        [
            once.drop_nulls(column).select(patient="patient_id", time=_months(pl.col(column)), event=pl.lit(kind))
            for kind, column in kinds
        ]
    )
    order = {patient: number for number, patient in enumerate(chosen)}
    place = pl.col("patient").replace_strict(order, default=None, return_dtype=pl.Int64)
    return bars.sort(place, "start"), events.sort(place, "time")


def _months(day: pl.Expr) -> pl.Expr:
    return (day - pl.col("index_date")).dt.total_days() / DAYS_A_MONTH
