"""A text table: its header, its separator, and its rows in blocks, each row with the physical line it starts on."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from hepatica.errors import SourceError
from hepatica.sources.careful_rows import BadLine, Rows, parsed, read_rows
from hepatica.sources.clean_blocks import is_clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from hepatica.sources.text_files import TextFile

BLOCK_BYTES = 1 << 23
# A block that is not clean is halved down to this size before it is read with care.
CAREFUL_BYTES = 1 << 17
# Text without a single line end up to this size is no table.
LONGEST_LINE = 1 << 26
SEPARATORS = (",", ";", "\t", "|")
SHOWN_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Layout:
    """What was declared about a text table: separator, lines before the header, how comment lines begin."""

    separator: str | None = None
    skip_lines: int = 0
    comment: str | None = None


@dataclass
class Block:
    """Some rows of a text table: the wanted columns as text and `line`; the lines that are no rows."""

    frame: pl.DataFrame
    bad: list[BadLine] = field(default_factory=list)
    blank: int = 0
    comments: int = 0
    rest: bytes = b""


@dataclass(frozen=True)
class SeparatedTable:
    """A text table whose header was read: column names in order, and where its rows begin."""

    text: TextFile
    separator: str
    names: tuple[str, ...]
    header_lines: int
    comment: bytes | None = None

    @property
    def name(self) -> str:
        """Return what the file is called in reports."""
        return self.text.name

    @property
    def shown_separator(self) -> str:
        """Return the separator's name."""
        return SHOWN_SEPARATORS.get(self.separator, repr(self.separator))

    def position(self, name: str) -> int | None:
        """Return where a column stands, or None; capitals and blanks around a name do not matter.

        Raises:
            SourceError: two columns have this name.
        """
        places = [place for place, other in enumerate(self.names) if plain_name(other) == plain_name(name)]
        if len(places) > 1:
            raise SourceError(self.text.name, f"{len(places)} columns are named {name}", "rename or remove one of them")
        return places[0] if places else None

    def blocks(self, columns: Mapping[str, int]) -> Iterator[Block]:
        """Yield the rows in order; `columns` says which name the column at which place is to have."""
        waiting, line = b"", self.header_lines + 1
        for chunk in self._body():
            waiting += chunk
            cut = waiting.rfind(b"\n") + 1
            if cut == 0 and len(waiting) > LONGEST_LINE:
                raise SourceError(f"{self.text.name}, line {line}", "never ends", "check that the file is a text table")
            if cut == 0 or len(waiting) < BLOCK_BYTES:
                continue
            data, waiting, rest = waiting[:cut], waiting[cut:], b""
            for block in self._pieces(data, line, columns, last=False):
                yield block
                rest = block.rest
            waiting = rest + waiting
            line += data.count(b"\n") - rest.count(b"\n")
        if waiting:
            yield from self._pieces(waiting, line, columns, last=True)

    def _body(self) -> Iterator[bytes]:
        """Yield the text below the header."""
        to_skip = self.header_lines
        for chunk in self.text.chunks():
            start = 0
            while to_skip and (end := chunk.find(b"\n", start)) >= 0:
                start, to_skip = end + 1, to_skip - 1
            if not to_skip:
                yield chunk[start:]

    def _pieces(self, data: bytes, line: int, columns: Mapping[str, int], *, last: bool) -> Iterator[Block]:
        """Yield the rows of some lines: the clean stretches fast, the small stretches around bad lines with care."""
        if is_clean(data, self.separator.encode(), len(self.names), self.comment):
            yield Block(self._fast(data, line, columns))
            return
        middle = data.find(b"\n", len(data) // 2) + 1
        if len(data) <= CAREFUL_BYTES or middle in {0, len(data)}:
            yield self._careful(data, line, columns, last=last)
            return
        half, rest = data[:middle], b""
        for block in self._pieces(half, line, columns, last=False):
            yield block
            rest = block.rest
        if len(rest) == len(half):  # one open quote over the whole half: only all of it can be read
            yield self._careful(data, line, columns, last=last)
            return
        line += half.count(b"\n") - rest.count(b"\n")
        yield from self._pieces(rest + data[middle:], line, columns, last=last)

    def _careful(self, data: bytes, line: int, columns: Mapping[str, int], *, last: bool) -> Block:
        rows = read_rows(data, line, self.separator, len(self.names), comment=self.comment, last=last)
        return Block(_frame(rows, columns), rows.bad, rows.blank, rows.comments, rows.rest)

    def _fast(self, data: bytes, line: int, columns: Mapping[str, int]) -> pl.DataFrame:
        """Return the rows of a clean block: one a line."""
        names = [f"c{place}" for place in range(len(self.names))]
        wanted = sorted(set(columns.values()))
        frame = pl.read_csv(
            io.BytesIO(data),
            has_header=False,
            schema=dict.fromkeys(names, pl.String()),
            columns=wanted,
            separator=self.separator,
        )
        quoted_blanks = b'"' in data and b'""' in data
        cells = [_cell(pl.col(f"c{place}"), quoted_blanks=quoted_blanks).alias(name) for name, place in columns.items()]
        return frame.select(*cells, line=pl.int_range(line, line + pl.len(), dtype=pl.Int64))


def _cell(column: pl.Expr, *, quoted_blanks: bool) -> pl.Expr:
    """Return the cell's text; a quoted empty cell is as missing as an empty one."""
    return pl.when(column != "").then(column) if quoted_blanks else column


def _frame(rows: Rows, columns: Mapping[str, int]) -> pl.DataFrame:
    cells = {
        name: pl.Series(name, [row[place] or None for row in rows.cells], dtype=pl.String)  # "" is missing
        for name, place in columns.items()
    }
    return pl.DataFrame([*cells.values(), pl.Series("line", rows.lines, dtype=pl.Int64)])


def plain_name(name: str) -> str:
    """Return a column's name without what differs between programs: capitals, blanks, invisible marks."""
    return name.replace("\ufeff", "").replace("\u200b", "").strip().casefold()


def read_header(text: TextFile, known: Collection[str], layout: Layout) -> SeparatedTable:
    """Return the table with its header read; the separator is the one that gives most of the known columns.

    Raises:
        SourceError: the file is empty, or its first line names none of the known columns.
    """
    lines = next((chunk for chunk in text.chunks() if chunk), b"").split(b"\n")
    separator, start = layout.separator, layout.skip_lines
    if not layout.skip_lines and lines[0][:4].lower() == b"sep=" and len(lines[0].rstrip()) == 5:
        separator, start = chr(lines[0][4]), 1  # Excel's own declaration of the separator
    comment = layout.comment.encode() if layout.comment is not None else None
    while start < len(lines) and _is_no_header(lines[start], comment):
        start += 1
    if start >= len(lines):
        raise SourceError(text.name, "is empty: not even a header", "write the column names into its first line")
    candidates = SEPARATORS if separator is None else (separator,)
    tables = [_with_header(text, lines, start, candidate, comment) for candidate in candidates]
    wanted = {plain_name(name) for name in known}
    best = max(tables, key=lambda table: len(wanted.intersection(map(plain_name, table.names))))
    if not wanted.intersection(map(plain_name, best.names)):
        expected = ", ".join(list(known)[:8])
        raise SourceError(
            f"{text.name}, line {start + 1}",
            f"is no header: it names none of {expected}",
            "write the column names into the first line, or declare the separator, or use a mapping",
        )
    return best


def _is_no_header(line: bytes, comment: bytes | None) -> bool:
    return not line.strip() or (comment is not None and line.startswith(comment))


def _with_header(
    text: TextFile, lines: list[bytes], start: int, separator: str, comment: bytes | None
) -> SeparatedTable:
    """Return the table as this separator would have it; a header with quoted line breaks takes several lines."""
    for taken in range(1, 20):
        header = b"\n".join(islice(lines, start, start + taken)).removesuffix(b"\r").decode("utf-8", "replace")
        names = parsed(header, separator)
        if names is not None:
            return SeparatedTable(text, separator, tuple(names), start + taken, comment)
    return SeparatedTable(text, separator, (), start + 1, comment)
