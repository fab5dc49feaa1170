"""Holding the vocabulary's files to their schemas, for those who edit them. Not part of reading them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema

from hepatica.errors import SourceError

_SCHEMAS = files(__package__) / "schemas"


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON schema that a vocabulary file obeys: `analytes_liver.yaml` obeys `analytes.json`."""
    stem = name.removesuffix(".yaml").split("_")[0]
    schema: dict[str, Any] = json.loads((_SCHEMAS / f"{stem}.json").read_text(encoding="utf-8"))
    return schema


def check_document(name: str, content: dict[str, Any]) -> None:
    """Raise SourceError with the file, the place, and the fault if a vocabulary file breaks its schema."""
    validator = jsonschema.Draft202012Validator(schema_of(name))
    problems = sorted(validator.iter_errors(content), key=lambda problem: [str(step) for step in problem.path])
    if problems:
        place = " > ".join(str(step) for step in problems[0].path) or "the whole file"
        raise SourceError(
            f"{name}: {place}", problems[0].message, f"correct the entry ({len(problems)} problem(s) in this file)"
        )
