"""What a source has to tell about a reading besides the rows: files, lines that are no rows, rows left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from hepatica.record import TableCount
from hepatica.record.record import PROBLEM_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hepatica.record import Reading
    from hepatica.sources.careful_rows import BadLine
    from hepatica.sources.parquet_tables import ParquetTable
    from hepatica.sources.separated_tables import SeparatedTable

MOST_VALUES_NAMED = 5
LONGEST_LINE_SHOWN = 200


@dataclass
class FileAccount:
    """One file as it was read: what it is, how many rows, and the lines that hold none."""

    name: str
    form: str
    size: int
    rows: int = 0
    blank: int = 0
    comments: int = 0
    bad: int = 0

    def sentence(self) -> str:
        """Return the file in one line of the report."""
        skipped = [f"{self.blank:,} blank lines"] if self.blank else []
        skipped += [f"{self.comments:,} comment lines"] if self.comments else []
        return f"{self.name}: {self.form}, {self.size:,} bytes, {self.rows:,} rows" + (
            f" ({', '.join(skipped)} skipped)" if skipped else ""
        )


@dataclass
class Account:
    """The account of one reading so far. It travels with the first bucket, so that it is told exactly once."""

    files: dict[str, FileAccount] = field(default_factory=dict)
    bad_lines: list[pl.DataFrame] = field(default_factory=list)
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    ignored_columns: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    aliases: Counter[tuple[str, str]] = field(default_factory=Counter)
    empty_cells: Counter[str] = field(default_factory=Counter)
    empty_rows: Counter[str] = field(default_factory=Counter)
    # Codes that a source left unread because the vocabulary has none of them, with how often each occurs.
    unknown_codes: list[pl.DataFrame] = field(default_factory=list)

    def tell_parquet(self, found: ParquetTable) -> None:
        """Keep the account of a Parquet file."""
        self.files[found.name] = FileAccount(found.name, "Parquet", found.path.stat().st_size, found.rows)

    def told_blocks(
        self, table: str, found: SeparatedTable, columns: Mapping[str, int], *, bad_lines: bool = True
    ) -> Iterator[pl.DataFrame]:
        """Yield a text table's rows and keep the account of its file; bad lines count for `table`, if at all."""
        text = found.text
        form = f"{text.shown_encoding}, separator {found.shown_separator}"
        file = self.files[text.name] = FileAccount(text.name, form, text.path.stat().st_size)
        for sentence in text.notes:
            self.note(sentence)
        for block in found.blocks(columns):
            file.rows += block.frame.height + len(block.bad)
            file.blank += block.blank
            file.comments += block.comments
            file.bad += len(block.bad)
            if bad_lines:
                self._add_bad_lines(table, text.name, block.bad)
            yield block.frame
        if file.bad and not bad_lines:
            self.note(f"{text.name}: {file.bad:,} lines are no rows; whose they are is not known")

    def note(self, sentence: str) -> None:
        """Say something once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _add_bad_lines(self, table: str, file: str, bad: Sequence[BadLine]) -> None:
        """Put the lines that are no rows into quarantine."""
        if not bad:
            return
        rows = [
            {
                "table": table,
                "file": file,
                "line": one.line,
                "value": one.text[:LONGEST_LINE_SHOWN],
                "reason": one.reason,
                "explanation": one.explanation,
            }
            for one in bad
        ]
        self.bad_lines.append(pl.DataFrame(rows, schema=PROBLEM_SCHEMA))

    def leave_out(self, why: str, values: pl.Series, *, named: bool = True) -> None:
        """Count rows that a mapping leaves out, by the value that was decisive unless it names a patient."""
        counted = self.left_out.setdefault(why, Counter())
        if not named:
            counted["values not shown"] += values.len()
            return
        for value, number in values.value_counts(name="number").iter_rows():
            counted["(empty)" if value is None else value] += number

    def add_to(self, reading: Reading) -> None:
        """Complete the account of the record's checks by that of the source; the counts still add up."""
        for bad in self.bad_lines:
            count = reading.counts.setdefault(bad["table"][0], TableCount())
            count.read += bad.height
            count.quarantined += bad.height
        reading.quarantine = pl.concat([reading.quarantine, *self.bad_lines])
        reading.unknown_codes = pl.concat([reading.unknown_codes, *self.unknown_codes])
        for table, names in self.ignored_columns.items():
            known = reading.ignored_columns.setdefault(table, [])
            known.extend(name for name in names if name not in known)
        reading.notes.extend([file.sentence() for file in self.files.values()])
        reading.notes.extend(self.notes)
        reading.notes.extend(
            f"unit {unit!r} read as {known!r} in {count:,} rows, as declared"
            for (unit, known), count in self.aliases.items()
        )
        if empty := [f"{column} ({count:,})" for column, count in self.empty_cells.items() if count]:
            reading.notes.append(f"empty cells that are no measurements: {', '.join(empty)}")
        if about_others := [f"{what} ({count:,})" for what, count in self.empty_rows.items() if count]:
            reading.notes.append(f"rows that hold none of these fields: {'; '.join(about_others)}")
        reading.notes.extend(_left_out(why, counted) for why, counted in self.left_out.items() if counted)


def _left_out(why: str, counted: Counter[str]) -> str:
    by_number = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    most = ", ".join(f"{value} ({number:,})" for value, number in by_number[:MOST_VALUES_NAMED])
    more = len(counted) - MOST_VALUES_NAMED
    return f"left out by the mapping: {counted.total():,} rows of {why}: {most}" + (
        f", and {more:,} other values" if more > 0 else ""
    )
