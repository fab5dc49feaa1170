"""YAML files of guidance: read once, a key given twice is refused, held to a schema with the place and the remedy."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from hepatica.errors import UsageError

HERE = Path(__file__).parent
# The C reader is ten times faster; both read the same files alike.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _OneOfEach(_SAFE_LOADER):  # type: ignore[misc]  # the base is chosen at run time
    """YAML in which a key given twice is an error: the second one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT002 (the overridden method's signature)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key!r} is given twice", problem_mark=node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def yaml_text(text: str, where: str) -> Any:
    """Return what a YAML text says; UsageError where it is no YAML or gives a key twice."""
    try:
        return yaml.load(text, _OneOfEach)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise UsageError(where, f"not readable as YAML: {error}", "repair the file at that line") from error


@cache
def own_file(name: str) -> dict[str, Any]:
    """Return one of guidance's own YAML files (`findings.yaml`)."""
    content: dict[str, Any] = yaml_text((HERE / name).read_text(encoding="utf-8"), f"guidance/{name}")
    return content


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((HERE / schema).read_text(encoding="utf-8")))


def held_to_schema(values: object, schema: str, where: str) -> dict[str, Any]:
    """Return values that one of guidance's schemas accepts; UsageError with the place in the file and the remedy."""
    problem = best_match(_validator(schema).iter_errors(values))
    if problem is not None:
        raise UsageError(f"{where}{_place(problem)}", problem.message, _remedy(problem, schema))
    accepted: dict[str, Any] = dict(values) if isinstance(values, Mapping) else {}
    return accepted


def _place(problem: ValidationError) -> str:
    steps = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in problem.absolute_path]
    return ", " + "".join(steps).lstrip(".") if steps else ""


def _remedy(problem: ValidationError, schema: str) -> str:
    allowed: object = problem.validator_value
    match problem.validator:
        case "required":
            return "add the missing entry"
        case "additionalProperties":
            return "remove or rename the entry"
        case "enum" if isinstance(allowed, list):
            return f"use one of: {', '.join(map(str, allowed))}"
        case _:
            return f"write it as {schema} says"
