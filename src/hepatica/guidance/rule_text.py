"""Rules in English: every rule with its limits, rows, options, cases, source, marks, and signature."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hepatica.course.protocol import DEFAULT_PROTOCOL
from hepatica.guidance.cells import Compared
from hepatica.guidance.decision_table import Asked
from hepatica.guidance.files import own_file
from hepatica.guidance.limits import Limit
from hepatica.guidance.rules import Case, Option, Outcome, Rule, rules


@dataclass(frozen=True)
class RuleInEnglish:
    """A rule as a hepatologist reads and signs it."""

    rule: str
    question: str
    kind: str
    source: str
    item: str
    read: str
    verified: bool
    signed: str
    departs: tuple[str, ...]
    applies_when: str
    limits: tuple[str, ...]
    rows: tuple[str, ...]
    outcomes: tuple[str, ...]
    cases: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as plain values."""
        return asdict(self)


def rules_in_english(protocol: str = DEFAULT_PROTOCOL) -> list[RuleInEnglish]:
    """Return every rule in English, under a protocol's limits, in the order of the questions."""
    order = list(own_file("questions.yaml")["questions"])
    known = sorted(rules(protocol).values(), key=lambda rule: (order.index(rule.question), rule.name))
    return [rule_in_english(rule) for rule in known]


def rule_in_english(rule: Rule) -> RuleInEnglish:
    """Return one rule in English."""
    source = rule.source
    place = [part for part in (source.jurisdiction, source.valid_from) if part]
    place += [f"superseded by {source.superseded_by}"] if source.superseded_by else []
    return RuleInEnglish(
        rule=rule.name,
        question=own_file("questions.yaml")["questions"][rule.question]["title"],
        kind=rule.kind,
        source=f"{source.citation} ({', '.join(place)})" if place else source.citation,
        item=rule.item,
        read=f"{source.read} ({source.status_words})",
        verified=rule.verified,
        signed=rule.signed,
        departs=rule.departs,
        applies_when=_asks(rule, rule.table.applies),
        limits=tuple(_limit(limit) for limit in rule.limits.values()),
        rows=tuple(f"{row.then.replace('_', ' ')} when {_asks(rule, row.asks)}" for row in rule.table.rows),
        outcomes=tuple(_outcome(outcome) for outcome in rule.outcomes.values()),
        cases=tuple(_case(case) for case in rule.cases),
    )


def _asks(rule: Rule, asks: Asked) -> str:
    """Return cells in words: "6-TGN is below 235 pmol/8x10^8 RBC and in CBR is no"."""
    said = []
    for place, cell in asks:
        finding = rule.table.inputs[place].finding
        unit = finding.unit
        if isinstance(cell, Compared) and finding.unit_from is not None:
            unit = next((unit for _, limit in cell.comparisons for unit in limit.by_unit), "")
        said.append(f"{finding.label} {cell.said(unit)}")
    return " and ".join(said)


def _limit(limit: Limit) -> str:
    numbers = " or ".join(limit.said(unit) for unit in limit.by_unit) or "not given"
    origin = f"{limit.source}, {limit.protocol_path}" if limit.protocol_path else limit.source
    note = f"; {limit.note}" if limit.note else ""
    return f"{limit.name}: {numbers} ({origin}{'' if limit.verified else ', not verified'}{note})"


def _outcome(outcome: Outcome) -> str:
    options = "".join(f" Option: {_option(option)}." for option in outcome.options)
    return f"{outcome.name.replace('_', ' ')} ({outcome.level}): {outcome.says}{options}"


def _option(option: Option) -> str:
    said = [option.do]
    said += [f"strength: {option.strength}"] if option.strength else []
    said += [f"evidence: {', '.join(option.evidence)}"] if option.evidence else []
    said += [f"checks first: {', '.join(option.checks)}"] if option.checks else []
    return "; ".join(said)


def _case(case: Case) -> str:
    given = ", ".join(f"{name} {value}" for name, value in case.given.items() if value is not None)
    old = "".join(f", {name} {days} days old" for name, days in case.days_old.items())
    unit = f", in {case.unit}" if case.unit else ""
    needs = f", needs {', '.join(case.needs)}" if case.needs else ""
    return f"{case.name}: {given or 'nothing known'}{old}{unit} → {case.expect.replace('_', ' ')}{needs}"


def rule_text(rule: RuleInEnglish) -> str:
    """Return one rule as text for `rule show`."""
    blocks = [
        f"{rule.rule} ({rule.kind}, {'verified' if rule.verified else 'NOT VERIFIED'}, {rule.signed})",
        rule.question,
        f"Source: {rule.source} {rule.item}. Read: {rule.read}",
    ]
    blocks += [f"Asked when {rule.applies_when}"] if rule.applies_when else []
    for title, lines in (
        ("Departs from the source", rule.departs),
        ("Limits", rule.limits),
        ("Rows", rule.rows),
        ("Outcomes", rule.outcomes),
        ("Cases", rule.cases),
    ):
        if lines:
            blocks.append("\n".join([f"{title}:", *(f"  {line}" for line in lines)]))
    return "\n".join(blocks) + "\n"
