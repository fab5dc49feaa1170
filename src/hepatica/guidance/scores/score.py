"""A score: its items, its parts, and its evaluation with some items missing.

The published scores are sums of parts. A part's rule gives its points when all its items are known; where some
are missing, the part gives the lowest and highest points over everything they could be. A rule that is not a
table rises or falls throughout with each number (the others held fixed), so its extremes lie where the missing
numbers are at the ends of their ranges; a table is tried in each of its stretches. A range therefore only
narrows as results come in, and a category is known as soon as the whole range lies in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any, TypeVar

from hepatica.errors import UsageError
from hepatica.guidance.scores.item import Item
from hepatica.guidance.scores.point_rows import Row, Value, possible_answers
from hepatica.guidance.scores.result import ItemResult, ScoreResult

Candidates = Mapping[str, tuple[Value, ...]]
Answer = TypeVar("Answer", float, str)


@dataclass(frozen=True, slots=True)
class Case:
    """The values of one patient as a score counts them, the points of each, and the score's own numbers."""

    values: Mapping[str, Value]
    points: Mapping[str, float]
    numbers: Mapping[str, float]

    def number(self, item: str) -> float:
        """Return an item that is a number, in the item's unit."""
        return float(self.values[item])

    def word(self, item: str) -> str:
        """Return an item that is a choice."""
        return str(self.values[item])

    def knows(self, *items: str) -> bool:
        """Say whether all these items are known."""
        return all(item in self.values for item in items)


@dataclass(frozen=True)
class Part:
    """One addend of a score: the items it reads, and its points when they are all known."""

    name: str
    items: tuple[str, ...]
    rule: Callable[[Case], float]


@dataclass(frozen=True)
class Example:
    """A published or hand-computed patient with the total or category that must come out."""

    given: Mapping[str, Value]
    total: float | None
    category: str | None
    origin: str


@dataclass(frozen=True)
class Source:
    """Where a score comes from and what of it was read; verified only if the primary text was."""

    key: str
    citation: str
    doi: str
    read: str
    verified: bool


@dataclass(frozen=True)
class Score:
    """A published score: items with their evidence, parts, categories, examples, and source."""

    name: str
    title: str
    question: str
    unit: str
    decimals: int
    items: Mapping[str, Item]
    parts: tuple[Part, ...]
    combine: Callable[[list[float]], float]
    classify: Callable[[Case], str] | None
    categories: tuple[Row, ...]
    numbers: Mapping[str, float]
    remarks: Callable[[Case], list[str]] | None
    like: Callable[[dict[str, Any], Mapping[str, float]], dict[str, Any]] | None
    notes: tuple[str, ...]
    examples: tuple[Example, ...]
    source: Source

    @property
    def category_names(self) -> tuple[str, ...]:
        """Return the score's categories, most marked first; empty for a score that has none."""
        return tuple(str(row.gives) for row in self.categories)

    @property
    def from_state(self) -> dict[str, str]:
        """Return which column of the state table is which item (its unit is the item's `state_unit`)."""
        return {name: item.state_column for name, item in self.items.items() if item.state_column}

    def evaluate(self, values: Mapping[str, object]) -> ScoreResult:
        """Return the score of one patient: the total, or the range of totals over what is missing.

        Values are in each item's unit, or text with that unit; None, "" and "unknown" are missing.
        Raises UsageError for an item that the score does not have, another unit, or an impossible value.
        """
        may_be = self._may_be(values)
        low, high, possible, deciding = (
            self._classified(self.classify, may_be) if self.classify else self._summed(may_be)
        )
        return ScoreResult(
            score=self.name,
            title=self.title,
            unit=self.unit,
            decimals=self.decimals,
            total=low if low == high else None,
            low=low,
            high=high,
            category=possible[0] if len(possible) == 1 else None,
            possible_categories=possible,
            items=[self._item_result(item, may_be) for item in self.items.values()],
            missing=[name for name in self.items if name in deciding],
            notes=[*self.notes, *self._remarks(may_be)],
            source=self.source.citation,
            verified=self.source.verified,
        )

    def category(self, values: Mapping[str, object]) -> str | None:
        """Return the category alone; None while several remain possible."""
        may_be = self._may_be(values)
        found = self._classified(self.classify, may_be) if self.classify else self._summed(may_be)
        return found[2][0] if len(found[2]) == 1 else None

    def total(self, values: Mapping[str, Value]) -> float:
        """Return the total of values that are all known, in the items' units."""
        case = self._case(dict(values), {})
        return self.combine([part.rule(case) for part in self.parts])

    def _may_be(self, values: Mapping[str, object]) -> dict[str, tuple[Value, ...]]:
        """Return what each item may be; refuses items that the score does not have."""
        strangers = sorted(set(values) - set(self.items))
        if strangers:
            raise UsageError(
                f"score {self.name}",
                f"has no item {', '.join(strangers)}",
                f"its items are {', '.join(self.items)}",
            )
        return {name: item.may_be(values.get(name), self.name) for name, item in self.items.items()}

    def _summed(self, may_be: Candidates) -> tuple[float, float, tuple[str, ...], set[str]]:
        """Return the range of totals, the categories it reaches, and the items that would narrow it."""
        ranges = [
            self._part_range(place, tuple(may_be[name] for name in part.items)) for place, part in enumerate(self.parts)
        ]
        low = self.combine([lowest for lowest, _, _ in ranges])
        high = self.combine([highest for _, highest, _ in ranges])
        deciding = {name for _, _, names in ranges for name in names}
        return low, high, possible_answers(self.categories, low, high), deciding

    @cached_property
    def _part_range(self) -> Callable[[int, tuple[tuple[Value, ...], ...]], tuple[float, float, tuple[str, ...]]]:
        """Return the range of one part and the items that would narrow it; patients share most of what is missing."""

        @lru_cache(maxsize=1024)
        def found(place: int, candidates: tuple[tuple[Value, ...], ...]) -> tuple[float, float, tuple[str, ...]]:
            part = self.parts[place]
            outcomes = self._outcomes(part.items, part.rule, dict(zip(part.items, candidates, strict=True)))
            totals = outcomes.values()
            return min(totals), max(totals), tuple(_deciding(part.items, outcomes))

        return found

    def _classified(
        self, classify: Callable[[Case], str], may_be: Candidates
    ) -> tuple[None, None, tuple[str, ...], set[str]]:
        """Return the classes that remain possible, and the items that would decide between them."""
        names = tuple(self.items)
        outcomes = self._outcomes(names, classify, may_be)
        reached = set(outcomes.values())
        possible = tuple(name for name in self.category_names if name in reached)
        return None, None, possible, set(_deciding(names, outcomes))

    def _outcomes(
        self, names: tuple[str, ...], rule: Callable[[Case], Answer], may_be: Candidates
    ) -> dict[tuple[Value, ...], Answer]:
        """Return what a rule gives for every combination of what its items may be."""
        # The same few points come up in hundreds of combinations, so each is looked up once.
        seen: dict[tuple[Value, ...], float] = {}
        return {
            combination: rule(self._case(dict(zip(names, combination, strict=True)), seen))
            for combination in product(*(may_be[name] for name in names))
        }

    def _case(self, values: dict[str, Value], seen: dict[tuple[Value, ...], float]) -> Case:
        """Return values as the score counts them, with the points of those that have a points table."""
        points = {}
        for name, value in values.items():
            item = self.items[name]
            if item.rows and all(other in values for other in item.conditions):
                key = (name, value, *(values[other] for other in item.conditions))
                if key not in seen:
                    seen[key] = float(item.row(value, values).gives)
                points[name] = seen[key]
        counted = {name: self.items[name].counted(value) for name, value in values.items() if name in self._bounded}
        return Case({**values, **counted}, points, self.numbers)

    @cached_property
    def _bounded(self) -> frozenset[str]:
        """Return the items that a formula counts only within bounds."""
        return frozenset(name for name, item in self.items.items() if (item.least, item.most) != (None, None))

    def _remarks(self, may_be: Candidates) -> list[str]:
        """Return what there is to say about the values that are known."""
        known = {name: values[0] for name, values in may_be.items() if len(values) == 1}
        disputed = [
            f"{name} is exactly {item.shown(limit)}: {said}"
            for name, item in self.items.items()
            for limit, said in item.disputed.items()
            if known.get(name) == limit
        ]
        return [*disputed, *(self.remarks(self._case(known, {})) if self.remarks else [])]

    def _item_result(self, item: Item, may_be: Candidates) -> ItemResult:
        """Return one item with its value, its points or the range of them, and why."""
        known = may_be[item.name][0] if len(may_be[item.name]) == 1 else None
        if not item.rows:
            because = _because_counted(item, known)
            return ItemResult(item.name, item.unit, known, None, None, None, because, item.verified)
        names = (item.name, *item.conditions)
        cases = [dict(zip(names, combination, strict=True)) for combination in product(*(may_be[n] for n in names))]
        rows = [item.row(case[item.name], case) for case in cases]
        low, high = (pick(float(row.gives) for row in rows) for pick in (min, max))
        because = _because_row(item, known, rows, low, high)
        return ItemResult(item.name, item.unit, known, low if low == high else None, low, high, because, item.verified)


def _deciding(names: tuple[str, ...], outcomes: Mapping[tuple[Value, ...], Answer]) -> Iterator[str]:
    """Yield the items that change an outcome while the others stay as they are."""
    for place, name in enumerate(names):
        reached: dict[tuple[Value, ...], set[Answer]] = defaultdict(set)
        for combination, outcome in outcomes.items():
            reached[combination[:place] + combination[place + 1 :]].add(outcome)
        if any(len(answers) > 1 for answers in reached.values()):
            yield name


def _because_counted(item: Item, known: Value | None) -> str:
    """Say how a formula counts a value."""
    if known is None:
        return "not known" if item.choices else f"not known: {item.shown(item.low)} to {item.shown(item.high)}"
    counted = item.counted(known)
    return item.shown(known) if counted == known else f"{item.shown(known)}, counted as {item.shown(counted)}"


def _because_row(item: Item, known: Value | None, rows: list[Row], low: float, high: float) -> str:
    """Say which row of the points table a value falls in."""
    points = f"{low:+g}" if low == high else f"{low:+g} to {high:+g}"
    if known is None:
        return f"not known: {points}"
    described = " / ".join(dict.fromkeys(row.described(item.shown) for row in rows))
    return f"{item.shown(known)}: {points} ({described})"
