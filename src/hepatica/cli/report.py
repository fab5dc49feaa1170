"""`hepatica report`: a source's report as pages that need nothing beside themselves."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from hepatica.cli.installation import notice_accepted
from hepatica.cli.output import as_of_option, exit_code, format_option, print_json
from hepatica.cli.running import Asked, bucket_results, course_options, merged, opened, source_argument
from hepatica.cli.writing import PatientPages, write_report
from hepatica.course.columns import DERIVED_TYPES
from hepatica.synthetic import is_synthetic


@click.command()
@source_argument
@as_of_option
@course_options
@click.option("--patients", type=click.IntRange(0, 6), default=6, show_default=True, help="Patient pages beside it.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to.")
@format_option
def report(
    source: str,
    mapping: Path | None,
    as_of: date | None,
    definition_set: str,
    practice: str,
    patients: int,
    out: Path,
    form: str,
) -> int:
    """Write the report of SOURCE: the cohort's page, and pages of a few patients with different courses.

    A chosen patient's page: hepatica advise SOURCE --patient ID --out page.html.

    Example: hepatica report my-centre/ --out report/
    """
    asked = Asked.of(source, mapping, as_of, definition_set, practice)
    with opened(asked) as centre:
        tables, reading = merged(list(bucket_results(centre, asked, tuple(DERIVED_TYPES))))
        ids = tables["state"]["patient_id"].to_list()
        # One invented patient among real ones would make the whole report one of invented data.
        invented = any(is_synthetic(patient_id) for patient_id in ids)
        pages = PatientPages(synthetic=invented, advice=notice_accepted(), count=patients)
        index = write_report(out, centre, tables, reading, asked, pages)
    if form == "json":
        print_json({"report": index, "synthetic": invented})
    else:
        click.echo(f"Report: {index}")
    return exit_code(reading)
