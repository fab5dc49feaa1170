"""`hepatica worklist`: who needs which result, why, and by when."""

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
from hepatica.cli.running import Asked, course_options, derived, source_argument
from hepatica.report import terminal


@click.command()
@source_argument
@as_of_option
@course_options
@click.option("--centre", help="Only this centre's patients.")
@out_option
@format_option
def worklist(
    source: str,
    mapping: Path | None,
    as_of: date | None,
    definition_set: str,
    practice: str,
    centre: str | None,
    out: Path | None,
    form: str,
) -> int:
    """List what SOURCE's patients need: results that save an endpoint, monitoring that is overdue, results to retrieve.

    Example: hepatica worklist my-centre/ --as-of 2024-03-05 --format json
    """
    asked = Asked.of(source, mapping, as_of, definition_set, practice)
    tables, reading = derived(asked, ["worklist"])
    rows = tables["worklist"]
    if centre is not None:
        rows = rows.filter(rows["centre"] == centre)
    if out is not None:
        write_table(rows, out)
        click.echo(f"work list written to {out}", err=True)
    elif form == "json":
        print_json(objects(rows))
    else:
        to_people.print(terminal.worklist_table(rows))
    return exit_code(reading)
