"""Who began which treatment, and what was known of them on that day."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.attrition import Flow
from hepatica.studies.cohort import Cohort
from hepatica.studies.exposures import FOR_AIH, exposures
from hepatica.studies.population import chosen
from hepatica.vocabulary import drugs

INTERVENTION, CONTROL, BOTH = "intervention", "control", "both"
AFTER_INDEX_DAYS = 7
LATER = {
    "response": "the response", "cbr": "the response", "relapse": "a relapse", "line": "a later line",
    "dose": "the doses that were reached", "stopped": "stopping", "adverse_event": "an adverse event",
}  # fmt: skip
NUMBERS = {"age", "alt", "igg", "year"}
WORDS = {"male", "cirrhosis", "acute_severe", "variant", "centre"}


def check(definition: dict[str, Any]) -> None:
    """Refuse covariates that come after the treatment or are unknown to the study, and drugs of no vocabulary.

    Raises:
        UsageError: with the reason.
    """
    for name in definition["covariates"]:
        if name in LATER:
            raise UsageError(
                f"covariates: {name}",
                f"{LATER[name]} follows the treatment: holding it equal would take away part of the effect",
                "use what was known at the index date",
            )
        if name not in NUMBERS | WORDS:
            known = ", ".join(sorted(NUMBERS | WORDS))
            raise UsageError(f"covariates: {name}", "is no covariate of this study", f"use some of {known}")
    named = [drug for arm in definition["arms"].values() for drug in arm["drugs"]]
    if strange := [name for name in named if name not in drugs()]:
        raise UsageError(f"arms: {strange[0]}", "is not in the vocabulary", "use the vocabulary's names")
    if len(named) != len(set(named)):
        raise UsageError("arms", "a drug is in both", "give each drug to one arm")


def new_users(cohort: Cohort, definition: dict[str, Any]) -> Flow:
    """Return the population's new users of one of the two treatments: patient_id, arm, and the covariates.

    Numbers are null and words "unknown" where they are not known.
    """
    flow = chosen(cohort, definition["population"])
    arms = _arms(cohort, flow.patients, definition)
    joined = Flow(flow.patients.join(arms, on="patient_id", how="left"), flow.steps)
    names = " or ".join(arm["label"] for arm in definition["arms"].values())
    one = joined.keep("users", f"Began {names}", pl.col("arm").is_not_null(), out="began neither").keep(
        "one", "Began one of the two, not both", pl.col("arm") != BOTH, out="began both"
    )
    return Flow(with_covariates(cohort, one.patients, definition), one.steps)


def _arms(cohort: Cohort, patients: pl.DataFrame, definition: dict[str, Any]) -> pl.DataFrame:
    """Return the arm of everybody who began a drug of one arm near the index date."""
    begun = (
        exposures(cohort)
        .filter(pl.col("given_for") == FOR_AIH)
        .join(patients.select("patient_id", "index_date"), on="patient_id")
    )
    near = begun.filter(
        (pl.col("start") - pl.col("index_date")).dt.total_days().is_between(0, definition["within_days"])
    )
    sides = {name: near["drug"].is_in(arm["drugs"]) for name, arm in definition["arms"].items()}
    told = near.with_columns(**sides).group_by("patient_id").agg(pl.col(INTERVENTION).any(), pl.col(CONTROL).any())
    return told.filter(pl.any_horizontal(INTERVENTION, CONTROL)).select(
        "patient_id",
        arm=pl.when(pl.all_horizontal(INTERVENTION, CONTROL))
        .then(pl.lit(BOTH))
        .when(INTERVENTION)
        .then(pl.lit(INTERVENTION))
        .otherwise(pl.lit(CONTROL)),  # one of the two is true: the filter says so
    )


def with_covariates(cohort: Cohort, patients: pl.DataFrame, definition: dict[str, Any]) -> pl.DataFrame:
    """Return the patients with every covariate that the study knows."""
    days = definition["baseline_days"]
    severe = cohort.record.events.filter(pl.col("event") == "acute_severe_presentation")["patient_id"]
    return (
        patients.join(
            _baseline(cohort, patients, "ALT", days).rename({"x_uln": "alt_xuln"}), on="patient_id", how="left"
        )
        .join(_baseline(cohort, patients, "IGG", days).rename({"x_uln": "igg"}), on="patient_id", how="left")
        .with_columns(
            age="age_at_index",
            alt=pl.col("alt_xuln").log(2),
            year=pl.col("index_date").dt.year().cast(pl.Float64),
            male=pl.when(pl.col("sex").is_in(["male", "female"]))
            .then(pl.when(pl.col("sex") == "male").then(pl.lit("yes")).otherwise(pl.lit("no")))
            .otherwise(pl.lit("unknown")),  # another sex is neither
            cirrhosis="cirrhosis_at_diagnosis",
            acute_severe=pl.when(pl.col("patient_id").is_in(severe.unique().to_list()))
            .then(pl.lit("yes"))
            .otherwise(pl.lit("not recorded")),
        )
        .sort("patient_id")
    )


def _baseline(cohort: Cohort, patients: pl.DataFrame, analyte: str, days: int) -> pl.DataFrame:
    """Return the exact value nearest before the index date, or else the first within a week after it."""
    off = (pl.col("date") - pl.col("index_date")).dt.total_days()
    rows = cohort.record.measurements.filter(
        (pl.col("analyte") == analyte)
        & pl.col("comparator").is_null()
        & pl.col("x_uln").is_not_null()
        & (pl.col("x_uln") > 0)
    ).join(patients.select("patient_id", "index_date"), on="patient_id")
    near = rows.with_columns(off=off).filter(pl.col("off").is_between(-days, AFTER_INDEX_DAYS))
    order = near.sort(pl.col("off") > 0, pl.col("off").abs(), pl.col("x_uln"), descending=[False, False, True])
    return order.group_by("patient_id", maintain_order=True).first().select("patient_id", "x_uln")
