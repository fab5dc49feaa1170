"""Hepatica's own REDCap project for autoimmune hepatitis: how it is recognised, and the mapping that reads it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hepatica.sources.redcap.dictionary import Dictionary

MAPPING = "redcap_aih.yaml"
# Stands in the field annotation of the record ID, where a centre's own changes leave it.
MARK = "HEPATICA-AIH-1"


def is_aih_project(dictionary: Dictionary) -> bool:
    """Whether a data dictionary is Hepatica's own, or was made from it."""
    return MARK in dictionary.id_field.annotation


def shipped_mapping() -> Path:
    """Return the mapping that belongs to Hepatica's own data dictionary."""
    return Path(str(files(__package__) / MAPPING))
