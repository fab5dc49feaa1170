"""Liver injury on a drug (anti-TNF): new ALT rises, how long they last, what follows stopping, and what caused them."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.pictures import bars, kaplan_meier, spaghetti
from hepatica.studies.attrition import Flow
from hepatica.studies.calendar import DAYS_A_MONTH
from hepatica.studies.cohort import Cohort
from hepatica.studies.curve_tables import RELEASE, RISK_RELEASE, curve_frame, risk_frame
from hepatica.studies.population import chosen
from hepatica.studies.result import Figure, Findings, Number, Sheet
from hepatica.studies.safety.causality import causality
from hepatica.studies.safety.rises import alt_days, baselines, followed, users
from hepatica.studies.safety.tables import (
    by_drug,
    by_years,
    causality_sheet,
    median,
    outcomes,
    rate,
    years_on_drug,
)
from hepatica.studies.statistics.survival import Curve
from hepatica.studies.statistics.survival import kaplan_meier as kaplan_meier_estimate
from hepatica.vocabulary import drugs

TABLES = ("outcomes",)
PATIENT = ("patient_id", "drug", "start", "end", "before", "seen", "rise", "onset_days", "persistent", "after")
FILLS = {
    "strobe": {
        "4": "methods", "5": "methods", "6a": "methods; definition", "7": "methods", "8": "methods", "12a": "methods",
        "12c": "methods; table:attrition", "13a": "table:attrition", "13b": "table:attrition",
        "13c": "figure:attrition", "14c": "table:rate", "15": "table:outcomes; table:rate", "16a": "table:outcomes",
    }
}  # fmt: skip


def analyse(cohort: Cohort, definition: dict[str, Any]) -> Findings:
    """Return how often ALT newly rises on the drug, and what became of it.

    Raises:
        UsageError: a drug is not in the vocabulary.
    """
    if strange := [name for name in definition["drugs"] if name not in drugs()]:
        raise UsageError("drugs", f"{strange[0]} is not in the vocabulary", "use the vocabulary's names")
    days = alt_days(cohort, definition["rise"]["above_xuln"])
    exposed = baselines(users(cohort, definition), days, definition["baseline_days"])
    told = followed(exposed, days, definition)
    flow = _flow(cohort, definition, told)
    at_risk = flow.patients
    risen = at_risk.filter(pl.col("rise").is_not_null())
    with_peak = risen.join(_at_rise(days), on=["patient_id", "rise"], how="left")
    judged = causality(cohort, with_peak, days, definition)
    curve = _curve(at_risk, definition)
    return Findings(
        sheets={
            "outcomes": outcomes(at_risk, definition),
            "rate": rate(at_risk, risen, definition["confidence"]),
            "by_years": by_years(curve, definition["horizons"]),
            "by_drug": by_drug(at_risk, definition),
            "curve": Sheet(curve_frame(curve), "Free of a rise (years on the drug)", RELEASE, drawn=True),
            "at_risk": Sheet(
                risk_frame(curve, [0.0, *definition["horizons"]]),
                "Patients at risk, by years on the drug",
                RISK_RELEASE,
            ),
            "causality": causality_sheet(judged),
            "rises": Sheet(risen.join(judged, on="patient_id").drop("until"), "Each rise (never leaves the centre)"),
            "results": Sheet(_results(days, risen), "ALT around each rise (never leaves the centre)", drawn=True),
            "patients": Sheet(
                at_risk.select(
                    "patient_id", "drug", "start", "end", "before", "seen", "rise", "onset_days", "persistent", "after"
                ),
                "A row per patient followed on the drug (never leaves the centre)",
                drawn=True,
            ),
        },
        figures=_figures(),
        numbers=_numbers(at_risk, risen, judged, curve, definition),
        attrition=flow.attrition,
        methods=(_methods(definition),),
        notes=_notes(at_risk, risen, judged),
        fills=FILLS,
        shared_numbers={"rise.": "rise.count", "persistent.": "rise.count", "after_stopping.": "rise.count"},
    )


def _flow(cohort: Cohort, definition: dict[str, Any], told: pl.DataFrame) -> Flow:
    whole = chosen(cohort, definition["population"])
    joined = Flow(whole.patients.join(told, on="patient_id", how="left"), whole.steps)
    names = ", ".join(definition["drugs"])
    before = pl.when(pl.col("before") != "unknown").then(pl.col("before") == "normal")
    return (
        joined.keep("users", f"Users of {names}", pl.col("drug").is_not_null(), out="never on it for this indication")
        .keep(
            "normal_before", "ALT normal before the first dose", before,
            out="ALT raised before", unknown="no ALT in the time before, or not judgeable",
        )
        .keep(
            "followed", "ALT measured on the drug", pl.when(pl.col("seen").is_not_null()).then(pl.lit(value=True)),
            out="none", unknown="no ALT on the drug",
        )
    )  # fmt: skip


def _at_rise(days: pl.DataFrame) -> pl.DataFrame:
    return days.select("patient_id", rise="date", peak_at_rise="x_uln")


def _curve(at_risk: pl.DataFrame, definition: dict[str, Any]) -> dict[str, Curve]:
    """Return the share free of a rise over the time on the drug; who has none is followed to the last ALT."""
    if at_risk.is_empty():
        return {}
    time, event = years_on_drug(at_risk), at_risk["rise"].is_not_null()
    return {"on the drug": kaplan_meier_estimate(time, event, interval="log-log", confidence=definition["confidence"])}


def _results(days: pl.DataFrame, risen: pl.DataFrame) -> pl.DataFrame:
    months = (pl.col("date") - pl.col("rise")).dt.total_days() / DAYS_A_MONTH
    return (
        days.join(risen.select("patient_id", "rise"), on="patient_id")
        .filter(months.abs() <= 12, pl.col("x_uln").is_not_null())
        .select(patient="patient_id", time=months, value="x_uln", group=pl.lit("ALT"))
    )


def _figures() -> dict[str, Figure]:
    return {
        "curve": Figure(
            "Time to a rise",
            "The share of users free of a new ALT rise over the time on the drug, with those at risk.",
            ("curve", "at_risk"),
            lambda tables, width: kaplan_meier(
                tables["curve"], tables["at_risk"], time_title="Years on the drug",
                share_title="Free of a rise (%)", width=width,
            ),
        ),
        "outcomes": Figure(
            "What happened",
            "New rises among users, persistence among rises, and normal ALT after stopping, with exact intervals.",
            ("outcomes",),
            lambda tables, width: bars(
                tables["outcomes"].select("share", "lower", "upper", label="outcome", count="yes",
                                          of=pl.col("yes") + pl.col("no"), unknown="unknown"),
                width=width,
            ),
        ),
        "results": Figure(
            "ALT around each rise",
            "Each patient's ALT in the year before and after the rise.",
            ("results",),
            lambda tables, width: spaghetti(tables["results"], time_title="Months from the rise", width=width),
        ),
    }  # fmt: skip


def _numbers(
    at_risk: pl.DataFrame,
    risen: pl.DataFrame,
    judged: pl.DataFrame,
    curve: dict[str, Curve],
    definition: dict[str, Any],
) -> dict[str, Number]:
    years = float(years_on_drug(at_risk).sum())
    numbers: dict[str, Number] = {
        "users": at_risk.height,
        "years": years,
        "rise.count": risen.height,
        "rise.per_100_years": 100 * risen.height / years if years else None,
        "rise.onset_median_days": median(risen["onset_days"]),
    }
    for row in outcomes(at_risk, definition).frame.to_dicts():
        name = {"new": "rise", "persistent,": "persistent", "ALT": "after_stopping"}[row["outcome"].split()[0]]
        numbers |= {f"{name}.{key}": row[key] for key in ("yes", "no", "unknown", "share", "lower", "upper")}
    for found in curve.values():
        for year in definition["horizons"]:
            point = found.at(year)
            numbers[f"rise.by_{year:g}_years"] = None if point is None else 1 - point.survival
    return numbers | {
        f"causality.{word}": int((judged["rucam"] == word).sum()) for word in judged["rucam"].unique().sort()
    }


def _methods(definition: dict[str, Any]) -> str:
    rise = definition["rise"]
    return (
        f"Users are patients with a first exposure to {' or '.join(definition['drugs'])} for {definition['given_for']} "
        f"and a normal ALT within {definition['baseline_days']} days before. A rise is the first ALT above "
        f"{rise['above_xuln']:g} times the upper limit on the drug or within {rise['within_days_of_end']} days of its "
        f"end; it is persistent if ALT is raised {rise['persistent_days']} days later without having been normal. "
        f"ALT after stopping is the first one within {definition['after_stopping_days']} days that is normal. "
        "Follow-up ends at the rise, else at the last ALT that counts. Shares have exact (Clopper-Pearson) intervals, "
        "the rate that of a Poisson count (Garwood); "
        "the time to a rise is Kaplan-Meier's (log-log interval). The pattern is the R value of ALT over alkaline "
        "phosphatase; RUCAM is "
        "given as the range that missing items leave, the drug's known hepatotoxicity taken as "
        f"{definition['causality']['known_hepatotoxicity']}."
    )


def _notes(at_risk: pl.DataFrame, risen: pl.DataFrame, judged: pl.DataFrame) -> tuple[str, ...]:
    notes = [
        (
            "A rise on a drug is not yet injury by it: in autoimmune hepatitis the disease itself is the first "
            "alternative, and RUCAM was not made for it."
        )
    ]
    if at_risk.is_empty():
        notes.append("Nobody could be followed on the drug.")
    if risen.height and (judged["rucam"] == "unknown").any():
        open_ones = int((judged["rucam"] == "unknown").sum())
        notes.append(f"RUCAM stays open in {open_ones} of {risen.height} rises: {_most_missing(judged)} are missing.")
    if unknown := int((risen["persistent"] == "unknown").sum()):
        notes.append(
            f"Whether it was persistent is unknown in {unknown} of {risen.height} rises: too few values after it."
        )
    return tuple(notes)


def _most_missing(judged: pl.DataFrame) -> str:
    names = judged["missing"].str.split(", ").explode().drop_nulls()
    counted = names.value_counts().sort("count", names.name, descending=[True, False])
    return ", ".join(counted[names.name].head(4).to_list())
