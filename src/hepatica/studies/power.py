"""Power of a study by simulation: by any definition file, on so many patients drawn again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.catalogue import STUDIES, study
from hepatica.studies.cohort import Cohort
from hepatica.studies.definition import definition_of
from hepatica.studies.result import Findings, Number
from hepatica.studies.statistics.sample_size import SimulatedPower, power_by_simulation

# Fewer than so many times the patients of one study, and the studies drawn from them are too much alike.
TIMES = 10


@dataclass(frozen=True)
class StudyPower:
    """How often a study of so many patients shows what `number` tests.

    `refused` counts the simulated studies that could not be analysed or had no such test: they show nothing.
    """

    number: str
    patients: int
    simulated: SimulatedPower
    refused: int


def study_power(  # noqa: PLR0913 - each says something else of the planned study
    name: str,
    source: Any,
    definition: Path | str | Mapping[str, Any] | None = None,
    *,
    patients: int,
    number: str,
    trials: int = 200,
    seed: int = 1,
    done: Callable[[int], None] | None = None,
) -> StudyPower:
    """Return the power of a study of so many patients, by simulation: `number` is the key of the p-value that counts.

    `source` is what the study reads, of many more patients (`hepatica synthesize` invents them): a Cohort, or for a
    trial its cohort with the allocation. Each simulated study draws its patients from them without replacement and is
    analysed as the definition says; its level is one minus the definition's confidence. The same seed gives the same
    power. `done` is called with the studies simulated so far.
    Raises UsageError for a study that reads no cohort, too few patients to draw from, and a number that is never there.
    """
    whole = definition_of(name, definition)
    drawn = _Drawn.of(name, source, whole)
    if len(drawn.ids) < TIMES * patients:
        raise UsageError(
            "patients",
            f"{patients} drawn from {len(drawn.ids)} would be nearly the same ones each time",
            f"give a source of at least {TIMES * patients:,} (hepatica synthesize invents them)",
        )
    refused = simulated = 0

    def one_study(random: np.random.Generator) -> float:
        nonlocal refused, simulated
        p = drawn.p(random.choice(drawn.ids, size=patients, replace=False).tolist(), number)
        refused += p is None
        simulated += 1
        if done is not None:
            done(simulated)
        return 1.0 if p is None else p

    found = power_by_simulation(one_study, trials=trials, seed=seed, alpha=1 - whole["confidence"])
    if refused == trials:
        raise UsageError("number", f"{number} is in none of the simulated studies", "name a p-value of numbers.json")
    return StudyPower(number, patients, found, refused)


def p_values_of(name: str, source: Any, definition: Path | str | Mapping[str, Any] | None = None) -> list[str]:
    """Return what a study of all these patients tests: the keys of its p-values, of which power can be simulated."""
    drawn = _Drawn.of(name, source, definition_of(name, definition))
    return [key for key in drawn.numbers(drawn.ids) if key.endswith(".p")]


@dataclass(frozen=True)
class _Drawn:
    """The patients that studies are drawn from, with their course derived once."""

    name: str
    source: Any
    cohort: Cohort
    definition: dict[str, Any]
    ids: list[str]

    @classmethod
    def of(cls, name: str, source: Any, definition: dict[str, Any]) -> _Drawn:
        """Return the patients of a cohort, or those of a trial that were allotted."""
        entry = study(name)
        allocation = getattr(source, "allocation", None)
        cohort = source if isinstance(source, Cohort) else getattr(source, "cohort", None)
        if cohort is None:
            able = ", ".join(one.name for one in STUDIES.values() if one.reads == "cohort")
            raise UsageError(f"study {name}", "draws no patients from a cohort", f"power is simulated of {able}, trial")
        opened: Cohort = cohort.under(definition["course"])
        opened.derive(*getattr(entry.package(), "TABLES", ("outcomes", "evaluations")))
        people = opened.record.patients if allocation is None else allocation
        if "design" in definition:  # a simulated trial need not design the next one
            definition = {**definition, "design": {**definition["design"], "scenarios": []}}
        return cls(name, source, opened, definition, people["patient_id"].sort().to_list())

    def p(self, ids: list[str], number: str) -> float | None:
        """Return the p-value of a study of these patients; None where it cannot be analysed."""
        try:
            found = self.numbers(ids).get(number)
        except UsageError:  # too few to be analysed: nothing is shown
            return None
        return float(found) if isinstance(found, int | float) and found == found else None  # noqa: PLR0124

    def numbers(self, ids: list[str]) -> dict[str, Number]:
        """Return the numbers of a study of these patients."""
        here = pl.col("patient_id").is_in(ids)
        tables = {name: frame.filter(here) for name, frame in self.cohort.tables.items()}
        part: Any = replace(self.cohort, record=self.cohort.record.of_patients(ids), tables=tables)
        if self.source is not self.cohort and not isinstance(self.source, Cohort):
            part = replace(self.source, cohort=part, allocation=self.source.allocation.filter(here))
        found: Findings = study(self.name).package().analyse(part, self.definition)
        return found.numbers
