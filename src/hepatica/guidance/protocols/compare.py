"""Protocols side by side: question by protocol, what they agree in, and where one of them is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.guidance.protocols.agreement import agreement, decided, identity
from hepatica.guidance.protocols.answers import Answer
from hepatica.guidance.protocols.practice import Practice
from hepatica.guidance.protocols.questions import Question, questions
from hepatica.guidance.protocols.wording import answer_text

COMPARISON_ROWS = pl.Schema(
    {
        "theme": pl.String(),
        "question": pl.String(),
        "asks": pl.String(),
        "agreement": pl.String(),
        "protocol": pl.String(),
        "title": pl.String(),
        "answer": pl.String(),
        "state": pl.String(),
        "group": pl.Int64(),
        "source": pl.String(),
        "status": pl.String(),
        "verified": pl.Boolean(),
        "said_by": pl.String(),
        "note": pl.String(),
    }
)


def compare(compared: Sequence[Practice]) -> pl.DataFrame:
    """Return one row a question: theme, question, asks, agreement, and each protocol's answer under its name.

    agreement is same, different, or unknown: unknown where an answer that is not known decides. Raises `UsageError`
    where two protocols have one name.
    """
    rows = comparison_rows(compared)
    names = [one.name for one in compared]
    if not names:
        return rows.select("theme", "question", "asks", "agreement")
    index = ["theme", "question", "asks", "agreement"]
    return rows.pivot("protocol", index=index, values="answer", maintain_order=True).select(*index, *names)


def comparison_rows(compared: Sequence[Practice]) -> pl.DataFrame:
    """Return the comparison tidy, one row a question and protocol, as a chart reads it (`COMPARISON_ROWS`).

    `group` numbers the different answers to a question from 1 in the order of the protocols; null where the answer is
    not known, so that two unknown answers never look alike.
    """
    _refuse_one_name(compared)
    rows = [row for question in questions().values() for row in _rows(question, compared)]
    return pl.DataFrame(rows, schema=COMPARISON_ROWS, orient="row")


def _refuse_one_name(compared: Sequence[Practice]) -> None:
    names = [one.name for one in compared]
    for name in names:
        if names.count(name) > 1:
            raise UsageError("protocol compare", f"two protocols are called {name}", "give each file its own `name`")


def _rows(question: Question, compared: Sequence[Practice]) -> list[tuple[object, ...]]:
    answers = [one.answer(question.name) for one in compared]
    mark, groups = agreement(answers), _groups(answers)
    return [
        (
            question.theme, question.name, question.asks, mark, one.name, one.title, answer_text(answer), answer.state,
            group, answer.source, answer.status, answer.verified, answer.said_by, answer.note,
        )
        for one, answer, group in zip(compared, answers, groups, strict=True)
    ]  # fmt: skip


def _groups(answers: Sequence[Answer[Any]]) -> list[int | None]:
    known = list(dict.fromkeys(identity(answer) for answer in answers if decided(answer)))
    return [known.index(identity(answer)) + 1 if decided(answer) else None for answer in answers]
