"""Conditions: their codes in SNOMED CT, OMOP, and ICD, and what each means to the record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from hepatica.vocabulary.codes import Code, codes
from hepatica.vocabulary.files import document

# The terminologies of a condition in the data file, and the word before the colon of a key (`icd10:k75.4`).
SYSTEMS = ("snomed", "omop", "icd10", "icd9", "icd10pcs", "icd9proc")
# What an event's detail says where a code tells a state (a transplanted liver is present): it had happened by that day.
KNOWN_BY = "known by this date"
# In these a code stands for everything below it: K71 for K71.0.
_HIERARCHICAL = ("icd10", "icd9", "icd10pcs", "icd9proc")


@dataclass(frozen=True)
class Condition:
    """A condition and what it means: a diagnosis, a variant, an event, an extrahepatic disease, or a finding.

    `event` and `detail` are what the record's events table holds for it (None: no event). If not `dated`, a row
    says that it had happened by its date (a transplanted liver is present), not when.
    """

    key: str
    name: str
    meaning: str
    event: str | None
    detail: str | None
    variant: str | None
    dated: bool
    codes: tuple[Code, ...]


def _other(entry: dict[str, Any]) -> tuple[Code, ...]:
    """Return the codes of the rarer terminologies, written `ORPHA:2137` in the data file."""
    pairs = (
        (system.lower(), code, status)
        for full, status in entry.get("other", {}).items()
        for system, code in [full.split(":")]
    )
    return tuple(Code(system, code, status) for system, code, status in pairs)


@cache
def conditions() -> dict[str, Condition]:
    """Return every condition by its key (`autoimmune_hepatitis`), with its codes and its meaning."""
    return {
        key: Condition(
            key=key,
            name=entry["name"],
            meaning=entry["meaning"],
            event=entry.get("event"),
            detail=entry.get("detail"),
            variant=entry.get("variant"),
            dated=entry.get("dated", True),
            codes=tuple(code for system in SYSTEMS for code in codes(system, entry.get(system, {}))) + _other(entry),
        )
        for key, entry in document("conditions.yaml")["conditions"].items()
    }


@cache
def condition_codes() -> pl.DataFrame:
    """Return every code of a condition (`icd10:k75.4`): key, condition, event, detail, dated."""
    rows = [
        (code.key, condition.key, condition.event, condition.detail, condition.dated)
        for condition in conditions().values()
        for code in condition.codes
    ]
    schema = {
        "key": pl.String,
        "condition": pl.String,
        "event": pl.String,
        "detail": pl.String,
        "dated": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


@cache
def _by_key() -> dict[str, Condition]:
    """Return the condition of each code."""
    return {code.key: condition for condition in conditions().values() for code in condition.codes}


def condition_of(code: str) -> Condition | None:
    """Return the condition of a code (`snomed:408335007`, `icd10:K75.4`); None if the vocabulary has none.

    An ICD code that is not listed counts as its nearest listed ancestor (K71.9 as K71).
    """
    key = code.strip().lower()
    system, _, rest = key.partition(":")
    shortest = len(system) + 1
    ends = range(len(key), shortest, -1) if system in _HIERARCHICAL and rest else (len(key),)
    return next((found for end in ends if (found := _by_key().get(key[:end])) is not None), None)


@cache
def rejected_codes() -> dict[str, str]:
    """Return the codes that must never be used, with the reason (`doid:2043` is hepatitis B)."""
    rejected: dict[str, str] = document("conditions.yaml")["rejected"]
    return rejected
