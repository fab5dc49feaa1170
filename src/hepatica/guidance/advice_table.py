"""Advice for a cohort: one row per patient and question; and the work items that safety asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from hepatica.course.columns import schema
from hepatica.course.protocol import DEFAULT_PROTOCOL
from hepatica.guidance.advice import (
    SILENT,
    level_rank,
    questions_asked,
    refuse_without_notice,
)
from hepatica.guidance.decision_table import NOT_APPLICABLE, UNKNOWN
from hepatica.guidance.explanations import Answer
from hepatica.guidance.files import own_file
from hepatica.guidance.findings import findings_of, with_findings
from hepatica.guidance.rules import Rule, rules

SAFETY = "safety"
URGENT = ("stop", "act")
# So few patients are answered one by one, as on a patient's page: planning a query over a table takes longer.
ONE_BY_ONE = 100
LEVELS = ("stop", "act", "consider", UNKNOWN, "keep", "none", NOT_APPLICABLE)
COLUMNS = ("patient_id", "as_of", "question", "safety", "level", "answer", "needs", "sources_disagree", "verified")


def advice_table(
    state: pl.DataFrame,
    *,
    protocol: str = DEFAULT_PROTOCOL,
    accepted_notice: bool,
    questions: Iterable[str] | None = None,
) -> pl.DataFrame:
    """Return one row per patient of a standing and question, safety first: level, each source's answer, what is needed.

    `answer` names every source with its outcome; `verified` says whether all sources that answered were read.
    UsageError where the notice is not accepted.
    """
    refuse_without_notice(accepted_notice=accepted_notice)
    asked = {rule.question for rule in rules(protocol).values()}
    names = [name for name in questions_asked(questions) if name in asked]
    found = with_findings(
        state, _asked_for(rule for rule in rules(protocol).values() if rule.question in names)
    ).collect()
    return pl.concat([_question_table(found, name, protocol) for name in names])


def _asked_for(asked: Iterable[Rule]) -> list[str]:
    """Return the findings that some rules read, each once."""
    return list(dict.fromkeys(entry.name for rule in asked for entry in rule.table.inputs))


def _question_table(found: pl.DataFrame, question: str, protocol: str) -> pl.DataFrame:
    """Return the rows of one question."""
    asked = [rule for rule in rules(protocol).values() if rule.question == question]
    outcomes = _outcomes(found, asked)
    counting = [rule for rule in asked if not _replaced(rule, asked)]
    return outcomes.select(
        "patient_id",
        "as_of",
        question=pl.lit(question),
        safety=pl.lit(any(rule.safety for rule in asked)),
        level=_level(counting),
        answer=_said(asked),
        needs=_needs(counting),
        sources_disagree=_disagree(question, counting),
        verified=_verified(asked),
    )


def _outcomes(found: pl.DataFrame, asked: list[Rule]) -> pl.DataFrame:
    """Return outcome and needs of each rule, side by side; not_applicable beyond the scope of advice."""
    columns = [found["patient_id"], found["as_of"], found["dead"], found["transplanted"]]
    for rule in asked:
        answers = rule.table.decided_on(found.lazy())
        columns += [answers["outcome"].alias(rule.name), answers["needs"].alias(f"{rule.name}?")]
    return pl.DataFrame(columns).with_columns(
        expr
        for rule in asked
        for expr in (_in_scope(rule, rule.name, NOT_APPLICABLE), _in_scope(rule, f"{rule.name}?", ""))
    )


def _in_scope(rule: Rule, column: str, instead: str) -> pl.Expr:
    """Return a column of a rule's answers, and something else beyond the rule's scope."""
    # The scope is true or false, never unknown; within it the answer stands as the rule gave it.
    return pl.when(_outside(rule)).then(pl.lit(instead)).otherwise(pl.col(column)).alias(column)


def _outside(rule: Rule) -> pl.Expr:
    """Return whether a patient is beyond the scope of a rule; an event that is not recorded ends nothing."""
    gone = pl.col("dead").eq_missing("yes")
    return gone if rule.after_transplant else gone | pl.col("transplanted").eq_missing("yes")


def _replaced(rule: Rule, asked: list[Rule]) -> bool:
    """Say whether a later edition of the source answers the same question."""
    return any(other.source.id == rule.source.superseded_by for other in asked)


def _level(asked: list[Rule]) -> pl.Expr:
    """Return the most urgent level of the answers that count."""
    ranks = [
        pl.col(rule.name).replace_strict(
            {name: level_rank(outcome.level) for name, outcome in rule.outcomes.items()}
            | {UNKNOWN: level_rank(UNKNOWN), NOT_APPLICABLE: level_rank(NOT_APPLICABLE)},
            return_dtype=pl.Int64,
        )
        for rule in asked
    ]
    return pl.min_horizontal(ranks).replace_strict(dict(enumerate(LEVELS)), return_dtype=pl.String)


def _said(asked: list[Rule]) -> pl.Expr:
    """Return the answers of the sources to which the question applies, each with its source."""
    said = [
        pl.when(pl.col(rule.name) != NOT_APPLICABLE).then(
            pl.format("{}: {}", pl.lit(rule.name.partition(".")[2]), pl.col(rule.name))
        )
        for rule in asked
    ]
    return pl.concat_str(said, separator="; ", ignore_nulls=True)


def _needs(asked: list[Rule]) -> pl.Expr:
    """Return the findings that the answers that count wait for, each once."""
    needs = pl.concat_list([pl.col(f"{rule.name}?").str.split(",") for rule in asked])
    return needs.list.unique(maintain_order=True).list.eval(pl.element().filter(pl.element() != "")).list.join(",")


def _disagree(question: str, asked: list[Rule]) -> pl.Expr:
    """Return whether no stance is compatible with all sources that take one."""
    stances = [name for name in own_file("questions.yaml")["questions"][question].get("stances", ()) if name != SILENT]
    if not stances:
        return pl.lit(value=False)
    takes = [pl.col(rule.name).is_in(_taking(rule, stances)) for rule in asked]
    shared = []
    for stance in stances:
        with_it = [pl.col(rule.name).is_in(_taking(rule, [stance])) for rule in asked]
        # A rule that takes no stance does not stand against any.
        shared.append(reduce(and_, (~take | one for take, one in zip(takes, with_it, strict=True))))
    many = pl.sum_horizontal([take.cast(pl.Int64) for take in takes]) > 1
    return many & ~reduce(or_, shared)


def _taking(rule: Rule, stances: Iterable[str]) -> list[str]:
    """Return the outcomes of a rule that take one of some stances."""
    wanted = set(stances)
    return [
        name
        for name, outcome in rule.outcomes.items()
        if SILENT not in outcome.stances and not wanted.isdisjoint(outcome.stances)
    ]


def _verified(asked: list[Rule]) -> pl.Expr:
    """Return whether every source that answered was read."""
    sure = [
        pl.col(rule.name).is_in(
            [UNKNOWN, NOT_APPLICABLE]
            + [name for name, outcome in rule.outcomes.items() if rule.verified and outcome.verified]
        )
        for rule in asked
    ]
    return pl.all_horizontal(sure)


def safety_items(state: pl.DataFrame, *, protocol: str = DEFAULT_PROTOCOL, accepted_notice: bool) -> pl.DataFrame:
    """Return work items of the kind `safety` for the work list: what a rule stops or asks to act on, stops first.

    UsageError where the notice is not accepted.
    """
    refuse_without_notice(accepted_notice=accepted_notice)
    safety = [rule for rule in rules(protocol).values() if rule.safety]
    told = _one_by_one(state, safety) if state.height <= ONE_BY_ONE else _by_table(state, safety)
    rows = [row for row in (_item(*one) for one in told) if row is not None]
    rows.sort(key=lambda row: (row[0], row[1]["patient_id"]))
    return pl.DataFrame([row for _, row in rows], schema=schema("worklist"), orient="row")


Told = tuple[Rule, dict[str, Any], Answer]


def _by_table(state: pl.DataFrame, safety: list[Rule]) -> Iterator[Told]:
    """Yield what rules answer of those patients of a table of whom they ask to act."""
    found = with_findings(state, _asked_for(safety)).collect()
    for rule in safety:
        urgent = [name for name, outcome in rule.outcomes.items() if outcome.level in URGENT]
        answered = _outcomes(found, [rule])
        for row in state.filter(answered[rule.name].is_in(urgent)).iter_rows(named=True):
            yield rule, row, rule.answer(findings_of(row))


def _one_by_one(state: pl.DataFrame, safety: list[Rule]) -> Iterator[Told]:
    """Yield what rules answer of each patient within their scope; a finding is made once for all rules."""
    patients = [(row, findings_of(row)) for row in state.iter_rows(named=True)]
    for rule in safety:
        for row, found in patients:
            gone = row["dead"] == "yes" or (row["transplanted"] == "yes" and not rule.after_transplant)
            if not gone:
                yield rule, row, rule.answer(found)


def _item(rule: Rule, row: dict[str, Any], answer: Answer) -> tuple[int, dict[str, object]] | None:
    """Return how urgent an answer is, and its item; None for one that asks for nothing."""
    meaning = answer.meaning
    if meaning is None or meaning.level not in URGENT:
        return None
    return (
        level_rank(meaning.level),
        {
            "patient_id": row["patient_id"],
            "centre": row["centre"],
            "kind": SAFETY,
            "what": meaning.says,
            "why": f"{'; '.join(answer.because)} [{rule.name}{'' if rule.verified else ', not verified'}]",
            "from": row["as_of"],
            "by": row["as_of"],
        },
    )
