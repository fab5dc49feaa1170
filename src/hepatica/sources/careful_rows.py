"""The careful parser: every row of a text table with the line it starts on, and every line that is no row.

Slower than the fast parser and exact where that one is not: quoted line breaks, blank lines, comment lines, rows
with too few or too many cells, quotes that never close. One bad line costs one line, never the rows after it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field

from hepatica.sources.clean_blocks import LONGEST_ROW

# A quoted cell that runs over more lines than this is a quote that was never closed.
LONGEST_CELL_LINES = 1000

WRONG_NUMBER_OF_FIELDS = "wrong_number_of_fields"
QUOTE_NOT_CLOSED = "quote_not_closed"
UNREADABLE_ROW = "unreadable_row"


@dataclass(frozen=True)
class BadLine:
    """A line that is no row: where it is, its text, why it cannot be used, and the remedy."""

    line: int
    text: str
    reason: str
    explanation: str


@dataclass
class Rows:
    """What a block of text holds: rows with their lines, bad lines, and the unfinished row at its end."""

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    blank: int = 0
    comments: int = 0
    rest: bytes = b""


def read_rows(
    block: bytes,
    first_line: int,
    separator: str,
    fields: int,
    *,
    comment: bytes | None = None,
    last: bool = True,
) -> Rows:
    """Return the rows of a block that begins on `first_line`; unless it is the last, an open quote waits for more."""
    rows = Rows()
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    number = 0
    while number < len(lines):
        if lines[number] in {b"", b"\r"}:
            rows.blank += 1
            number += 1
        elif comment is not None and lines[number].startswith(comment):
            rows.comments += 1
            number += 1
        else:
            taken = _row_length(lines, number, separator, last=last)
            if taken is None:
                rows.rest = b"\n".join(lines[number:]) + b"\n"
                return rows
            number += _take(rows, lines[number : number + taken], first_line + number, separator, fields)
    return rows


def _row_length(lines: list[bytes], start: int, separator: str, *, last: bool) -> int | None:
    """Return how many lines the row has: 1 if its quotes close on it or never, None if more text is needed to know."""
    quotes = lines[start].count(b'"')
    if quotes % 2 and parsed(lines[start].removesuffix(b"\r").decode("utf-8"), separator) is not None:
        return 1  # a lone quote inside a cell that is not in quotes (5" tube) opens nothing
    size = len(lines[start])
    number = start
    while quotes % 2:
        number += 1
        if number - start >= LONGEST_CELL_LINES or size > LONGEST_ROW:
            return 1
        if number == len(lines):
            return 1 if last else None
        quotes += lines[number].count(b'"')
        size += len(lines[number])
    return number - start + 1


def _take(rows: Rows, lines: list[bytes], line: int, separator: str, fields: int) -> int:
    """Add the row, or its first line as a bad one; return how many lines that used up."""
    raw = b"\n".join(lines)
    text = raw.removesuffix(b"\r").decode("utf-8")
    cells, reason, explanation = _cells(text, len(raw), separator)
    if cells is not None and len(cells) == fields:
        rows.cells.append(cells)
        rows.lines.append(line)
        return len(lines)
    if cells is not None:
        reason = WRONG_NUMBER_OF_FIELDS
        explanation = (
            f"the number of cells is {len(cells)} where the header has {fields}; "
            "check for a separator or a line break inside a cell that is not in quotes"
        )
    rows.bad.append(BadLine(line, lines[0].removesuffix(b"\r").decode("utf-8"), reason, explanation))
    return 1


def _cells(text: str, size: int, separator: str) -> tuple[list[str] | None, str, str]:
    """Return the row's cells, or None with the reason and its explanation."""
    if "\0" in text:
        return None, UNREADABLE_ROW, "the row holds a zero byte; export it again"
    if size > LONGEST_ROW:
        return None, UNREADABLE_ROW, f"the row is longer than {LONGEST_ROW} bytes; check for a quote that is not closed"
    if '"' not in text and "\r" not in text:
        return text.split(separator), "", ""
    cells = parsed(text, separator)
    if cells is None and text.count('"') % 2:
        return None, QUOTE_NOT_CLOSED, "a quote on this line is never closed; double a quote that is part of a cell"
    return cells, UNREADABLE_ROW, "a quote or a line break stands where none can be; put the whole cell in quotes"


def parsed(text: str, separator: str) -> list[str] | None:
    """Return the cells of one row of text, or None if its quotes or line breaks make it no row."""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error:
        return None
