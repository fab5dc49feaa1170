"""Progression to cirrhosis of those who had none at diagnosis, with death and transplant as competing ends."""

from __future__ import annotations

import polars as pl

from hepatica.studies.attrition import Flow
from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.prognosis.landmark import CENSORED

PROGRESSION = "cirrhosis"


def at_risk_of_cirrhosis(flow: Flow) -> Flow:
    """Return the way on to those without cirrhosis at the landmark; their frame ends at cirrhosis, if it comes.

    Who had cirrhosis at diagnosis is out; of whom that is not known is unknown.
    """
    none = pl.col("cirrhosis") == 0
    early = pl.col("cirrhosis_date") <= pl.col("landmark")
    kept = flow.keep(
        "no_cirrhosis", "No cirrhosis at diagnosis", none, out="cirrhosis at diagnosis", unknown="not known whether"
    ).keep(
        "none_at_landmark",
        "No cirrhosis up to the landmark",
        # Without a date of cirrhosis none was found.
        ~early.fill_null(False),
        out="cirrhosis before the landmark",
    )
    return Flow(_until_cirrhosis(kept.patients), kept.steps)


def _until_cirrhosis(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with years and cause to the first of cirrhosis and what ended the follow-up."""
    years = (pl.col("cirrhosis_date") - pl.col("landmark")).dt.total_days() / DAYS_A_YEAR
    comes = years.is_not_null() & (years <= pl.col("years"))
    return frame.with_columns(
        years=pl.when(comes).then(years).otherwise(pl.col("years")),  # else what ended it before
        cause=pl.when(comes)
        .then(pl.lit(PROGRESSION))
        .when(pl.col("cause") == CENSORED)
        .then(pl.lit(CENSORED))
        .otherwise(pl.lit("death or transplant")),  # the two causes left
    ).with_columns(event=pl.col("cause") == PROGRESSION)
