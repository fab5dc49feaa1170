"""Dirt on request: some rows of a block are spoiled, and each is written down with what reading must make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from hepatica.record.tables import TABLES
from hepatica.synthetic.blocks import Settings
from hepatica.synthetic.dirt_kinds import KINDS, Row, Spoiled
from hepatica.synthetic.draws import TABLE_BLOCK, Floats, Stream

DIRT_LEVELS = ("none", "light", "heavy")
LOG_COLUMNS = ("file", "line", "patient_id", "kind", "column", "before", "after", "fate", "reason")
_BIRTH = "birth_date"


@dataclass(frozen=True)
class Dirt:
    """How much dirt, into which files."""

    settings: Settings
    level: str
    file_format: str

    @property
    def first_line(self) -> int:
        """Return the number of a file's first row: a text file's header is line 1."""
        return 2 if self.file_format == "csv" else 1

    def draws(self, number: int, table: str, rows: int) -> Floats:
        """Return three numbers for each row of a block's table; those of a row do not hang on how many follow."""
        place = TABLE_BLOCK + number * len(TABLES) + list(TABLES).index(table)
        return Stream(self.settings.seed, place, "dirt").uniform(rows, 3)


def dirt_in(
    dirt: Dirt, sent: dict[str, pa.Table], number: int, before: dict[str, int]
) -> tuple[dict[str, pa.Table], pa.Table]:
    """Return a block's tables with dirt in them, and the list of what was done; `before` counts the rows before."""
    births = _text(sent["patients"]).select("patient_id", _BIRTH)
    tables, logs = {}, []
    for name, table in sent.items():
        frame = _text(table)
        draws = dirt.draws(number, name, frame.height)
        dirty, log = _spoil(name, frame, births, draws, dirt.settings.model["dirt.share"][dirt.level])
        file = pl.lit(f"{name}.{dirt.file_format}")
        logs.append(log.with_columns(file=file, line=pl.col("line") + before[name] + dirt.first_line))
        tables[name] = dirty.to_arrow(compat_level=pl.CompatLevel.oldest())
    return tables, pl.concat(logs).select(LOG_COLUMNS).to_arrow(compat_level=pl.CompatLevel.oldest())


def _text(table: pa.Table) -> pl.DataFrame:
    """Return a table as a spreadsheet would hold it: every cell is text."""
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(type(frame).__name__)
    return frame.cast(pl.String)


def _spoil(
    name: str, frame: pl.DataFrame, births: pl.DataFrame, draws: Floats, share: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a table with some rows spoiled, and the list of them with their line counted from 0."""
    chosen = np.flatnonzero(draws[:, 0] < share)
    rows = _rows(frame, births, chosen)
    done: list[tuple[int, str, Spoiled]] = []
    for place, row, (_, which, chance) in zip(chosen.tolist(), rows, draws[chosen], strict=True):
        kind = _kind(name, row, which)
        spoiled = None if kind is None else KINDS[name][kind](row, chance)
        if spoiled is not None and kind is not None:
            done.append((place, kind, spoiled))
    return _put_in(frame, done), _log(done)


def _kind(name: str, row: Row, which: float) -> str | None:
    """Return what is done to a row; nothing to a death, after which nothing may follow."""
    kinds = list(KINDS[name])
    return None if row.get("event") == "death" else kinds[int(which * len(kinds))]


def _rows(frame: pl.DataFrame, births: pl.DataFrame, chosen: np.ndarray[Any, np.dtype[np.intp]]) -> list[Row]:
    """Return the chosen rows, each with its patient's date of birth."""
    rows = frame[chosen]
    if _BIRTH not in rows.columns:
        rows = rows.join(births, on="patient_id", how="left", maintain_order="left")
    return rows.to_dicts()


def _put_in(frame: pl.DataFrame, done: list[tuple[int, str, Spoiled]]) -> pl.DataFrame:
    """Return the table with the spoiled rows in the place of theirs."""
    untouched = frame.with_columns(place=pl.int_range(frame.height) * 2)
    untouched = untouched.filter(~pl.col("place").is_in([place * 2 for place, _, _ in done]))
    new = [
        {**{name: row[name] for name in frame.columns}, "place": place * 2 + extra}
        for place, _, spoiled in done
        for extra, row in enumerate(spoiled.rows)
    ]
    return pl.concat([untouched, pl.DataFrame(new, schema=untouched.schema)]).sort("place").drop("place")


def _log(done: list[tuple[int, str, Spoiled]]) -> pl.DataFrame:
    """Return the list of what was done; a row that was put in moves all after it down by one."""
    entries, added = [], 0
    for place, kind, spoiled in done:
        added += len(spoiled.rows) - 1
        last = spoiled.rows[-1]
        after = last[spoiled.column] if spoiled.column else None
        what = (kind, spoiled.column, spoiled.before, after, spoiled.fate, spoiled.reason)
        entries.append((place + added, last["patient_id"], *what))
    schema = {"line": pl.Int64} | dict.fromkeys(LOG_COLUMNS[2:], pl.String)
    return pl.DataFrame(entries, schema=schema, orient="row")
