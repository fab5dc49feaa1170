"""One patient's page: where the patient stands, what is missing, the course, and the rows behind every value."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

import hepatica
from hepatica.course.protocol import protocol
from hepatica.guidance.advice_text import EFFECT_WORDS, LEVEL_WORDS, in_short
from hepatica.guidance.score_words import range_words
from hepatica.pictures import theme
from hepatica.record.tables import TABLES
from hepatica.report import biochemistry_panel
from hepatica.report.course_chart import chart_of
from hepatica.report.course_words import chart_description, standing, unknowns
from hepatica.report.gap_panel import gaps
from hepatica.report.page import PageTable, Picture, render
from hepatica.report.patient_view import PatientView, Standards, view_of
from hepatica.report.wording import column_words, counted, heading, place, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hepatica.course.explain import Milestone
    from hepatica.guidance.advice_parts import Advice
    from hepatica.pictures.drawing import Row
    from hepatica.record.record import Record

SECTIONS = (
    ("standing", "Where the patient stands"),
    ("missing", "What is missing"),
    ("course", "Course"),
    ("advice", "Advice"),
    ("milestones", "Milestones"),
    ("treatment", "Treatment lines"),
    ("response", "Response"),
    ("metabolites", "Metabolites"),
    ("rows", "Data rows"),
    ("definitions", "Definitions"),
)
_REGIMENS = ("regimen_no", "line", "drugs", "start", "end", "days")
_METABOLITES = ("date", "tgn", "mmp", "unit", "mmp_tgn_ratio", "steady_state", "pattern", "reason")
_EVALUATIONS = (
    "date",
    "days_since_index",
    "alt_xuln",
    "ast_xuln",
    "igg_xuln",
    "transaminases_normal",
    "igg_normal",
    "cbr",
)
_RESPONSE = (
    "index_date",
    "cbr_by_6_months",
    "cbr_by_6_months_reason",
    "cbr_date",
    "response_4_weeks",
    "response_4_weeks_reason",
    "insufficient_response",
    "in_cbr",
    "last_known_cbr",
    "last_known_cbr_date",
    "loss_of_cbr_date",
    "relapse_date",
    "histological_remission",
    "treatment_free_days",
    "cbr_fraction",
    "cbr_fraction_known_days",
)


# What can still be saved comes first, then what is overdue, then what only an old result can help.
WORK_ORDER = {"endpoint": 0, "overdue": 1, "retrieve": 2}


def patient_html(  # noqa: PLR0913  (a page shows all of these)
    record: Record,
    tables: dict[str, pl.DataFrame],
    patient_id: str,
    milestones: Sequence[Milestone],
    worklist_rows: pl.DataFrame,
    *,
    synthetic: bool,
    notices: Sequence[str] = (),
    standards: Standards | None = None,
    advice: Advice | None = None,
    interactive: bool = True,
) -> str:
    """Return the patient's page as one HTML document that needs nothing beside itself.

    `advice` stands beside the course where the installation has accepted its notice.
    `worklist_rows` are rows of the work list (kind, what, why, from, by); those of other patients are left
    out. Raises UsageError for a patient who is not in the tables.
    """
    view = view_of(record, tables, patient_id, standards)
    return render(
        "patient.html",
        [_picture(view)],
        interactive=interactive,
        title=f"Patient {patient_id}",
        lead=_lead(view),
        synthetic=synthetic,
        notices=list(notices),
        sections=[part for part in SECTIONS if advice is not None or part[0] != "advice"],
        advice=advice,
        levels=LEVEL_WORDS,
        short=[] if advice is None else in_short(advice),
        effects=EFFECT_WORDS,
        range_words=range_words,
        version=hepatica.__version__,
        standing=standing(view),
        missing=unknowns(view),
        gaps=_gap_table(view),
        milestones=list(milestones),
        worklist=work_table(worklist_rows.filter(pl.col("patient_id") == patient_id)),
        rows=[_record_table(view, name) for name in TABLES],
        definitions=view.standards.definitions,
        **_derived_tables(view),
        **standards_tables(view.standards),
    )


def _lead(view: PatientView) -> str:
    used = view.standards
    return f"As of {view.as_of}. Definitions: {used.definitions.title}. Protocol: {used.protocol.title}."


def _picture(view: PatientView) -> Picture:
    open_marks = f"{biochemistry_panel.NOTE} Open metabolites: not known to be at steady state."
    return Picture(
        name="course",
        title="The course",
        description=chart_description(view),
        wide=chart_of(view, theme.WIDE),
        narrow=chart_of(view, theme.NARROW),
        note=f"{open_marks} Lines end where nothing was measured for longer than a status is carried forward.",
    )


def work_table(rows: pl.DataFrame) -> PageTable:
    """Return work list rows as a table: by when, what is needed, why, of which kind, from when."""
    urgent = pl.col("kind").replace_strict(WORK_ORDER, default=len(WORK_ORDER), return_dtype=pl.Int64)
    cells = [work_cells(row) for row in rows.sort(urgent, "by", nulls_last=True).iter_rows(named=True)]
    headings = ("By", "What is needed", "Why", "Kind", "From")
    return PageTable(
        "What is needed",
        headings,
        [[row[name] for name in headings] for row in cells],
        "nothing is on the work list.",
    )


def work_cells(row: Row) -> dict[str, str]:
    """Return a row of the work list by its headings; without a first day it counts from now."""
    return {
        "By": said(row["by"]),
        "What is needed": said(row["what"]),
        "Why": said(row["why"]),
        "Kind": said(row["kind"]),
        "From": "now" if row["from"] is None else said(row["from"]),
    }


def _gap_table(view: PatientView) -> PageTable:
    rows = [(gap.analyte, gap.start, gap.end, counted(gap.days, "day")) for gap in gaps(view)]
    return PageTable("Every time without a result", ("Analyte", "From", "To", "Length"), rows, "none.")


def _derived_tables(view: PatientView) -> dict[str, PageTable]:
    """Return the tables of treatment lines, response, evaluations, and metabolites."""
    response = [[heading(column), column_words(column, view.one("response")[column])] for column in _RESPONSE]
    return {
        "regimens": _columns(view, "regimens", _REGIMENS, "Regimens in order of time"),
        "response": PageTable("Response by the definitions below", ("Question", "Answer"), response),
        "evaluations": _columns(view, "evaluations", _EVALUATIONS, "Evaluations since the index date"),
        "metabolites": _columns(view, "metabolites", _METABOLITES, "Pairs of 6-TGN and 6-MMP"),
    }


def _columns(view: PatientView, table: str, columns: tuple[str, ...], caption: str) -> PageTable:
    rows = [[column_words(column, row[column]) for column in columns] for row in view.rows(table)]
    return PageTable(caption, [heading(column) for column in columns], rows)


def _record_table(view: PatientView, name: str) -> PageTable:
    """Return a table of the record with the place of each row in its source first."""
    columns = [column for column in TABLES[name].names if column != "patient_id"]
    extra = ["x_uln"] if name == "measurements" else []
    rows = [[place(row), *(_raw(name, row, column) for column in [*columns, *extra])] for row in view.rows(name)]
    headings = ["Place", *(heading(column) for column in [*columns, *extra])]
    return PageTable(name.capitalize(), headings, rows, "no row.")


def _raw(table: str, row: Row, column: str) -> str:
    """Return a cell of the record as the source meant it: a result with its comparator, an open end as going on."""
    if table == "measurements" and column == "value":
        return result_words(row)
    if column == "end" and row["end"] is None:
        return "goes on"
    return "none given" if column in ("detail", "related_drug", "cause") and not row[column] else said(row[column])


def result_words(row: Row) -> str:
    """Return a result: a titre or a word as it was given, else the number with its comparator."""
    if row["text"] is not None:
        return str(row["text"])
    return f"{row['comparator'] or ''}{said(row['value'])}"


def standards_tables(used: Standards) -> dict[str, PageTable]:
    """Return every parameter of the definition set and the metabolite thresholds with their sources."""
    shown = {name: value for name, value in asdict(used.definitions).items() if name not in ("title", "source")}
    parameters = [[heading(name), "not used" if value is None else said(value)] for name, value in shown.items()]
    thresholds = [
        [
            unit,
            f"{said(one.tgn_low)}–{said(one.tgn_high)}",
            one.mmp_high,
            one.ratio_high,
            one.source,
            one.verified,
            _whose(used, unit),
        ]
        for unit, one in used.protocol.metabolites.items()
    ]
    names = ("Unit", "6-TGN target", "6-MMP high from", "Ratio high from", "Source", "Verified", "Of")
    return {
        "parameters": PageTable(f"Parameters of {used.definitions.name}", ("Parameter", "Value"), parameters),
        "thresholds": PageTable(f"Metabolite thresholds of protocol {used.protocol.name}", names, thresholds),
    }


def _whose(used: Standards, unit: str) -> str:
    """Return whose the thresholds for a unit are: where they are the default's, they are not the protocol's own."""
    default = protocol()
    inherited = used.protocol.metabolites[unit] == default.metabolites.get(unit)
    if used.protocol.name == default.name or not inherited:
        return used.protocol.name
    return f"{default.name}, not of {used.protocol.name}"
