"""The landmark: who is alive with the own liver and followed there, what is known of them, and what comes after."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.course import definitions
from hepatica.errors import UsageError
from hepatica.studies.attrition import Flow
from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.cohort import Cohort
from hepatica.studies.population import chosen

RESPONSE, NO_RESPONSE = "response by 6 months", "no response by 6 months"
CENSORED, DEATH, TRANSPLANT = "censored", "death", "transplant"
COVARIATES = {
    "no_response": "No complete response by 6 months",
    "cirrhosis": "Cirrhosis at diagnosis",
    "psc": "Variant with PSC",
    "pbc": "Variant with PBC",
    "age": "Age at index, per 10 years",
    "male": "Male sex",
    "type_2": "Type 2",
}


def refuse_early_landmark(cohort: Cohort, months: int) -> None:
    """Refuse a landmark before the end of the window in which the response is judged.

    Raises UsageError: whoever is followed from before the window's end had to live to respond (immortal time).
    """
    used = definitions(cohort.definitions)
    least = used.response_months if used.response_months is not None else (used.response_days or 0) / 30
    if months < least:
        raise UsageError(
            "landmark.months",
            f"{months} is before the end of the response window ({used.response_window_text()}): who is counted as a "
            "responder would have had to live until then (immortal time)",
            f"set it to {used.response_window_text()} or later",
        )


def at_landmark(cohort: Cohort, definition: dict[str, Any]) -> Flow:
    """Return the way to those analysed; their frame has a row per patient, from the landmark on.

    years (to the first of death, transplant, and the last day seen), cause (death, transplant, censored), group (the
    response), the covariates as numbers (null where unknown), and the dates that later steps need.
    """
    flow = chosen(cohort, definition["population"])
    ends = cohort.table("outcomes").select(
        "patient_id", "cirrhosis_date", "transplant_date", "death_date", "cirrhosis", "decompensation_date"
    )
    answers = cohort.table("response").select(
        "patient_id", "cbr_by_6_months", "cbr_by_6_months_reason", "cbr_date", "loss_of_cbr_date"
    )
    wide = flow.patients.join(ends, on="patient_id", how="left").join(answers, on="patient_id", how="left")
    timed = wide.with_columns(landmark=pl.col("index_date").dt.offset_by(f"{definition['landmark']['months']}mo"))
    followed = _followed(Flow(timed, flow.steps), cohort)
    judged = pl.when(pl.col("cbr_by_6_months").is_in(["achieved", "not_achieved"])).then(pl.lit(value=True))
    assessed = followed.keep(
        "assessable",
        "Response by 6 months assessable",
        judged,
        out="",
        unknown=pl.col("cbr_by_6_months_reason").str.replace_all("_", " ").str.replace_all(r"\bigg\b", "IgG"),
    )
    return Flow(with_times(with_covariates(assessed.patients)), assessed.steps)


def _followed(flow: Flow, cohort: Cohort) -> Flow:
    """Return those alive with the own liver at the landmark, and of these those seen then or later."""
    ended = pl.min_horizontal("death_date", "transplant_date") <= pl.col("landmark")
    why = (
        pl.when(pl.col("landmark") > cohort.as_of).then(pl.lit("landmark not yet reached"))
        .when(pl.col("transplant_date") <= pl.col("landmark")).then(pl.lit("transplant before the landmark"))
        .otherwise(pl.lit("death before the landmark"))  # the only one left of those that end before it
    )  # fmt: skip
    # Without a date of death or transplant the patient is taken to be alive with the own liver.
    reached = ~ended.fill_null(False) & (pl.col("landmark") <= cohort.as_of)
    seen = pl.when(pl.col("last_seen") >= pl.col("landmark")).then(pl.lit(value=True))
    return flow.keep("reached", "Alive with the own liver at the landmark", reached, out=why).keep(
        "followed", "Followed beyond the landmark", seen, out="", unknown="not seen at or after the landmark"
    )


def with_covariates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with every covariate as a number: 1 yes, 0 no, null unknown; age in decades."""

    def is_(column: str, word: str) -> pl.Expr:
        return pl.when(pl.col(column) != "unknown").then((pl.col(column) == word).cast(pl.Float64))

    return frame.with_columns(
        no_response=is_("cbr_by_6_months", "not_achieved"),
        cirrhosis=is_("cirrhosis_at_diagnosis", "yes"),
        psc=is_("variant", "PSC"),
        pbc=is_("variant", "PBC"),
        age=pl.col("age_at_index") / 10,
        male=is_("sex", "male"),
        type_2=is_("aih_type", "2"),
        group=pl.when(pl.col("cbr_by_6_months") == "achieved").then(pl.lit(RESPONSE)).otherwise(pl.lit(NO_RESPONSE)),
    )  # every patient here is judged: achieved, or not


def with_times(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the years from the landmark to the first of death, transplant, and the last day seen."""
    first = pl.min_horizontal("death_date", "transplant_date")
    cause = (
        pl.when(first.is_null()).then(pl.lit(CENSORED))
        .when(pl.col("transplant_date") == first).then(pl.lit(TRANSPLANT))
        .otherwise(pl.lit(DEATH))  # the first date is one of the two
    )  # fmt: skip
    until = pl.when(first.is_null()).then(pl.col("last_seen")).otherwise(first)  # known either way
    days = (until - pl.col("landmark")).dt.total_days()
    return frame.with_columns(years=days / DAYS_A_YEAR, cause=cause)


def with_event(frame: pl.DataFrame, endpoint: str) -> pl.DataFrame:
    """Return the frame with `event`: death or transplant, or death alone (a transplant then ends the follow-up)."""
    causes = [DEATH, TRANSPLANT] if endpoint == "death_or_transplant" else [DEATH]
    return frame.with_columns(event=pl.col("cause").is_in(causes))
