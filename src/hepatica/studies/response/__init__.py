"""Response by line of therapy, by drug, and by what had failed before; how long drugs are taken; why they end."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.record.tables import STOP_REASONS
from hepatica.studies.attrition import Flow
from hepatica.studies.cohort import Cohort
from hepatica.studies.curve_tables import RELEASE, RISK_RELEASE, curve_frame, risk_frame
from hepatica.studies.exposures import FOR_AIH, FOR_OTHER
from hepatica.studies.population import chosen
from hepatica.studies.release import Counts
from hepatica.studies.response import drug_survival, lanes
from hepatica.studies.response.episodes import episodes
from hepatica.studies.response.groups import CELLS, SUMS, by_group, compared
from hepatica.studies.response.words import figures, methods, notes
from hepatica.studies.result import Findings, Number, Sheet
from hepatica.studies.verdicts import ACHIEVED, NOT_ASSESSABLE, PENDING, judged

__all__ = ["TABLES", "analyse"]

TABLES = ("outcomes", "response", "evaluations")
COMPARISONS = "Groups compared: difference of shares (Newcombe's interval) and Fisher's exact test"
TIME_ON_DRUG = "Time on drug: Kaplan-Meier estimate of staying on it (years)"
EPISODE = ("patient_id", "episode_no", "given_for", "line", "treatment", "start", "end", "stop_reason", "reason_before",
           "verdict", "reason")  # fmt: skip
GRID_YEARS = [0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0]


def analyse(cohort: Cohort, definition: dict[str, Any]) -> Findings:
    """Return who responds to which line and drug, and how long drugs are taken."""
    flow = chosen(cohort, definition["population"])
    rows = judged(cohort, episodes(cohort, flow.patients), definition["response"])
    confidence = definition["confidence"]
    aih = rows.filter(pl.col("given_for") == FOR_AIH)
    tables = {
        "by_line": by_group(aih, ("line",), confidence),
        "by_treatment": by_group(aih, ("line", "treatment"), confidence),
        "by_reason_before": by_group(aih.filter(pl.col("line") > 1), ("line", "reason_before"), confidence),
        "by_indication": by_group(rows.filter(pl.col("line") > 1), ("treatment", "given_for"), confidence),
    }
    comparisons = pl.concat(
        [
            compared(tables["by_line"], "line", "line of therapy", confidence),
            *_line_by_line(tables["by_reason_before"], confidence),
        ]
    )
    times = drug_survival.times_on_drugs(cohort, flow.patients)
    curves = drug_survival.curves(times, definition["drug_survival"], confidence)
    sheets = {
        **_response_sheets(tables),
        "comparisons": Sheet(comparisons, COMPARISONS, units={"difference": "percentage points"}),
        "not_assessable": Sheet(
            _unknown(aih), "Why the response is not assessable", Counts(("line", "reason"), ("episodes",))
        ),
        "drug_survival": Sheet(curve_frame(curves), TIME_ON_DRUG, RELEASE, drawn=True),
        "at_risk": Sheet(
            risk_frame(curves, _grid(times)),
            "Patients still on the drug and followed, by years since it was begun",
            RISK_RELEASE,
        ),
        "discontinuations": Sheet(
            drug_survival.discontinuations(times),
            "First exposures to each drug and why they ended",
            _discontinuation_release(),
        ),
        **_sequence_sheets(cohort, rows, definition["pictures"]),
        "episodes": Sheet(rows.select(*EPISODE), "A row per treatment episode (never leaves the centre)", drawn=True),
        "times_on_drugs": Sheet(times, "Each patient's time on each drug (never leaves the centre)", drawn=True),
    }
    first = _first_line(flow, aih)
    return Findings(
        sheets=sheets,
        figures=figures(definition),
        numbers=_numbers(tables, comparisons, curves),
        attrition=first.attrition,
        methods=(methods(definition, cohort),),
        notes=notes(tables["by_line"], aih, rows.filter(pl.col("given_for") == FOR_OTHER)),
        fills=FILLS,
    )


def _response_sheets(tables: dict[str, pl.DataFrame]) -> dict[str, Sheet]:
    captions = {
        "by_line": "Response by line of therapy",
        "by_treatment": "Response by line and treatment",
        "by_reason_before": "Response by why the treatment before had ended",
        "by_indication": "Response of autoimmune hepatitis by what the drug was given for",
    }
    keys = {
        "by_line": ("line",),
        "by_treatment": ("line", "treatment"),
        "by_reason_before": ("line", "reason_before"),
        "by_indication": ("treatment", "given_for"),
    }
    return {name: Sheet(frame, captions[name], Counts(keys[name], CELLS, SUMS)) for name, frame in tables.items()}


def _sequence_sheets(cohort: Cohort, rows: pl.DataFrame, shown: dict[str, int]) -> dict[str, Sheet]:
    """Return the tables behind the flow and the lanes; a lane is a single patient's and is never shared."""
    bars, events = lanes.lanes(cohort, rows, shown["lanes"])
    return {
        "flows": Sheet(
            lanes.flows(rows, shown["treatments_shown"]),
            "From treatment to treatment",
            Counts(("stage", "source", "target"), ("patients",)),
        ),
        "lanes": Sheet(bars, "Lanes of the patients with most treatments (months since the index date)", drawn=True),
        "events": Sheet(events, "What happened on these lanes", drawn=True),
    }


def _discontinuation_release() -> Counts:
    sums = (("patients", ("going_on", "stopped")), ("stopped", STOP_REASONS))
    return Counts(("drug",), ("patients", "going_on", "stopped", *STOP_REASONS), sums)


def _line_by_line(table: pl.DataFrame, confidence: float) -> list[pl.DataFrame]:
    """Return the comparison of reasons within each line, against non-response before where there is one."""
    ordered = table.sort(pl.col("reason_before") != "non_response", "reason_before")
    return [
        compared(
            ordered.filter(pl.col("line") == line),
            "reason_before",
            f"line {line}: why the one before ended",
            confidence,
        )
        for line in ordered["line"].unique().sort()
    ]


def _unknown(rows: pl.DataFrame) -> pl.DataFrame:
    lost = rows.filter(pl.col("verdict") == NOT_ASSESSABLE)
    counts = lost.group_by("line", "reason").agg(episodes=pl.len().cast(pl.Int64))
    return counts.sort("line", "episodes", "reason", descending=[False, True, False])


def _first_line(flow: Flow, aih: pl.DataFrame) -> Flow:
    """Return the way on to those whose response to the first line can be judged."""
    first = aih.filter(pl.col("line") == 1).select("patient_id", "verdict", "reason")
    wide = Flow(flow.patients.join(first, on="patient_id", how="left"), flow.steps)
    due = pl.col("verdict") != PENDING
    assessed = pl.when(pl.col("verdict") != NOT_ASSESSABLE).then(pl.lit(value=True))
    return (
        wide.keep("due", "Window after the first line is over", due, out="window not yet over")
        .keep("assessable", "Response to the first line assessable", assessed, out="", unknown=pl.col("reason"))
        .keep("responded", "Responded to the first line", pl.col("verdict") == ACHIEVED, out="no complete response")
    )


def _grid(times: pl.DataFrame) -> list[float]:
    longest = times["years"].max()
    most = longest if isinstance(longest, float) else 0.0
    return [year for year in GRID_YEARS if year <= most]


def _numbers(tables: dict[str, pl.DataFrame], comparisons: pl.DataFrame, curves: dict[str, Any]) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for row in tables["by_line"].iter_rows(named=True):
        for name in (
            "episodes",
            "assessable",
            "achieved",
            "share",
            "lower",
            "upper",
            "if_no_unknown_responded",
            "if_all_unknown_responded",
        ):
            found[f"by_line.{row['line']}.{name}"] = row[name]
    for row in tables["by_treatment"].iter_rows(named=True):
        for name in ("episodes", "assessable", "achieved", "share"):
            found[f"by_treatment.{row['line']}.{row['treatment']}.{name}"] = row[name]
    for row in tables["by_reason_before"].iter_rows(named=True):
        for name in ("assessable", "achieved", "share"):
            found[f"by_reason_before.{row['line']}.{row['reason_before']}.{name}"] = row[name]
    for row in comparisons.iter_rows(named=True):
        key = f"compared.{row['question']}.{row['group']}"
        found |= {f"{key}.difference": row["difference"], f"{key}.p": row["p"]}
    for drug, curve in curves.items():
        found[f"drug_survival.{drug}.patients"] = curve.n
        found[f"drug_survival.{drug}.median_years"] = curve.median.value
        for year in (1, 5):
            point = curve.at(year)
            found[f"drug_survival.{drug}.at_{year}_years"] = point.survival if point else None
    return found


FILLS = {
    "strobe": {
        "4": "methods",
        "5": "methods",
        "6a": "methods; definition",
        "7": "methods; definition",
        "11": "methods",
        "12a": "methods",
        "12b": "methods",
        "12c": "methods; table:not_assessable",
        "13a": "table:attrition",
        "13b": "table:attrition",
        "13c": "figure:attrition",
        "14b": "table:not_assessable; table:by_reason_before",
        "15": "table:by_line",
        "16a": "table:by_line",
        "17": "table:by_treatment; table:by_reason_before; table:by_indication",
    }
}
