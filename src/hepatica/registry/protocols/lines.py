"""Checking a protocol's text as it is typed: what guidance's check finds, each with its line."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import yaml

from hepatica.course.protocol import protocol_files
from hepatica.guidance.protocols import check_protocol

LONGEST = 200_000
DEEPEST = 20
WHOLE = "the text"
_QUOTED = re.compile(r"'([^']+)'")
_STEPS = str.maketrans({"[": ".", "]": ""})


@dataclass(frozen=True)
class LineProblem:
    """One thing that is wrong with a text: its line (None: the text as a whole), what, and the remedy."""

    line: int | None
    place: str
    what: str
    remedy: str


def check_text(text: str) -> list[LineProblem]:
    """Return everything that is wrong with a protocol's text; nothing where it can be used.

    What could lead out of the text (another file than a protocol that comes with Hepatica) or blow it up is refused
    before it is read.
    """
    if refused := _refused(text):
        return [refused]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "protocol.yaml"
        file.write_text(text, encoding="utf-8")
        found = check_protocol(file)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return [LineProblem(_line(root, one.place) or _of_named(root, one.what), *astuple(one)) for one in found]


def _refused(text: str) -> LineProblem | None:
    """Return why a text is not even read; None where it may be."""
    if len(text) > LONGEST:
        return LineProblem(None, WHOLE, f"is longer than {LONGEST:,} characters", "shorten it")
    try:
        for line, what, remedy in _dangers(text):
            return LineProblem(line, WHOLE, what, remedy)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_of_mark = mark.line + 1 if mark is not None else None
        return LineProblem(line_of_mark, WHOLE, f"is not readable as YAML: {error.problem}", "repair that line")
    except yaml.YAMLError:
        return LineProblem(None, WHOLE, "holds characters that YAML does not know", "remove them")
    return _leads_elsewhere(text)


def _leads_elsewhere(text: str) -> LineProblem | None:
    """Return what is wrong with a text that is no protocol at all, or extends any file of the server's."""
    values = yaml.safe_load(text)
    if not isinstance(values, dict):
        return LineProblem(1, WHOLE, "is no list of `key: value`", "copy a protocol, and edit the copy")
    base = values.get("extends")
    if base is None or base in protocol_files():
        return None
    line = _line(yaml.compose(text, Loader=yaml.SafeLoader), "extends")
    return LineProblem(line, "extends", "is no protocol that comes with Hepatica", f"use {_known()}")


def _known() -> str:
    return f"one of {', '.join(protocol_files())}"


def _dangers(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield what a protocol never needs and what can blow a reader up: aliases, tags, depth; line, what, remedy."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1  # the parser marks every event
        if isinstance(event, yaml.AliasEvent):
            yield line, "refers to another place by *", "write it out"
        elif isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
            yield line, f"gives a type by {event.tag}", "leave the type out"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            yield line, f"is nested deeper than {DEEPEST}", "write it flatter"


def _line(root: Any, place: str) -> int | None:
    """Return the line of a place such as steroid_start.answer[1].low: as deep as the text goes on the way there."""
    node, line = root, None
    for step in place.translate(_STEPS).split("."):
        found = _inside(node, step)
        if found is None:
            break
        line, node = found
    return line


def _of_named(root: Any, what: str) -> int | None:
    """Return the line of the first entry that the words of a problem name in quotes; None where they name none."""
    found = [inside for name in _QUOTED.findall(what) if (inside := _inside(root, name)) is not None]
    return found[0][0] if found else None


def _inside(node: Any, step: str) -> tuple[int, Any] | None:
    """Return line and node of a step into a mapping (by its key) or a list (the first item is 1)."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and 0 < int(step) <= len(node.value):
        item = node.value[int(step) - 1]
        return item.start_mark.line + 1, item
    return None
