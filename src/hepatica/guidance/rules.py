"""Rules: one YAML file per question and source, read, held to the schema, and offered by name.

Every `rules/*.yaml` is a rule; none is registered anywhere. A rule's limits are its source's, or those of the protocol
that it is read under.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from hepatica.course.protocol import DEFAULT_PROTOCOL, protocol_values
from hepatica.errors import UsageError
from hepatica.guidance.cells import cell
from hepatica.guidance.decision_table import Asked, Input, Table, TableRow
from hepatica.guidance.explanations import Answer
from hepatica.guidance.files import HERE, held_to_schema, own_file, yaml_text
from hepatica.guidance.finding import Finding
from hepatica.guidance.findings import findings, with_findings
from hepatica.guidance.limits import Limit, limits_of
from hepatica.guidance.protocols.origins import taken_from_default
from hepatica.guidance.rule_sources import RuleSource, rule_source

FOLDER = HERE / "rules"
SAFETY_KINDS = ("hard_stop", "safety")


@dataclass(frozen=True)
class Option:
    """Something that the source offers; never an order.

    `checks` are questions to ask of this patient first, `shows` findings of this patient to look at, `mind` what
    nobody can read from the record.
    """

    do: str
    strength: str = ""
    evidence: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    mind: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an outcome means: how urgent, which stances it is compatible with, what it says, and the options."""

    name: str
    level: str
    stances: tuple[str, ...]
    says: str
    verified: bool
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Case:
    """A patient as the rule's author sees one, and what is expected."""

    name: str
    given: Mapping[str, Any]
    days_old: Mapping[str, int]
    unit: str | None
    expect: str
    needs: tuple[str, ...] | None


@dataclass(frozen=True)
class Rule:
    """A question, a source, and the decision table that answers it."""

    name: str
    question: str
    kind: str
    after_transplant: bool
    source: RuleSource
    item: str
    source_verified: bool
    departs: tuple[str, ...]
    reviewed_by: str
    reviewed_on: str
    limits: Mapping[str, Limit]
    table: Table
    outcomes: Mapping[str, Outcome]
    cases: tuple[Case, ...]

    @property
    def verified(self) -> bool:
        """Whether the source and every limit's source were read in the primary text or an authoritative copy."""
        return self.source_verified and all(limit.verified for limit in self.limits.values())

    @property
    def signed(self) -> str:
        """Return who reviewed the rule and when; says so where nobody has."""
        return f"reviewed by {self.reviewed_by}, {self.reviewed_on}" if self.reviewed_by else "not reviewed (unsigned)"

    @property
    def safety(self) -> bool:
        """Whether it guards against harm and comes before advice on treatment."""
        return self.kind in SAFETY_KINDS

    def answer(self, found: Mapping[str, Any]) -> Answer:
        """Return what the rule says of one patient's findings (`findings_of(state_row)`)."""
        return Answer(self, self.table.decide(found), found)

    def answers(self, state: pl.DataFrame) -> pl.DataFrame:
        """Return what the rule says of every patient of a state table: patient_id, rule, outcome, needs."""
        decided = self.table.decided_on(with_findings(state, [entry.name for entry in self.table.inputs]))
        return decided.select(state["patient_id"], pl.lit(self.name).alias("rule"), "outcome", "needs")


def read_rule(
    text: str,
    where: str,
    protocol: Mapping[str, Any] | None = None,
    from_default: Mapping[str, str] | None = None,
) -> Rule:
    """Return the rule of a file's text under a protocol's values; without one, under the rule's own examples.

    `from_default` names the sections that the protocol has from the default, with the words that say so.

    UsageError says where the file is wrong, what is wrong, and the remedy.
    """
    written = held_to_schema(yaml_text(text, where), "rule.schema.json", where)
    source = rule_source(written["source"]["id"], f"{where}, source.id")
    limits = limits_of(written.get("thresholds", {}), written["source"], protocol, where, from_default)
    table = _table(written, limits, where)
    _check_question(written, where)
    return Rule(
        name=written["rule"],
        question=written["question"],
        kind=written["kind"],
        after_transplant=written.get("after_transplant", False),
        source=source,
        item=_item(written, from_default or {}),
        source_verified=written["source"]["verified"],
        departs=tuple(written.get("departs", ())),
        reviewed_by=written["reviewed"]["by"],
        reviewed_on=written["reviewed"]["date"],
        limits=limits,
        table=table,
        outcomes={name: _outcome(name, said, written) for name, said in written["outcomes"].items()},
        cases=tuple(_case(entry) for entry in written["cases"]),
    )


def _item(written: Mapping[str, Any], from_default: Mapping[str, str]) -> str:
    """Return what of the source the rule rests on; says so where the protocol has it from the default."""
    item: str = written["source"]["item"]
    said = from_default.get(written["source"].get("protocol_section", ""), "")
    return f"{item} ({said})" if said else item


def _check_question(written: Mapping[str, Any], where: str) -> None:
    """Refuse a rule whose name is not its question and source, or whose question is not on the list."""
    known = own_file("questions.yaml")["questions"]
    if written["question"] not in known:
        raise UsageError(
            f"{where}, question", f"there is no question {written['question']!r}", f"use one of: {', '.join(known)}"
        )
    if written["rule"].partition(".")[0] != written["question"]:
        raise UsageError(
            f"{where}, rule", f"{written['rule']!r} is not named after its question", f"{written['question']}.<source>"
        )


def _table(written: Mapping[str, Any], limits: Mapping[str, Limit], where: str) -> Table:
    inputs = [
        Input(_finding(name, f"{where}, inputs"), (said or {}).get("max_age_days"))
        for name, said in written["inputs"].items()
    ]
    asked_first = written.get("applies_when", {})
    inputs += [Input(_finding(name, f"{where}, applies_when")) for name in asked_first if name not in written["inputs"]]
    places = {entry.name: place for place, entry in enumerate(inputs)}
    finding_of = {entry.name: entry.finding for entry in inputs}

    def asks(cells: Mapping[str, Any], place: str) -> Asked:
        strangers = [name for name in cells if name not in places]
        if strangers:
            raise UsageError(f"{where}, {place}", f"{strangers[0]!r} is no input", "name it under inputs")
        return tuple(
            (places[name], cell(said, finding_of[name], limits, f"{where}, {place}.{name}"))
            for name, said in cells.items()
        )

    rows = tuple(
        TableRow(asks({name: said for name, said in row.items() if name != "then"}, f"rows[{number}]"), row["then"])
        for number, row in enumerate(written["rows"], start=1)
    )
    return Table(tuple(inputs), asks(asked_first, "applies_when"), rows)


def _finding(name: str, where: str) -> Finding:
    known = findings()
    if name not in known:
        raise UsageError(where, f"there is no finding {name!r}", f"use one of: {', '.join(known)}")
    return known[name]


def _outcome(name: str, said: Mapping[str, Any], written: Mapping[str, Any]) -> Outcome:
    stance = said.get("stance", name)
    options = tuple(
        Option(
            do=entry["do"],
            strength=entry.get("strength", ""),
            evidence=tuple(entry.get("evidence", ())),
            checks=tuple(entry.get("checks", ())),
            mind=tuple(entry.get("mind", ())),
            shows=tuple(entry.get("shows", ())),
        )
        for entry in said.get("options", ())
    )
    return Outcome(
        name=name,
        level=said["level"],
        stances=(stance,) if isinstance(stance, str) else tuple(stance),
        says=said["says"],
        verified=said.get("verified", written["source"]["verified"]),
        options=options,
    )


def _case(entry: Mapping[str, Any]) -> Case:
    told = {"case", "expect", "needs", "days_old", "unit"}
    given = {name: value for name, value in entry.items() if name not in told}
    words = {True: "yes", False: "no"}
    return Case(
        name=entry["case"],
        given={name: words[value] if isinstance(value, bool) else value for name, value in given.items()},
        days_old=entry.get("days_old", {}),
        unit=entry.get("unit"),
        expect=entry["expect"],
        needs=tuple(entry["needs"]) if "needs" in entry else None,
    )


@cache
def rule_files() -> tuple[Path, ...]:
    """Return the files of all rules that come with Hepatica, by name."""
    return tuple(sorted(FOLDER.glob("*.yaml")))


@lru_cache(maxsize=16)
def rules(protocol: str = DEFAULT_PROTOCOL) -> dict[str, Rule]:
    """Return every rule by its name, with the limits of a protocol (its name, or the path of a centre's own file)."""
    return {rule.name: rule for rule in _read_all(protocol_values(protocol), taken_from_default(protocol))}


def _read_all(values: Mapping[str, Any], from_default: Mapping[str, str]) -> Iterator[Rule]:
    for path in rule_files():
        rule = read_rule(path.read_text(encoding="utf-8"), f"guidance/rules/{path.name}", values, from_default)
        if rule.name != path.stem:
            raise UsageError(
                f"guidance/rules/{path.name}", f"its rule is {rule.name!r}", "name the file after the rule"
            )
        yield rule


def rule(name: str, protocol: str = DEFAULT_PROTOCOL) -> Rule:
    """Return one rule by its name; UsageError if there is none."""
    known = rules(protocol)
    if name not in known:
        raise UsageError("rule", f"there is no rule {name!r}", f"use one of: {', '.join(known)}")
    return known[name]
