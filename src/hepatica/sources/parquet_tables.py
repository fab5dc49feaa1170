"""A Parquet table: its rows in batches with their types, each with its row number; only the row groups that matter.

Texts stay as the file has them: a list of the different texts (the categories of an Enum) and a number per row. Writing
them out and finding the different ones again was a third of all reading.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hepatica.errors import SourceError
from hepatica.record.distinct import numbered_texts
from hepatica.sources.selection import PatientRange
from hepatica.sources.separated_tables import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hepatica.sources.selection import Selection

BATCH_ROWS = 1_000_000
# A row of patients or results takes a byte at least. Beyond these a file is made to fill a memory.
MOST_ROWS_A_BYTE = 20
SUSPECT_FROM = 1_000_000


class Bounds(NamedTuple):
    """A row group's number of rows and the bounds of a column in it, None where the footer does not state them."""

    rows: int
    lowest: Any
    highest: Any


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file whose footer was read: names of its columns, which of them hold text, and how many rows it has."""

    path: Path
    name: str
    names: tuple[str, ...]
    rows: int
    texts: frozenset[str] = frozenset()

    def position(self, name: str) -> int | None:
        """Return where a column stands, or None; capitals and blanks around a name do not matter.

        Raises:
            SourceError: two columns have this name.
        """
        places = [place for place, other in enumerate(self.names) if plain_name(other) == plain_name(name)]
        if len(places) > 1:
            raise SourceError(self.name, f"{len(places)} columns are named {name}", "rename or remove one of them")
        return places[0] if places else None

    def blocks(self, columns: Mapping[str, int], selection: Selection | None = None) -> Iterator[pl.DataFrame]:
        """Yield the rows with their types and `line` (the row number); of the selected patients if so asked."""
        by_old_name = {self.names[place]: name for name, place in columns.items()}
        with _opened(self.path, self.name, texts=self.texts & by_old_name.keys()) as file:
            first = 1
            for number in range(file.metadata.num_row_groups):
                group = file.metadata.row_group(number)
                bounds = self._bounds(group, columns.get("patient_id"))
                if selection is None or selection.may_be_in(bounds.lowest, bounds.highest):
                    whole = isinstance(selection, PatientRange) and selection.holds_all(bounds.lowest, bounds.highest)
                    yield from self._group(file, number, first, by_old_name, None if whole else selection)
                first += group.num_rows

    def _group(
        self, file: pq.ParquetFile, number: int, first: int, names: Mapping[str, str], selection: Selection | None
    ) -> Iterator[pl.DataFrame]:
        for batch in file.iter_batches(BATCH_ROWS, row_groups=[number], columns=list(names)):
            batch.validate(full=True)  # a damaged page can hold text that is no UTF-8, which Polars trusts
            # Column by column: the file's own remarks on its columns are not needed and may be damaged, too.
            columns = [_series(new, batch.column(old)) for old, new in names.items()]
            lines = pl.int_range(first, first + batch.num_rows, dtype=pl.Int64, eager=True).alias("line")
            frame = pl.DataFrame([*columns, lines])
            first += batch.num_rows
            yield frame if selection is None else selection.rows(frame)

    def bounds(self, name: str) -> list[Bounds]:
        """Return the bounds of a column in each row group, as the footer states them."""
        place = self.position(name)
        with _opened(self.path, self.name) as file:
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
            return [self._bounds(group, place) for group in groups]

    def _bounds(self, group: Any, place: int | None) -> Bounds:
        chunks = (group.column(number) for number in range(group.num_columns))
        name = self.names[place] if place is not None else None
        # Leaves and columns are counted differently when a column is nested, so the column is found by its name.
        statistics = next((chunk.statistics for chunk in chunks if chunk.path_in_schema == name), None)
        if statistics is None or not statistics.has_min_max:
            return Bounds(group.num_rows, None, None)
        return Bounds(group.num_rows, statistics.min, statistics.max)


def read_footer(path: Path, name: str) -> ParquetTable:
    """Return the table with its footer read.

    Raises:
        SourceError: the file cannot be opened, is no Parquet file, or unpacks beyond all reason.
    """
    with _opened(path, name) as file:
        refuse_a_bomb(name, file.metadata.num_rows, path.stat().st_size)
        schema = file.schema_arrow
        texts = frozenset(field.name for field in schema if pa.types.is_string(field.type))
        return ParquetTable(path, name, tuple(schema.names), file.metadata.num_rows, texts)


def refuse_a_bomb(name: str, rows: int, size: int) -> None:
    """Refuse a file of so many bytes that claims more rows of patients or results than they can hold.

    Raises:
        SourceError: it does.
    """
    if rows > max(SUSPECT_FROM, MOST_ROWS_A_BYTE * size):
        what = f"claims {rows:,} rows in {size:,} bytes"
        raise SourceError(name, what, "look at it first; rows of patients that differ take more room")


def _series(name: str, column: pa.Array) -> pl.Series:
    """Return a column, texts with their numbers; a list that names a text twice is written out."""
    if not pa.types.is_dictionary(column.type):
        return pl.Series(name, column)
    texts = pl.Series(column.dictionary, dtype=pl.String)
    if texts.null_count() or texts.n_unique() < texts.len():
        return pl.Series(name, column.dictionary_decode())
    return numbered_texts(name, texts, pl.Series(column.indices))


@contextmanager
def _opened(path: Path, name: str, texts: Iterable[str] = ()) -> Iterator[pq.ParquetFile]:
    """Give an open Parquet file; of the columns named in `texts`, those of text keep the file's list of texts."""
    try:
        with pq.ParquetFile(path, read_dictionary=list(texts)) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError) as trouble:
        raise SourceError(name, "is damaged, or no Parquet file", "write it again, or give it as CSV") from trouble
