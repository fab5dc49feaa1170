"""The model of the invented cohort, read from its file: every figure with its source or what it assumes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import yaml

from hepatica.errors import UsageError

MODEL_TEXT = files("hepatica.synthetic").joinpath("model.yaml")
SCHEMA_TEXT = files("hepatica.synthetic").joinpath("model.schema.json")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Model:
    """The parameters by name (`response.cirrhosis`), and what the laboratories print."""

    version: str
    parameters: dict[str, dict[str, Any]]
    laboratories: dict[str, Any]
    text: str

    def __getitem__(self, name: str) -> Any:
        """Return a parameter's value."""
        return self.parameters[name]["value"]

    def day(self, name: str) -> int:
        """Return a parameter that is a date, as days since 1970-01-01."""
        return (date.fromisoformat(self[name]) - _EPOCH).days

    def shares(self, name: str) -> tuple[tuple[str, ...], list[float]]:
        """Return the names and the shares of a parameter that is a choice."""
        return tuple(self[name]), list(self[name].values())


def parse_model(text: str, where: str) -> Model:
    """Return the model that a file describes; a file that breaks the schema or names an unknown source is refused."""
    content = yaml.safe_load(text)
    _check(content, where)
    parameters = {
        f"{theme}.{name}": parameter
        for theme, named in content["parameters"].items()
        for name, parameter in named.items()
    }
    unknown = sorted({p["source"] for p in parameters.values() if "source" in p} - set(content["sources"]))
    if unknown:
        raise UsageError(where, f"sources not listed: {', '.join(unknown)}", "add them under sources:")
    return Model(content["version"], parameters, content["laboratories"], text)


def _check(content: object, where: str) -> None:
    """Refuse what breaks the schema, naming the place."""
    validator = jsonschema.Draft202012Validator(
        json.loads(SCHEMA_TEXT.read_text(encoding="utf-8")), format_checker=jsonschema.FormatChecker()
    )
    for error in validator.iter_errors(content):
        place = ".".join(map(str, error.absolute_path)) or "the file"
        raise UsageError(where, f"{place}: {error.message}", "correct it as model.schema.json says")


@cache
def load_model() -> Model:
    """Return the model that comes with Hepatica."""
    return parse_model(MODEL_TEXT.read_text(encoding="utf-8"), "model.yaml")
