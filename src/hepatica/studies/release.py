"""How a table may leave the centre. A table that does not say how it can be shared is never shared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """A table of numbers of patients: cells under the limit are suppressed, and what would give them away.

    `keys` name a row (they hold no patient's value), `cells` are the columns of counts. `sums` are the sums within a
    row, ("n", ("responders", "others")): the first is the sum of the rest. `total` names the row that sums the others
    of a key column, (("line", "all"),); leave it out where rows overlap or there is no such row. `chain` says that a
    row's first column is the row before's second, ("before", "in"). `left_out` are columns that never leave (reasons
    with counts in words). Every other column (share, interval, p) follows its row: it is suppressed wherever a count
    of the row is.
    """

    keys: tuple[str, ...]
    cells: tuple[str, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    total: tuple[tuple[str, str], ...] = ()
    chain: tuple[str, str] | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurveOf:
    """A curve over time per group: what leaves stands on a grid, in steps of at least the limit of patients.

    `grid` is its width in the unit of time; None where the table stands on one already.

    `size` is the column that counts those at risk; `shares` are the columns that step (survival, cumulative
    incidence); `bounds` (intervals) and `events` are left out, because between two of them a single event shows.
    """

    time: str
    group: str
    size: str
    shares: tuple[str, ...]
    grid: float | None = 1.0


@dataclass(frozen=True)
class Estimates:
    """A table of a model's estimates, which leaves only if the count that stands behind it reaches the limit.

    `count` is the column with the number of patients or events behind each row; it leaves rounded to the limit. It must
    reach `times` the limit: 4 for quartiles, of which a small group's are single patients' values.
    """

    count: str
    times: int = 1


@dataclass(frozen=True)
class Open:
    """A table without any number of patients (a list of definitions, a published figure): it leaves as it is."""


Release = Counts | CurveOf | Estimates | Open
