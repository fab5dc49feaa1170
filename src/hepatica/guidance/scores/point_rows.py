"""Rows of a points table: the first row that holds gives the points, as in the printed tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Value = float | str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: limits on a number or words of a choice, further conditions, and what it gives.

    A row without limits and words holds for every value: "everything else".
    """

    gives: float | str
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    words: tuple[str, ...] = ()
    only_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def limits(self) -> tuple[float, ...]:
        """Return the numbers at which this row begins or ends."""
        bounds = (self.at_least, self.above, self.at_most, self.below)
        return tuple(bound for bound in bounds if bound is not None)

    @property
    def starts(self) -> tuple[float, ...]:
        """Return the smallest number of each stretch that this row's limits begin."""
        closed = tuple(bound for bound in (self.at_least, self.below) if bound is not None)
        open_ = tuple(math.nextafter(bound, math.inf) for bound in (self.above, self.at_most) if bound is not None)
        return closed + open_

    def holds(self, value: Value, others: Mapping[str, Value]) -> bool:
        """Say whether the row holds for a value, given the other items' values."""
        if any(others[item] not in words for item, words in self.only_if.items()):
            return False
        if isinstance(value, str):
            return not self.words or value in self.words
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def described(self, shown: Callable[[float], str]) -> str:
        """Return the row as the printed table has it: "≥ 1:80", "typical", "otherwise"."""
        signs = (("≥", self.at_least), (">", self.above), ("≤", self.at_most), ("<", self.below))
        said = [f"{sign} {shown(bound)}" for sign, bound in signs if bound is not None]
        said += [" or ".join(self.words)] if self.words else []
        said += [f"{item} {' or '.join(words)}" for item, words in self.only_if.items()]
        return ", ".join(said) if said else "otherwise"


def first_row(rows: tuple[Row, ...], value: Value, others: Mapping[str, Value]) -> Row:
    """Return the first row that holds; every table ends with a row that holds for everything."""
    return next(row for row in rows if row.holds(value, others))


def stretch_starts(rows: tuple[Row, ...], low: float, high: float) -> tuple[float, ...]:
    """Return one number from each stretch between `low` and `high` in which a table gives one answer."""
    inside = {start for row in rows for start in row.starts if low < start <= high}
    return tuple(sorted({low} | inside))


def possible_answers(rows: tuple[Row, ...], low: float, high: float) -> tuple[str, ...]:
    """Return every answer of a table over the totals from `low` to `high`, in its order; none without a table."""
    if not rows:
        return ()
    answers = {first_row(rows, total, {}).gives for total in stretch_starts(rows, low, high)}
    return tuple(str(row.gives) for row in rows if row.gives in answers)
