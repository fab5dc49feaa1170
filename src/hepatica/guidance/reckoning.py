"""Further terms for findings: either of several, words into words, changes, days between, numbers at most a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from hepatica.guidance.cells import Compared, Reading, ReadingExpr
from hepatica.guidance.limits import Limit
from hepatica.guidance.terms import Row, Term


@dataclass(frozen=True)
class Either:
    """Whether one of the parts holds: one that does decides, else one unknown leaves it unknown."""

    parts: tuple[Term, ...]

    def of(self, row: Row) -> bool | None:
        """Return the disjunction."""
        found = [part.of(row) for part in self.parts]
        if True in found:
            return True
        return None if None in found else False

    def expr(self) -> pl.Expr:
        """Return the disjunction (Polars' is Kleene's)."""
        return pl.any_horizontal([part.expr() for part in self.parts])


@dataclass(frozen=True)
class Mapped:
    """A word for each word; unknown for any other."""

    word: Term
    words: Mapping[str, str]

    def of(self, row: Row) -> str | None:
        """Return the word that stands for it."""
        found = self.word.of(row)
        return None if found is None else self.words.get(found)

    def expr(self) -> pl.Expr:
        """Return the words that stand for them."""
        return self.word.expr().replace_strict(self.words, default=None, return_dtype=pl.String)


@dataclass(frozen=True)
class Cases:
    """The word of the first case that holds; unknown where an earlier one could still hold, or none does."""

    cases: tuple[tuple[Term, str], ...]

    def of(self, row: Row) -> str | None:
        """Return the word of the first case that holds."""
        for condition, word in self.cases:
            holds = condition.of(row)
            if holds is None:
                return None
            if holds:
                return word
        return None

    def expr(self) -> pl.Expr:
        """Return the words of the first cases that hold."""
        found: Any = pl.lit(None, dtype=pl.String)
        for condition, word in reversed(self.cases):
            holds = condition.expr()
            # Where the condition is not known, nothing is said.
            found = pl.when(holds).then(pl.lit(word)).when(holds.not_()).then(found)
        chained: pl.Expr = found
        return chained


@dataclass(frozen=True)
class Change:
    """A change as a fraction of the first number: 0.1 is a rise of 10 %; unknown where one is, or is a bound."""

    first: str
    second: str

    def of(self, row: Row) -> float | None:
        """Return the change, to 9 decimals."""
        first, second = _exact(row, self.first), _exact(row, self.second)
        return None if first is None or second is None or first <= 0 else round((second - first) / first, 9)

    def expr(self) -> pl.Expr:
        """Return the changes, to 9 decimals."""
        first, second = _exact_expr(self.first), _exact_expr(self.second)
        return pl.when(first > 0).then(((second - first) / first).round(9))


def _exact(row: Row, column: str) -> float | None:
    return row.get(column) if row.get(f"{column}_comparator") is None else None


def _exact_expr(column: str) -> pl.Expr:
    return pl.when(pl.col(f"{column}_comparator").is_null()).then(pl.col(column))


@dataclass(frozen=True)
class Days:
    """Days from one date to another; unknown where one is."""

    start: str
    end: str

    def of(self, row: Row) -> int | None:
        """Return the days."""
        start, end = row.get(self.start), row.get(self.end)
        return None if start is None or end is None else (end - start).days

    def expr(self) -> pl.Expr:
        """Return the days."""
        return (pl.col(self.end) - pl.col(self.start)).dt.total_days()


@dataclass(frozen=True)
class AtMost:
    """Whether a number is at most a limit (or below it), with its comparator where it is a bound."""

    column: str
    limit: float
    below: bool = False

    def of(self, row: Row) -> bool | None:
        """Return whether it is."""
        return self._cell().holds(self._reading(row))

    def expr(self) -> pl.Expr:
        """Return whether it is."""
        sign = pl.col(f"{self.column}_comparator")
        return self._cell().expr(ReadingExpr(pl.col(self.column), None, "", sign))

    def _cell(self) -> Compared:
        limit = Limit(self.column, {"": self.limit}, "", verified=False)
        return Compared((("<" if self.below else "<=", limit),))

    def _reading(self, row: Row) -> Reading:
        return Reading(row.get(self.column), "", row.get(f"{self.column}_comparator"))


@dataclass(frozen=True)
class Joined:
    """Several texts of a row as one sentence; unknown where the first is."""

    pattern: str
    columns: tuple[str, ...]

    def of(self, row: Row) -> str | None:
        """Return the sentence."""
        found = [row.get(column) for column in self.columns]
        if found[0] is None:
            return None
        return self.pattern.format(*("not known" if one is None else one for one in found))

    def expr(self) -> pl.Expr:
        """Return the sentences."""
        parts = [pl.col(column).cast(pl.String).fill_null("not known") for column in self.columns]  # as the words say
        return pl.when(pl.col(self.columns[0]).is_not_null()).then(pl.format(self.pattern, *parts))
