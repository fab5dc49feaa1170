"""One item of a score: its meaning, unit, and range, and what a given value may stand for.

Numbers come in the item's unit, or as text with that unit. Another unit is refused with the remedy: a score
that converts by guess is wrong by a factor of 17 once in a while.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from hepatica.errors import UsageError
from hepatica.guidance.scores.point_rows import Row, Value, first_row, stretch_starts

NOT_KNOWN = ("", "unknown", "not_applicable")
_NUMBER = re.compile(r"(?P<sign><=|>=|≤|≥|<|>)?\s*(?P<one>1\s*:)?\s*(?P<number>[+-]?\d+(\.\d+)?)\s*(?P<unit>.*)")
_MICRO = re.compile("µ|μ|mc")


class Kind(Enum):
    """How an item's value is read."""

    NUMBER = "number"
    TITRE = "titre"
    CHOICE = "choice"


def plain_unit(unit: str) -> str:
    """Return a unit as the vocabulary looks it up: lower case, without blanks, micro written u."""
    return _MICRO.sub("u", "".join(unit.lower().split()))


@dataclass(frozen=True)
class Item:
    """One item of a score, in one unit.

    `words` are values said in words ("negative", "dialysis") and what they stand for. `least` and `most` are the
    bounds within which a formula counts the value. `state_column` names the finding of the state table that is
    this item, in `state_unit`. `disputed` says what is open about a value that lies exactly at a limit.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str
    display_unit: str
    low: float
    high: float
    choices: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    spellings: frozenset[str]
    rows: tuple[Row, ...]
    least: float | None
    most: float | None
    remedy: str
    state_column: str | None
    state_unit: str
    disputed: Mapping[float, str]
    source: str
    verified: bool

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Return the other items that this item's points depend on."""
        return tuple(dict.fromkeys(other for row in self.rows for other in row.only_if))

    def shown(self, value: Value) -> str:
        """Return a value as a clinic writes it: "1:80", "2.5 mg/dL", "positive"."""
        if isinstance(value, str):
            return value
        if self.kind is Kind.TITRE:
            return f"1:{value:g}" if value else "negative"
        return f"{value:g} {self.display_unit}".strip()

    def counted(self, value: Value) -> Value:
        """Return the value as the formula counts it, within its bounds."""
        if isinstance(value, str):
            return value
        raised = value if self.least is None else max(value, self.least)
        return raised if self.most is None else min(raised, self.most)

    def row(self, value: Value, others: Mapping[str, Value]) -> Row:
        """Return the row of the points table that a value falls in."""
        return first_row(self.rows, value, others)

    def may_be(self, given: object, score: str) -> tuple[Value, ...]:
        """Return the values that decide what `given` may mean: one if it is known, the extremes if it is not.

        Raises UsageError for another unit, an impossible number, or a word that is no choice.
        """
        if given is None or (isinstance(given, str) and given.strip().lower() in NOT_KNOWN):
            return self.choices or self._between(self.low, self.high)
        if self.kind is Kind.CHOICE:
            return self._chosen(given, score)
        low, high = self._span(given, score)
        if not self.low <= low <= high <= self.high:
            raise self._refused(score, f"outside {self.shown(self.low)} to {self.shown(self.high)}")
        return self._between(low, high)

    def _between(self, low: float, high: float) -> tuple[float, ...]:
        """Return what decides between two numbers: a number of each stretch of the table, or both ends."""
        if self.rows:
            return stretch_starts(self.rows, low, high)
        return (low,) if low == high else (low, high)

    def _chosen(self, given: object, score: str) -> tuple[str, ...]:
        """Return the choices that a word stands for; true and false are yes and no."""
        word = {True: "yes", False: "no"}[given] if isinstance(given, bool) else str(given).strip().lower()
        if word in self.choices:
            return (word,)
        if word in self.words:
            return self.words[word]
        raise self._refused(score, f"{word!r}, which is no choice of this item")

    def _span(self, given: object, score: str) -> tuple[float, float]:
        """Return the lowest and highest number that a value stands for ("<1:40" is everything below 40)."""
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise self._refused(score, "not a number")
        if not isinstance(given, str):
            return self._finite(float(given), score)
        text = given.strip()
        if text.lower() in self.words:
            return self._span(self.words[text.lower()][0], score)
        found = _NUMBER.fullmatch(text)
        if found is None or (found["one"] and self.kind is not Kind.TITRE):
            raise self._refused(score, "not a number")
        if plain_unit(found["unit"]) not in self.spellings:
            raise self._refused(score, f"in {found['unit']!r}, another unit than this score takes")
        number, _ = self._finite(float(found["number"]), score)
        return self._censored(found["sign"], number)

    def _censored(self, sign: str | None, number: float) -> tuple[float, float]:
        """Return the numbers that "<", "≤", ">", "≥" leave open."""
        match sign:
            case "<":
                return self.low, math.nextafter(number, -math.inf)
            case "<=" | "≤":
                return self.low, number
            case ">":
                return math.nextafter(number, math.inf), self.high
            case ">=" | "≥":
                return number, self.high
            case _:
                return number, number

    def _finite(self, number: float, score: str) -> tuple[float, float]:
        """Return the number twice; NaN and infinity are no laboratory results, a fraction is no titre."""
        if not math.isfinite(number):
            raise self._refused(score, "not a number")
        if self.kind is Kind.TITRE and 0 < number < 1:
            raise self._refused(score, "a fraction (1:80 is the titre 80)")
        return number, number

    def _refused(self, score: str, why: str) -> UsageError:
        """Return the error that says what this item takes instead; the value itself is not repeated."""
        if self.choices:
            takes = f"one of {', '.join(self.choices)}"
        elif self.kind is Kind.TITRE:
            takes = "a titre (1:80), negative, or positive"
        else:
            takes = f"a number in {self.display_unit}" if self.display_unit else "a number without a unit"
        hint = f"; {self.remedy}" if self.remedy else ""
        return UsageError(f"score {score}, item {self.name}", f"the value given is {why}", f"give {takes}{hint}")
