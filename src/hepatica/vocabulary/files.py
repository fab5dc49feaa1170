"""The vocabulary's YAML files: found beside this module and read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from hepatica.vocabulary.documents import read_yaml

_DATA = files(__package__) / "data"

# Analytes and drugs are spread over themes; the order is the order in which they are shown.
ANALYTE_FILES = (
    "analytes_liver.yaml",
    "analytes_blood.yaml",
    "analytes_immunology.yaml",
    "analytes_drug_levels.yaml",
)
DRUG_FILES = ("drugs_immunosuppressants.yaml", "drugs_other.yaml")
OTHER_FILES = ("units.yaml", "limits.yaml", "routes.yaml", "conditions.yaml", "omop.yaml", "sources.yaml")


@cache
def document(name: str) -> dict[str, Any]:
    """Return the content of one vocabulary file (`units.yaml`)."""
    text = (_DATA / name).read_text(encoding="utf-8")
    content: dict[str, Any] = read_yaml(text)
    return content
