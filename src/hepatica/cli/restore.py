"""`hepatica restore`: a backup into empty databases, its audit verified."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import ATTENTION, DONE, format_option, print_json, to_people
from hepatica.cli.serve import registry_options


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@registry_options
@format_option
def restore(folder: Path, data: Path | None, database: str, identities: str, form: str) -> int:
    """Restore the backup in FOLDER into empty databases and verify its audit; nothing is ever overwritten.

    Example: hepatica restore backups/2024-03-05 --data new-registry
    """
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data, database=database, identities=identities)
    from hepatica.registry.operation.backups import restore as restore_backup  # noqa: PLC0415  (after its settings)

    outcome = restore_backup(folder)
    if form == "json":
        print_json(outcome.document)
    else:
        found = "\n".join(outcome.problems) or "the audit is whole"
        text = f"restored: {outcome.record.entries:,} entries, head {outcome.record.head}\n{found}"
        to_people.print(text, highlight=False, markup=False, soft_wrap=True)
    return ATTENTION if outcome.problems else DONE
