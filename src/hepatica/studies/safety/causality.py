"""The causality of each rise: its pattern (R value) and RUCAM, with the range that missing items leave."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.guidance.scores import scores
from hepatica.studies.cohort import Cohort

# ALT and ALP belong together if measured so many days apart.
PAIR_DAYS = 7
HEPATOCELLULAR, CHOLESTATIC = "rucam_2016_hepatocellular", "rucam_2016_cholestatic"
SUGGESTIVE_FROM, SUGGESTIVE_TO, AFTER_STOPPING = 5, 90, 15
FAST, SLOW = 8, 30
CAUSALITY = pl.Schema(
    {
        "patient_id": pl.String(),
        "r_value": pl.Float64(),
        "pattern": pl.String(),
        "rucam_low": pl.Float64(),
        "rucam_high": pl.Float64(),
        "rucam": pl.String(),
        "missing": pl.String(),
    }
)


def causality(cohort: Cohort, risen: pl.DataFrame, days: pl.DataFrame, definition: dict[str, Any]) -> pl.DataFrame:
    """Return a row per rise: the R value, the pattern that it shows, RUCAM's range, and the items that are missing.

    The pattern decides which form of RUCAM counts; without it both remain possible and the range spans them.
    """
    alp = _alp_near(cohort, risen)
    ages = cohort.record.patients.select("patient_id", "birth_date")
    told = risen.join(alp, on="patient_id", how="left").join(ages, on="patient_id", how="left")
    falls = _falls(risen, days)
    rows = [_judged(row, falls.get(row["patient_id"]), definition) for row in told.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=CAUSALITY)


def _judged(row: dict[str, Any], fall: str | None, definition: dict[str, Any]) -> dict[str, Any]:
    ratio = row["peak_at_rise"] / row["alp_xuln"] if row["peak_at_rise"] and row["alp_xuln"] else None
    pattern = scores()["r_value"].category({"alt_xuln": row["peak_at_rise"], "alp_xuln": row["alp_xuln"]})
    results = [scores()[name].evaluate(_items(name, row, fall, definition)) for name in _forms(pattern)]
    possible = {word for result in results for word in result.possible_categories}
    missing = {name for result in results for name in result.missing}
    return {
        "patient_id": row["patient_id"],
        "r_value": ratio,
        "pattern": pattern or "unknown",
        "rucam_low": min(result.low for result in results if result.low is not None),
        "rucam_high": max(result.high for result in results if result.high is not None),
        "rucam": possible.pop() if len(possible) == 1 else "unknown",
        "missing": ", ".join(sorted(missing)),
    }


def _forms(pattern: str | None) -> tuple[str, ...]:
    """Return which forms of RUCAM may count for a pattern."""
    if pattern is None:
        return (HEPATOCELLULAR, CHOLESTATIC)
    return (HEPATOCELLULAR,) if pattern == "hepatocellular" else (CHOLESTATIC,)


def _items(name: str, row: dict[str, Any], fall: str | None, definition: dict[str, Any]) -> dict[str, object]:
    """Return the items of RUCAM that the record and the definition tell; the others stay unknown."""
    items = scores()[name].items
    told: dict[str, object] = {**definition["causality"], "onset": _onset(row), "age": _age(row)}
    if name == HEPATOCELLULAR:
        told["course"] = fall
    return {item: value for item, value in told.items() if item in items and value is not None}


def _onset(row: dict[str, Any]) -> str | None:
    """Return how the time to onset counts; None where RUCAM cannot score it."""
    if row["end"] is not None and row["rise"] > row["end"]:
        return "compatible_after_stopping" if (row["rise"] - row["end"]).days <= AFTER_STOPPING else None
    return "suggestive" if SUGGESTIVE_FROM <= row["onset_days"] <= SUGGESTIVE_TO else "compatible"


def _age(row: dict[str, Any]) -> int | None:
    if row["birth_date"] is None:
        return None
    return int((row["rise"] - row["birth_date"]).days // 365.25)


def _alp_near(cohort: Cohort, risen: pl.DataFrame) -> pl.DataFrame:
    """Return ALT and ALP (x upper limit) of the rise: the exact ALP nearest to its day."""
    values = cohort.record.measurements.filter(
        (pl.col("analyte") == "ALP") & pl.col("comparator").is_null() & pl.col("x_uln").is_not_null()
    )
    off = (pl.col("date") - pl.col("rise")).dt.total_days().abs()
    near = values.join(risen.select("patient_id", "rise"), on="patient_id").filter(off <= PAIR_DAYS).sort(off, "date")
    first = near.group_by("patient_id", maintain_order=True).first()
    return first.select("patient_id", alp_xuln="x_uln")


def _falls(risen: pl.DataFrame, days: pl.DataFrame) -> dict[str, str]:
    """Return how ALT fell after stopping, where enough is known: half of the way from the peak to normal, and when."""
    stopped = risen.filter(pl.col("end").is_not_null() & (pl.col("end") >= pl.col("rise")))
    joined = days.join(stopped.select("patient_id", "end", "peak_xuln"), on="patient_id").filter(
        (pl.col("date") > pl.col("end")) & pl.col("x_uln").is_not_null() & (pl.col("peak_xuln") > 1)
    )
    half = (pl.col("peak_xuln") - pl.col("x_uln")) >= (pl.col("peak_xuln") - 1) / 2
    after = (pl.col("date") - pl.col("end")).dt.total_days()
    told = joined.group_by("patient_id").agg(first=after.filter(half).min(), last=after.max())
    found = {}
    for who, first, last in told.iter_rows():
        if first is not None:
            found[who] = (
                "half_in_8_days" if first <= FAST else "half_in_30_days" if first <= SLOW else "half_after_30_days"
            )
        elif last > SLOW:
            found[who] = "less_than_half_or_recurrence"
    return found
