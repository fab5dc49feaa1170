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

    Both audits are verified: the record's, and that of the identities, whose heads begin with identities:. Heads that
    this installation wrote down at its starts count too. Example: hepatica audit verify --format json
    """
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data, database=database, identities=identities)
    starting.require_started()
    from hepatica.registry.audit.verify import Head, verify_both  # noqa: PLC0415  (after its settings)
    from hepatica.registry.databases import IDENTITIES  # noqa: PLC0415

    known = starting.known_heads()
    for text in heads:
        alias = IDENTITIES if text.startswith(f"{IDENTITIES}:") else "default"
        known[alias].append(text.removeprefix(f"{IDENTITIES}:"))
    try:
        outcome = verify_both({alias: [Head.of(text) for text in texts] for alias, texts in known.items()})
    except ValueError as error:
        raise UsageError("--head", "is no head of an audit", "give it as NUMBER:HASH") from error
    if form == "json":
        print_json(outcome.document)
    else:
        for name, one in (("", outcome.record), ("identities: ", outcome.identities)):
            to_people.print(f"{name}{one.entries:,} entries, head {one.head}", highlight=False, soft_wrap=True)
        for problem in outcome.problems:
            to_people.print(problem, highlight=False, markup=False, soft_wrap=True)
        to_people.print("the audit is whole" if not outcome.problems else f"{len(outcome.problems)} problems")
    if outcome.problems:
        return ATTENTION
    starting.note_heads()
    return DONE
