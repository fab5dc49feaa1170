"""Cells: what a row of a decision table asks of one finding, compiled for one patient and for a cohort.

A cell is `yes`, `no`, a word, a list of words, or comparisons with named limits ("< low", ">= low, <= high"). Every
cell answers true, false, or unknown.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import polars as pl

from hepatica.errors import UsageError
from hepatica.guidance.finding import NUMBER, TEXT, Finding
from hepatica.guidance.limits import Limit

COMPARISON = re.compile(r"\s*(<=|>=|<|>)\s*([a-z][a-z0-9_]*)\s*")
OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIGNS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}

# A censored result ("<10") is an interval. For a comparison and a comparator: what the comparison answers where the
# printed number and the limit are in that relation; otherwise it is unknown.
CENSORED: Mapping[tuple[str, str], tuple[bool, str]] = {
    ("<", "<"): (True, "<="),
    ("<", "<="): (True, "<"),
    ("<", ">"): (False, ">="),
    ("<", ">="): (False, ">="),
    ("<=", "<"): (True, "<="),
    ("<=", "<="): (True, "<="),
    ("<=", ">"): (False, ">="),
    ("<=", ">="): (False, ">"),
    (">", "<"): (False, "<="),
    (">", "<="): (False, "<="),
    (">", ">"): (True, ">="),
    (">", ">="): (True, ">"),
    (">=", "<"): (False, "<="),
    (">=", "<="): (False, "<"),
    (">=", ">"): (True, ">="),
    (">=", ">="): (True, ">="),
}


class Reading(NamedTuple):
    """A finding as a rule reads it: the value, and what belongs to this very value."""

    value: Any
    unit: str = ""
    comparator: str | None = None


@dataclass(frozen=True)
class ReadingExpr:
    """The same for a cohort: the value (null where it does not count), the unit, the comparator."""

    value: pl.Expr
    unit: pl.Expr | None
    fixed_unit: str
    comparator: pl.Expr | None


@dataclass(frozen=True)
class OneOf:
    """Asks whether a word is one of several."""

    words: tuple[str, ...]

    def holds(self, reading: Reading) -> bool | None:
        """Return whether it is; None where the word is unknown."""
        return None if reading.value is None else reading.value in self.words

    def expr(self, reading: ReadingExpr) -> pl.Expr:
        """Return whether it is, null where the word is unknown."""
        return reading.value.is_in(list(self.words))

    def said(self, unit: str) -> str:  # noqa: ARG002 (words have no unit)
        """Return the cell in words."""
        return "is " + " or ".join(word.replace("_", " ") for word in self.words)


@dataclass(frozen=True)
class Compared:
    """Asks where a number stands against limits of its own unit; all comparisons must hold."""

    comparisons: tuple[tuple[str, Limit], ...]

    def holds(self, reading: Reading) -> bool | None:
        """Return whether the number stands so; None where it is unknown, censored across, or of another unit."""
        if reading.value is None:
            return None
        found = [_holds(sign, limit, reading) for sign, limit in self.comparisons]
        if False in found:
            return False
        return None if None in found else True

    def expr(self, reading: ReadingExpr) -> pl.Expr:
        """Return the same for a cohort."""
        return reduce(operator.and_, (_expr(sign, limit, reading) for sign, limit in self.comparisons))

    def said(self, unit: str) -> str:
        """Return the cell in words, with the limits of a unit; a limit that the protocol lacks by its path."""
        return "is " + " and ".join(f"{SIGNS[sign]} {_limit_said(limit, unit)}" for sign, limit in self.comparisons)


Cell = OneOf | Compared


def _limit_said(limit: Limit, unit: str) -> str:
    if unit in limit.by_unit:
        return limit.said(unit)
    return " or ".join(map(limit.said, limit.by_unit)) or f"the protocol's {limit.protocol_path} (not given)"


def _holds(sign: str, limit: Limit, reading: Reading) -> bool | None:
    """Return how one comparison comes out for one patient."""
    number = limit.by_unit.get(reading.unit)
    if number is None:
        return None
    if reading.comparator is None:
        return bool(OPERATORS[sign](reading.value, number))
    answer, relation = CENSORED[sign, reading.comparator]
    return answer if OPERATORS[relation](reading.value, number) else None


def _expr(sign: str, limit: Limit, reading: ReadingExpr) -> pl.Expr:
    """Return how one comparison comes out for a cohort."""
    number = _number_expr(limit, reading)
    exact: pl.Expr = OPERATORS[sign](reading.value, number)
    if reading.comparator is None:
        return exact
    answers: Any = pl.when(reading.comparator.is_null()).then(exact)
    for comparator in OPERATORS:
        answer, relation = CENSORED[sign, comparator]
        decided = (reading.comparator == comparator) & OPERATORS[relation](reading.value, number)
        answers = answers.when(decided).then(pl.lit(answer))
    chained: pl.Expr = answers
    return chained


def _number_expr(limit: Limit, reading: ReadingExpr) -> pl.Expr:
    """Return the limit for each patient's unit; null for a unit that it does not have."""
    if reading.unit is None:
        return pl.lit(limit.by_unit.get(reading.fixed_unit), dtype=pl.Float64)
    numbers = pl.lit(None, dtype=pl.Float64)
    for unit, number in limit.by_unit.items():
        numbers = pl.when(reading.unit == unit).then(pl.lit(number)).otherwise(numbers)  # numbers: other units, or null
    return numbers


def cell(written: object, finding: Finding, limits: Mapping[str, Limit], where: str) -> Cell:
    """Return the cell that a rule file writes for a finding; UsageError says what it may be."""
    if finding.kind == TEXT:
        raise UsageError(where, f"{finding.name} is a text for people", "ask for a finding with words or a number")
    if finding.kind == NUMBER:
        return _compared(written, finding, limits, where)
    return _one_of(written, finding, where)


def _one_of(written: object, finding: Finding, where: str) -> OneOf:
    words = [_word(item) for item in (written if isinstance(written, list) else [written])]
    strangers = [word for word in words if word not in finding.choices]
    if strangers or not words:
        wrong = ", ".join(strangers) if strangers else "nothing"
        raise UsageError(
            where, f"{finding.name} can never be {wrong}", f"use {', '.join(finding.choices)}, or a list of them"
        )
    return OneOf(tuple(words))


def _word(written: object) -> str:
    """Return a cell's word; YAML reads a bare yes or no as a truth value."""
    if isinstance(written, bool):
        return "yes" if written else "no"
    return str(written)


def _compared(written: object, finding: Finding, limits: Mapping[str, Limit], where: str) -> Compared:
    comparisons = []
    for part in str(written).split(","):
        match = COMPARISON.fullmatch(part)
        if match is None:
            remedy = 'compare with a named limit, as in "< low" or ">= low, <= high"'
            raise UsageError(where, f"{part.strip()!r} is no comparison of {finding.name}", remedy)
        sign, name = match.groups()
        if name not in limits:
            known = ", ".join(limits) or "none is given"
            raise UsageError(where, f"there is no limit {name!r} (limits: {known})", "add it under thresholds")
        _same_unit(limits[name], finding, where)
        comparisons.append((sign, limits[name]))
    return Compared(tuple(comparisons))


def _same_unit(limit: Limit, finding: Finding, where: str) -> None:
    """Refuse a limit in a unit that the finding never has."""
    if finding.unit_from is None and any(unit != finding.unit for unit in limit.by_unit):
        wrong = ", ".join(repr(unit) for unit in limit.by_unit)
        raise UsageError(
            where, f"{limit.name} is in {wrong}, {finding.name} in {finding.unit!r}", "give the limit in that unit"
        )
