"""`hepatica handbook`: the reference, generated from the code."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import DONE, format_option, print_json
from hepatica.report.handbook import write_handbook


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to.")
@format_option
@click.pass_context
def handbook(context: click.Context, out: Path, form: str) -> int:
    """Write the handbook: data dictionary, vocabulary, derived tables, definition sets, commands.

    Example: hepatica handbook --out handbook/
    """
    group = context.find_root().command
    if not isinstance(group, click.Group):
        raise TypeError("the handbook is a verb of a group")
    written = write_handbook(out, group)
    if form == "json":
        print_json({"folder": out, "files": written})
    else:
        click.echo(f"handbook written to {out}")
    return DONE
