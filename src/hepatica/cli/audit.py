"""`hepatica audit`: the registry's audit, verified."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import ATTENTION, DONE, format_option, print_json, to_people
from hepatica.cli.serve import registry_options
from hepatica.errors import UsageError


@click.group()
def audit() -> None:
    """Verify who saw or changed what in the registry. Example: hepatica audit verify"""


@audit.command()
@registry_options
@click.option("--head", "heads", multiple=True, metavar="NUMBER:HASH", help="A head that was written down elsewhere.")
@format_option
def verify(data: Path | None, database: str, identities: str, heads: tuple[str, ...], form: str) -> int:
    """Verify the chain of entries, every row against its last entry, and every former content; exit 1 on a problem.

    Heads that this installation wrote down at its starts count too. Example: hepatica audit verify --format json
    """
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data, database=database, identities=identities)
    from hepatica.registry.audit.verify import Head  # noqa: PLC0415  (after its settings)
    from hepatica.registry.audit.verify import verify as verify_audit  # noqa: PLC0415

    try:
        known = [Head.of(text) for text in (*starting.known_heads(), *heads)]
    except ValueError as error:
        raise UsageError("--head", "is no head of an audit", "give it as NUMBER:HASH") from error
    outcome = verify_audit(known)
    if form == "json":
        print_json({"entries": outcome.entries, "head": str(outcome.head), "problems": outcome.problems})
    else:
        to_people.print(f"{outcome.entries:,} entries, head {outcome.head}", highlight=False, soft_wrap=True)
        for problem in outcome.problems:
            to_people.print(problem, highlight=False, markup=False, soft_wrap=True)
        to_people.print("the audit is whole" if not outcome.problems else f"{len(outcome.problems)} problems")
    if outcome.problems:
        return ATTENTION
    starting.note_head()
    return DONE
