"""What the centre's own protocol says on a question, beside what the sources say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hepatica.guidance.files import own_file
from hepatica.guidance.protocols import Answer, Practice, answer_text, practice
from hepatica.guidance.protocols import questions as protocol_questions
from hepatica.guidance.protocols.answers import UNKNOWN
from hepatica.guidance.protocols.questions import CENTRE, DEFAULT


@dataclass(frozen=True)
class CentreLine:
    """One answer of the protocol in use: what is asked, the answer in words, where it comes from, whose it is."""

    asks: str
    answer: str
    source: str
    verified: bool
    note: str
    whose: str


@lru_cache(maxsize=512)
def centre_lines(question: str, protocol: str) -> tuple[CentreLine, ...]:
    """Return what a protocol answers to a question of advice; nothing where it has no answer."""
    said = practice(protocol)
    asked = own_file("questions.yaml")["questions"][question].get("centre", ())
    answers = [(name, getattr(said, name)) for name in asked]
    return tuple(
        CentreLine(
            protocol_questions()[name].asks,
            answer_text(answer),
            answer.source,
            answer.verified,
            answer.note,
            _whose(said, answer),
        )
        for name, answer in answers
        if answer.state != UNKNOWN
    )


def _whose(said: Practice, answer: Answer[Any]) -> str:
    """Say whose an answer is: what was taken over is not the centre's own word."""
    if said.kind == DEFAULT:
        return "the default protocol, for a centre has not said"
    own = "the centre's protocol" if said.kind == CENTRE else f"the protocol {said.name}"
    return own if answer.said_by == said.name else f"{own}, taken over from {answer.said_by}"
