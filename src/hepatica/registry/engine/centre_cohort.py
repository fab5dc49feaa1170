"""A centre's patients as a cohort of the studies, the figures of its page, and the reports of its studies."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hepatica.guidance.protocols import audit, practice
from hepatica.pictures import kaplan_meier, theme
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.standards import CentreStandards, standards_of
from hepatica.registry.models import Centre
from hepatica.report.cohort_counts import Step, attrition, lines_of_therapy, regimens_now
from hepatica.report.cohort_pictures import cohort_pictures
from hepatica.report.page import PageTable, Picture
from hepatica.report.patient_view import Standards
from hepatica.report.study_folder import write_study
from hepatica.report.study_page import study_html
from hepatica.report.wording import percent, regimen
from hepatica.sources.source import Bucket
from hepatica.studies import Result, run
from hepatica.studies.cohort import Cohort
from hepatica.studies.curve_tables import curve_frame, risk_frame
from hepatica.studies.disclosure import shared
from hepatica.studies.statistics.survival import Curve
from hepatica.studies.statistics.survival import kaplan_meier as survival_of

DAYS_A_YEAR = 365.25
YEARS = [0.0, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0]
MOST_REGIMENS = 10
DERIVED = ("state", "response", "evaluations", "outcomes", "regimens")
LEAST = 5  # a cell of fewer patients than this never leaves for a researcher


@dataclass(frozen=True)
class CohortFigures:
    """What a centre's cohort page shows: numbers, pictures as specifications, tables, and whether it is invented."""

    numbers: list[tuple[str, str]]
    pictures: list[dict[str, Any]]
    tables: list[PageTable]
    synthetic: bool


def cohort_of_centre(centre: Centre) -> Cohort:
    """Return all patients of a centre as a cohort by the centre's standards of today."""
    used = standards_of(centre)
    record, reading = Bucket(RegistryTables((centre.pk,)), used.reading, used.as_of).read()
    return Cohort(record, used.as_of, centre.definitions, used.protocol, f"registry:{centre.code}", reading)


def figures(centre: Centre) -> CohortFigures:
    """Return the figures of a centre's cohort page."""
    used, cohort = standards_of(centre), cohort_of_centre(centre)
    cohort.derive(*DERIVED)
    tables = {name: cohort.table(name) for name in DERIVED}
    steps = attrition(tables["response"], used.defined.response_window_text())
    pictures = cohort_pictures(tables, steps, Standards(used.defined, used.practice))
    pictures += _survival(tables["outcomes"])
    return CohortFigures(
        _numbers(steps), [_drawn(one) for one in pictures], _tables(cohort, steps, used), cohort.synthetic
    )


def _drawn(picture: Picture) -> dict[str, Any]:
    """Return a picture's words and specifications; the page says it in words, so its marks are silent."""
    told: dict[str, Any] = {"name": picture.name, "title": picture.title, "words": picture.description}
    for width, chart in (("wide", picture.wide), ("narrow", picture.narrow)):
        spec: dict[str, Any] = chart.to_dict(validate=False)
        told[width] = {**spec, "config": {**spec.get("config", {}), "aria": False}}
        told[f"{width}_id"] = f"{picture.name}-{width}"
    return {**told, "note": picture.note}


def _numbers(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Return the counts that a reader looks for first, each with its denominator."""
    everyone, treated, due, judged, achieved = (step.remaining for step in steps)
    return [
        ("patients", f"{everyone:,}"),
        ("with an index date", f"{treated:,} of {everyone:,}"),
        (f"assessable ({percent(judged, due)} of those due)", f"{judged:,} of {due:,}"),
        (f"{steps[-1].name} ({percent(achieved, judged)} of the assessable)", f"{achieved:,} of {judged:,}"),
    ]


def _survival(outcomes: pl.DataFrame) -> list[Picture]:
    """Return survival with the native liver since the index date as a picture; none where nobody was followed."""
    curve = native_liver_survival(outcomes)
    if curve is None:
        return []
    name = "Native liver survival"
    risk = risk_frame({name: curve}, [year for year in YEARS if year <= float(curve.time[-1])])
    curves = curve_frame({name: curve})
    at = [point for year in YEARS[1:] if (point := curve.at(year)) is not None]
    said = [f"{one.time:g} years: {one.survival:.1%} ({one.lower:.1%} to {one.upper:.1%}), {one.at_risk:.0f} at risk."
            for one in at]  # fmt: skip
    return [
        Picture(
            "survival",
            "Survival without a transplant",
            f"Of {curve.n:,} treated patients, {int(curve.events.sum()):,} died or had a transplant. " + " ".join(said),
            kaplan_meier(curves, risk, width=theme.WIDE),
            kaplan_meier(curves, risk, width=theme.NARROW),
            "Kaplan-Meier from the index date to death or transplant, with 95 % intervals; ticks: follow-up ends.",
        )
    ]


def native_liver_survival(outcomes: pl.DataFrame) -> Curve | None:
    """Return the survival with the native liver in years from the index date; None where nobody was followed."""
    # min_horizontal leaves out what did not happen: without death and transplant the follow-up ends when last seen.
    end = pl.min_horizontal("death_date", "transplant_date", "last_seen")
    gone = pl.min_horizontal("death_date", "transplant_date")
    rows = outcomes.filter(pl.col("index_date").is_not_null()).select(
        years=(end - pl.col("index_date")).dt.total_days() / DAYS_A_YEAR, event=gone.is_not_null() & (gone <= end)
    )
    known = rows.filter(pl.col("years") > 0)
    if known.is_empty():
        return None
    return survival_of(known["years"].to_numpy(), known["event"].to_numpy().astype(np.bool_))


def _tables(cohort: Cohort, steps: Sequence[Step], used: CentreStandards) -> list[PageTable]:
    """Return the numbers behind the pictures, today's regimens, and recorded practice against the protocol."""
    lost = [
        (step.name, f"{step.remaining:,}", step.group if step.lost else "–",
         "; ".join(f"{reason}: {count:,}" for reason, count in step.lost.items()) or "–")
        for step in steps
    ]  # fmt: skip
    now = [(regimen(row["regimen"]), f"{row['patients']:,}")
           for row in regimens_now(cohort.table("state"), MOST_REGIMENS).iter_rows(named=True)]  # fmt: skip
    lines = [(row["line"], f"{row['ever']:,}", f"{row['now']:,}")
             for row in lines_of_therapy(cohort.table("regimens")).iter_rows(named=True)]  # fmt: skip
    return [
        PageTable("In, out, and unknown at each step", ("Step", "In", "The others", "Why"), lost),
        PageTable("Regimens today, the most frequent", ("Regimen", "Patients"), now),
        PageTable("Lines of therapy", ("Line", "Patients ever", "Patients now"), lines),
        _practice(cohort, used),
    ]


def _practice(cohort: Cohort, used: CentreStandards) -> PageTable:
    """Return how many patients are treated as the centre's protocol says, question by question."""
    headings = ("Question", "The protocol says", "So", "Otherwise", "Unknown", "Does not arise", "Of those known")
    caption = f"Recorded practice beside the protocol: {used.practice.title}"
    if cohort.record.patients.is_empty():
        return PageTable(caption, headings, [])
    found = audit(
        cohort.table("state"), cohort.table("regimens"), cohort.record, practice(used.protocol), used.defined
    ).filter(pl.col("centre") == "all centres")
    rows = [
        (row["asks"], row["expected"], row["as_protocol"], row["not_as_protocol"], row["unknown"],
         row["not_applicable"], "unknown" if row["percent"] is None else f"{row['percent']:.0f} %")
        for row in found.to_dicts()
    ]  # fmt: skip
    return PageTable(caption, headings, rows)


def study_report(name: str, cohort: Cohort, *, leaves: bool) -> str:
    """Return a study's whole report as one still page; one that leaves the centres is under disclosure control.

    A study that refuses the cohort (nobody is treated, say) gives a page of its words instead.
    """
    return study_html(_result(name, cohort, leaves=leaves), interactive=False)


def study_archive(name: str, cohort: Cohort, *, leaves: bool) -> bytes:
    """Return a study's report, tables, numbers, and definition as one zip, to be taken along."""
    archive = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="hepatica-study-") as folder, zipfile.ZipFile(archive, "w") as packed:
        out = Path(folder) / name
        for file in write_study(_result(name, cohort, leaves=leaves), out):
            packed.write(file, file.relative_to(folder), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def _result(name: str, cohort: Cohort, *, leaves: bool) -> Result:
    course = {"definitions": cohort.definitions, "protocol": cohort.protocol, "as_of": cohort.as_of.isoformat()}
    result = run(name, cohort, {"course": course})
    return shared(result, LEAST) if leaves else result
