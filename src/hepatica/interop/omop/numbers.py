"""The numbers that rows of OMOP tables get: each table's go on from part to part, and a centre keeps its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl


@dataclass
class RowNumbers:
    """How far each table is numbered, and which number each treating centre has, over the parts of a record."""

    used: Counter[str] = field(default_factory=Counter)
    sites: dict[str, int] = field(default_factory=dict)

    def next_of(self, table: str) -> int:
        """Return the number that a table's next row gets."""
        return self.used[table] + 1

    def numbered(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Return rows with their numbers in front, which no other row of the table has (`person_id`)."""
        name = f"{table}_id"
        frame = rows.with_row_index(name, offset=self.next_of(table)).with_columns(pl.col(name).cast(pl.Int64))
        self.used[table] += rows.height
        return frame

    def new_sites(self, names: pl.Series) -> pl.DataFrame:
        """Return the centres that were in no part before, with their new numbers."""
        found = [name for name in names.drop_nulls().unique().sort() if name not in self.sites]
        rows = self.numbered("care_site", pl.DataFrame({"care_site_name": found}, schema={"care_site_name": pl.String}))
        self.sites |= dict(zip(rows["care_site_name"], rows["care_site_id"], strict=True))
        return rows
