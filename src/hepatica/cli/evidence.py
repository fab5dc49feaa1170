"""`hepatica evidence`: the library of studies, and the recomputation of their figures."""

from __future__ import annotations

import click

from hepatica.cli.output import ATTENTION, DONE, format_option, print_json, to_people
from hepatica.evidence import (
    evidence_check,
    study,
    study_document,
    study_rows,
    study_text,
    verdict_counts,
    verdict_rows,
    verdict_text,
)


@click.group()
def evidence() -> None:
    """Show the studies that the advice rests on, and recompute their figures."""


@evidence.command("list")
@format_option
def listed(form: str) -> int:
    """List the studies. Example: hepatica evidence list --format json"""
    rows = study_rows()
    if form == "json":
        print_json(rows)
    else:
        for row in rows:
            mark = "" if row["verified"] else " [not verified]"
            to_people.print(f"{row['id']}: {row['subject']}{mark}", markup=False, highlight=False, soft_wrap=True)
    return DONE


@evidence.command()
@click.argument("name", metavar="ID")
@format_option
def show(name: str, form: str) -> int:
    """Show one study with the verdict on each figure. Example: hepatica evidence show camaro_2024"""
    found = study(name)
    if form == "json":
        print_json(study_document(found))
    else:
        to_people.print(study_text(found), markup=False, highlight=False, soft_wrap=True)
    return DONE


@evidence.command("check")
@format_option
def checked(form: str) -> int:
    """Recompute what can be recomputed, and say what holds up. Example: hepatica evidence check

    Exit code 1 says that a figure is impossible.
    """
    if form == "json":
        print_json(verdict_rows())
    else:
        for found in evidence_check():
            to_people.print(verdict_text(found), markup=False, highlight=False, soft_wrap=True)
        counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in verdict_counts().items())
        to_people.print(f"\n{counts}", markup=False, highlight=False)
    return ATTENTION if verdict_counts()["impossible"] else DONE
