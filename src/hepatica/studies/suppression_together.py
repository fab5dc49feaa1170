"""Suppression over all tables that leave together: no count of one is given away by the sums of another.

A margin that two tables share, and a count that stands in two of them, bind counts of different tables. What is judged
is what leaves: shown counts are known as the few numbers that round to them, suppressed ones to be at least one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from hepatica.studies.suppression import suppressed_in
from hepatica.studies.suppression_sums import Cell, Sum, Table, counts_of, declared, equal_counts, shared_margins

SLACK = 1e-6


@dataclass(frozen=True)
class Bundle:
    """All counts that are not zero, and the sums that bind them."""

    least: int
    values: dict[Cell, int]
    sums: list[Sum]


def suppressed_together(tables: Mapping[str, Table], least: int) -> dict[str, set[tuple[int, str]]]:
    """Return for each table the cells (row, column) that must not be shown where all of them leave together.

    First what each table needs alone; then the smallest others, until each count below the limit could still be as
    many numbers as there are below it, whatever is added and subtracted over all tables.
    """
    bundle = _bundle(tables, least)
    suppressed = {cell for name, table in tables.items() for cell in suppressed_in(name, table, least)}
    while exposed := _exposed(bundle, suppressed):
        more = {cell for cell in (_complement(bundle, suppressed, one) for one in exposed) if cell is not None}
        if not more:
            break
        suppressed |= more
    hidden: dict[str, set[tuple[int, str]]] = {name: set() for name in tables}
    for name, row, column in suppressed:
        hidden[name].add((row, column))
    return hidden


def rounds_to(count: int, least: int) -> int:
    """Return a count as it leaves: the nearest multiple of the limit, halves up."""
    return (2 * count + least) // (2 * least) * least


def known_range(count: int, least: int) -> tuple[int, int]:
    """Return the smallest and the largest number that leave as this count does; none below the limit leaves."""
    shown = rounds_to(count, least)
    return max(least, math.ceil(shown - least / 2)), math.ceil(shown + least / 2) - 1


def _bundle(tables: Mapping[str, Table], least: int) -> Bundle:
    counts = {cell: value for name, table in tables.items() for cell, value in counts_of(name, table).items()}
    sums = [*declared(tables, counts), *shared_margins(tables, counts), *equal_counts(tables, counts, least)]
    # A zero is shown and adds nothing; the same sum twice says nothing more.
    kept = {
        tuple(sorted((cell, sign) for cell, sign in found.items() if counts[cell])): True for found in sums if found
    }
    return Bundle(least, {cell: value for cell, value in counts.items() if value}, [dict(one) for one in kept if one])


def _exposed(bundle: Bundle, suppressed: set[Cell]) -> list[Cell]:
    """Return the counts below the limit that could be fewer numbers than there are below it."""
    small = [cell for cell, value in bundle.values.items() if value < bundle.least]
    bound = {cell for found in bundle.sums for cell in found}
    place = {cell: number for number, cell in enumerate(sorted(bound))}
    enough = bundle.least - 2 - SLACK  # from 1 to one below the limit
    limits = [_limits(bundle, cell, suppressed) for cell in place]
    matrix = _matrix(bundle, place)
    return [cell for cell in small if cell in place and _range(place[cell], matrix, limits) < enough]


def _limits(bundle: Bundle, cell: Cell, suppressed: set[Cell]) -> tuple[float, float]:
    if cell in suppressed:
        return 1.0, 10.0 * (max(bundle.values.values()) + bundle.least)
    low, high = known_range(bundle.values[cell], bundle.least)
    return float(low), float(high)


def _matrix(bundle: Bundle, place: Mapping[Cell, int]) -> csr_array:
    entries = [(row, place[cell], sign) for row, found in enumerate(bundle.sums) for cell, sign in found.items()]
    rows, columns, signs = (np.array(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    return csr_array((signs, (rows, columns)), shape=(len(bundle.sums), len(place)), dtype=float)


def _range(number: int, matrix: csr_array, limits: list[tuple[float, float]]) -> float:
    """Return how far apart the least and the greatest value of one count lie that fit all sums."""
    aim = np.zeros(matrix.shape[1])
    aim[number] = 1
    right = np.zeros(matrix.shape[0])
    low = linprog(aim, A_eq=matrix, b_eq=right, bounds=limits, method="highs")
    high = linprog(-aim, A_eq=matrix, b_eq=right, bounds=limits, method="highs")
    return float(-high.fun - low.fun) if low.success and high.success else 0.0


def _complement(bundle: Bundle, suppressed: set[Cell], exposed: Cell) -> Cell | None:
    """Return the count to suppress besides: the smallest one shown in a sum with the exposed count, or near it."""
    near = {exposed}
    while True:
        binding = [found for found in bundle.sums if not near.isdisjoint(found)]
        reached = {cell for found in binding for cell in found}
        shown = reached - suppressed
        if shown:
            return min(shown, key=lambda cell: (bundle.values[cell], cell))
        if reached == near:
            return None
        near = reached
