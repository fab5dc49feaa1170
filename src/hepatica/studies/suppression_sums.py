"""The sums that bind counts of tables that leave together: within a table, along its steps, and from table to table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from hepatica.studies.release import Counts

Cell = tuple[str, int, str]  # table, row, column
# A sum that is zero: coefficients of counts, by the count's place.
Sum = dict[Cell, int]
Values = Mapping[Cell, int]
# From so many times the limit on, equal numbers of two tables are taken to be the same patients.
SAME_FROM = 4


@dataclass(frozen=True)
class Table:
    """A table of counts that leaves; counts below its own `least` are not shown, whatever the common limit."""

    frame: pl.DataFrame
    release: Counts
    least: int = 0
    # The diagram of steps and the counts behind estimates stand in for counts of other tables, however small.
    stands_in: bool = False


def counts_of(name: str, table: Table) -> dict[Cell, int]:
    """Return a table's counts by their places; a count that is not there is none."""
    return {
        (name, row, column): int(count)
        for row, found in enumerate(table.frame.select(table.release.cells).iter_rows(named=True))
        for column, count in found.items()
        if count is not None
    }


def declared(tables: Mapping[str, Table], values: Values) -> Iterator[Sum]:
    """Yield the sums that the study says hold: within a row, from row to row, and of a total row."""
    for name, table in tables.items():
        frame, release = table.frame, table.release
        for row in range(frame.height):
            for whole, parts in release.sums:
                yield _sum((name, row, whole), [(name, row, part) for part in parts], values)
            if release.chain is not None and row:
                yield _sum((name, row, release.chain[0]), [(name, row - 1, release.chain[1])], values)
        yield from _total_rows(name, table, values)


def _total_rows(name: str, table: Table, values: Values) -> Iterator[Sum]:
    keyed = table.frame.with_row_index("_row")
    for key, word in table.release.total:
        others = [other for other in table.release.keys if other != key]
        for _, group in keyed.group_by(others or [pl.lit(1)], maintain_order=True):
            is_whole = pl.col(key).cast(pl.String) == word
            part_rows = group.filter(~is_whole)["_row"].to_list()
            for whole_row in group.filter(is_whole)["_row"].to_list():
                for column in table.release.cells:
                    yield _sum((name, whole_row, column), [(name, row, column) for row in part_rows], values)


def _sum(whole: Cell, parts: Iterable[Cell], values: Values) -> Sum:
    """Return whole - parts = 0 over the counts that are there; nothing where the whole is not."""
    if whole not in values:
        return {}
    return {whole: 1, **{part: -1 for part in parts if part in values}}


def shared_margins(tables: Mapping[str, Table], values: Values) -> Iterator[Sum]:
    """Yield the margins that two tables share: the same count, summed over what only one of them tells apart.

    A table by line and one by line and drug have the lines in common; one by line and one by sex, the total. Nobody has
    to declare it: a margin that is the same number in both is taken to be the same patients.
    """
    for (one, first), (other, second) in combinations(tables.items(), 2):
        if first.release.chain or second.release.chain:
            continue
        keys = [key for key in first.release.keys if key in second.release.keys]
        for column in (cell for cell in first.release.cells if cell in second.release.cells):
            here, there = (_groups(*pair, keys, column, values) for pair in ((one, first), (other, second)))
            for group in here.keys() & there.keys():
                if sum(values[cell] for cell in here[group]) == sum(values[cell] for cell in there[group]):
                    yield {**dict.fromkeys(here[group], 1), **dict.fromkeys(there[group], -1)}


def _groups(
    name: str, table: Table, keys: list[str], column: str, values: Values
) -> dict[tuple[object, ...], list[Cell]]:
    """Return the counts of a column by the keys in common; a row that sums others is not counted with them."""
    totals = dict(table.release.total)
    groups: dict[tuple[object, ...], list[Cell]] = defaultdict(list)
    for row, found in enumerate(table.frame.select(table.release.keys).iter_rows(named=True)):
        if any(str(found[key]) == word for key, word in totals.items()) or (name, row, column) not in values:
            continue
        groups[tuple(found[key] for key in keys)].append((name, row, column))
    return groups


def equal_counts(tables: Mapping[str, Table], values: Values, least: int) -> Iterator[Sum]:
    """Yield pairs of equal counts of two tables, and counts that are a column's total: taken to be the same patients.

    Where they are not, more is suppressed than is needed, never less.
    """
    places: dict[int, list[Cell]] = defaultdict(list)
    for cell, value in values.items():
        places[value].append(cell)
    for value, cells in places.items():
        for one, other in combinations(cells, 2):
            stands_in = tables[one[0]].stands_in or tables[other[0]].stands_in
            if one[0] != other[0] and value >= (least if stands_in else SAME_FROM * least):
                yield {one: 1, other: -1}
    for name, table in tables.items():
        for column in table.release.cells if not table.stands_in else ():
            parts = _groups(name, table, [], column, values).get((), [])
            total = sum(values[cell] for cell in parts)
            for cell in places[total] if total >= SAME_FROM * least and len(parts) > 1 else ():
                if cell[0] != name:
                    yield {cell: 1, **dict.fromkeys(parts, -1)}
