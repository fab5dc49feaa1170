"""`hepatica advise`: what the evidence offers one patient next, why, what is needed, and what speaks against it."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import click

from hepatica.cli.installation import require_notice
from hepatica.cli.output import as_of_option, exit_code, page_format_option, print_json, to_people, write_text
from hepatica.cli.running import Asked, course_options, opened, source_argument
from hepatica.cli.writing import patient_page
from hepatica.course import derive
from hepatica.course.columns import DERIVED_TYPES
from hepatica.errors import UsageError
from hepatica.guidance.advice import NOTICE, advice
from hepatica.guidance.advice_text import advice_text
from hepatica.guidance.facts import standing
from hepatica.report import course_words
from hepatica.report.patient_view import Standards, view_of
from hepatica.synthetic import is_synthetic


@click.command()
@source_argument
@as_of_option
@course_options
@click.option("--patient", metavar="ID", required=True, help="The patient.")
@click.option("--question", "questions", multiple=True, help="Only this question; may be given several times.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to an HTML file.")
@page_format_option
def advise(
    source: str,
    mapping: Path | None,
    as_of: date | None,
    definition_set: str,
    practice: str,
    patient: str,
    questions: tuple[str, ...],
    out: Path | None,
    form: str,
) -> int:
    """Show options with their evidence for one patient of SOURCE, safety first; sources side by side.

    Off until the installation has accepted the notice (research and education; not a medical device).

    Example: hepatica advise my-centre/ --patient P017 --question thiopurine_level
    """
    require_notice(NOTICE)
    asked = Asked.of(source, mapping, as_of, definition_set, practice)
    with opened(asked) as centre:
        record, reading = centre.read_patient(patient)
    if record.patients.is_empty():
        raise UsageError(f"patient {patient}", "is not in this source", "check the patient_id in patients")
    tables = derive(record, asked.defined, asked.as_of, asked.practice, tables=tuple(DERIVED_TYPES))
    row = standing(record, tables, asked.defined).row(0, named=True)
    found = advice(row, protocol=practice, accepted_notice=True, questions=questions or None, record=record)
    page = partial(patient_page, record, tables, patient, asked, advised=found, synthetic=is_synthetic(patient))
    if out is not None:
        write_text(out, page())
        click.echo(f"page written to {out}", err=True)
    elif form == "html":
        click.echo(page())
    elif form == "json":
        print_json(found.to_dict())
    else:
        mark = "SYNTHETIC DATA\n" if is_synthetic(patient) else ""
        stands = course_words.standing(view_of(record, tables, patient, Standards(asked.defined, asked.practice)))
        to_people.print(mark + advice_text(found, stands), markup=False, highlight=False, soft_wrap=True)
    return exit_code(reading)
