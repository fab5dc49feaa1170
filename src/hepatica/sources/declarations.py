"""Reads hepatica.yaml and mapping files: strict YAML in which every scalar is text, held to its schema.

Plain YAML would read the local code 0123 as 83, the word NO as false, and 1974-01-01 as a date. Here a code is what
is written, as in the CSV file that it stands in. A key written twice is an error, not the second one's victory.
"""

from __future__ import annotations

import difflib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from hepatica.errors import HepaticaError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEE = "see docs/mapping.md"
# No declaration that somebody wrote is larger, or nested deeper.
LARGEST_FILE = 1 << 21
DEEPEST = 40
Step = str | int


class Declaration:
    """The content of a declaration file, and errors that name the file, the line, and the path inside it."""

    def __init__(self, path: Path, kind: str, error: type[HepaticaError]) -> None:
        self.path = path
        self.error = error
        self._root: yaml.Node | None = None
        self.content: dict[str, Any] = self._read()
        self._check(kind)

    def fault(self, steps: Sequence[Step], what: str, remedy: str = SEE) -> HepaticaError:
        """Return the error for one place in the file."""
        line = self._line(steps)
        place = ".".join(str(step) for step in steps)
        where = self.path.name + (f", line {line}" if line is not None else "")
        return self.error(f"{where}: {place}" if place else where, what, remedy)

    def _read(self) -> dict[str, Any]:
        try:
            if self.path.stat().st_size > LARGEST_FILE:
                raise self.error(self.path.name, f"is larger than {LARGEST_FILE:,} bytes", "name the YAML file")
            text = self.path.read_text(encoding="utf-8-sig")
            self._refuse_what_grows(text)
            loader = yaml.BaseLoader(text)
        except (OSError, UnicodeDecodeError) as trouble:
            what = getattr(trouble, "strerror", None) or "is not UTF-8 text"
            raise self.error(str(self.path), f"cannot be read ({what})", "name an existing YAML file") from trouble
        except yaml.YAMLError as trouble:
            raise self._not_yaml(trouble) from trouble
        try:
            self._root = loader.get_single_node()
            self._refuse_double_keys(self._root, ())
            content = loader.construct_document(self._root) if self._root is not None else {}
        except (yaml.YAMLError, RecursionError) as trouble:
            raise self._not_yaml(trouble) from trouble
        finally:
            loader.dispose()
        if not isinstance(content, dict):
            raise self.error(self.path.name, "is not a list of `key: value` lines", SEE)
        return content

    def _refuse_what_grows(self, text: str) -> None:
        """Refuse what a reader would have to unfold: aliases, which can multiply without end, and depth."""
        depth = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)
            if isinstance(event, AliasEvent):
                raise self.error(self._at(event.start_mark), "uses an alias (*name)", "write out what it stands for")
            if depth > DEEPEST:
                remedy = "check the brackets and the indentation there"
                raise self.error(self._at(event.start_mark), "is nested too deep", remedy)

    def _not_yaml(self, trouble: Exception) -> HepaticaError:
        where = self._at(getattr(trouble, "problem_mark", None))
        return self.error(where, "is not YAML", "check the indentation, the colons, and the quotes there")

    def _at(self, mark: Any) -> str:
        return f"{self.path.name}, line {mark.line + 1}" if mark is not None else self.path.name

    def _refuse_double_keys(self, node: yaml.Node | None, steps: tuple[Step, ...]) -> None:
        if isinstance(node, yaml.SequenceNode):
            for number, child in enumerate(node.value):
                self._refuse_double_keys(child, (*steps, number))
        if not isinstance(node, yaml.MappingNode):
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise self.fault((*steps, name), "is written twice", "keep one of them")
            seen.add(name)
            self._refuse_double_keys(value, (*steps, name))

    def _check(self, kind: str) -> None:
        schema = {"$ref": f"#/$defs/{kind}", "$defs": _schema()["$defs"]}
        problem = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(self.content))
        if problem is not None:
            raise self._explained(problem)

    def _explained(self, problem: jsonschema.ValidationError) -> HepaticaError:
        """Return a schema violation as a sentence with a remedy."""
        steps: list[Step] = list(problem.absolute_path)
        rule: Any = problem.validator_value
        schema: dict[str, Any] = cast("dict[str, Any]", problem.schema)
        found: Any = problem.instance
        if problem.validator == "additionalProperties":
            key = next(key for key in found if key not in schema.get("properties", {}))
            known = ", ".join(schema.get("properties", {}))
            near = difflib.get_close_matches(key, schema.get("properties", {}), 1)
            return self.fault([*steps, key], f"is not a known key here ({known})", f"write {near[0]}" if near else SEE)
        if problem.validator == "required":
            missing = next(key for key in rule if key not in found)
            return self.fault(steps, f"the key {missing} is missing", f"add {missing}:")
        if problem.validator == "enum":
            return self.fault(
                steps, f"is {found!r}, which is not known here", f"write one of {', '.join(map(str, rule))}"
            )
        if problem.validator in {"minProperties", "minLength"}:
            return self.fault(steps, "is empty", SEE)
        wanted = schema.get("description", schema.get("type", "of another form"))
        return self.fault(steps, f"should be {wanted}")

    def _line(self, steps: Sequence[Step]) -> int | None:
        """Return the line on which a place of the file is written (the nearest one there is)."""
        node = self._root
        line = None
        for step in steps:
            if isinstance(node, yaml.MappingNode):
                found = [(key, value) for key, value in node.value if key.value == step]
                if not found:
                    break
                line, node = found[-1][0].start_mark.line + 1, found[-1][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line


@cache
def _schema() -> dict[str, Any]:
    text = (files(__package__) / "declarations.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def folder_declaration(path: Path) -> Declaration:
    """Return the hepatica.yaml of a folder.

    Raises:
        SourceError: it is not YAML, or does not obey its schema.
    """
    return Declaration(path, "folder", SourceError)
