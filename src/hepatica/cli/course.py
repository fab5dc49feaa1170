"""`hepatica course`: the derived tables of a source, or one patient's course with the rows behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from hepatica.cli.output import (
    as_of_option,
    exit_code,
    format_option,
    objects,
    out_option,
    print_json,
    to_people,
    write_table,
)
from hepatica.cli.running import Asked, bucket_results, course_options, derived, opened, source_argument
from hepatica.cli.streaming import streamed_table
from hepatica.course import derive
from hepatica.course.explain import explain as explained
from hepatica.errors import UsageError
from hepatica.record import Reading
from hepatica.report import terminal

TABLES = ("state", "response", "regimens", "metabolites", "evaluations", "outcomes")


@click.command()
@source_argument
@as_of_option
@course_options
@click.option("--table", type=click.Choice(TABLES), default="state", show_default=True, help="Which derived table.")
@click.option("--patient", metavar="ID", help="Only this patient.")
@click.option("--explain", is_flag=True, help="With --patient: each milestone with the rows behind it.")
@out_option
@format_option
def course(
    source: str,
    mapping: Path | None,
    as_of: date | None,
    definition_set: str,
    practice: str,
    table: str,
    patient: str | None,
    explain: bool,
    out: Path | None,
    form: str,
) -> int:
    """Derive each patient's course from SOURCE as of a date.

    Examples: hepatica course my-centre/ --table regimens --out regimens.csv;
    hepatica course my-centre/ --patient P017 --explain
    """
    asked = Asked.of(source, mapping, as_of, definition_set, practice)
    if explain and patient is None:
        raise UsageError("--explain", "needs one patient", "add --patient ID")
    if patient is not None:
        return _one_patient(asked, patient, table, out, form, explain=explain)
    if out is not None:
        return _to_file(asked, table, out, form)
    tables, reading = derived(asked, [table])
    if form == "json":
        print_json(objects(tables[table]))
    else:
        to_people.print(terminal.frame_table(tables[table], f"{table} as of {asked.as_of}"))
        terminal.print_footer(to_people, reading)
    return exit_code(reading)


def _one_patient(asked: Asked, patient: str, table: str, out: Path | None, form: str, *, explain: bool) -> int:
    """Show one patient: the row of a table, or the milestones with their rows."""
    with opened(asked) as source:
        record, reading = source.read_patient(patient)
    if record.patients.is_empty():
        raise UsageError(f"patient {patient}", "is not in this source", "check the patient_id in patients")
    if explain:
        found = explained(record, patient, asked.defined, asked.as_of, asked.practice)
        if form == "json":
            print_json([milestone.to_dict() for milestone in found])
        else:
            to_people.print(terminal.milestones_text(found), markup=False, highlight=False)
        return exit_code(reading)
    frame = derive(record, asked.defined, asked.as_of, asked.practice, tables=[table])[table]
    if out is not None:
        write_table(frame, out)
        _written(table, out, frame.height, form)
    elif form == "json":
        print_json(objects(frame))
    else:
        to_people.print(terminal.patient_table(frame, f"{patient}, {table} as of {asked.as_of}"))
    return exit_code(reading)


def _to_file(asked: Asked, table: str, out: Path, form: str) -> int:
    """Write a derived table bucket by bucket, whole or not at all."""
    with opened(asked) as source, streamed_table(table, out) as write:
        accounts: list[Reading] = []
        rows = 0
        for tables, reading in bucket_results(source, asked, [table]):
            write(tables[table])
            accounts.append(reading)
            rows += tables[table].height
    reading = Reading.merged(accounts)
    _written(table, out, rows, form)
    return exit_code(reading)


def _written(table: str, out: Path, rows: int, form: str) -> None:
    """Say where a table went: on standard error, and as the one JSON document where that was asked for."""
    click.echo(f"{table} written to {out}", err=True)
    if form == "json":
        print_json({"table": table, "out": out, "rows": rows})
