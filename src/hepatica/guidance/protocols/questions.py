"""The questions that a protocol answers, their words, and the settings of the audit: read from `questions.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hepatica.guidance.files import yaml_text

HERE = Path(__file__).parent
CENTRE, DEFAULT, GUIDELINE, SURVEY = "centre", "default", "guideline", "survey"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its name in a protocol's file, its theme, itself in words, and an answer as it is written."""

    name: str
    theme: str
    asks: str
    write: str


@cache
def protocol_data(name: str) -> dict[str, Any]:
    """Return one of this room's own YAML files (`questions.yaml`)."""
    content: dict[str, Any] = yaml_text((HERE / name).read_text(encoding="utf-8"), f"guidance/protocols/{name}")
    return content


@cache
def questions() -> dict[str, Question]:
    """Return the questions by name, in the order in which they are shown."""
    entries = protocol_data("questions.yaml")["questions"]
    return {name: Question(name, entry["theme"], entry["asks"], entry["write"]) for name, entry in entries.items()}


@cache
def choice_of(parts: frozenset[str]) -> str | None:
    """Return the word for a first line that consists of these parts; None where there is no word for it."""
    choices = protocol_data("questions.yaml")["choices"]
    return next((word for word, named in choices.items() if frozenset(named) == parts), None)


@cache
def parts_of(choice: str) -> frozenset[str]:
    """Return the parts (steroid, azathioprine …) of a first line's word."""
    return frozenset(protocol_data("questions.yaml")["choices"][choice])


@cache
def part_of(drug: str) -> str:
    """Return the part of a first line that a drug is; a drug that is no part of any stands for itself."""
    parts = protocol_data("questions.yaml")["parts"]
    return next((part for part, drugs in parts.items() if drug in drugs), drug)


def kind_of(values: dict[str, Any]) -> str:
    """Return what kind of protocol a file's values are; a file that does not say so is a centre's own."""
    kind: str = values.get("kind", CENTRE)
    return kind
