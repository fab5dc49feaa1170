"""One patient's story without identity (Hadžić 2024): results, treatments, biopsies, genes, responses."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from hepatica.course import definitions, protocol
from hepatica.course.explain import explain
from hepatica.errors import UsageError
from hepatica.pictures import spaghetti, swimmer
from hepatica.studies.case.told import Told, months_from, sentence
from hepatica.studies.cohort import Cohort
from hepatica.studies.result import Figure, Findings, Number, Sheet

TABLES = ("response", "outcomes", "state")
_AGES = {"band": "told as a band of five years", "years": "told in completed years", "none": "not told"}
# What may name the patient, or tell where they live, never enters the case: only these columns of each table do.
_SHOWN = {
    "events": ("event", "serious", "related_drug", "cause"),
    "biopsies": ("hai", "fibrosis_stage", "fibrosis_scale", "interface_hepatitis", "lymphoplasmacytic_infiltrate",
                 "rosettes", "emperipolesis"),
    "genotypes": ("gene", "variant", "zygosity", "classification", "mechanism", "diplotype", "phenotype"),
}  # fmt: skip


def analyse(cohort: Cohort, definition: dict[str, Any]) -> Findings:
    """Return one patient's timeline and case report, in months from the index date.

    Raises:
        UsageError: no patient is named, the patient is not in the cohort, or nothing is dated to count from.
    """
    who = definition["patient"]
    if who is None:
        raise UsageError("patient", "no patient is named", "write the patient_id under patient")
    if who not in cohort.record.patients["patient_id"]:
        raise UsageError("patient", f"{who} is not in the cohort", "check the patient_id")
    told = Told(who, _zero(cohort, who), definition["months"])
    alone = cohort.record.of_patients([who])
    results = told.dated(alone.measurements, "date").select(
        "months", "analyte",
        pl.col("comparator").fill_null(""),  # a result without one is the value itself, nothing unknown
        "value", "text", "unit", "x_uln",
    )  # fmt: skip
    treatments = _treatments(told, alone.treatments, cohort.as_of, _last_seen(cohort, who))
    sheets = {
        "treatments": Sheet(treatments, "Treatments (months from the index date; an empty end goes on)"),
        "results": Sheet(results.sort("months", "analyte"), "Results (months from the index date)"),
        **{
            name: Sheet(
                told.dated(alone.table(name), "date").select("months", *columns).sort("months"), name.capitalize()
            )
            for name, columns in _SHOWN.items()
        },
        "milestones": Sheet(_milestones(cohort, told), "What the course says"),
        "drawn": Sheet(
            _drawn(results, definition["analytes"]), "Results drawn, multiples of the upper limit", drawn=True
        ),
    }
    return Findings(
        sheets=sheets,
        figures=_figures(),
        numbers=_numbers(cohort, told, results, treatments),
        methods=(_methods(definition), sentence(cohort, told, definition)),
        notes=_notes(sheets, definition),
    )


def _zero(cohort: Cohort, who: str) -> date:
    """Return the day from which months count: the index date, else the diagnosis, else the first result."""
    row = cohort.table("outcomes").row(by_predicate=pl.col("patient_id") == who, named=True)
    people = cohort.record.patients.row(by_predicate=pl.col("patient_id") == who, named=True)
    first = cohort.record.measurements.filter(pl.col("patient_id") == who)["date"].min()
    for day in (row["index_date"], people["diagnosis_date"], first):
        if isinstance(day, date):
            return day
    raise UsageError("patient", "nothing is dated from which months could count", "give a diagnosis or a treatment")


def _last_seen(cohort: Cohort, who: str) -> date:
    """Return the last day on which anything is known of the patient.

    What goes on is told until then: months to the as-of date, which is printed, would give the index date away.
    """
    seen = cohort.table("outcomes").row(by_predicate=pl.col("patient_id") == who, named=True)["last_seen"]
    return seen if isinstance(seen, date) else cohort.as_of


def _treatments(told: Told, rows: pl.DataFrame, as_of: date, seen: date) -> pl.DataFrame:
    found = rows.filter(pl.col("start") <= as_of).select(
        "drug", "dose", "dose_unit", "route", "indication", "stop_reason",
        start=months_from(pl.col("start"), told.zero),
        end=months_from(pl.col("end"), told.zero),
        until=months_from(pl.min_horizontal("end", pl.max_horizontal("start", pl.lit(seen))), told.zero),
    )  # fmt: skip
    return found.filter(told.shown(pl.col("until")), told.shown(pl.col("start"), late_only=True)).sort("start", "drug")


def _milestones(cohort: Cohort, told: Told) -> pl.DataFrame:
    """Return the milestones with dates as months; a milestone's reasons name rows and days, and stay behind."""
    found = explain(cohort.record, told.who, definitions(cohort.definitions), cohort.as_of, protocol(cohort.protocol))
    return pl.DataFrame(
        {
            "milestone": [one.name for one in found],
            "value": [told.without_dates(one.value) for one in found],
            "known": ["no" if one.unknown_needs else "yes" for one in found],
        },
        schema={"milestone": pl.String, "value": pl.String, "known": pl.String},
    )


def _drawn(results: pl.DataFrame, drawn: list[str]) -> pl.DataFrame:
    return results.filter(pl.col("analyte").is_in(drawn), pl.col("x_uln") > 0).select(
        patient=pl.lit("the patient"),
        group=pl.col("analyte").replace({name: _named(name) for name in drawn}),
        time="months",
        value="x_uln",
    )


def _figures() -> dict[str, Figure]:
    return {
        "results": Figure(
            "Results over time",
            "Each analyte as a multiple of its upper limit, over the months from the index date.",
            ("drawn",),
            lambda tables, width: spaghetti(
                tables["drawn"], value_title="× upper limit (log scale)", time_title="Months from the index date",
                width=width,
            ),
        ),
        "treatments": Figure(
            "Treatments and events",
            "A lane per drug from its first to its last month, with the events.",
            ("treatments", "events"),
            _lanes,
        ),
    }  # fmt: skip


def _lanes(tables: Any, width: int) -> Any:
    rows = tables["treatments"].select(
        "start",
        patient="drug",
        end="until",
        what="drug",
        ongoing=pl.col("end").is_null() | (pl.col("end") > pl.col("until")),
    )
    events = tables["events"].select(time="months", event="event")
    first = rows["patient"][0] if rows.height else "events"
    return swimmer(
        rows, events.with_columns(patient=pl.lit(first)), time_title="Months from the index date", width=width
    )


def _numbers(cohort: Cohort, told: Told, results: pl.DataFrame, treatments: pl.DataFrame) -> dict[str, Number]:
    response = cohort.table("response").row(by_predicate=pl.col("patient_id") == told.who, named=True)
    return {
        "results": results.height,
        "treatments": treatments.height,
        "months.cbr": told.month(response["cbr_date"]),
        "months.loss_of_cbr": told.month(response["loss_of_cbr_date"]),
        "months.relapse": told.month(response["relapse_date"]),
        "cbr_by_6_months": response["cbr_by_6_months"],
        "in_cbr": response["in_cbr"],
        "last_known_cbr": response["last_known_cbr"],
        "months.last_known_cbr": told.month(response["last_known_cbr_date"]),
    }


def _methods(definition: dict[str, Any]) -> str:
    return (
        "One patient is told without identity: times are months from the index date, rounded to a tenth; no date, "
        f"pseudonym, centre, or ethnicity is told, and the age is {_AGES[definition['age']]}. The pictures show "
        f"{', '.join(map(_named, definition['analytes']))} as multiples of the upper limit of normal."
    )


def _named(analyte: str) -> str:
    return "IgG" if analyte == "IGG" else analyte


def _notes(sheets: dict[str, Sheet], definition: dict[str, Any]) -> tuple[str, ...]:
    notes = [
        "One patient: nothing follows for others.",
        "A rare course can be recognised without any name. Publish it only with the patient's consent.",
        "No table of this study leaves the centre under disclosure control: a case is always one.",
    ]
    variants = sheets["genotypes"].frame.filter(pl.col("variant").is_not_null()).height
    if variants:
        notes.append("A genetic variant is told: it may identify a family.")
    empty = [name for name in ("events", "biopsies", "genotypes") if not sheets[name].frame.height]
    if empty:
        notes.append(f"Nothing is recorded of: {', '.join(empty)}. That is not the same as none.")
    missing = [name for name in definition["analytes"] if name not in sheets["results"].frame["analyte"].to_list()]
    if missing:
        notes.append(f"Not measured: {', '.join(missing)}.")
    return tuple(notes)
