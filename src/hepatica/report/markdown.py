"""Markdown for the handbook: tables and paragraphs in which a source's text cannot break out of its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; an empty cell is a dash."""
    lines = [_row(headings), _row(["---"] * len(headings)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: object) -> str:
    """Return a cell's words on one line: a pipe, a line break, or a tag cannot end it."""
    if value in (None, "", ()):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def page(title: str, *parts: str) -> str:
    """Return a page: its title, then its parts, each a paragraph, a table, or a heading."""
    generated = "This page is generated from the code (`hepatica handbook`); it is not edited by hand."
    return "\n\n".join([f"# {title}", generated, *(part.strip() for part in parts if part.strip())]) + "\n"
