"""YAML files of guidance: read once, a key given twice is refused, held to a schema with the place and the remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from hepatica.errors import UsageError
from hepatica.vocabulary.documents import place_of, read_yaml, remedy_of

HERE = Path(__file__).parent


def yaml_text(text: str, where: str) -> Any:
    """Return what a YAML text says; UsageError where it is no YAML or gives a key twice."""
    try:
        return read_yaml(text)
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
        remedy = remedy_of(problem, otherwise=f"write it as {schema} says")
        raise UsageError(f"{where}{place_of(problem)}", problem.message, remedy)
    accepted: dict[str, Any] = dict(values) if isinstance(values, Mapping) else {}
    return accepted
