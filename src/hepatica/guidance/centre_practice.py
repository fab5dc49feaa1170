"""What the centre's own protocol says on a question, beside what the sources say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hepatica.guidance.files import own_file
from hepatica.guidance.protocols import answer_text, practice
from hepatica.guidance.protocols import questions as protocol_questions
from hepatica.guidance.protocols.answers import UNKNOWN


@dataclass(frozen=True)
class CentreLine:
    """One answer of the centre's protocol: what is asked, the answer in words, where it comes from."""

    asks: str
    answer: str
    source: str
    verified: bool
    note: str


@lru_cache(maxsize=512)
def centre_lines(question: str, protocol: str) -> tuple[CentreLine, ...]:
    """Return what a protocol answers to a question of advice; nothing where it has no answer."""
    asked = own_file("questions.yaml")["questions"][question].get("centre", ())
    answers = [(name, getattr(practice(protocol), name)) for name in asked]
    return tuple(
        CentreLine(protocol_questions()[name].asks, answer_text(answer), answer.source, answer.verified, answer.note)
        for name, answer in answers
        if answer.state != UNKNOWN
    )
