"""The population of a definition: who is in, who is out, and of whom a criterion is not recorded."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.attrition import Flow
from hepatica.studies.baseline_cirrhosis import baseline_cirrhosis
from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.cohort import Cohort


def baseline(cohort: Cohort) -> pl.DataFrame:
    """Return a row per patient with what is known at the index date.

    patient_id, index_date, age_at_index (years; null if unknown), sex, centre, aih_type, variant ("unknown" where it
    is), cirrhosis_at_diagnosis (yes, no, unknown, from facts up to then alone), paediatric_onset, last_seen,
    follow_up_days.
    """
    people = cohort.record.patients.select("patient_id", "birth_date", "sex", "centre", "aih_type", "variant")
    outcomes = cohort.table("outcomes").select(
        "patient_id", "index_date", "paediatric_onset", "last_seen", "follow_up_days"
    )
    age = (pl.col("index_date") - pl.col("birth_date")).dt.total_days() / DAYS_A_YEAR
    return (
        people.join(outcomes, on="patient_id", how="left")
        .join(baseline_cirrhosis(cohort), on="patient_id", how="left")
        .with_columns(age_at_index=age)
        .drop("birth_date")
        .sort("patient_id")
    )


def chosen(cohort: Cohort, population: dict[str, Any], frame: pl.DataFrame | None = None) -> Flow:
    """Return the patients of a population on their way: all, treated, and then each criterion that is set."""
    flow = Flow.of(baseline(cohort) if frame is None else frame).keep(
        "treated",
        "Treated for autoimmune hepatitis",
        pl.col("index_date").is_not_null(),
        out="no immunosuppressant for AIH recorded",
    )
    for key, label, verdict, out in _criteria(population):
        flow = flow.keep(key, label, verdict, out=out)
    return flow


def _criteria(population: dict[str, Any]) -> list[tuple[str, str, pl.Expr, str]]:
    """Return the criteria that are set: key, label, verdict (null = unknown), and why one is out."""
    found = []
    lists = (("centres", "centre"), ("sexes", "sex"), ("aih_types", "aih_type"), ("variants", "variant"))
    for key, column in lists:
        if wanted := population[key]:
            found.append(
                (key, f"{_words(column)}: {', '.join(wanted)}", _among(column, wanted), f"another {_words(column)}")
            )
    if (ages := _bounds(population["age_at_index"], "age_at_index")) is not None:
        span = _span(population["age_at_index"])
        found.append(("age", f"Age at index {span} years", ages, "another age"))
    if (days := _days(population["index_date"])) is not None:
        found.append(("index_date", f"Index date {_span(population['index_date'])}", days, "another time"))
    if (wanted := population["cirrhosis_at_diagnosis"]) != "any":
        label = "Cirrhosis at diagnosis" if wanted == "yes" else "No cirrhosis at diagnosis"
        out = "no cirrhosis at diagnosis" if wanted == "yes" else "cirrhosis at diagnosis"
        found.append(("cirrhosis", label, _among("cirrhosis_at_diagnosis", [wanted]), out))
    return found


def _among(column: str, wanted: list[str]) -> pl.Expr:
    """Return whether a word is among those wanted; null for the word unknown, which is in no list."""
    known = pl.when(pl.col(column) != "unknown").then(pl.col(column))
    return known.is_in(wanted)


def _bounds(limits: dict[str, float | None], column: str) -> pl.Expr | None:
    """Return whether a number lies from `from` (inclusive) to `to` (exclusive); None without limits."""
    parts = []
    if limits.get("from") is not None:
        parts.append(pl.col(column) >= limits["from"])
    if limits.get("to") is not None:
        parts.append(pl.col(column) < limits["to"])
    return pl.all_horizontal(parts) if parts else None


def _days(limits: dict[str, str | None]) -> pl.Expr | None:
    """Return whether the index date lies from `from` to `to`, both inclusive; None without limits."""
    parts = []
    if limits.get("from") is not None:
        parts.append(pl.col("index_date") >= pl.lit(limits["from"]).str.to_date())
    if limits.get("to") is not None:
        parts.append(pl.col("index_date") <= pl.lit(limits["to"]).str.to_date())
    return pl.all_horizontal(parts) if parts else None


def _span(limits: dict[str, Any]) -> str:
    parts = [("from", limits.get("from")), ("to", limits.get("to"))]
    return " ".join(f"{word} {value}" for word, value in parts if value is not None)


def _words(column: str) -> str:
    return {"aih_type": "serological type"}.get(column, column.replace("_", " "))
