"""Who counts as a patient with autoimmune hepatitis, by the name of a phenotype and its published predictive value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from hepatica.errors import UsageError

EVERYBODY = "all"


@dataclass(frozen=True)
class ConceptSet:
    """Concepts that are meant with everything below them, and those that are left out with everything below them."""

    include: tuple[int, ...]
    exclude: tuple[int, ...] = ()


@dataclass(frozen=True)
class Phenotype:
    """A rule by which patients are found: `days` with a code or one in hospital, and what must not be there.

    `ppv` is the published share (percent) of those found who have the disease, with its 95 % interval; None: nobody
    has looked, or not at this rule. Windows are days before the first code that counts.
    """

    name: str
    meaning: str
    days: int
    inpatient: bool
    never: tuple[ConceptSet, ...] = ()
    new_after: int | None = None
    conditions_before: Mapping[ConceptSet, int] = field(default_factory=dict)
    drugs_before: Mapping[ConceptSet, int] = field(default_factory=dict)
    ppv: tuple[float, float, float] | None = None

    def sentence(self) -> str:
        """Return the phenotype and how often it is right, for the account of a reading."""
        if self.ppv is None:
            return f"patients selected by phenotype {self.name}: {self.meaning}; no published predictive value"
        share, low, high = self.ppv
        return (
            f"patients selected by phenotype {self.name}: {self.meaning}; "
            f"published positive predictive value {share} % (95 % interval {low} to {high})"
        )


@cache
def document() -> dict[str, Any]:
    """Return the data file of phenotypes."""
    text = (files(__package__) / "phenotypes.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@cache
def concept_sets() -> dict[str, ConceptSet]:
    """Return the concept sets by name."""
    return {
        name: ConceptSet(tuple(entry["include"]), tuple(entry.get("exclude", ())))
        for name, entry in document()["concept_sets"].items()
    }


@cache
def phenotypes() -> dict[str, Phenotype]:
    """Return the phenotypes by name."""
    return {name: _phenotype(name, entry) for name, entry in document()["phenotypes"].items()}


def _phenotype(name: str, entry: Mapping[str, Any]) -> Phenotype:
    sets, ppv, before = concept_sets(), entry.get("ppv"), entry.get("days_before", {})
    return Phenotype(
        name=name,
        meaning=entry["meaning"],
        days=entry["at_least"]["days"],
        inpatient="inpatient" in entry["at_least"],
        never=tuple(sets[one] for one in entry.get("never", ())),
        new_after=entry.get("new_after"),
        conditions_before={sets[one]: days for one, days in before.get("conditions", {}).items()},
        drugs_before={sets[one]: days for one, days in before.get("drugs", {}).items()},
        ppv=(ppv["percent"], ppv["low"], ppv["high"]) if ppv is not None else None,
    )


def phenotype_named(name: str | None, *, ours: bool) -> Phenotype | None:
    """Return the phenotype of a name, None for everybody; without a name the default.

    Tables that Hepatica wrote (`ours`) hold patients only, so that without a name everybody is read.

    Raises:
        UsageError: there is no phenotype of this name.
    """
    if name == EVERYBODY or (name is None and ours):
        return None
    chosen = name if name is not None else document()["default"]
    if chosen not in phenotypes():
        known = ", ".join((EVERYBODY, *phenotypes()))
        raise UsageError(f"omop option phenotype={chosen}", "is not known", f"choose one of {known}")
    return phenotypes()[chosen]
