"""`hepatica backup`: the registry's databases and secrets, as of one moment, into two archives."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import DONE, format_option, print_json, to_people
from hepatica.cli.serve import registry_options


@click.command()
@registry_options
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="A folder that is not there yet."
)
@format_option
def backup(data: Path | None, database: str, identities: str, out: Path, form: str) -> int:
    """Back up the registry while people work: the record in one archive, the identities with the secrets in another.

    Keep the two apart; each is readable for its owner only. Example: hepatica backup --out backups/2024-03-05
    """
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data, database=database, identities=identities)
    starting.require_started()
    from hepatica.registry.operation.backups import back_up  # noqa: PLC0415  (after its settings)

    written = back_up(out)
    starting.note_heads()
    if form == "json":
        print_json({"written": written})
    else:
        to_people.print("\n".join(map(str, written)), highlight=False, soft_wrap=True)
    return DONE
