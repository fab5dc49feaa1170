"""The patients that a decision table can tell apart: every word, and numbers below, at, between, and above its limits.

A patient here is one value for each input of the table, None where it is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise, product
from math import prod
from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.guidance.cells import Compared, OneOf
from hepatica.guidance.decision_table import AS_OF, Decision, Input, Table
from hepatica.guidance.facts import standing_schema
from hepatica.guidance.finding import NUMBER
from hepatica.guidance.limits import Limit
from hepatica.guidance.rules import Case, Rule

TODAY = date(2024, 6, 30)
MOST = 200_000
Patient = tuple[Any, ...]
CENSORED_NUMBER = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")


class TablePatients:
    """Every patient that a table can tell apart, what it decides for each, and what each may still come to."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.units = [_unit_of(table, place) for place in range(len(table.inputs))]
        self.choices = [_candidates(table, place) for place in range(len(table.inputs))]
        self._beside: dict[str, Any] = {AS_OF: TODAY}
        for entry, unit in zip(table.inputs, self.units, strict=True):
            self._beside |= beside(entry, unit)

    def __len__(self) -> int:
        """Return how many there are, missing values included."""
        return prod(len(values) + 1 for values in self.choices)

    @cached_property
    def decisions(self) -> dict[Patient, Decision]:
        """Return what the table decides for each, those with the fewest missing values first."""
        everyone = product(*((*values, None) for values in self.choices))
        return {
            patient: self.table.decide(self.findings(patient))
            for patient in sorted(everyone, key=lambda values: values.count(None))
        }

    @cached_property
    def reached(self) -> dict[Patient, frozenset[str]]:
        """Return the outcomes that remain possible for each, whatever the missing values turn out to be."""
        reached: dict[Patient, frozenset[str]] = {}
        for patient, decision in self.decisions.items():
            if None not in patient:
                reached[patient] = frozenset({decision.outcome})
                continue
            gap = patient.index(None)
            completed = (reached[*patient[:gap], value, *patient[gap + 1 :]] for value in self.choices[gap])
            reached[patient] = frozenset().union(*completed)
        return reached

    def findings(self, patient: Patient) -> dict[str, Any]:
        """Return a patient as the findings that the table reads, all measured today in the limits' unit."""
        return {**self._beside, **dict(zip(self.names, patient, strict=True))}

    @property
    def names(self) -> list[str]:
        """Return the names of the inputs."""
        return [entry.name for entry in self.table.inputs]

    def cohort(self) -> pl.LazyFrame:
        """Return all of them as a table of findings."""
        columns = zip(*self.decisions, strict=True)
        numbers = {entry.name for entry in self.table.inputs if entry.finding.kind == NUMBER}
        values = [
            pl.Series(name, column, dtype=pl.Float64 if name in numbers else pl.String, strict=False)
            for name, column in zip(self.names, columns, strict=True)
        ]
        comparators = [entry.finding.comparator for entry in self.table.inputs if entry.finding.comparator is not None]
        constant: dict[str, Any] = {**dict.fromkeys(comparators), **self._beside}
        types = standing_schema()
        beside_values = {name: pl.lit(value, dtype=types[name]) for name, value in constant.items()}
        return pl.DataFrame(values).lazy().with_columns(**beside_values)

    def described(self, patient: Patient) -> str:
        """Return a patient in words: the known values, and what is missing."""
        pairs = list(zip(self.names, patient, strict=True))
        known = ", ".join(f"{name} {value}" for name, value in pairs if value is not None)
        missing = ", ".join(name for name, value in pairs if value is None)
        return f"{known} (missing: {missing})" if missing else known


def _candidates(table: Table, place: int) -> tuple[Any, ...]:
    """Return the values of one input that the table can tell apart."""
    finding = table.inputs[place].finding
    return _numbers(table, place) if finding.kind == NUMBER else finding.choices


def _numbers(table: Table, place: int) -> tuple[float, ...]:
    """Return numbers below, at, between, and above the limits that an input is compared with."""
    limits = sorted({limit.by_unit[unit] for limit, unit in _limits(table, place)})
    if not limits:
        return (1.0,)
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    return tuple(sorted([limits[0] - 1, *limits, *between, limits[-1] + 1]))


def _limits(table: Table, place: int) -> Iterator[tuple[Limit, str]]:
    """Yield the limits that an input is compared with, each with the unit in which it is enumerated."""
    for asks in (table.applies, *(row.asks for row in table.rows)):
        for where, cell in asks:
            if where == place and isinstance(cell, Compared):
                yield from ((limit, next(iter(limit.by_unit))) for _, limit in cell.comparisons if limit.by_unit)


def _unit_of(table: Table, place: int) -> str | None:
    """Return the unit in which an input is enumerated: that of the first limit it is compared with."""
    return next((unit for _, unit in _limits(table, place)), None)


def beside(entry: Input, unit: str | None) -> dict[str, Any]:
    """Return the day and the unit that belong to a value."""
    finding = entry.finding
    found: dict[str, Any] = {finding.date: TODAY} if finding.date is not None else {}
    if finding.unit_from is not None:
        found[finding.unit_from] = unit
    return found


def case_findings(rule: Rule, case: Case, where: str) -> dict[str, Any]:
    """Return a case of a rule file as findings; UsageError where it names or gives what cannot be.

    The rule applies to a case that does not say otherwise.
    """
    table = rule.table
    places = {entry.name: place for place, entry in enumerate(table.inputs)}
    strangers = [name for name in (*case.given, *case.days_old) if name not in places]
    if strangers:
        raise UsageError(where, f"{strangers[0]!r} is no input of the rule", f"use {', '.join(places)}")
    found: dict[str, Any] = {AS_OF: TODAY}
    asked_first = {place: cell.words[0] for place, cell in table.applies if isinstance(cell, OneOf)}
    for name, place in places.items():
        entry = table.inputs[place]
        found |= beside(entry, case.unit if case.unit is not None else _unit_of(table, place))
        found |= _given(entry, case.given.get(name, asked_first.get(place)), where)
    # Last, because findings measured together share their day.
    for name, days in case.days_old.items():
        measured = table.inputs[places[name]].finding.date
        if measured is not None:
            found[measured] = TODAY - timedelta(days=days)
    return found


def _given(entry: Input, value: object, where: str) -> dict[str, Any]:
    """Return one value of a case, with its comparator where it is censored ("<0.4")."""
    finding = entry.finding
    if value is None:
        return {finding.name: None}
    if finding.kind == NUMBER:
        return _number_given(entry, value, where)
    if value not in finding.choices:
        raise UsageError(where, f"{finding.name} can never be {value}", f"use {', '.join(finding.choices)}")
    return {finding.name: value}


def _number_given(entry: Input, value: object, where: str) -> dict[str, Any]:
    finding = entry.finding
    if isinstance(value, int | float):
        return {finding.name: float(value)}
    censored = CENSORED_NUMBER.fullmatch(str(value))
    if censored is None or finding.comparator is None:
        raise UsageError(where, f"{finding.name} is a number, not {value!r}", "give a number in the finding's unit")
    return {finding.name: float(censored[2]), finding.comparator: censored[1]}
