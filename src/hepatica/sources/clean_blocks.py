"""Whether a block of separated text is plain enough for the fast parser: one row a line, all rows equally long."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

QUOTE, NEWLINE, RETURN = ord('"'), ord("\n"), ord("\r")
# A longer row is no row of a table; both parsers put it in quarantine.
LONGEST_ROW = 100_000

Positions = npt.NDArray[np.int64]


def is_clean(block: bytes, separator: bytes, fields: int, comment: bytes | None = None) -> bool:
    """Return whether every line of the block is one row of `fields` cells with well-formed quotes.

    False is always safe: the careful parser reads the block then. True must be sure, because the fast parser fills
    short rows, drops blank lines, and forgives quotes without a word.
    """
    if b"\0" in block or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
        return False
    if comment is not None and (block.startswith(comment) or b"\n" + comment in block):
        return False
    text = np.frombuffer(block if block.endswith(b"\n") else block + b"\n", dtype=np.uint8)
    ends = np.flatnonzero(text == NEWLINE)
    if _has_blank_or_endless_line(text, ends):
        return False
    quotes = np.flatnonzero(text == QUOTE)
    if quotes.size and not _quotes_are_plain(text, quotes, ends, separator[0]):
        return False
    return _separators_per_line(text, quotes, ends, separator[0], fields - 1)


def _has_blank_or_endless_line(text: npt.NDArray[np.uint8], ends: Positions) -> bool:
    lengths = np.diff(ends, prepend=-1) - 1
    if bool((lengths == 0).any()) or bool((lengths > LONGEST_ROW).any()):
        return True
    return bool((text[ends[lengths == 1] - 1] == RETURN).any())


def _quotes_are_plain(text: npt.NDArray[np.uint8], quotes: Positions, ends: Positions, separator: int) -> bool:
    """Return whether quotes come in pairs around whole cells of one line ("" inside a cell is a pair's seam)."""
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, NEWLINE, text[opening - 1])
    after = text[closing + 1]  # the text always ends in a newline, so there is a next byte
    cell_starts = (before == separator) | (before == NEWLINE) | (before == QUOTE)
    cell_ends = (after == separator) | (after == NEWLINE) | (after == RETURN) | (after == QUOTE)
    one_line = np.searchsorted(ends, opening) == np.searchsorted(ends, closing)
    return bool(cell_starts.all() and cell_ends.all() and one_line.all())


def _separators_per_line(
    text: npt.NDArray[np.uint8], quotes: Positions, ends: Positions, separator: int, wanted: int
) -> bool:
    places = np.flatnonzero(text == separator)
    if quotes.size:
        places = places[np.searchsorted(quotes, places) % 2 == 0]
    per_line = np.diff(np.searchsorted(places, ends), prepend=0)
    return bool((per_line == wanted).all())
