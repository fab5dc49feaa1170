"""YAML documents of any room: a key given twice is refused, and what a schema refuses is told by place and remedy."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

# The C reader is ten times faster; both read the same files alike.
_SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MERGE = "tag:yaml.org,2002:merge"  # `<<: *other` takes entries over; what stands beside it may replace them


class _OneOfEach(_SAFE_LOADER):  # type: ignore[misc]  # the base is chosen at run time
    """YAML in which a key given twice is an error: the second one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT002 (the overridden method's signature)
        written = [key for key, _ in node.value if key.tag != _MERGE]
        keys = [self.construct_object(key, deep=True) for key in written]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key!r} is given twice", problem_mark=node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(text: str) -> Any:
    """Return what a YAML text says; yaml.YAMLError with the line where it is no YAML or gives a key twice."""
    return yaml.load(text, _OneOfEach)  # noqa: S506 (a SafeLoader)


def place_of(problem: ValidationError, *, counted_from: int = 1) -> str:
    """Return where in a document a schema's problem lies: `, rows[2].then`; empty for the document itself."""
    steps = [f"[{step + counted_from}]" if isinstance(step, int) else f".{step}" for step in problem.absolute_path]
    return ", " + "".join(steps).lstrip(".") if steps else ""


def remedy_of(problem: ValidationError, *, otherwise: str, lacking: str = "add the missing entry") -> str:
    """Return what to do about a schema's problem; `otherwise` where no kind of problem says it."""
    allowed: object = problem.validator_value
    match problem.validator:
        case "required":
            return lacking
        case "additionalProperties":
            return "remove or rename the entry"
        case "enum" if isinstance(allowed, list):
            return f"use one of: {', '.join(map(str, allowed))}"
        case _:
            return otherwise
