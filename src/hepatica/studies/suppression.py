"""Suppression of small counts, with as many more as are needed so that none can be worked out from the others.

Zero is no patient and is shown, so a suppressed count is known to be at least one. Sums within a table are known; for
those between tables that nobody declared, the counts that are shown are rounded afterwards (`disclosure`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.optimize import linprog

from hepatica.studies.release import Counts

Cell = tuple[int, str]  # row, column
# A sum that is zero: coefficients of counts, by the count's name.
Sum = dict[Cell, int]


@dataclass
class Audit:
    """All counts of a table, the sums that bind them, and which are suppressed."""

    least: int
    values: dict[Cell, int]
    sums: list[Sum] = field(default_factory=list)
    suppressed: set[Cell] = field(default_factory=set)
    safe: set[tuple[Cell, ...]] = field(default_factory=set)  # groups of suppressed counts found safe before


def suppressed_cells(frame: pl.DataFrame, release: Counts, least: int) -> set[Cell]:
    """Return the cells (row, column) of a table that must not be shown.

    First every count from one to the limit; then the smallest others, until each suppressed count could still be any
    of at least as many values as the limit, whatever is added and subtracted.
    """
    audit = _audit(frame, release, least)
    audit.suppressed = {cell for cell, value in audit.values.items() if 0 < value < least}
    while exposed := _first_exposed(audit):
        more = _complement(audit, exposed)
        if more is None:
            break
        audit.suppressed.add(more)
    return audit.suppressed


def _audit(frame: pl.DataFrame, release: Counts, least: int) -> Audit:
    counts = frame.select(release.cells)
    values = {
        (row, column): int(count)
        for row, found in enumerate(counts.iter_rows(named=True))
        for column, count in found.items()
        if count is not None
    }
    audit = Audit(least, values)
    for found in _declared(frame, release, values):
        # A zero is shown and adds nothing.
        kept = {cell: sign for cell, sign in found.items() if values[cell]}
        if kept:
            audit.sums.append(kept)
    return audit


def _declared(frame: pl.DataFrame, release: Counts, values: dict[Cell, int]) -> Iterator[Sum]:
    """Yield the sums that the study says hold: within a row, from row to row, and of a total row."""
    for row in range(frame.height):
        for whole, parts in release.sums:
            yield _sum((row, whole), [(row, part) for part in parts], values)
        if release.chain is not None and row:
            yield _sum((row, release.chain[0]), [(row - 1, release.chain[1])], values)
    keyed = frame.with_row_index("_row")
    for key, word in release.total:
        others = [other for other in release.keys if other != key]
        for _, group in keyed.group_by(others or [pl.lit(1)], maintain_order=True):
            is_whole = pl.col(key).cast(pl.String) == word
            part_rows = group.filter(~is_whole)["_row"].to_list()
            for whole_row in group.filter(is_whole)["_row"].to_list():
                for column in release.cells:
                    yield _sum((whole_row, column), [(row, column) for row in part_rows], values)


def _sum(whole: Cell, parts: Iterable[Cell], values: dict[Cell, int]) -> Sum:
    """Return whole - parts = 0 over the counts that are there; nothing where the whole is not."""
    if whole not in values:
        return {}
    return {whole: 1, **{part: -1 for part in parts if part in values}}


def _first_exposed(audit: Audit) -> Cell | None:
    """Return a suppressed count that the others give away, the smallest first; None when all are safe."""
    for component in _components(audit):
        if tuple(component) in audit.safe:
            continue
        bounds = _bounds(audit, component)
        for cell in sorted(component, key=lambda one: (audit.values[one], one)):
            low, high = bounds[cell]
            if high - low < audit.least - 1 - 1e-6:
                return cell
        audit.safe.add(tuple(component))
    return None


def _components(audit: Audit) -> list[list[Cell]]:
    """Return the suppressed counts in groups that sums bind together; one in no sum is safe and left out."""
    group: dict[Cell, int] = {}
    members: dict[int, set[Cell]] = {}
    for number, found in enumerate(audit.sums):
        cells = {cell for cell in found if cell in audit.suppressed}
        if not cells:
            continue
        old = {group[cell] for cell in cells if cell in group}
        joined = cells.union(*(members.pop(one) for one in old))
        members[number] = joined
        group |= dict.fromkeys(joined, number)
    return [sorted(cells) for cells in members.values()]


def _bounds(audit: Audit, component: list[Cell]) -> dict[Cell, tuple[float, float]]:
    """Return how small and how large each suppressed count of a group could be, given all that is shown."""
    place = {cell: number for number, cell in enumerate(component)}
    rows, rest = [], []
    for found in audit.sums:
        if not any(cell in place for cell in found):
            continue
        row = np.zeros(len(component))
        shown = 0
        for cell, sign in found.items():
            if cell in place:
                row[place[cell]] = sign
            else:
                shown += sign * audit.values[cell]
        rows.append(row)
        rest.append(-shown)
    matrix, right = np.array(rows), np.array(rest, dtype=float)
    most = 10.0 * (max(audit.values.values()) + audit.least)
    return {cell: _range(number, matrix, right, most) for cell, number in place.items()}


def _range(number: int, matrix: np.ndarray, right: np.ndarray, most: float) -> tuple[float, float]:
    """Return the least and the greatest value of one count that fits all sums; suppressed counts are at least one."""
    aim = np.zeros(matrix.shape[1])
    aim[number] = 1
    limits = (1, most)
    low = linprog(aim, A_eq=matrix, b_eq=right, bounds=limits, method="highs")
    high = linprog(-aim, A_eq=matrix, b_eq=right, bounds=limits, method="highs")
    return (float(low.fun), float(-high.fun)) if low.success and high.success else (0.0, 0.0)


def _complement(audit: Audit, exposed: Cell) -> Cell | None:
    """Return the count to suppress besides: the smallest one shown in the sums that bind the exposed count's group."""
    group = next((cells for cells in _components(audit) if exposed in cells), [exposed])
    binding = [found for found in audit.sums if any(cell in found for cell in group)]
    shown = {cell for found in binding for cell in found if cell not in audit.suppressed}
    return min(shown, key=lambda cell: (audit.values[cell], cell)) if shown else None
