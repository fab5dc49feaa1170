"""How wide a table's columns are on paper: no word runs into the next column, and no table off the page."""

from __future__ import annotations

import re
from collections.abc import Sequence

PAGE_PT = 492.0  # between the margins of an A4 page
INSET_PT = 7.0  # left and right of a cell's text together
# Widths of letters in their size (Liberation Sans, a little generous); headings are bold.
CAPITAL_EM, OTHER_EM, SPACE_EM, BOLD = 0.74, 0.54, 0.29, 1.08
SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.6)
# A cell breaks at spaces alone, a no-break space is none.
WORDS = re.compile(r"[^ ]+")


def column_widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
    """Return the size of the letters and each column's width, both in points.

    The largest letters are taken with which every word stands whole; the smallest where no size does.
    """
    columns = [(heading, [row[place] for row in rows]) for place, heading in enumerate(headings)]
    for size in SIZES:
        least = [_longest_word(*column) * size + INSET_PT for column in columns]
        if sum(least) <= PAGE_PT:
            break
    most = [_longest_cell(*column) * size + INSET_PT for column in columns]
    if sum(most) <= PAGE_PT:
        return size, most
    if sum(least) >= PAGE_PT:
        return size, [width * PAGE_PT / sum(least) for width in least]
    return size, _filled(least, most)


def _em(text: str) -> float:
    capitals = sum(letter.isupper() or letter in "%<×−" for letter in text)
    spaces = sum(letter.isspace() for letter in text)
    return capitals * CAPITAL_EM + spaces * SPACE_EM + (len(text) - capitals - spaces) * OTHER_EM


def _longest_word(heading: str, cells: Sequence[str]) -> float:
    """Return the width of the longest word in letters' sizes."""
    inside = [_em(word) for cell in cells for word in WORDS.findall(cell)]
    return max([*inside, *(_em(word) * BOLD for word in WORDS.findall(heading)), OTHER_EM])


def _longest_cell(heading: str, cells: Sequence[str]) -> float:
    """Return the width of the longest cell; a heading may stand in two lines where the cells below it are short."""
    words = [_em(word) * BOLD for word in WORDS.findall(heading)]
    return max([*(_em(cell) for cell in cells), *words, _em(heading) * BOLD * 0.6])


def _filled(least: list[float], most: list[float]) -> list[float]:
    """Return widths that fill the page: each its longest word, and the rest by what each would still like."""
    wish = [high - low for low, high in zip(least, most, strict=True)]
    rest = PAGE_PT - sum(least)
    return [low + rest * want / sum(wish) for low, want in zip(least, wish, strict=True)]
