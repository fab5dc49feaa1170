"""`hepatica rule`: the decision tables in English, and the promises they keep."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import ATTENTION, DONE, format_option, print_json, progress, to_people
from hepatica.guidance.promises import check_rule
from hepatica.guidance.rule_text import rule_in_english, rule_text, rules_in_english
from hepatica.guidance.rules import rule as rule_named
from hepatica.guidance.rules import rule_files


@click.group()
def rule() -> None:
    """Show the rules in English, and check that they keep their promises."""


@rule.command("list")
@format_option
def listed(form: str) -> int:
    """List the rules by question. Example: hepatica rule list --format json"""
    rules = rules_in_english()
    if form == "json":
        print_json([each.to_dict() for each in rules])
        return DONE
    for each in rules:
        mark = "" if each.verified else " [not verified]"
        to_people.print(f"{each.rule}: {each.question}{mark}", markup=False, highlight=False, soft_wrap=True)
    return DONE


@rule.command()
@click.argument("name")
@format_option
def show(name: str, form: str) -> int:
    """Show one rule: limits, rows, options, cases, source, signature. Example: hepatica rule show NAME"""
    shown = rule_in_english(rule_named(name))
    if form == "json":
        print_json(shown.to_dict())
    else:
        to_people.print(rule_text(shown), markup=False, highlight=False, soft_wrap=True)
    return DONE


@rule.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@format_option
def check(files: tuple[Path, ...], form: str) -> int:
    """Check the six promises of rule FILES, or of all rules that come with Hepatica.

    Its cases hold; no gap and no conflict; a later result never overturns an answer; unknown only where the missing
    result could matter; one patient and a cohort agree; every limit has a case at it. Exit code 1: one is broken.

    Example: hepatica rule check our_rule.yaml
    """
    chosen = files or rule_files()
    found = []
    with progress("rules", len(chosen)) as done:
        for number, path in enumerate(chosen, start=1):
            found += [{"file": path, **problem._asdict()} for problem in check_rule(path)]
            done(number)
    if form == "json":
        print_json(found)
    else:
        for problem in found:
            text = "; ".join(str(value) for name, value in problem.items() if name != "file" and value)
            to_people.print(f"{problem['file']}: {text}", markup=False, highlight=False, soft_wrap=True)
        click.echo(f"{len(chosen)} rules checked, {len(found)} problems")
    return ATTENTION if found else DONE
