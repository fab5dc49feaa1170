"""A cohort's page: who could be judged, how they fare, what is missing, and what became of every row read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

import hepatica
from hepatica.report.cohort_counts import (
    Step,
    attrition,
    lines_of_therapy,
    regimens_now,
)
from hepatica.report.cohort_pictures import cohort_pictures, gallery_picture
from hepatica.report.page import PageTable, render
from hepatica.report.patient_page import standards_tables, work_cells
from hepatica.report.patient_view import PatientView, Standards
from hepatica.report.wording import percent, regimen, word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hepatica.record.record import Reading

SECTIONS = (
    ("numbers", "In numbers"),
    ("attrition", "From all patients to response"),
    ("response", "Response over time"),
    ("completeness", "Completeness"),
    ("treatment", "Treatment"),
    ("worklist", "Work list"),
    ("patients", "Patients"),
    ("reading", "Reading account"),
    ("definitions", "Definitions"),
)
WORK_ROWS, CODE_ROWS, REGIMEN_ROWS = 15, 25, 10
# Kind, what it is to people, and whether the latest day comes first: who was due lately is still in care.
WORK_KINDS = (
    ("endpoint", "The endpoint can still be saved", False),
    ("overdue", "Monitoring is overdue", True),
    ("retrieve", "An old result could make the endpoint assessable", True),
)


@dataclass(frozen=True)
class PatientLink:
    """A patient whose page stands beside the cohort's; `why` says why the patient is named here."""

    patient_id: str
    href: str
    why: str = ""


@dataclass(frozen=True)
class Cohort:
    """The derived tables of a cohort, how its source was read, and by what the course was derived."""

    tables: dict[str, pl.DataFrame]
    reading: Reading
    as_of: date
    source: str
    standards: Standards


def cohort_html(  # noqa: PLR0913  (a page shows all of these)
    tables: dict[str, pl.DataFrame],
    reading: Reading,
    worklist: pl.DataFrame,
    *,
    as_of: date,
    standards: Standards | None = None,
    source: str,
    synthetic: bool,
    patients: Sequence[PatientLink] = (),
    shown: Sequence[PatientView] = (),
    notices: Sequence[str] = (),
    dictionary_href: str | None = None,
    interactive: bool = True,
) -> str:
    """Return the cohort's page as one HTML document that needs nothing beside itself.

    The charts are drawn from counts; rows of single patients stand only in the first rows of the work list and,
    as a picture, of the few patients `shown`. `source` is the source as the user named it.
    """
    cohort = Cohort(tables, reading, as_of, source, standards or Standards.default())
    steps = attrition(tables["response"], _window(cohort))
    return render(
        "cohort.html",
        [*cohort_pictures(tables, steps, cohort.standards), *gallery_picture(shown)],
        interactive=interactive,
        title="Cohort report",
        lead=f"{source}, as of {as_of}. Definitions: {cohort.standards.definitions.title}.",
        synthetic=synthetic,
        notices=list(notices),
        sections=SECTIONS,
        version=hepatica.__version__,
        source=source,
        numbers=_numbers(steps),
        worklists=_worklists(worklist),
        patients=list(patients),
        dictionary_href=dictionary_href,
        definitions=cohort.standards.definitions,
        **_tables(cohort, steps),
        **_reading_tables(reading),
        **standards_tables(cohort.standards),
    )


def _window(cohort: Cohort) -> str:
    return cohort.standards.definitions.response_window_text()


def _numbers(steps: Sequence[Step]) -> list[tuple[str, str]]:
    """Return the counts that a reader looks for first, each with its denominator."""
    everyone, treated, due, judged, achieved = steps
    return [
        ("patients", f"{everyone.remaining:,}"),
        ("with an index date", f"{treated.remaining:,} of {everyone.remaining:,}"),
        (
            f"assessable ({percent(judged.remaining, due.remaining)} of those due)",
            f"{judged.remaining:,} of {due.remaining:,}",
        ),
        (
            f"{achieved.name} ({percent(achieved.remaining, judged.remaining)} of the assessable)",
            f"{achieved.remaining:,} of {judged.remaining:,}",
        ),
    ]


def _worklists(rows: pl.DataFrame) -> list[PageTable]:
    """Return the first rows of each kind of the work list: what can still be saved comes first."""
    named = [kind for kind, _, _ in WORK_KINDS]
    others = [(kind, kind, False) for kind in rows["kind"].unique().sort() if kind not in named]
    return [
        _worklist(rows.filter(pl.col("kind") == kind), words, latest) for kind, words, latest in (*WORK_KINDS, *others)
    ]


def _worklist(rows: pl.DataFrame, words: str, latest: bool) -> PageTable:
    first = rows.sort("by", "patient_id", descending=[latest, False], nulls_last=True).head(WORK_ROWS)
    kept = ("By", "What is needed", "Why", "From")
    cells = [
        [row["patient_id"], row["centre"], *(work_cells(row)[name] for name in kept)]
        for row in first.iter_rows(named=True)
    ]
    more = f": first {first.height} of {rows.height:,}" if rows.height > first.height else f": {rows.height}"
    return PageTable(f"{words}{more}", ("Patient", "Centre", *kept), cells, "nobody.")


def _tables(cohort: Cohort, steps: Sequence[Step]) -> dict[str, PageTable]:
    """Return the numbers behind the pictures as tables."""
    groups = [(step.name, f"{step.remaining:,}", step.group if step.lost else "–", _lost_words(step)) for step in steps]
    now = regimens_now(cohort.tables["state"], REGIMEN_ROWS)
    lines = lines_of_therapy(cohort.tables["regimens"])
    return {
        "groups": PageTable("In, out, and unknown at each step", ("Step", "In", "The others", "Why"), groups),
        "regimens": PageTable(
            "Regimens on the as-of date, the most frequent",
            ("Regimen", "Patients"),
            [(regimen(row["regimen"]), f"{row['patients']:,}") for row in now.iter_rows(named=True)],
        ),
        "lines": PageTable(
            "Lines of therapy",
            ("Line", "Patients ever", "Patients now"),
            [(row["line"], f"{row['ever']:,}", f"{row['now']:,}") for row in lines.iter_rows(named=True)],
        ),
    }


def _lost_words(step: Step) -> str:
    return "; ".join(f"{reason}: {count:,}" for reason, count in step.lost.items()) or "–"


def _reading_tables(reading: Reading) -> dict[str, object]:
    """Return what became of every row read, why rows are in quarantine, and the codes not known."""
    counts = [
        (name, *(f"{value:,}" for value in (one.read, one.kept, one.folded, one.quarantined)))
        for name, one in reading.counts.items()
    ]
    codes = reading.unknown_codes.sort("count", descending=True)
    columns = [(name, ", ".join(names)) for name, names in reading.ignored_columns.items() if names]
    return {
        "counts": PageTable(
            "Rows: read = kept + folded (exact duplicates) + quarantined",
            ("Table", "Read", "Kept", "Folded", "Quarantined"),
            counts,
        ),
        "quarantine": _reasons("Quarantine: rows by reason", reading.reasons()),
        "warnings": _reasons("Kept with a warning: rows by reason", reading.warned()),
        "codes": PageTable(
            f"Codes that the vocabulary does not know: first {min(codes.height, CODE_ROWS)} of {codes.height}",
            ("Table", "Column", "Code", "Rows"),
            [list(row) for row in codes.select("table", "column", "code", "count").head(CODE_ROWS).iter_rows()],
            "none.",
        ),
        "ignored": PageTable("Columns that no table has (kept out)", ("Table", "Columns"), columns, "none."),
        "notes": reading.notes,
    }


def _reasons(caption: str, reasons: pl.DataFrame) -> PageTable:
    rows = [(row["table"], word(row["reason"]), f"{row['count']:,}") for row in reasons.iter_rows(named=True)]
    return PageTable(caption, ("Table", "Reason", "Rows"), rows, "none.")
