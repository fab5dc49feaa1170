"""The vocabulary's YAML files: found beside this module, read once, and held to their schemas by the tests."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import yaml

from hepatica.errors import SourceError

# The C reader is ten times faster; both read the same files alike.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DATA = files(__package__) / "data"
_SCHEMAS = files(__package__) / "schemas"

# Which files hold what. The analytes are spread over themes; the order is the order in which they are shown.
ANALYTE_FILES = (
    "analytes_liver.yaml",
    "analytes_blood.yaml",
    "analytes_immunology.yaml",
    "analytes_drug_levels.yaml",
)
DRUG_FILES = ("drugs_immunosuppressants.yaml", "drugs_other.yaml")


@cache
def document(name: str) -> dict[str, Any]:
    """Return the content of one vocabulary file (`units.yaml`)."""
    content: dict[str, Any] = yaml.load((_DATA / name).read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader either way
    return content


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON schema that a vocabulary file obeys: `analytes_liver.yaml` obeys `analytes.json`."""
    stem = name.removesuffix(".yaml").split("_")[0]
    schema: dict[str, Any] = json.loads((_SCHEMAS / f"{stem}.json").read_text(encoding="utf-8"))
    return schema


def check(name: str, content: dict[str, Any]) -> None:
    """Raise SourceError with the file, the place, and the fault if a vocabulary file breaks its schema."""
    problems = sorted(
        jsonschema.Draft202012Validator(schema_of(name)).iter_errors(content),
        key=lambda problem: list(problem.path),
    )
    if problems:
        first = problems[0]
        place = " > ".join(str(step) for step in first.path) or "the whole file"
        raise SourceError(
            f"vocabulary/data/{name}, {place}", first.message, f"correct the entry; see schemas for {name}"
        )


def file_names() -> tuple[str, ...]:
    """Return the names of all vocabulary files."""
    return tuple(sorted(entry.name for entry in _DATA.iterdir() if entry.name.endswith(".yaml")))
