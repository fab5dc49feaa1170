"""`hepatica rule`: the decision tables in English, and the promises they keep."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import ATTENTION, DONE, page_format_option, progress, say
from hepatica.guidance.promises import check_rule
from hepatica.guidance.rule_text import rule_in_english, rule_text, rules_in_english
from hepatica.guidance.rules import rule as rule_named
from hepatica.guidance.rules import rule_files


@click.group()
def rule() -> None:
    """Show the rules in English, and check that they keep their promises. Example: hepatica rule check"""


@rule.command("list")
@page_format_option
def listed(form: str) -> int:
    """List the rules by question. Example: hepatica rule list --format json"""
    rules = rules_in_english()
    lines = [f"{each.rule}: {each.question}{'' if each.verified else ' [not verified]'}" for each in rules]
    say(form, "Rules", [each.to_dict() for each in rules], "\n".join(lines))
    return DONE


@rule.command()
@click.argument("name")
@page_format_option
def show(name: str, form: str) -> int:
    """Show one rule: limits, rows, options, cases, source, signature. Example: hepatica rule show NAME"""
    shown = rule_in_english(rule_named(name))
    say(form, shown.rule, shown.to_dict(), rule_text(shown))
    return DONE


@rule.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@page_format_option
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
    lines = ["; ".join(str(value) for value in problem.values() if value) for problem in found]
    lines.append(f"{len(chosen)} rules checked, {len(found)} problems")
    say(form, "Rules checked", found, "\n".join(lines))
    return ATTENTION if found else DONE
