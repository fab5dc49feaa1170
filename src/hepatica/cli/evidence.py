"""`hepatica evidence`: the library of studies, and the recomputation of their figures."""

from __future__ import annotations

import click

from hepatica.cli.output import ATTENTION, DONE, page_format_option, say
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
    """Show the studies that the advice rests on, and recompute their figures. Example: hepatica evidence check"""


@evidence.command("list")
@page_format_option
def listed(form: str) -> int:
    """List the studies. Example: hepatica evidence list --format json"""
    rows = study_rows()
    lines = [f"{row['id']}: {row['subject']}{'' if row['verified'] else ' [not verified]'}" for row in rows]
    say(form, "Studies", rows, "\n".join(lines))
    return DONE


@evidence.command()
@click.argument("name", metavar="ID")
@page_format_option
def show(name: str, form: str) -> int:
    """Show one study with the verdict on each figure. Example: hepatica evidence show camaro_2024"""
    found = study(name)
    say(form, found.id, study_document(found), study_text(found))
    return DONE


@evidence.command("check")
@page_format_option
def checked(form: str) -> int:
    """Recompute what can be recomputed, and say what holds up. Example: hepatica evidence check

    Exit code 1 says that a figure is impossible.
    """
    counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in verdict_counts().items())
    text = "\n".join([*(verdict_text(found) for found in evidence_check()), "", counts])
    say(form, "Published figures, recomputed", verdict_rows(), text)
    return ATTENTION if verdict_counts()["impossible"] else DONE
