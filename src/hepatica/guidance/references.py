"""References of a rule: outcomes, limits, inputs, evidence, checks, and stances that must exist and be used."""

from __future__ import annotations

from collections.abc import Iterator

from hepatica.errors import UsageError
from hepatica.evidence import Study, study
from hepatica.guidance.cells import Compared
from hepatica.guidance.files import own_file
from hepatica.guidance.findings import findings
from hepatica.guidance.problems import Problem
from hepatica.guidance.rule_sources import rule_sources
from hepatica.guidance.rules import Rule


def broken_references(rule: Rule) -> Iterator[Problem]:
    """Yield what a rule names and nobody defines, and what it defines and never uses."""
    yield from _outcomes(rule)
    yield from _unused(rule)
    yield from _sources(rule)
    yield from _options(rule)


def _outcomes(rule: Rule) -> Iterator[Problem]:
    reached = {row.then for row in rule.table.rows}
    for name in sorted(reached - set(rule.outcomes)):
        yield Problem(f"{rule.name}, rows", "complete", f"the outcome {name} is not described under outcomes")
    for name in sorted(set(rule.outcomes) - reached):
        yield Problem(f"{rule.name}, outcomes.{name}", "complete", "no row leads to it")
    expected = {case.expect for case in rule.cases}
    for name in sorted(reached - expected):
        yield Problem(f"{rule.name}, cases", "complete", f"no case expects {name}")
    stances = own_file("questions.yaml")["questions"][rule.question].get("stances")
    for outcome in rule.outcomes.values():
        where = f"{rule.name}, outcomes.{outcome.name}"
        for stance in outcome.stances if stances is not None else ():
            if stance not in stances:
                yield Problem(where, "complete", f"stance {stance!r} is none of: {', '.join(stances)}")


def _unused(rule: Rule) -> Iterator[Problem]:
    asked = [ask for asks in (rule.table.applies, *(row.asks for row in rule.table.rows)) for ask in asks]
    places = {place for place, _ in asked}
    for place, entry in enumerate(rule.table.inputs):
        if place not in places:
            yield Problem(f"{rule.name}, inputs.{entry.name}", "complete", "no row asks for it")
    used = {limit.name for _, cell in asked if isinstance(cell, Compared) for _, limit in cell.comparisons}
    for name in sorted(set(rule.limits) - used):
        yield Problem(f"{rule.name}, thresholds.{name}", "complete", "no row compares with it")


def _sources(rule: Rule) -> Iterator[Problem]:
    known = rule_sources()
    if rule.source_verified and not rule.source.may_verify:
        yield Problem(f"{rule.name}, source", "complete", f"verified, but nobody has read {rule.source.id} itself")
    for limit in rule.limits.values():
        if limit.protocol_path:
            continue
        if limit.source not in known:
            yield Problem(f"{rule.name}, thresholds.{limit.name}", "complete", f"there is no source {limit.source!r}")
        elif limit.verified and not known[limit.source].may_verify:
            yield Problem(
                f"{rule.name}, thresholds.{limit.name}", "complete", f"verified, but nobody has read {limit.source}"
            )


def _options(rule: Rule) -> Iterator[Problem]:
    questions = own_file("questions.yaml")["questions"]
    for outcome in rule.outcomes.values():
        for option in outcome.options:
            where = f"{rule.name}, outcomes.{outcome.name}"
            for reference in option.evidence:
                missing = missing_evidence(reference)
                if missing:
                    yield Problem(where, "complete", missing)
            for check in option.checks:
                if check not in questions:
                    yield Problem(where, "complete", f"there is no question {check!r} to check")
            for name in option.shows:
                if name not in findings():
                    yield Problem(where, "complete", f"there is no finding {name!r} to show")


def missing_evidence(reference: str) -> str:
    """Return what is wrong with a reference ("weltzsch_2024/allopurinol_response"); empty where it is found."""
    name, _, part = reference.partition("/")
    if name in rule_sources() and not rule_sources()[name].study and not part:
        return ""
    try:
        held = study(name)
    except UsageError:
        return f"there is no study or source {name!r}"
    return "" if not part or part in parts_of(held) else f"{name} has no figure, statement, or endpoint {part!r}"


def parts_of(held: Study) -> set[str]:
    """Return what of a study can be cited: its figures, statements, and endpoints."""
    named = {figure.id for figure in held.figures} | {statement.id for statement in held.statements}
    return named | {endpoint.code for endpoint in held.endpoints}
