"""Immortal time: why what comes later is no covariate at the start, and what the naive analysis would have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.statistics.cox import CoxTerm, cox

# Covariates that are known only after the landmark: who has them had to live long enough to get them.
LATER = {
    "ever_responded": "whether a patient ever responds is known only later: who responds after five years has lived "
    "five years, and who dies early never had the time to respond",
    "lost_response": "a response can only be lost after it was there, by those who live that long",
    "relapsed": "a relapse comes after the landmark, to those who live that long",
    "cbr_fraction": "the share of follow-up in response is a quantity of the whole follow-up, its end included",
    "line_reached": "later lines of therapy are reached only by those who live long enough",
}


def refuse_later(covariates: Sequence[str]) -> None:
    """Refuse covariates that are known only after the landmark.

    Raises UsageError with the explanation: taken as if known at the start, they bring immortal time.
    """
    for name in covariates:
        if name in LATER:
            raise UsageError(
                f"covariates: {name}",
                f"is refused: {LATER[name]}. Taken as if known at the start it makes those who have it immortal until "
                "then, and any treatment look good",
                "use no_response (judged by the landmark); a covariate that changes over time is another study",
            )


@dataclass(frozen=True)
class Beside:
    """The naive hazard ratio of "never responded", and the same question asked without immortal time."""

    naive: CoxTerm
    over_time: CoxTerm | None
    patients: int
    events: int


def naive_beside(patients: pl.DataFrame, confidence: float) -> Beside | None:
    """Return the naive analysis from the index date and, beside it, the response as a covariate that changes.

    patients: index_date, cbr_date (null: no response recorded), death_date, transplant_date, last_seen. The naive
    analysis takes "never responded" as known at the index date. The other one counts a patient as not yet responding
    until cbr_date and as responding after it. None where one of the two groups has nobody or no one had the event.
    """
    rows = _from_index(patients)
    if rows.is_empty() or not rows["event"].any() or rows["never"].n_unique() < 2:
        return None
    naive = cox(rows, time="years", event="event", covariates=["never"], confidence=confidence)
    stretches = _stretches(rows)
    both = stretches.filter(pl.col("event"))["not_yet"].n_unique() == 2
    over_time = (
        cox(stretches, time="stop", event="event", covariates=["not_yet"], entry="start", confidence=confidence)
        if both
        else None
    )
    return Beside(naive.terms[0], over_time.terms[0] if over_time else None, rows.height, naive.events)


def _from_index(patients: pl.DataFrame) -> pl.DataFrame:
    """Return years and event from the index date, and whether and when response was first recorded."""
    first = pl.min_horizontal("death_date", "transplant_date")
    until = pl.when(first.is_null()).then(pl.col("last_seen")).otherwise(first)  # known either way
    days = (until - pl.col("index_date")).dt.total_days()
    responded = (pl.col("cbr_date") - pl.col("index_date")).dt.total_days() / DAYS_A_YEAR
    return patients.select(
        "patient_id",
        years=days / DAYS_A_YEAR,
        event=first.is_not_null(),
        responded=pl.when(pl.col("cbr_date") <= until).then(responded),
    ).filter(pl.col("years") > 0).with_columns(never=pl.col("responded").is_null().cast(pl.Float64))  # fmt: skip


def _stretches(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the follow-up in stretches: not yet responding, then responding."""
    changes = pl.col("responded").is_not_null() & (pl.col("responded") > 0) & (pl.col("responded") < pl.col("years"))
    before = rows.filter(changes).select(
        "patient_id", start=pl.lit(0.0), stop="responded", event=pl.lit(value=False), not_yet=pl.lit(1.0)
    )
    after = rows.filter(changes).select(
        "patient_id", start="responded", stop="years", event="event", not_yet=pl.lit(0.0)
    )
    # Who never responds, or only on the last day, is not yet responding throughout.
    throughout = rows.filter(~changes).select(
        "patient_id", start=pl.lit(0.0), stop="years", event="event",
        not_yet=(pl.col("responded").is_null() | (pl.col("responded") >= pl.col("years"))).cast(pl.Float64),
    )  # fmt: skip
    return pl.concat([before, after, throughout])
