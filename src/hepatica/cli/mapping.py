"""`hepatica mapping`: a first mapping for a REDCap project, and what a mapping leaves open."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import ATTENTION, DONE, format_option, print_json, to_people, write_text
from hepatica.cli.running import source_of
from hepatica.report import terminal
from hepatica.sources.mapped_tables import MappedTables
from hepatica.sources.redcap.drafting import drafted_mapping
from hepatica.sources.redcap.mapping_remarks import mapping_remarks


@click.group()
def mapping() -> None:
    """Draft and check the mapping that turns a centre's own files into the six tables.

    Example: hepatica mapping draft my-redcap-export/ --out mapping.yaml
    """


@mapping.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the draft to this file.")
@format_option
def draft(folder: Path, out: Path | None, form: str) -> int:
    """Propose a mapping from the data dictionary of a REDCap project: what is sure, and what must be decided.

    What is only likely is commented out and says why. Exit code 1 says that something must be decided.

    Example: hepatica mapping draft my-redcap-export/ --out mapping.yaml
    """
    found = drafted_mapping(folder)
    if out is not None:
        write_text(out, found.text)
    if form == "json":
        document = {"sure": found.sure, "to_decide": found.to_decide, "unused": found.unused, "mapping": found.text}
        print_json(document)
    elif out is None:
        click.echo(found.text, nl=False)
    else:
        click.echo(f"{out}: {found.sure} lines are sure, {len(found.to_decide)} must be decided")
        for sentence in found.to_decide:
            click.echo(f"  decide: {sentence}")
    return ATTENTION if found.to_decide else DONE


@mapping.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("source", metavar="SOURCE")
@format_option
def check(file: Path, source: str, form: str) -> int:
    """Read SOURCE by a mapping and say what it leaves open: codes, choices, events, and rows that it cannot use.

    Exit code 1 says that something is left open.

    Example: hepatica mapping check mapping.yaml redcap:my-redcap-export/
    """
    with source_of(source, file) as opened:
        remarks = mapping_remarks(opened.raw) if isinstance(opened.raw, MappedTables) else []
        _, reading = opened.read()
    if form == "json":
        print_json({"to_decide": remarks, **reading.summary()})
    else:
        for table in terminal.reading_tables(reading):
            to_people.print(table)
        for sentence in remarks:
            click.echo(f"decide: {sentence}")
        click.echo(f"{file.name}: {len(remarks)} to decide, {reading.quarantine.height:,} rows in quarantine")
    return ATTENTION if remarks or reading.quarantine.height else DONE
