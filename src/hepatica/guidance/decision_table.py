"""Decision tables: rows of cells with an outcome, asked for one patient or for a cohort.

The answer is the outcome of the rows that hold. Where none holds and one still could, it is unknown, with the findings
that it needs. Rows may overlap but never contradict, so a row that holds now holds whatever a missing result will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import polars as pl

from hepatica.guidance.cells import Cell, Reading, ReadingExpr
from hepatica.guidance.finding import Finding

UNKNOWN, NOT_APPLICABLE = "unknown", "not_applicable"
AS_OF = "as_of"


@dataclass(frozen=True)
class Input:
    """A finding that a table reads, and how old it may be."""

    finding: Finding
    max_age_days: int | None = None

    @property
    def name(self) -> str:
        """Return the finding's name."""
        return self.finding.name

    def reading(self, findings: Mapping[str, Any]) -> Reading:
        """Return what the table may read of one patient; no value where it is too old or its day is not known."""
        finding = self.finding
        value = findings.get(finding.name)
        if value is None or self.too_old(findings):
            return Reading(None)
        unit = finding.unit if finding.unit_from is None else findings.get(finding.unit_from)
        comparator = findings.get(finding.comparator) if finding.comparator is not None else None
        return Reading(value, unit or "", comparator)

    def too_old(self, findings: Mapping[str, Any]) -> bool:
        """Say whether a value is older than the table allows, or of no known day."""
        if self.max_age_days is None or self.finding.date is None:
            return False
        measured, today = findings.get(self.finding.date), findings.get(AS_OF)
        return measured is None or today is None or (today - measured).days > self.max_age_days

    def expr(self) -> ReadingExpr:
        """Return the same for a cohort."""
        finding = self.finding
        value = pl.col(finding.name)
        if self.max_age_days is not None and finding.date is not None:
            recent = pl.col(AS_OF) - pl.col(finding.date) <= timedelta(days=self.max_age_days)
            value = pl.when(recent).then(value)
        return ReadingExpr(
            value,
            pl.col(finding.unit_from) if finding.unit_from is not None else None,
            finding.unit,
            pl.col(finding.comparator) if finding.comparator is not None else None,
        )


Asked = tuple[tuple[int, Cell], ...]  # the place of the input, and what is asked of it


@dataclass(frozen=True)
class TableRow:
    """One row: what it asks, and the outcome where all of it holds."""

    asks: Asked
    then: str


class Decision(NamedTuple):
    """What came of a table for one patient: the outcome, the rows that held, and the inputs it needs."""

    outcome: str
    rows: tuple[int, ...]
    needs: tuple[int, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Table:
    """A decision table over inputs; `applies` are the cells without which the question does not arise."""

    inputs: tuple[Input, ...]
    applies: Asked
    rows: tuple[TableRow, ...]

    def decide(self, findings: Mapping[str, Any]) -> Decision:
        """Return what the table says of one patient."""
        readings = tuple(entry.reading(findings) for entry in self.inputs)
        applies = _all_hold(self.applies, readings)
        if applies is False:
            return Decision(NOT_APPLICABLE, (), (), readings)
        if applies is None:
            return Decision(UNKNOWN, (), _unknown_in([self.applies], readings), readings)
        held = [_all_hold(row.asks, readings) for row in self.rows]
        if True in held:
            rows = tuple(place for place, holds in enumerate(held) if holds)
            return Decision(self.rows[rows[0]].then, rows, (), readings)
        possible = [row.asks for row, holds in zip(self.rows, held, strict=True) if holds is None]
        return Decision(UNKNOWN, (), _unknown_in(possible, readings), readings)

    def decided_on(self, found: pl.LazyFrame) -> pl.DataFrame:
        """Return outcome and needs (the inputs' names, joined by a comma) of every patient of a table of findings."""
        readings = [entry.expr() for entry in self.inputs]
        cells = _cells([self.applies, *(row.asks for row in self.rows)])
        asked = found.select(**{name: cell.expr(readings[place]) for (place, cell), name in cells.items()})
        held = asked.with_columns(applies=_all_expr(self.applies, cells), **self._row_exprs(cells))
        return held.select(outcome=self._outcome_expr(), needs=self._needs_expr(cells)).collect()

    def _row_exprs(self, cells: Mapping[tuple[int, Cell], str]) -> dict[str, pl.Expr]:
        return {f"row_{place}": _all_expr(row.asks, cells) for place, row in enumerate(self.rows)}

    def _outcome_expr(self) -> pl.Expr:
        applies = pl.col("applies")
        outcome = pl.when(applies.not_()).then(pl.lit(NOT_APPLICABLE)).when(applies.is_null()).then(pl.lit(UNKNOWN))
        for place, row in enumerate(self.rows):
            outcome = outcome.when(pl.col(f"row_{place}")).then(pl.lit(row.then))
        return outcome.otherwise(pl.lit(UNKNOWN))  # no row holds: that is what unknown means

    def _needs_expr(self, cells: Mapping[tuple[int, Cell], str]) -> pl.Expr:
        applies = pl.col("applies")
        any_holds = pl.any_horizontal([pl.col(f"row_{place}") for place in range(len(self.rows))])
        # A row that is unknown does not hold, so an unknown "any" asks for what is missing too.
        undecided = applies & (any_holds.is_null() | any_holds.not_())
        needed: dict[int, list[pl.Expr]] = {}
        for place, cell in self.applies:
            needed.setdefault(place, []).append(applies.is_null() & pl.col(cells[place, cell]).is_null())
        for row_no, row in enumerate(self.rows):
            possible = undecided & pl.col(f"row_{row_no}").is_null()
            for place, cell in row.asks:
                needed.setdefault(place, []).append(possible & pl.col(cells[place, cell]).is_null())
        named = [
            pl.when(pl.any_horizontal(asked)).then(pl.lit(self.inputs[place].name))
            for place, asked in sorted(needed.items())
        ]
        return pl.concat_str(named, separator=",", ignore_nulls=True)


def _all_hold(asks: Asked, readings: tuple[Reading, ...]) -> bool | None:
    """Return whether all cells hold: one that does not decides, else one unknown leaves it unknown."""
    unknown = False
    for place, cell in asks:
        holds = cell.holds(readings[place])
        if holds is False:
            return False
        unknown = unknown or holds is None
    return None if unknown else True


def _unknown_in(asked: Iterable[Asked], readings: tuple[Reading, ...]) -> tuple[int, ...]:
    """Return the inputs whose cells are unknown, each once, in the table's order."""
    places = {place for asks in asked for place, cell in asks if cell.holds(readings[place]) is None}
    return tuple(sorted(places))


def _cells(asked: Iterable[Asked]) -> dict[tuple[int, Cell], str]:
    """Return every different cell with the name of its column."""
    different = dict.fromkeys(ask for asks in asked for ask in asks)
    return {ask: f"cell_{number}" for number, ask in enumerate(different)}


def _all_expr(asks: Asked, cells: Mapping[tuple[int, Cell], str]) -> pl.Expr:
    """Return whether all cells hold for each patient (Polars' all is Kleene's)."""
    return pl.all_horizontal([pl.lit(value=True), *(pl.col(cells[ask]) for ask in asks)])
