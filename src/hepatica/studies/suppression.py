"""Suppression of small counts, with as many more as are needed so that none can be worked out from the others.

Zero is no patient and is shown, so a suppressed count is known to be at least one. Within a table the worst case is
judged, in which whoever adds and subtracts knows every shown count exactly. Tables that leave together are judged as
they leave, rounded (`suppression_together`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.optimize import linprog

from hepatica.studies.release import Counts
from hepatica.studies.suppression_sums import Cell, Sum, Table, counts_of, declared


@dataclass
class Audit:
    """All counts of the tables, the sums that bind them, and which are suppressed."""

    least: int
    values: dict[Cell, int]
    sums: list[Sum] = field(default_factory=list)
    suppressed: set[Cell] = field(default_factory=set)
    safe: set[tuple[Cell, ...]] = field(default_factory=set)  # groups of suppressed counts found safe before


def suppressed_cells(frame: pl.DataFrame, release: Counts, least: int) -> set[tuple[int, str]]:
    """Return the cells (row, column) of a table that must not be shown where it leaves alone.

    First every count from one to the limit; then the smallest others, until each suppressed count could still be any
    of at least as many values as the limit, whatever is added and subtracted.
    """
    return {(row, column) for _, row, column in suppressed_in("", Table(frame, release), least)}


def suppressed_in(name: str, table: Table, least: int) -> set[Cell]:
    """Return the same as places in the table of that name."""
    values = counts_of(name, table)
    audit = Audit(least, values)
    audit.suppressed = {cell for cell, value in values.items() if 0 < value < max(least, table.least)}
    for found in declared({name: table}, values):
        # A zero is shown and adds nothing.
        kept = {cell: sign for cell, sign in found.items() if values[cell]}
        if kept:
            audit.sums.append(kept)
    while exposed := _first_exposed(audit):
        more = _complement(audit, exposed)
        if more is None:
            break
        audit.suppressed.add(more)
    return audit.suppressed


def _first_exposed(audit: Audit) -> Cell | None:
    """Return a suppressed count that the others give away, the smallest of its group; None when all are safe."""
    for component in _components(audit):
        if tuple(component) in audit.safe:
            continue
        system = _system(audit, component)
        for cell in sorted(component, key=lambda one: (audit.values[one], one)):
            low, high = _range(component.index(cell), *system)
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


def _system(audit: Audit, component: list[Cell]) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the equations that bind a group of suppressed counts, given all that is shown, and a count too large."""
    place = {cell: number for number, cell in enumerate(component)}
    rows: dict[tuple[float, ...], float] = {}
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
        rows[tuple(row)] = -shown  # the same equation twice says nothing more
    most = 10.0 * (max(audit.values.values()) + audit.least)
    return np.array(list(rows)), np.array(list(rows.values()), dtype=float), most


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
