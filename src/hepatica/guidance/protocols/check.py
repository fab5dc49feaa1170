"""Check a protocol's file: the schema, the vocabulary's words, and whether what it says makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from hepatica.course.definitions import not_plain
from hepatica.course.protocol import PROTOCOLS, protocol_files, protocol_layers, protocol_schema, protocol_values
from hepatica.errors import UsageError
from hepatica.guidance.files import yaml_text
from hepatica.guidance.protocols.questions import questions
from hepatica.guidance.protocols.sense import Finding, nonsense

THE_FILE = "the file"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a protocol's file: its place in the file, what it is, and the remedy."""

    place: str
    what: str
    remedy: str


def check_protocol(path: str | Path) -> list[Problem]:
    """Return everything that is wrong with a protocol's file, in its order; an empty list where nothing is.

    Takes the name of a protocol that comes with Hepatica, too. Raises `UsageError` where there is no such file.
    """
    asked = str(path)
    values, unreadable = _read(asked)
    if unreadable is not None:
        return [unreadable]
    broken = [Problem(*found) for found in not_plain(values)]
    broken = broken or [_of_schema(error) for error in _schema_errors(values)]
    if broken:
        return broken
    try:
        whole = protocol_values(asked)
    except UsageError as error:
        return [Problem(THE_FILE, error.what, error.remedy)]
    found = nonsense(protocol_layers(asked)[0].values, whole)
    return [_of_sense(finding) for finding in found]


def _read(asked: str) -> tuple[Any, Problem | None]:
    """Return what stands in the file, or why it cannot be read."""
    file = PROTOCOLS / f"{asked}.yaml" if asked in protocol_files() else Path(asked)
    if not file.is_file():
        known = ", ".join(protocol_files())
        raise UsageError(f"protocol {asked}", "there is no such protocol or file", f"use a path, or one of {known}")
    try:
        return yaml_text(file.read_text(encoding="utf-8"), str(file)), None
    except UsageError as error:
        return None, Problem(THE_FILE, error.what, error.remedy)
    except UnicodeDecodeError:
        return None, Problem(THE_FILE, "is not UTF-8 text", "save it as UTF-8")


def _schema_errors(values: object) -> Iterator[ValidationError]:
    """Return what the schema refuses, by place, each as the most telling of the errors behind it."""
    errors = Draft202012Validator(protocol_schema()).iter_errors(values)
    for error in sorted(errors, key=lambda one: [str(step) for step in one.absolute_path]):
        telling = best_match([error])
        yield telling if telling is not None else error


def _of_schema(error: ValidationError) -> Problem:
    """Return a broken schema as place, what, and remedy."""
    steps = list(error.absolute_path)
    return Problem(_place(steps), error.message, _remedy(error, steps))


def _place(steps: list[Any]) -> str:
    """Return a place in the file as a person counts: steroid_start.answer[1].low, the first item being 1."""
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.lstrip(".") or THE_FILE


def _remedy(error: ValidationError, steps: list[Any]) -> str:
    """Return what to do about a broken schema: the allowed words, or an answer as it is written."""
    question = questions().get(str(steps[0])) if steps else None
    allowed: object = error.validator_value
    if error.validator == "enum" and isinstance(allowed, list) and isinstance(error.instance, str) and len(allowed) > 3:
        return f"use one of {', '.join(map(str, allowed))}"
    if question is not None:
        return f"write it like {question.write}, or answer: unknown"
    match error.validator:
        case "required":
            return "add the missing entry, or take it over with `extends: default`"
        case "additionalProperties":
            return f"remove or rename the entry; the questions are {', '.join(questions())}"
        case _:
            return "correct it; `hepatica protocol show default` shows a whole protocol"


def _of_sense(finding: Finding) -> Problem:
    return Problem(_place(list(finding.place)), finding.what, finding.remedy)
