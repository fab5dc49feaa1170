"""Prognosis: survival from the 6-month landmark by response and cirrhosis, competing ends, progression to cirrhosis."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.studies.attrition import Flow
from hepatica.studies.cohort import Cohort
from hepatica.studies.curve_tables import curve_frame, risk_frame
from hepatica.studies.prognosis import models, tables
from hepatica.studies.prognosis.cirrhosis import at_risk_of_cirrhosis
from hepatica.studies.prognosis.immortal_time import Beside, naive_beside, refuse_later
from hepatica.studies.prognosis.landmark import at_landmark, refuse_early_landmark, with_event
from hepatica.studies.prognosis.sheets import SHARED_NUMBERS, filled, numbers, sheets
from hepatica.studies.prognosis.words import figures, methods, notes
from hepatica.studies.result import Findings
from hepatica.studies.statistics.log_rank import LogRank, log_rank
from hepatica.studies.statistics.survival import kaplan_meier

__all__ = ["TABLES", "analyse"]

TABLES = ("outcomes", "response")


def analyse(cohort: Cohort, definition: dict[str, Any]) -> Findings:
    """Return what response by 6 months and cirrhosis mean for survival, from the landmark on.

    Raises UsageError for a covariate that is known only later, a landmark before the response is judged, and a cohort
    in which nobody can be analysed.
    """
    refuse_later(definition["covariates"])
    refuse_early_landmark(cohort, definition["landmark"]["months"])
    flow = at_landmark(cohort, definition)
    frame = with_event(flow.patients, definition["endpoint"])
    found = _computed(flow, frame, definition)
    found["naive"] = _beside(cohort, definition)
    return Findings(
        sheets=sheets(found, definition),
        figures=figures(definition),
        numbers=numbers(found),
        attrition=flow.attrition,
        methods=(methods(found, definition, cohort),),
        notes=notes(found, definition),
        fills=filled(found),
        shared_numbers=SHARED_NUMBERS,
    )


def _computed(flow: Flow, frame: pl.DataFrame, definition: dict[str, Any]) -> dict[str, Any]:
    """Return every part of the analysis by name."""
    confidence, least = definition["confidence"], definition["least_events_per_covariate"]
    covariates = definition["covariates"]
    curves = tables.survival_curves(frame, tables.GROUPS, confidence)
    by_cirrhosis = _by_cirrhosis(frame)
    split = tables.survival_curves(by_cirrhosis, by_cirrhosis["group"].unique().sort().to_list(), confidence)
    incidence = tables.incidence_curves(frame, tables.GROUPS, confidence)
    progression = at_risk_of_cirrhosis(flow)
    progressing = tables.incidence_curves(progression.patients, tables.GROUPS, confidence)
    model = "death or transplant" if definition["endpoint"] == "death_or_transplant" else "death"
    longest = frame["years"].max()
    most = longest if isinstance(longest, float) else 0.0
    grid = [float(year) for year in range(0, int(most) + 1, 5)]
    return {
        "frame": frame,
        "response": _response(flow, confidence),
        "characteristics": tables.characteristics(frame),
        "ages": tables.ages(frame),
        "missing": _missing(frame, covariates),
        "curves": curve_frame(curves),
        "at_risk": risk_frame(curves, grid),
        "survival": tables.survival_at(curves, definition["horizons"]),
        "cirrhosis_curves": curve_frame(split),
        "cirrhosis_at_risk": risk_frame(split, grid),
        "cirrhosis_survival": tables.survival_at(split, definition["horizons"]),
        "log_rank": _log_rank(frame),
        "cox": models.cox_table(frame, covariates, model=model, least=least, confidence=confidence),
        "fine_gray": models.fine_gray_table(frame, covariates, least=least, confidence=confidence),
        "incidence": tables.incidence_frame(incidence),
        "incidence_at": pl.concat(
            tables.incidence_at(both, definition["horizons"]) for both in (incidence, progressing)
        ),
        "progression": progression,
        "progression_incidence": tables.incidence_frame(progressing),
        "progression_at_risk": tables.at_risk_of_any(progression.patients, list(progressing), grid),
        "progression_cox": models.cox_table(
            progression.patients, ["no_response"], model="progression to cirrhosis", least=least, confidence=confidence
        ),
        "follow_up": _follow_up(frame, confidence),
    }


def _response(flow: Flow, confidence: float) -> pl.DataFrame:
    achieved = flow.patients.filter(pl.col("cbr_by_6_months") == "achieved").height
    last = flow.steps[-1]
    counts = {"achieved": achieved, "assessable": last.in_, "unknown": last.unknown}
    return tables.response_table(counts, confidence)


def _by_cirrhosis(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the patients of whom cirrhosis at diagnosis is known, in four groups."""
    known = frame.drop_nulls("cirrhosis")
    words = pl.when(pl.col("cirrhosis") == 1).then(pl.lit("cirrhosis, ")).otherwise(pl.lit("no cirrhosis, "))
    return known.with_columns(group=words + pl.col("group"))


def _missing(frame: pl.DataFrame, covariates: list[str]) -> pl.DataFrame:
    """Return for each covariate how many patients it is unknown of, and how many the model loses in all."""
    rows = [
        (name, frame.height, frame.height - lost, lost)
        for name in covariates
        if (lost := frame[name].null_count()) >= 0
    ]
    kept = models.complete(frame, covariates).height
    rows.append(("all of them (complete cases)", frame.height, kept, frame.height - kept))
    schema = {"covariate": pl.String, "patients": pl.Int64, "known": pl.Int64, "unknown": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _log_rank(frame: pl.DataFrame) -> LogRank | None:
    """Return the log-rank test of the two groups; None without two groups or without an event."""
    if frame["group"].n_unique() < 2 or not frame["event"].any():
        return None
    return log_rank(frame["years"], frame["event"], frame["group"])


def _follow_up(frame: pl.DataFrame, confidence: float) -> float | None:
    """Return the median follow-up in years by the reverse Kaplan-Meier method; None without patients."""
    if frame.is_empty():
        return None
    return kaplan_meier(frame["years"], ~frame["event"], confidence=confidence).median.value


def _beside(cohort: Cohort, definition: dict[str, Any]) -> Beside | None:
    """Return the naive analysis beside the right one, of all treated patients who were followed."""
    if not definition["naive_beside"]:
        return None
    treated = (
        cohort.table("outcomes")
        .drop_nulls("index_date")
        .join(cohort.table("response").select("patient_id", "cbr_date"), on="patient_id", how="left")
    )
    return naive_beside(treated, definition["confidence"])
