"""An answer of the command line as a page: a table, or text as the terminal shows it, with nothing beside itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hepatica
from hepatica.report.page import PageTable, render
from hepatica.report.wording import heading

if TYPE_CHECKING:
    import polars as pl


def table_html(title: str, frame: pl.DataFrame, *, synthetic: bool = False) -> str:
    """Return a table as one HTML document; unknown is said as such."""
    shown = PageTable(title, [heading(column) for column in frame.columns], frame.rows(), "No rows.")
    return _page(title, synthetic=synthetic, shown=shown, text="")


def text_html(title: str, text: str) -> str:
    """Return text as one HTML document, its lines as they are."""
    return _page(title, synthetic=False, shown=None, text=text)


def _page(title: str, *, synthetic: bool, shown: PageTable | None, text: str) -> str:
    return render(
        "plain.html",
        [],
        interactive=False,
        title=title,
        lead="",
        synthetic=synthetic,
        notices=[],
        sections=[("answer", title)],
        version=hepatica.__version__,
        shown=shown,
        text=text,
    )
