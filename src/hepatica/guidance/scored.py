"""Scores of a patient from what is known of the patient: each item a finding, three-valued, alone and for a cohort."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property, lru_cache
from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.guidance.finding import NUMBER, Finding
from hepatica.guidance.scores import Item, Kind, Score, scores
from hepatica.guidance.scores.item import plain_unit
from hepatica.guidance.scores.point_rows import stretch_starts
from hepatica.guidance.scores.score_files import filled_from_record
from hepatica.guidance.terms import Row
from hepatica.vocabulary import unit_conversions

Known = Callable[[], Mapping[str, Finding]]


@dataclass(frozen=True)
class ItemValue:
    """An item of a score as a finding gives it: in the item's unit, recent enough, within what the score takes."""

    item: Item
    finding: Finding
    within_days: int | None

    @cached_property
    def per_unit(self) -> float:
        """Return by what a finding's number is divided to be in the item's unit; refuses units that do not convert."""
        finding, item = self.finding, self.item
        if finding.kind != NUMBER or _same_unit(finding.unit, item):
            return 1.0
        table = unit_conversions().filter(
            pl.col("analyte") == finding.rows[0],
            pl.col("unit") == finding.unit,
            pl.col("spelling") == plain_unit(item.unit),
        )
        if table.height != 1:
            raise UsageError(
                f"score item {item.name}",
                f"takes {item.unit}, and {finding.name} is in {finding.unit}",
                "name a finding in a unit that the vocabulary converts",
            )
        return float(table["factor"][0])

    def of(self, row: Row) -> Any:
        """Return the value as the score takes it; None where it is unknown, too old, or beyond what the score takes."""
        value = self.finding.term.of(row)
        if value is None or self.too_old(row):
            return None
        if not isinstance(value, int | float):
            return value
        number = round(value / self.per_unit, 9)
        sign = row.get(self.finding.comparator) if self.finding.comparator is not None else None
        if sign is None:
            return float(number) if self.item.low <= number <= self.item.high else None
        # A bound at the end of what the score takes leaves nothing between.
        return f"{sign}{number:.9f}" if self.item.low < number < self.item.high else None

    def too_old(self, row: Row) -> bool:
        """Say whether a result is older than the score is told with."""
        if self.within_days is None or self.finding.date is None:
            return False
        measured, today = row.get(self.finding.date), row.get("as_of")
        return measured is None or today is None or (today - measured).days > self.within_days

    def exprs(self) -> tuple[pl.Expr, pl.Expr]:
        """Return value (a number or a word) and comparator for a cohort, null where it is not known or too old.

        Whether a number is within what the score takes is asked of the values when they are there (`within`).
        """
        value = self.finding.term.expr()
        sign = pl.col(self.finding.comparator) if self.finding.comparator is not None else pl.lit(None, dtype=pl.String)
        if self.finding.kind == NUMBER:
            value = (value / self.per_unit).round(9)
        if self.within_days is not None and self.finding.date is not None:
            recent = pl.col("as_of") - pl.col(self.finding.date) <= timedelta(days=self.within_days)
            value = pl.when(recent).then(value)
        return value, sign

    def within(self, values: pl.Series, signs: pl.Series) -> pl.Series:
        """Return numbers that are within what the score takes; the others, and bounds at its ends, are unknown."""
        low, high = self.item.low, self.item.high
        counts = (values.is_between(low, high) & signs.is_null()) | values.is_between(low, high, closed="none")
        return values.set(~counts.fill_null(value=False), None)  # unknown stays unknown

    def alike(self, value: Any) -> Any:
        """Return one value for all that a points table does not tell apart, so that a cohort asks each only once."""
        if isinstance(value, float) and self.item.rows and value not in self.item.disputed:
            return self._starts[bisect_right(self._starts, value) - 1]
        return value

    @cached_property
    def _starts(self) -> tuple[float, ...]:
        return stretch_starts(self.item.rows, self.item.low, self.item.high)


def _same_unit(unit: str, item: Item) -> bool:
    return plain_unit(unit).replace("xuln", "×uln") == plain_unit(item.unit) or plain_unit(unit) in item.spellings


@dataclass(frozen=True)
class Scored:
    """A score's category; unknown while several remain possible."""

    score: str
    known: Known

    @cached_property
    def items(self) -> dict[str, ItemValue]:
        """Return the items that a record can fill."""
        return items_of(self.score, self.known)

    def of(self, row: Row) -> str | None:
        """Return the category."""
        values = {name: item.alike(item.of(row)) for name, item in self.items.items()}
        return _category(self.score, tuple(_like(self.score, values).items()))

    def expr(self) -> pl.Expr:
        """Return the categories; patients who do not differ for the score are asked once."""
        fields = [
            expr.alias(f"{name}{part}")
            for name, item in self.items.items()
            for part, expr in zip(("", "?"), item.exprs(), strict=True)
        ]
        return pl.struct(fields).map_batches(self._categories, return_dtype=pl.String)

    def _categories(self, column: pl.Series) -> pl.Series:
        frame = column.struct.unnest()
        for name, item in self.items.items():
            frame = frame.with_columns(_alike_column(frame, name, item))
        # Patients with the same items share a key; a missing item has a sign of its own in it.
        key = frame.select(
            pl.concat_str([pl.col(name).fill_null("\x00") for name in self.items], separator="\x1f").alias("key")
        )["key"]
        different = frame.select(list(self.items)).with_columns(key).unique("key", maintain_order=True)
        found = {row["key"]: self._of_texts(row) for row in different.iter_rows(named=True)}
        return key.replace_strict(found, default=None, return_dtype=pl.String)

    def _of_texts(self, texts: Mapping[str, str | None]) -> str | None:
        given = {name: _given(texts[name]) for name in self.items}
        return _category(self.score, tuple(_like(self.score, given).items()))


def _alike_column(frame: pl.DataFrame, name: str, item: ItemValue) -> pl.Series:
    """Return a column of values as text, one for all that the score does not tell apart."""
    values, signs = frame[name], frame[f"{name}?"]
    if item.finding.kind != NUMBER:
        return values.cast(pl.String).alias(name)
    values = item.within(values.cast(pl.Float64), signs)
    different = values.drop_nulls().unique().to_list()
    exact = values.replace_strict(
        {v: repr(item.alike(float(v))) for v in different}, default=None, return_dtype=pl.String
    )
    bound = values.replace_strict({v: f"{v:.9f}" for v in different}, default=None, return_dtype=pl.String)
    both = pl.DataFrame({"exact": exact, "bound": bound, "sign": signs})
    return both.select(
        pl.when(pl.col("sign").is_null()).then("exact").otherwise(pl.col("sign") + pl.col("bound")).alias(name)
    ).to_series()  # fmt: skip


def _given(text: str | None) -> Any:
    """Return a text as the score takes it: an exact number is a number, all else as it is written."""
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _like(score: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return values that the score does not tell from these."""
    asked = scores()[score]
    return asked.like(values, asked.numbers) if asked.like is not None else values


@lru_cache(maxsize=65536)
def _category(score: str, values: tuple[tuple[str, Any], ...]) -> str | None:
    return scores()[score].category(dict(values))


@dataclass(frozen=True)
class ScoreNumber:
    """A score's total; unknown while an item is missing or is a bound."""

    score: str
    finding_of: Mapping[str, str]
    known: Known

    @cached_property
    def items(self) -> dict[str, ItemValue]:
        """Return each item with the finding that it is here."""
        findings, items = self.known(), scores()[self.score].items
        return {name: ItemValue(items[name], findings[finding], None) for name, finding in self.finding_of.items()}

    def of(self, row: Row) -> float | None:
        """Return the total."""
        return _total(self.score, {name: item.of(row) for name, item in self.items.items()})

    def expr(self) -> pl.Expr:
        """Return the totals."""
        fields = [
            expr.alias(f"{name}{part}")
            for name, item in self.items.items()
            for part, expr in zip(("", "?"), item.exprs(), strict=True)
        ]
        return pl.struct(fields).map_batches(self._totals, return_dtype=pl.Float64)

    def _totals(self, column: pl.Series) -> pl.Series:
        frame = column.struct.unnest()
        known = {name: self._exact(frame, name, item) for name, item in self.items.items()}
        whole = pl.DataFrame(known).with_row_index("place")
        # Patients with the same values are asked once, those with a missing one not at all.
        asked = whole.drop_nulls()
        names = list(self.items)
        different = asked.select(names).unique(maintain_order=True)
        totals = [_total(self.score, row) for row in different.iter_rows(named=True)]
        found = asked.join(different.with_columns(total=pl.Series(totals, dtype=pl.Float64)), on=names)
        return whole.join(found.select("place", "total"), on="place", how="left", maintain_order="left")["total"]

    @staticmethod
    def _exact(frame: pl.DataFrame, name: str, item: ItemValue) -> pl.Series:
        """Return an item's values that are known and no bounds."""
        values, signs = frame[name], frame[f"{name}?"]
        if item.finding.kind == NUMBER:
            values = item.within(values.cast(pl.Float64), signs)
        return values.set(signs.is_not_null(), None)


def _total(score: str, values: Mapping[str, Any]) -> float | None:
    if any(value is None or (isinstance(value, str) and value[:1] in "<>") for value in values.values()):
        return None
    if any(
        values[name] not in item.choices for name, item in scores()[score].items.items() if item.kind is Kind.CHOICE
    ):
        return None
    return round(scores()[score].total(values), 6)


def items_of(score: str, known: Known) -> dict[str, ItemValue]:
    """Return the items of a score that a record can fill, each with its finding."""
    said, findings = filled_from_record()[score], known()
    items = scores()[score].items
    return {
        name: ItemValue(items[name], findings[finding], said.get("within_days"))
        for name, finding in said["items"].items()
    }


@cache
def scores_from_record() -> dict[str, Score]:
    """Return the scores whose items can be filled from a record."""
    return {name: scores()[name] for name in filled_from_record()}
