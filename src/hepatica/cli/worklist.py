"""`hepatica worklist`: who needs which result, why, and by when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import polars as pl

from hepatica.cli.installation import notice_accepted
from hepatica.cli.output import (
    as_of_option,
    exit_code,
    objects,
    out_option,
    page_format_option,
    print_json,
    progress,
    table_page,
    to_people,
    write_table,
)
from hepatica.cli.running import (
    Asked,
    course_options,
    derived,
    opened,
    ordered_worklist,
    source_argument,
)
from hepatica.course import derive
from hepatica.guidance.advice_table import safety_items
from hepatica.guidance.facts import STANDING_TABLES, standing
from hepatica.record import Reading
from hepatica.report import terminal
from hepatica.synthetic import is_synthetic


@click.command()
@source_argument
@as_of_option
@course_options
@click.option("--centre", help="Only this centre's patients.")
@out_option
@page_format_option
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
    """List what SOURCE's patients need: safety, results that save an endpoint, overdue monitoring, old results.

    Safety items come from the rules and need the advice notice accepted (see hepatica advise).

    Example: hepatica worklist my-centre/ --as-of 2024-03-05 --format json
    """
    asked = Asked.of(source, mapping, as_of, definition_set, practice)
    rows, reading = _rows(asked)
    if centre is not None:
        rows = rows.filter(rows["centre"] == centre)
    if out is not None:
        write_table(rows, out)
        click.echo(f"work list written to {out}", err=True)
        if form == "json":
            print_json({"out": out, "rows": rows.height})
    elif form == "html":
        invented = any(is_synthetic(patient_id) for patient_id in rows["patient_id"].to_list())
        click.echo(table_page("Work list", rows, synthetic=invented))
    elif form == "json":
        print_json(objects(rows))
    else:
        to_people.print(terminal.worklist_table(rows))
    return exit_code(reading)


def _rows(asked: Asked) -> tuple[pl.DataFrame, Reading]:
    """Return the work list, with what safety asks for first where the installation has accepted the notice."""
    if not notice_accepted():
        click.echo("safety items are left out: advice is off in this installation (see hepatica advise)", err=True)
        tables, reading = derived(asked, ["worklist"])
        return tables["worklist"], reading
    items, readings = [], []
    with opened(asked) as source:
        buckets = source.buckets()
        with progress("patients, in buckets", len(buckets)) as done:
            for number, bucket in enumerate(buckets, start=1):
                record, reading = bucket.read()
                tables = derive(record, asked.defined, asked.as_of, asked.practice, tables=STANDING_TABLES)
                stand = standing(record, tables, asked.defined)
                items += [safety_items(stand, protocol=asked.protocol, accepted_notice=True), tables["worklist"]]
                readings.append(reading)
                done(number)
    return ordered_worklist(pl.concat(items)), Reading.merged(readings)
