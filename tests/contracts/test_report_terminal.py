"""What a terminal shows: true counts, unknown said, no text of a file taken as a command."""

from __future__ import annotations

import polars as pl
from report_patients import AS_OF, HOSTILE, LONG, invented
from rich.console import Console
from rich.table import Table

from hepatica.course import derive
from hepatica.course.completeness import endpoint_completeness
from hepatica.course.explain import explain
from hepatica.record import Reading
from hepatica.record.record import PROBLEM_SCHEMA, UNKNOWN_CODE_SCHEMA, TableCount
from hepatica.report import terminal
from hepatica.report.cohort_counts import attrition

RECORD = invented()
TABLES = derive(RECORD, as_of=AS_OF)


def shown(what, width=120):
    console = Console(width=width, no_color=True, force_terminal=False)
    with console.capture() as capture:
        console.print(what)
    return capture.get()


def test_a_wide_table_shows_whole_columns_that_fit_and_counts_the_rest(monkeypatch):
    monkeypatch.setattr(terminal, "get_console", lambda: Console(width=100))
    table = terminal.frame_table(TABLES["state"], "state")
    names = [str(column.header) for column in table.columns]
    assert names[:4] == ["Patient ID", "Index date", "Regimen", "Line"]
    text = shown(table, 100)
    assert f"{len(names)} of {TABLES['state'].width} columns" in text
    assert "mycophenolate" in text  # not broken over two lines


def test_a_long_table_shows_its_first_rows_and_counts_all():
    frame = pl.DataFrame({"patient_id": [f"P{number}" for number in range(1000)]})
    table = terminal.frame_table(frame, "patients")
    assert table.row_count == terminal.ROWS
    assert "first 50 of 1,000 rows" in " ".join(shown(table).split())


def test_control_characters_of_a_file_never_reach_the_terminal():
    frame = pl.DataFrame({"patient_id": ["\x1b[31mred\x07", "[bold]b[/bold]"]})
    text = shown(terminal.frame_table(frame, "x"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]b[/bold]" in text


def test_unknown_is_said_and_dimmed():
    table = terminal.frame_table(pl.DataFrame({"igg_xuln": [None]}, schema={"igg_xuln": pl.Float64}), "x")
    assert "unknown" in shown(table)
    assert next(iter(table.columns[0].cells)).style == "dim"


def test_the_reading_is_accounted_for_and_empty_parts_are_left_out():
    counts = {"measurements": TableCount(10, 7, 1, 2)}
    bare = terminal.reading_tables(Reading(counts=counts))
    assert len(bare) == 1
    assert all(number in shown(bare[0]) for number in ("10", "7", "1", "2"))
    problem = {**dict.fromkeys(PROBLEM_SCHEMA), "table": "measurements", "reason": "in_future"}
    full = Reading(
        counts=counts,
        quarantine=pl.DataFrame([problem] * 2, schema=PROBLEM_SCHEMA),
        unknown_codes=pl.DataFrame([("treatments", "drug", "[red]", 3)], schema=UNKNOWN_CODE_SCHEMA, orient="row"),
        ignored_columns={"patients": ["nickname"], "events": []},
        notes=["read as Latin-1"],
    )
    text = "".join(shown(table) for table in terminal.reading_tables(full))
    assert "in future" in text
    assert "[red]" in text
    assert "nickname" in text
    assert "read as Latin-1" in text


def test_the_footer_speaks_only_of_what_did_not_get_in(capsys):
    console = Console(width=100)
    terminal.print_footer(console, Reading(counts={"patients": TableCount(1, 1, 0, 0)}))
    assert capsys.readouterr().out == ""
    terminal.print_footer(console, Reading(counts={"patients": TableCount(2, 1, 0, 1)}))
    assert capsys.readouterr().out == "1 row in quarantine: see hepatica check\n"


def test_milestones_stand_with_why_what_they_need_and_the_rows():
    text = shown(terminal.milestones_text(explain(RECORD, HOSTILE, as_of=AS_OF)), 300)
    assert "histological remission: unknown\n    because no biopsy is recorded\n    needs a biopsy with its HAI" in text
    assert "[treatments: treatments.csv, line 16]" in text


def test_work_list_starts_with_the_day_and_says_now():
    table = terminal.worklist_table(TABLES["worklist"])
    assert str(table.columns[0].header) == "By"
    assert isinstance(table, Table)
    assert "unknown" not in shown(terminal.worklist_table(TABLES["worklist"].select("by", "patient_id", "from")))


def test_a_patient_is_a_line_for_each_column():
    one = TABLES["response"].filter(pl.col("patient_id") == LONG)
    text = shown(terminal.patient_table(one, LONG))
    assert "CBR by 6 months" in text
    assert "achieved" in text


def test_the_summary_of_a_cohort_says_who_was_lost_and_why():
    cohort = shown(terminal.cohort_summary(attrition(TABLES["response"], "6 months")))
    assert "no immunosuppressant for AIH" in cohort
    assert "Assessable" in cohort


def test_completeness_has_its_denominators():
    text = shown(terminal.completeness_table(endpoint_completeness(TABLES["response"])))
    assert "With index date" in text
    assert "no results in the window 1" in " ".join(text.replace("│", " ").split())
