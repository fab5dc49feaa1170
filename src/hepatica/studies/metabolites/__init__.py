"""Thiopurine metabolites (Weltzsch 2024): 6-TGN by class of response, honest cut-offs, allopurinol, selection."""

from __future__ import annotations

from typing import Any

import polars as pl

from hepatica.pictures import bars, roc
from hepatica.studies.attrition import Flow
from hepatica.studies.cohort import Cohort
from hepatica.studies.metabolites import tables
from hepatica.studies.metabolites.levels import (
    CLASSES,
    STABLE,
    UNKNOWN,
    by_patient,
    levels,
    pairs_around_allopurinol,
    response_classes,
)
from hepatica.studies.population import chosen
from hepatica.studies.release import Counts, Estimates
from hepatica.studies.result import Figure, Findings, Number, Sheet
from hepatica.studies.statistics.roc import BootstrapCutOff, roc_curve

TABLES = ("outcomes", "response", "regimens", "evaluations", "metabolites")
FILLS = {
    "strobe": {
        "4": "methods", "5": "methods", "6a": "methods; definition", "7": "methods", "8": "methods",
        "9": "table:selection", "12a": "methods", "12c": "methods; table:attrition", "13a": "table:attrition",
        "13b": "table:attrition", "13c": "figure:attrition", "15": "table:means", "16a": "table:means",
        "17": "table:cut_offs; table:area; table:above",
    }
}  # fmt: skip
SELECTION = Counts(
    keys=("class",),
    cells=("users", "measured", "not_measured"),
    sums=(("users", ("measured", "not_measured")),),
)


def analyse(cohort: Cohort, definition: dict[str, Any]) -> Findings:
    """Return which metabolite levels go with lasting response, and what a cut-off is worth without its optimism."""
    rows = levels(cohort, definition)
    flow, users = _flow(cohort, definition, rows)
    patients = flow.patients
    level = definition["confidence"]
    found, why_not = tables.chosen_cut_off(patients, definition)
    pairs = pairs_around_allopurinol(cohort, definition)
    unit = definition["unit"]
    sheets = {
        "means": Sheet(
            tables.means(patients, level), f"Metabolites by class of response; levels in {unit}", Estimates("patients")
        ),
        "differences": Sheet(
            tables.differences(patients, level),
            f"Mean 6-TGN compared, {unit}; patients of the smaller class",
            Estimates("patients"),
        ),
        "cut_offs": Sheet(
            tables.cut_offs(patients, found, definition),
            f"Cut-offs of mean 6-TGN for lasting response, {unit}",
            Estimates("patients"),
        ),
        "area": _area_sheet(patients, level),
        "above": Sheet(
            tables.above(patients, definition),
            f"Patients with a mean 6-TGN at or above a published limit, {unit}",
            Counts(keys=("limit", "class"), cells=("above", "of")),
        ),
        "dose": Sheet(
            tables.dose(rows), "Thiopurine dose and level: Spearman's rank correlation", Estimates("patients")
        ),
        "allopurinol": Sheet(
            tables.allopurinol(pairs, level), f"Levels before and after allopurinol, {unit}", Estimates("patients")
        ),
        "selection": Sheet(tables.selection(users), "Who is measured", SELECTION),
        **_drawn_sheets(patients, found, pairs),
    }
    return Findings(
        sheets=sheets,
        figures=_figures(unit),
        numbers=_numbers(sheets, found),
        attrition=flow.attrition,
        methods=(_methods(definition),),
        notes=_notes(cohort, definition, found, why_not),
        fills=FILLS,
        shared_numbers={"mean.": "patients", "cut_off.": "patients"},
    )


def _area_sheet(patients: pl.DataFrame, level: float) -> Sheet:
    """Return how well the level tells lasting response at every cut-off at once."""
    return Sheet(
        tables.area(patients, level),
        "Area under the ROC curve of mean 6-TGN for lasting response (DeLong)",
        Estimates("patients"),
        empty="fewer than two patients with, or without, a lasting response.",
    )


def _drawn_sheets(patients: pl.DataFrame, found: BootstrapCutOff | None, pairs: pl.DataFrame) -> dict[str, Sheet]:
    """Return what the pictures draw, and the patients from whom each number can be computed again."""
    return {
        "curve": Sheet(_curve(patients), "ROC of mean 6-TGN for lasting response", drawn=True),
        "point": Sheet(_point(found), "The chosen cut-off on the ROC curve", drawn=True),
        "patients": Sheet(
            patients.select("patient_id", "response_class", "tgn", "tgn_time_weighted", "mmp", "ratio"),
            "A row per patient analysed (never leaves the centre)",
            drawn=True,
        ),
        "pairs": Sheet(pairs, "Levels of each patient around allopurinol (never leaves the centre)", drawn=True),
    }


def _flow(cohort: Cohort, definition: dict[str, Any], rows: pl.DataFrame) -> tuple[Flow, pl.DataFrame]:
    """Return the patients analysed on their way, and all thiopurine users with whether they were measured."""
    whole = chosen(cohort, definition["population"])
    classes = response_classes(cohort, definition["never_after_months"])
    joined = whole.patients.join(classes, on="patient_id", how="left").join(
        by_patient(rows), on="patient_id", how="left"
    )
    taken = pl.col("response_class").is_not_null()
    used = Flow(joined, whole.steps).keep(
        "users", "First line with a thiopurine", taken, out="no thiopurine, or with allopurinol alone"
    )
    users = used.patients.with_columns(measured=pl.col("tgn").is_not_null())
    any_level = cohort.table("metabolites").filter(pl.col("tgn").is_not_null())["patient_id"].unique().to_list()
    reason = (
        pl.when(pl.col("patient_id").is_in(any_level))
        .then(pl.lit("levels in another unit, not at steady state, or after it alone"))
        .otherwise(pl.lit("never measured"))  # the only other way to have none
    )
    level = pl.when(pl.col("tgn").is_not_null()).then(pl.lit(value=True))
    known = pl.when(pl.col("response_class") != UNKNOWN).then(pl.lit(value=True))
    analysed = used.keep("measured", "With a level that counts", level, out="none", unknown=reason).keep(
        "classed", "Class of response known", known, out="none", unknown="neither a response nor a known lack of one"
    )
    return analysed, users


def _curve(patients: pl.DataFrame) -> pl.DataFrame:
    known = patients.filter(pl.col("tgn").is_not_null())
    stable = known["response_class"] == STABLE
    if min(int(stable.sum()), int((~stable).sum())) < tables.FEW:
        return pl.DataFrame(schema={"order": pl.Int64, "false_positive_rate": pl.Float64, "sensitivity": pl.Float64})
    found = roc_curve(stable, known["tgn"])
    return pl.DataFrame(
        {"false_positive_rate": 1 - found.specificity, "sensitivity": found.sensitivity}
    ).with_row_index("order")


def _point(found: BootstrapCutOff | None) -> pl.DataFrame:
    rows = []
    if found is not None:
        cut = found.cut_off
        shares = f"{100 * cut.sensitivity.share:.0f} % / {100 * cut.specificity.share:.0f} %"
        words = f"≥ {cut.threshold:.1f}: sensitivity / specificity {shares} (apparent)"
        rows = [(1 - cut.specificity.share, cut.sensitivity.share, words)]
    schema = {"false_positive_rate": pl.Float64, "sensitivity": pl.Float64, "label": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _figures(unit: str) -> dict[str, Figure]:
    return {
        "cut_off": Figure(
            "What a cut-off tells apart",
            "Sensitivity against one minus specificity of mean 6-TGN for lasting response, with the chosen cut-off.",
            ("curve", "point"),
            lambda tables, width: roc(tables["curve"], tables["point"], width=width),
            "The point is as it appears in the patients it was chosen on; the table has it corrected.",
        ),
        "above": Figure(
            "At or above a published limit",
            "The share of each class of response with a mean 6-TGN at or above each published limit.",
            ("above",),
            lambda tables, width: bars(
                tables["above"].select(
                    "share", "lower", "upper", "of", count="above",
                    label=pl.format("{}: ≥ {}", _class_words(), pl.col("limit").cast(pl.Int64)),
                ),
                share_title=f"Patients (%) at or above the limit, {unit}",
                width=width,
            ),
        ),
        "selection": Figure(
            "Who is measured",
            "The share of thiopurine users of each class whose metabolites were measured.",
            ("selection",),
            lambda tables, width: bars(
                tables["selection"].select(label=_class_words(), count="measured", of="users"),
                share_title="Thiopurine users with a level that counts (%)",
                width=width,
            ),
        ),
    }  # fmt: skip


def _class_words() -> pl.Expr:
    """Return a class of response as words."""
    return pl.col("class").str.replace_all("_", " ")


def _numbers(sheets: dict[str, Sheet], found: BootstrapCutOff | None) -> dict[str, Number]:
    numbers: dict[str, Number] = {"patients": int(sheets["selection"].frame["measured"].sum())}
    for row in sheets["means"].frame.filter(pl.col("measure") == "6-TGN, mean").to_dicts():
        numbers |= {f"mean.{row['class']}.{key}": row.get(key) for key in ("patients", "mean", "lower", "upper")}
    for row in sheets["differences"].frame.to_dicts():
        numbers[f"difference.{row['compared']}.p"] = row["p"]
    if found is not None:
        numbers |= {
            "cut_off.threshold": found.cut_off.threshold,
            "cut_off.threshold_lower": found.threshold_lower,
            "cut_off.threshold_upper": found.threshold_upper,
            "cut_off.youden_apparent": found.youden.apparent,
            "cut_off.youden_corrected": found.youden.corrected,
            "cut_off.sensitivity_apparent": found.sensitivity.apparent,
            "cut_off.sensitivity_corrected": found.sensitivity.corrected,
            "cut_off.specificity_apparent": found.specificity.apparent,
            "cut_off.specificity_corrected": found.specificity.corrected,
            "cut_off.auc": found.auc.apparent,
        }
    for row in sheets["allopurinol"].frame.to_dicts():
        numbers |= {
            f"allopurinol.{row['level']}.{key}": row[key] for key in ("patients", "before", "after", "p_paired_t")
        }
    return numbers


def _methods(definition: dict[str, Any]) -> str:
    steady = "at steady state" if definition["steady_only"] else "at any time"
    return (
        f"Levels are 6-TGN in {definition['unit']} {steady} on a first line with azathioprine or mercaptopurine, "
        "without allopurinol; levels in the other unit are not converted. A patient's level is the mean (and beside it "
        f"the time-weighted mean) of them. Classes are {_classes()}, of the same first line; never needs a known lack "
        f"of response {definition['never_after_months']} months after it began or later. Means are compared "
        "by Welch's t test and over all classes by Kruskal and Wallis. The cut-off is Youden's, corrected for optimism "
        f"in {definition['cut_off']['samples']} bootstrap samples (seed {definition['cut_off']['seed']}) in which it "
        "is chosen anew, with percentile intervals; the limits "
        f"{', '.join(f'{limit:g}' for limit in definition['cut_off']['fixed'])} are published ones, with Wilson's "
        "intervals. The area under the curve has DeLong's. The last level "
        "at steady state before allopurinol is paired with the first at steady state after its start, both within "
        f"{definition['allopurinol_days']} days of it."
    )


def _classes() -> str:
    return ", ".join(name.replace("_", " ") for name in CLASSES)


def _notes(cohort: Cohort, definition: dict[str, Any], found: BootstrapCutOff | None, why_not: str) -> tuple[str, ...]:
    notes = [
        "A level measured because of a poor course is no random level: compare who is measured with who is not.",
        "A cut-off chosen on these patients looks better than it is; use the corrected figures, and others' data.",
        "Classes are those known at the as-of date: who has not lost the response yet counts as stable.",
    ]
    if found is None:
        notes.append(f"No cut-off was chosen: {why_not}.")
    elif found.threshold_upper - found.threshold_lower > found.cut_off.threshold / 4:
        notes.append(
            "The cut-off is not well determined: in other samples of such patients it lies from "
            f"{found.threshold_lower:.0f} to {found.threshold_upper:.0f}."
        )
    other = cohort.table("metabolites").filter(pl.col("unit") != definition["unit"]).height
    if other:
        notes.append(f"{other} levels in another unit were left out: assays are not interchangeable.")
    return tuple(notes)
