"""Conditions: their codes in SNOMED CT, OMOP, and ICD, and what each means to the record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from hepatica.vocabulary.codes import Code, codes
from hepatica.vocabulary.files import document

# The terminologies of a condition in the data file, and the word before the colon of a key (`icd10:k75.4`).
SYSTEMS = ("snomed", "omop", "icd10", "icd10cm", "icd10gm", "icd9", "icd10pcs", "icd9proc")
# What an event's detail says where a code tells a state (a transplanted liver is present): it had happened by that day.
KNOWN_BY = "known by this date"
# In these a code stands for everything below it: K71 for K71.0.
_HIERARCHICAL = ("icd10", "icd10cm", "icd10gm", "icd9", "icd10pcs", "icd9proc")
# Where else a code of a system may be listed. Many who write ICD-10-CM name the system of the WHO.
_ALSO = {"icd10": ("icd10cm",), "icd10cm": ("icd10",), "icd10gm": ("icd10",)}


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


def _codes(entry: dict[str, Any]) -> tuple[Code, ...]:
    """Return the codes of a condition; those of the rarer terminologies are written `ORPHA:2137` in the data file."""
    read_in = document("conditions.yaml")["codes"]
    listed = [code for system in SYSTEMS for code in codes(system, entry.get(system, {}), read_in[system])]
    for full, said in entry.get("other", {}).items():
        system, _, code = full.partition(":")
        listed += codes(system.lower(), {code: said}, read_in["other"])
    return tuple(listed)


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
            codes=_codes(entry),
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

    An ICD code that is not listed counts as its nearest listed ancestor (K71.9 as K71), in its edition or in what all
    editions share: `icd10cm:K83.09` is none, `icd10cm:K83.01` is primary sclerosing cholangitis.
    """
    system, _, rest = code.strip().lower().partition(":")
    ends = range(len(rest), 0, -1) if system in _HIERARCHICAL else (len(rest),)
    for end in ends:
        part = rest[:end]
        if f"{system}:{part}" in _not_ours():
            return None
        for edition in (system, *_ALSO.get(system, ())):
            if (found := _by_key().get(f"{edition}:{part}")) is not None:
                return found
    return None


@cache
def _not_ours() -> frozenset[str]:
    """Return the codes of an edition that are none of ours, whatever is above them."""
    editions: dict[str, dict[str, str]] = document("conditions.yaml")["not_ours"]
    return frozenset(f"{system}:{code}".lower() for system, named in editions.items() for code in named)


@cache
def rejected_codes() -> dict[str, str]:
    """Return the codes that must never be used, with the reason (`doid:2043` is hepatitis B)."""
    rejected: dict[str, str] = document("conditions.yaml")["rejected"]
    return rejected
