"""Cirrhosis as it was known at diagnosis: from facts up to then alone.

The course's own column calls it unknown where cirrhosis was seen only later, and takes a "no" from any later biopsy.
That is right for one patient in clinic; as a covariate it would select patients by what became of them.
"""

from __future__ import annotations

import polars as pl

from hepatica.course import definitions
from hepatica.studies.cohort import Cohort


def baseline_cirrhosis(cohort: Cohort) -> pl.DataFrame:
    """Return patient_id, cirrhosis_at_diagnosis: yes, no, or unknown, from facts up to the definition set's limit.

    yes: an event or a biopsy stage of cirrhosis by then. no: a biopsy below that stage within the same number of days
    before or after the index date, and no cirrhosis. Without an index date it is unknown.
    """
    used = definitions(cohort.definitions)
    index = cohort.table("outcomes").select("patient_id", "index_date")
    after = (pl.col("date") - pl.col("index_date")).dt.total_days()
    least = pl.col("fibrosis_scale").replace_strict(used.cirrhosis_stages, default=None, return_dtype=pl.Int64)
    biopsies = cohort.record.biopsies.join(index, on="patient_id").filter(after <= used.at_diagnosis_days)
    staged = biopsies.with_columns(shows=pl.col("fibrosis_stage") >= least, after=after).drop_nulls("shows")
    events = cohort.record.events.join(index, on="patient_id").filter(
        (pl.col("event") == "cirrhosis") & (after <= used.at_diagnosis_days)
    )
    yes = pl.concat([staged.filter("shows").select("patient_id"), events.select("patient_id")])["patient_id"].unique()
    near = staged.filter(~pl.col("shows") & (pl.col("after") >= -used.at_diagnosis_days))["patient_id"].unique()
    word = (
        pl.when(pl.col("patient_id").is_in(yes.to_list())).then(pl.lit("yes"))
        .when(pl.col("patient_id").is_in(near.to_list())).then(pl.lit("no"))
        .otherwise(pl.lit("unknown"))  # neither seen nor looked for
    )  # fmt: skip
    return index.select("patient_id", cirrhosis_at_diagnosis=word)


def baseline_cirrhosis_words(cohort: Cohort) -> str:
    """Return how cirrhosis at diagnosis is known here, as a sentence of the methods."""
    days = definitions(cohort.definitions).at_diagnosis_days
    return (
        f"Cirrhosis at diagnosis is known from what was recorded up to {days} days after the index date: an event or a "
        f"biopsy stage of cirrhosis means yes, a biopsy below that stage within {days} days of the index date no, and "
        "anything else is unknown."
    )
