"""A study's definition: a YAML file that says what is studied, in whom, from when, by which endpoint.

Every study has a documented example (`examples/NAME.yaml`), which is its default, and a JSON schema
(`schemas/NAME.json`). A file of the user's own says only what differs from the example; a key that the schema does
not know is refused. The whole definition is part of the result: the same definition on the same data, the same numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry, Resource

from hepatica.errors import UsageError

HERE = Path(__file__).parent
SHARED = "shared.json"

Definition = dict[str, Any]


def example_text(study: str) -> str:
    """Return a study's documented example definition, as it is written."""
    return (HERE / "examples" / f"{study}.yaml").read_text(encoding="utf-8")


def definition_of(study: str, given: Path | str | Mapping[str, Any] | None = None) -> Definition:
    """Return a study's whole definition: the example with what the user's file (or mapping) says differently.

    Raises UsageError for a file that is no YAML, a key or value that the schema refuses, or another study's definition.
    """
    default = _plain(yaml.safe_load(example_text(study)))
    if given is None:
        return _validated(study, default, f"example of {study}")
    where = "the definition" if isinstance(given, Mapping) else f"definition {given}"
    own = _plain(dict(given)) if isinstance(given, Mapping) else _read(Path(given), where)
    if own.get("study", study) != study:
        raise UsageError(where, f"it defines the study {own['study']}", f"run hepatica study {own['study']} with it")
    return _validated(study, _over(default, own), where)


def as_yaml(definition: Definition) -> str:
    """Return a definition as a YAML file, in the order of its example."""
    text: str = yaml.safe_dump(definition, sort_keys=False, allow_unicode=True, width=110)
    return text


def _read(path: Path, where: str) -> dict[str, Any]:
    """Return the values of a user's file."""
    if not path.is_file():
        raise UsageError(
            where, "there is no such file", "give the path of a YAML file, or leave it out for the example"
        )
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(where, f"is not readable YAML: {error}", "repair the file") from error
    if not isinstance(loaded, dict):
        raise UsageError(where, "holds no keys", "write KEY: VALUE lines, as in the study's example")
    values: dict[str, Any] = _plain(loaded)
    return values


def _plain(value: Any) -> Any:
    """Return YAML's values as JSON has them: dates as ISO 8601 text, keys as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def _over(default: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the default with what one's own says differently; groups are merged, lists replaced.

    A group whose keys are the user's own names (`"names": true` stands beside no default) is replaced as a list is:
    the example's groups of that kind are written under `groups`.
    """
    merged = deepcopy(default)
    for key, value in own.items():
        inner = merged.get(key)
        both = isinstance(inner, dict) and isinstance(value, Mapping) and key not in REPLACED
        merged[key] = _over(inner, value) if both else deepcopy(value)  # type: ignore[arg-type]  # inner is a dict here
    return merged


# Mappings from names that the user chooses: one's own replaces the example's.
REPLACED = ("groups", "drugs", "arms")


@lru_cache
def _validator(study: str) -> jsonschema.Draft202012Validator:
    """Return the validator of a study's schema; parts that studies share stand in one file."""
    shared = json.loads((HERE / "schemas" / SHARED).read_text(encoding="utf-8"))
    own = json.loads((HERE / "schemas" / f"{study}.json").read_text(encoding="utf-8"))
    registry: Registry[Any] = Registry().with_resource(SHARED, Resource.from_contents(shared))
    return jsonschema.Draft202012Validator(own, registry=registry)


def _validated(study: str, values: dict[str, Any], where: str) -> Definition:
    problem = jsonschema.exceptions.best_match(_validator(study).iter_errors(values))
    if problem is not None:
        place = ".".join(str(step) for step in problem.absolute_path) or "the file"
        remedy = f"repair {place}; hepatica study {study} --example prints every key with its meaning"
        raise UsageError(where, f"{place}: {problem.message}", remedy)
    return values
