"""Terms: small pieces from which derived findings are made, each compiled both ways from one definition.

`of(row)` gives the value for one patient, `expr()` the Polars expression for a cohort. Unknown is None and null in
every term, and logic is Kleene's: one deciding part decides, whatever is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Protocol

import polars as pl

UNKNOWN_WORDS = frozenset({"", "unknown", "not_applicable"})
Row = Mapping[str, Any]


class Term(Protocol):
    """A piece of a finding: its value for one patient, and the same as a Polars expression."""

    def of(self, row: Row) -> Any:
        """Return the value for one patient; None is unknown."""

    def expr(self) -> pl.Expr:
        """Return the value for each patient of a state table; null is unknown."""


@dataclass(frozen=True)
class Cell:
    """A number or date of the state as it is."""

    column: str

    def of(self, row: Row) -> Any:
        """Return the state's value."""
        return row.get(self.column)

    def expr(self) -> pl.Expr:
        """Return the state's column."""
        return pl.col(self.column)


@dataclass(frozen=True)
class Word:
    """A word of the state; words that stand for "not known" become unknown."""

    column: str
    not_known: frozenset[str] = UNKNOWN_WORDS

    def of(self, row: Row) -> str | None:
        """Return the word, or None where it says that nothing is known."""
        word = row.get(self.column)
        return None if word is None or word in self.not_known else str(word)

    def expr(self) -> pl.Expr:
        """Return the words, null where they say that nothing is known."""
        word = pl.col(self.column)
        return pl.when(word.is_in(sorted(self.not_known)).not_()).then(word)


@dataclass(frozen=True)
class Is:
    """Whether a word is one of several; unknown where the word is."""

    word: Term
    among: frozenset[str]

    def of(self, row: Row) -> bool | None:
        """Return whether it is; None where the word is unknown."""
        found = self.word.of(row)
        return None if found is None else found in self.among

    def expr(self) -> pl.Expr:
        """Return whether it is, null where the word is."""
        return self.word.expr().is_in(sorted(self.among))


@lru_cache(maxsize=4096)
def _named(drugs: str) -> frozenset[str]:
    """Return the drugs of a list joined by +, each once."""
    return frozenset(drugs.split("+"))


@dataclass(frozen=True)
class Names:
    """Whether a list of drugs (joined by +) names one of several; unknown only where the list itself is.

    A drug that the record does not name is not taken: that is how the course reads the record.
    """

    column: str
    drugs: frozenset[str]

    def of(self, row: Row) -> bool | None:
        """Return whether one of the drugs is named."""
        text = row.get(self.column)
        return None if text is None else not self.drugs.isdisjoint(_named(text))

    def expr(self) -> pl.Expr:
        """Return whether one of the drugs is named."""
        any_of = "|".join(re.escape(drug) for drug in sorted(self.drugs))
        return pl.col(self.column).str.contains(rf"(?:^|\+)(?:{any_of})(?:\+|$)")


@dataclass(frozen=True)
class HowMany:
    """How many of several drugs a list (joined by +) names; unknown only where the list itself is."""

    column: str
    drugs: frozenset[str]

    def of(self, row: Row) -> int | None:
        """Return how many are named."""
        text = row.get(self.column)
        return None if text is None else len(self.drugs & _named(text))

    def expr(self) -> pl.Expr:
        """Return how many are named."""
        named = pl.col(self.column).str.split("+").list.unique()
        return named.list.eval(pl.element().is_in(sorted(self.drugs)).cast(pl.Int64)).list.sum()


@dataclass(frozen=True)
class Not:
    """The contrary; unknown stays unknown."""

    part: Term

    def of(self, row: Row) -> bool | None:
        """Return the contrary."""
        found = self.part.of(row)
        return None if found is None else not found

    def expr(self) -> pl.Expr:
        """Return the contrary."""
        return self.part.expr().not_()


@dataclass(frozen=True)
class All:
    """Whether all parts hold: one that does not decides, else one unknown leaves it unknown."""

    parts: tuple[Term, ...]

    def of(self, row: Row) -> bool | None:
        """Return the conjunction."""
        found = [part.of(row) for part in self.parts]
        if False in found:
            return False
        return None if None in found else True

    def expr(self) -> pl.Expr:
        """Return the conjunction (Polars' is Kleene's)."""
        return pl.all_horizontal([part.expr() for part in self.parts])


@dataclass(frozen=True)
class Exceeds:
    """Whether a number is above a limit: a whole number that is none of the clinic (0, 1), or one with its source."""

    number: Term
    limit: float

    def of(self, row: Row) -> bool | None:
        """Return whether it is above."""
        found = self.number.of(row)
        return None if found is None else found > self.limit

    def expr(self) -> pl.Expr:
        """Return whether it is above."""
        return self.number.expr() > self.limit


@dataclass(frozen=True)
class Seen:
    """True where a value is there, else unknown: what was never recorded is not known to be absent."""

    column: str

    def of(self, row: Row) -> bool | None:
        """Return True where there is a value."""
        return None if row.get(self.column) is None else True

    def expr(self) -> pl.Expr:
        """Return True where there is a value."""
        return pl.when(pl.col(self.column).is_not_null()).then(pl.lit(True))


@dataclass(frozen=True)
class NeverRecorded:
    """Whether a day or list is empty: of what the whole record is searched for, none found means that none is recorded.

    Without a patient no record was searched, and it is unknown.
    """

    column: str

    def of(self, row: Row) -> bool | None:
        """Return whether none was found."""
        return None if row.get("patient_id") is None else row.get(self.column) is None

    def expr(self) -> pl.Expr:
        """Return whether none was found."""
        return pl.when(pl.col("patient_id").is_not_null()).then(pl.col(self.column).is_null())


@dataclass(frozen=True)
class Only:
    """A value where a condition holds; unknown where it does not or is unknown."""

    value: Term
    when: Term

    def of(self, row: Row) -> Any:
        """Return the value where the condition holds."""
        return self.value.of(row) if self.when.of(row) else None

    def expr(self) -> pl.Expr:
        """Return the values where the condition holds."""
        return pl.when(self.when.expr()).then(self.value.expr())


@dataclass(frozen=True)
class ElseFrom:
    """A first account of a thing, and where that is silent a second account of the same thing."""

    first: Term
    second: Term

    def of(self, row: Row) -> Any:
        """Return the first account, else the second."""
        found = self.first.of(row)
        return self.second.of(row) if found is None else found

    def expr(self) -> pl.Expr:
        """Return the first account, else the second."""
        # Nothing unknown is swallowed: where both accounts are silent the result is null.
        return pl.coalesce(self.first.expr(), self.second.expr())


@dataclass(frozen=True)
class Scaled:
    """A number times the factor of a word (a dose in the equivalents of its drug); unknown for any other word."""

    number: Term
    word: Term
    factors: Mapping[str, float]

    def of(self, row: Row) -> float | None:
        """Return the number times its word's factor, to 6 decimals."""
        number, factor = self.number.of(row), self.factors.get(str(self.word.of(row)))
        return None if number is None or factor is None else round(number * factor, 6)

    def expr(self) -> pl.Expr:
        """Return the numbers times their words' factors, to 6 decimals."""
        factor = self.word.expr().replace_strict(self.factors, default=None, return_dtype=pl.Float64)
        return (self.number.expr() * factor).round(6)


@dataclass(frozen=True)
class Months:
    """Completed calendar months from one date to another; the end of a month counts as the day that it lacks."""

    start: Term
    end: Term

    def of(self, row: Row) -> int | None:
        """Return the completed months."""
        start, end = self.start.of(row), self.end.of(row)
        if start is None or end is None:
            return None
        months: int = (end.year - start.year) * 12 + end.month - start.month
        return months - (end.day < start.day and not _ends_month(end))

    def expr(self) -> pl.Expr:
        """Return the completed months."""
        start, end = self.start.expr(), self.end.expr()
        # Months are 8-bit in Polars and would overflow in arithmetic.
        years = (end.dt.year() - start.dt.year()).cast(pl.Int64) * 12
        months = end.dt.month().cast(pl.Int64) - start.dt.month().cast(pl.Int64)
        short = (end.dt.day() < start.dt.day()) & (end != end.dt.month_end())
        return years + months - short.cast(pl.Int64)


def _ends_month(day: date) -> bool:
    """Say whether a day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


@dataclass(frozen=True)
class Least:
    """The smaller of two numbers; unknown where one is."""

    first: Term
    second: Term

    def of(self, row: Row) -> Any:
        """Return the smaller number."""
        found = (self.first.of(row), self.second.of(row))
        return None if None in found else min(found)

    def expr(self) -> pl.Expr:
        """Return the smaller number."""
        first, second = self.first.expr(), self.second.expr()
        # Polars' min_horizontal would take the one that is known.
        return pl.when(first.is_not_null() & second.is_not_null()).then(pl.min_horizontal(first, second))


@dataclass(frozen=True)
class Read:
    """A word read from a cell by a function that knows how (a diplotype's phenotype)."""

    column: str
    function: Callable[[Any], str | None]

    def of(self, row: Row) -> str | None:
        """Return what the function reads."""
        text = row.get(self.column)
        return None if text is None else self.function(text)

    def expr(self) -> pl.Expr:
        """Return what the function reads from each word; every different word is read once."""
        return pl.col(self.column).map_batches(self._read, return_dtype=pl.String)

    def _read(self, column: pl.Series) -> pl.Series:
        different = column.drop_nulls().unique().to_list()
        known = {text: self.function(text) for text in different}
        return column.replace_strict(known, default=None, return_dtype=pl.String)


@dataclass(frozen=True)
class YesNo:
    """A truth value as the word that rules read: yes or no."""

    part: Term

    def of(self, row: Row) -> str | None:
        """Return yes, no, or None."""
        found = self.part.of(row)
        return None if found is None else "yes" if found else "no"

    def expr(self) -> pl.Expr:
        """Return yes, no, or null."""
        found = self.part.expr()
        return pl.when(found).then(pl.lit("yes")).when(found.not_()).then(pl.lit("no"))
