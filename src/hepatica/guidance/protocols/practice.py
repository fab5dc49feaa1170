"""Practice: what a centre does, or a guideline asks for, as typed answers read from the protocol's file.

A centre does what its file says and what it took over from the protocol that it extends. Below a guideline or a survey
the default only stands in so that the course can be read: what it says is no answer of theirs, nor of a centre that
took theirs over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hepatica.course.extending import Layer, merged
from hepatica.course.protocol import (
    Monitoring,
    Protocol,
    protocol_files,
    protocol_layers,
    protocol_of,
    protocol_values,
)
from hepatica.errors import UsageError
from hepatica.guidance.protocols.answers import (
    KNOWN,
    NONE,
    OTHER,
    UNKNOWN,
    Activity,
    Answer,
    Dose,
    EarlyFall,
    Goal,
    Interval,
    Quantity,
    Remission,
    Taper,
    TargetWindow,
    Withdrawal,
)
from hepatica.guidance.protocols.check import check_protocol
from hepatica.guidance.protocols.questions import CENTRE, DEFAULT, GUIDELINE, SURVEY, kind_of, questions
from hepatica.guidance.protocols.readings import READERS

OWN_WORD = "own"
ALL_AGES = "all"


@dataclass(frozen=True, slots=True)
class Practice:
    """A protocol's answers, who gives them, and the sections that the course reads (`protocol`).

    `ages` says for whom it is: adults, children, or all. `stands_in` names what the course reads without its being an
    answer of this protocol; `monitoring` is None where the schedule is only that.
    """

    name: str
    title: str
    kind: str
    population: str
    ages: str
    source: str
    verified: bool
    version: int
    synthetic: bool
    extends: tuple[str, ...]
    stands_in: tuple[str, ...]
    protocol: Protocol
    monitoring: tuple[Monitoring, ...] | None
    first_line: Answer[tuple[str, ...]]
    budesonide: Answer[str]
    second_line: Answer[tuple[str, ...]]
    third_line: Answer[tuple[str, ...]]
    steroid_start: Answer[tuple[Dose, ...]]
    steroid_taper: Answer[tuple[Taper, ...]]
    azathioprine_start: Answer[tuple[Dose, ...]]
    azathioprine_maintenance: Answer[tuple[Dose, ...]]
    azathioprine_if_bilirubin_below: Answer[Quantity]
    tpmt_available: Answer[str]
    tpmt_before_azathioprine: Answer[str]
    nudt15_before_azathioprine: Answer[str]
    metabolites_measured: Answer[str]
    metabolite_target: Answer[tuple[TargetWindow, ...]]
    liver_tests: Answer[tuple[Interval, ...]]
    ppi_with_steroid: Answer[str]
    treatment_threshold: Answer[Activity]
    response_goal: Answer[Goal]
    non_response: Answer[EarlyFall]
    histological_remission: Answer[Remission]
    relapse: Answer[Activity]
    withdrawal: Answer[Withdrawal]

    def answer(self, question: str) -> Answer[Any]:
        """Return the answer to a question by its name; UsageError where there is no such question."""
        if question not in questions():
            raise UsageError("protocol", f"no question {question!r}", f"use one of {', '.join(questions())}")
        found: Answer[Any] = getattr(self, question)
        return found

    def answers(self) -> Iterator[Answer[Any]]:
        """Return the answers to all questions, in their order."""
        for question in questions():
            yield self.answer(question)


def practices() -> dict[str, Practice]:
    """Return every protocol that comes with Hepatica by its name."""
    return {name: _shipped(name) for name in protocol_files()}


def practice(name_or_path: str | Path = DEFAULT) -> Practice:
    """Return a protocol's answers, by its name or from a centre's own file.

    Raises `UsageError` with place and remedy for the first thing that `check_protocol` finds.
    """
    asked = str(name_or_path)
    if asked in protocol_files():
        return _shipped(asked)
    for problem in check_protocol(asked):
        raise UsageError(f"protocol {asked}, {problem.place}", problem.what, problem.remedy)
    return _read(asked)


@cache
def _shipped(name: str) -> Practice:
    return _read(name)


def _read(name_or_path: str) -> Practice:
    protocol_values(name_or_path)  # refuses words that the vocabulary does not know
    return practice_of(protocol_layers(name_or_path))


def practice_of(layers: tuple[Layer, ...]) -> Practice:
    """Return the practice that a protocol's own values and those that it extends make."""
    own, values = layers[0].values, merged(layers)
    said, course = _said(layers), protocol_of(values)
    return Practice(
        name=own["name"],
        title=own["title"],
        kind=kind_of(own),
        population=values.get("population", UNKNOWN),
        ages=values.get("ages", ALL_AGES),
        source=own["source"],
        verified=own["verified"],
        version=own["version"],
        synthetic=own.get("synthetic", False),
        extends=tuple(layer.values["name"] for layer in layers[1:]),
        stands_in=tuple(layer.values["name"] for layer in layers if layer.values not in said),
        protocol=course,
        monitoring=course.monitoring if any("monitoring" in one for one in said) else None,
        **{question: _answer(question, said) for question in questions()},
    )


def _said(layers: tuple[Layer, ...]) -> list[dict[str, Any]]:
    """Return the values of the files whose answers count: not the default's, where it stands in for a guideline."""
    kinds = {kind_of(layer.values) for layer in layers}
    stands_in = bool(kinds & {GUIDELINE, SURVEY})
    return [layer.values for layer in layers if not (stands_in and kind_of(layer.values) == DEFAULT)]


def _answer(question: str, said: list[dict[str, Any]]) -> Answer[Any]:
    """Return the answer of the nearest file that has one; unknown where none has."""
    for values in said:
        if question in values:
            return _stated(question, values[question], values)
        derived = _from_section(question, values)
        if derived is not None:
            return derived
    return Answer(question, UNKNOWN)


def _stated(question: str, entry: dict[str, Any], values: dict[str, Any]) -> Answer[Any]:
    """Return an answer as it stands in a file; source and status are the file's where it gives none."""
    given = entry["answer"]
    without = isinstance(given, str) and given in (UNKNOWN, NONE, OTHER)
    return Answer(
        question=question,
        state=given if without else KNOWN,
        value=None if without else READERS[question](given),
        source=entry.get("source", values["source"]),
        status=entry.get("status", values.get("status", OWN_WORD if kind_of(values) == CENTRE else "")),
        verified=entry.get("verified", values["verified"]),
        note=entry.get("note", ""),
        said_by=values["name"],
    )


def _from_section(question: str, values: dict[str, Any]) -> Answer[Any] | None:
    """Return the answer that a section of the course gives, so that a centre writes it once; None without it."""
    if question == "metabolite_target" and "metabolites" in values:
        sections = values["metabolites"]
        found: Any = tuple(TargetWindow(s["unit"], s["tgn_target"]["low"], s["tgn_target"]["high"]) for s in sections)
    elif question == "liver_tests" and "monitoring" in values:
        sections = [item for item in values["monitoring"] if "ALT" in item["analytes"]][:1]
        phases = [phase for item in sections for phase in item["phases"]]
        found = tuple(Interval(p["every_days"], p["every_days"], p.get("until_day")) for p in phases)
    else:
        return None
    return Answer(
        question=question,
        state=KNOWN if found else NONE,
        value=found or None,  # an empty section says that there is no target, or no such test
        source="; ".join(dict.fromkeys(section["source"] for section in sections)) or values["source"],
        status=OWN_WORD if kind_of(values) == CENTRE else "",
        verified=bool(sections) and all(section["verified"] for section in sections),
        said_by=values["name"],
    )
