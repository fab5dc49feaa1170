"""What every kind of source is turned into before the record checks it: the six tables, raw, row by row with origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import polars as pl

from hepatica.record import TABLES
from hepatica.record.distinct import as_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hepatica.sources.account import Account
    from hepatica.sources.selection import Selection


class RawTables(Protocol):
    """The raw tables of a source: the record's columns as they were written, with file, line, and key."""

    def names(self) -> list[str]:
        """Return which of the six tables the source has."""

    def size(self, table: str) -> int:
        """Return roughly how many bytes have to be read for a table."""

    def rows_at_most(self, table: str) -> int:
        """Return a number of rows that a table surely does not exceed by much, without reading it."""

    def blocks(self, table: str, account: Account, selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield a table's rows in the order of its file; what else there is to tell goes into the account."""


def empty_raw(table: str) -> pl.DataFrame:
    """Return a raw table without rows."""
    return pl.DataFrame(
        schema=dict.fromkeys(TABLES[table].names, pl.String())
        | {"file": pl.String(), "line": pl.Int64(), "key": pl.String()}
    )


def joined(blocks: Sequence[pl.DataFrame], table: str) -> pl.DataFrame:
    """Return a table's blocks as one; texts that each block numbers in its own way are numbered anew."""
    if len(blocks) < 2:
        return blocks[0] if blocks else empty_raw(table)
    lists: dict[str, list[pl.Series]] = {}
    for block in blocks:
        for name, dtype in block.schema.items():
            if isinstance(dtype, pl.Enum):
                lists.setdefault(name, []).append(dtype.categories)
    common = {
        name: pl.Enum(pl.concat(found).unique(maintain_order=True)) if len(found) == len(blocks) else pl.String()
        for name, found in lists.items()
    }
    return pl.concat((block.cast(common) for block in blocks), rechunk=False)  # type: ignore[arg-type]


def as_declared(
    frame: pl.DataFrame, missing: Sequence[str], unit_aliases: Mapping[str, str], account: Account
) -> pl.DataFrame:
    """Return rows with the declared words for "missing" emptied and the declared unit aliases replaced and counted."""
    if missing or unit_aliases:
        frame = as_texts(frame)
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if missing and texts:
        bare = pl.col(texts).str.strip_chars()
        frame = frame.with_columns(pl.when(bare.is_in(missing).not_()).then(pl.col(texts)))
    if unit_aliases and "unit" in texts:
        unit = pl.col("unit").str.strip_chars()
        used = frame.select(unit.filter(unit.is_in(list(unit_aliases))).value_counts()).unnest("unit")
        account.aliases.update({(name, unit_aliases[name]): count for name, count in used.iter_rows()})
        frame = frame.with_columns(
            pl.when(unit.is_in(list(unit_aliases))).then(unit.replace(unit_aliases)).otherwise("unit").alias("unit")
        )
    return frame


def with_origin(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """Return rows that have a line with their file, and a place for the source's own key."""
    key = [] if "key" in frame.columns else [pl.lit(None, pl.String).alias("key")]
    return frame.with_columns(pl.lit(file).alias("file"), *key)
