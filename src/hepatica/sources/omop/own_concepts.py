"""A warehouse's own concepts, declared: the number of a concept, and the analyte or drug that it means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from hepatica.errors import UsageError
from hepatica.sources.declared_codes import declared_codes
from hepatica.vocabulary import drug_of

# Numbers below belong to the vocabularies of OHDSI, where a concept means what it means.
FIRST_OWN = 2_000_000_000
# As `hepatica check` lists it, with or without what the source calls it.
_CODE = re.compile(r"omop:(\d+)(?: \(.*\))?")
_EXAMPLE = "'omop:2000000123': ALT (see docs/omop.md)"


@dataclass(frozen=True)
class OwnConcepts:
    """Which analyte and which drug each of a warehouse's own concepts means, as the vocabulary writes them."""

    analytes: dict[int, str] = field(default_factory=dict)
    drugs: dict[int, str] = field(default_factory=dict)


def own_concepts(path: Path | None) -> OwnConcepts:
    """Return the concepts that a file declares; none without a file.

    Raises:
        UsageError: the file cannot be read, names what the vocabulary does not know, or a concept of OHDSI's own.
    """
    if path is None:
        return OwnConcepts()
    declared = declared_codes(path, _EXAMPLE)
    analytes = {_number(path, code): name.strip().lower() for code, name in declared.get("analytes", {}).items()}
    drugs = {_number(path, code): drug_of(name) for code, name in declared.get("drugs", {}).items()}
    return OwnConcepts(analytes, {number: drug[0] for number, drug in drugs.items() if drug is not None})


def _number(path: Path, code: str) -> int:
    found = _CODE.fullmatch(code.strip())
    if found is None:
        raise UsageError(f"{path}: {code}", "is no number of a concept", f"write it as in {_EXAMPLE}")
    if int(found[1]) < FIRST_OWN:
        what = "is no concept of a warehouse's own: those begin at 2000000000"
        raise UsageError(f"{path}: {code}", what, "correct the concept in the warehouse, or leave it out")
    return int(found[1])
