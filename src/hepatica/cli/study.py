"""`hepatica study`: one of the ten studies on a source, with its report, tables, numbers, and definition."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from hepatica.cli.output import DONE, Day, format_option, print_json, to_people
from hepatica.cli.power import AskedPower, power_options, tell_power
from hepatica.errors import UsageError
from hepatica.report import terminal
from hepatica.report.study_folder import numbers_document, write_study
from hepatica.studies import STUDIES, Result, definition_of, example_text, open_input, run
from hepatica.studies.definition import Definition
from hepatica.studies.disclosure import shared


@click.command()
@click.argument("name", metavar="NAME", type=click.Choice(list(STUDIES)))
@click.argument("source", metavar="SOURCE", required=False)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A YAML file that turns foreign CSV files into the six tables (see docs/mapping.md).",
)
@click.option(
    "--definition",
    "definition_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A YAML file that says what differs from the study's example.",
)
@click.option("--as-of", type=Day(), help="The day as of which it holds; what the definition says if not given.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder to write to.")
@click.option("--share", is_flag=True, help="Suppress what must not leave the centre: small counts, single patients.")
@click.option("--least", type=click.IntRange(min=2), default=5, show_default=True, help="The least count with --share.")
@click.option("--example", is_flag=True, help="Print the study's documented example definition; needs no SOURCE.")
@power_options
@format_option
def study(
    name: str,
    source: str | None,
    mapping: Path | None,
    definition_file: Path | None,
    as_of: date | None,
    out: Path | None,
    share: bool,
    least: int,
    example: bool,
    power_of: int | None,
    number: str | None,
    simulations: int,
    seed: int,
    form: str,
) -> int:
    """Run the study NAME on SOURCE: report (HTML, PDF), tables (CSV), numbers (JSON), definition.

    Studies: response, prognosis, compare, trial, metabolites, signature, practice, safety, synthesis, case.

    Example: hepatica study prognosis my-centre/ --definition mine.yaml --out prognosis/

    With --power N it plans the study instead, by simulation: hepatica study prognosis invented/ --power 300 --number
    log_rank.p, where invented/ holds at least ten times as many patients (hepatica synthesize).
    """
    if example:
        click.echo(example_text(name), nl=False)
        return DONE
    if source is None:
        raise click.UsageError("Missing argument 'SOURCE'.")
    definition = _definition(name, definition_file, as_of)
    opened = open_input(STUDIES[name], source, definition, mapping=mapping, processes=None)
    if power_of is not None:
        if out is not None or share:
            raise click.UsageError("--power writes no report: leave out --out and --share.")
        tell_power(name, opened, definition, AskedPower(power_of, number, simulations, seed), form)
        return DONE
    result = run(name, opened, definition)
    if share:
        result = shared(result, least=least)
    if out is not None:
        write_study(result, out)
        click.echo(f"Study {name}: {out / 'report.html'}", err=True)
    if form == "json":
        print_json(numbers_document(result))
    else:
        _show(result)
    return DONE


def _definition(name: str, file: Path | None, as_of: date | None) -> Definition:
    """Return the definition; --as-of on the command line stands above its own."""
    definition = definition_of(name, file)
    if as_of is not None:
        if "course" not in definition:
            raise UsageError("--as-of", f"study {name} reads no courses", "leave it out")
        definition["course"]["as_of"] = as_of.isoformat()
    return definition


def _show(result: Result) -> None:
    """Show the main table and the notes on the terminal."""
    mark = "SYNTHETIC DATA: " if result.synthetic else ""
    to_people.print(terminal.frame_table(result.table, f"{mark}{result.title}"))
    for note in result.notes:
        to_people.print(f"- {note}", markup=False, highlight=False)
