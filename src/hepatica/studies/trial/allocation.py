"""Who was allotted to which arm, and when: the list of the randomisation, held to the cohort."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hepatica.errors import SourceError, UsageError
from hepatica.studies.baseline_cirrhosis import baseline_cirrhosis
from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.cohort import Cohort

COLUMNS = ("patient_id", "arm", "randomised")
INTERVENTION, CONTROL = "intervention", "control"


def read_allocation(path: Path, arms: dict[str, str]) -> pl.DataFrame:
    """Return patient_id, arm (intervention, control), randomised (date).

    Raises:
        SourceError: the file cannot be read.
        UsageError: a column is missing, an arm is not one of the two, a date is not ISO 8601, or a patient is there
            twice.
    """
    where = f"allocation {path.name}"
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as trouble:
        raise SourceError(str(path), f"cannot be read ({trouble})", "give a CSV file") from trouble
    if lacking := [name for name in COLUMNS if name not in rows.columns]:
        raise UsageError(where, f"has no column {', '.join(lacking)}", f"it needs {', '.join(COLUMNS)}")
    rows = rows.select(pl.col(COLUMNS).str.strip_chars())
    known = {arms["intervention"]: INTERVENTION, arms["control"]: CONTROL}
    days = rows["randomised"].str.to_date("%Y-%m-%d", strict=False)
    for line, (who, arm, day) in enumerate(zip(rows["patient_id"], rows["arm"], days, strict=True), start=2):
        if arm not in known:
            raise UsageError(f"{where}, line {line}", f"{arm} is not an arm", f"the arms are {', '.join(known)}")
        if who is None or day is None:
            raise UsageError(f"{where}, line {line}", "patient or date is missing or not ISO 8601", "correct the line")
    if rows["patient_id"].is_duplicated().any():
        raise UsageError(where, "a patient is allotted twice", "keep the first allocation")
    return rows.with_columns(arm=pl.col("arm").replace_strict(known), randomised=days)


def allotted(cohort: Cohort, allocation: pl.DataFrame) -> pl.DataFrame:
    """Return a row per randomised patient with what is known at baseline; `in_cohort` says whether there is a record.

    ALT and IgG are the latest on or before the day of randomisation, within 92 days.
    """
    people = cohort.record.patients.select("patient_id", "birth_date", "sex", "aih_type", "variant")
    outcomes = cohort.table("outcomes").select("patient_id", "paediatric_onset")
    joined = (
        allocation.join(people.with_columns(in_cohort=True), on="patient_id", how="left")
        .join(outcomes, on="patient_id", how="left")
        .join(baseline_cirrhosis(cohort), on="patient_id", how="left")
        .with_columns(
            in_cohort=pl.col("in_cohort").fill_null(value=False),  # not in the record: said, and counted as unknown
            age=(pl.col("randomised") - pl.col("birth_date")).dt.total_days() / DAYS_A_YEAR,
        )
    )
    for analyte, column in (("ALT", "alt_xuln"), ("IGG", "igg_xuln")):
        joined = joined.join(_latest(cohort, allocation, analyte, column), on="patient_id", how="left")
    return joined.sort("patient_id")


BASELINE_DAYS = 92


def _latest(cohort: Cohort, allocation: pl.DataFrame, analyte: str, column: str) -> pl.DataFrame:
    values = cohort.record.measurements.filter(pl.col("analyte") == analyte)
    near = values.join(allocation, on="patient_id").filter(
        (pl.col("date") <= pl.col("randomised"))
        & ((pl.col("randomised") - pl.col("date")).dt.total_days() <= BASELINE_DAYS)
        & pl.col("x_uln").is_not_null()
    )
    latest = near.sort("date", "x_uln").group_by("patient_id", maintain_order=True).last()
    return latest.select("patient_id", pl.col("x_uln").alias(column))
