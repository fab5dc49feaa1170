"""A protocol as text: its answers by theme, each with how sure it is, its source, and who says it."""

from __future__ import annotations

from typing import Any

from hepatica.guidance.protocols.answers import UNKNOWN, Answer
from hepatica.guidance.protocols.practice import Practice
from hepatica.guidance.protocols.questions import questions
from hepatica.guidance.protocols.wording import answer_text

INDENT = "    "


def protocol_text(shown: Practice) -> str:
    """Return a protocol's answers as text, theme by theme; every answer that nobody has verified says so."""
    lines = [f"{shown.title} ({shown.name})", f"{shown.kind}; {shown.population}; version {shown.version}"]
    if shown.synthetic:
        lines.append("SYNTHETIC: no real centre")
    if shown.extends:
        lines.append(f"extends {', '.join(shown.extends)}{_stand_in(shown)}")
    theme = ""
    for question in questions().values():
        if question.theme != theme:
            theme = question.theme
            lines += ["", theme.capitalize()]
        lines += _lines(question.asks, shown.answer(question.name), shown)
    return "\n".join([*lines, "", *_counts(shown)]) + "\n"


def _stand_in(shown: Practice) -> str:
    """Say what the course reads although it is no answer of this protocol."""
    names = ", ".join(shown.stands_in)
    return f"; {names} stands in for the course only, what it says is no answer of this protocol" if names else ""


def _lines(asks: str, answer: Answer[Any], shown: Practice) -> list[str]:
    lines = [f"  {asks}", f"{INDENT}{answer_text(answer)}"]
    if answer.state != UNKNOWN:
        status = f", {answer.status}" if answer.status else ""
        sure = "verified" if answer.verified else "not verified"
        taken_over = "" if answer.said_by == shown.name else f", taken over from {answer.said_by}"
        lines.append(f"{INDENT}[{sure}{status}: {answer.source}{taken_over}]")
    if answer.note:
        lines.append(f"{INDENT}{answer.note}")
    return lines


def _counts(shown: Practice) -> list[str]:
    """Return how many of the questions are answered, and how many of the answers somebody has verified."""
    answers = list(shown.answers())
    said = [answer for answer in answers if answer.state != UNKNOWN]
    verified = sum(answer.verified for answer in said)
    return [f"{len(said)} of {len(answers)} questions answered, {verified} of these verified."]
