"""What a study's page and PDF say alike: tables short enough to read, reporting items, the lead."""

from __future__ import annotations

import polars as pl

from hepatica.report.page import PageTable
from hepatica.report.wording import heading
from hepatica.studies import Result

# A table for people ends here; the rest is in its CSV file.
MOST_ROWS = 60
SHARED = "Shared version: counts under {k} and what would give them away are suppressed."


def lead(result: Result) -> str:
    """Return the line under the title: what study, as of when, by which definitions."""
    course = result.definition.get("course")
    # Published counts and a design have no patients, so no day as of which they are told.
    where = f"as of {course['as_of']}, definitions {course['definitions']}. " if course and course["as_of"] else ""
    return f"Study {result.name}, {where}Fingerprint {result.fingerprint[:16]}."


def page_tables(result: Result) -> list[PageTable]:
    """Return the result's tables as people read them; a long one is cut, and says where the rest is."""
    return [_page_table(name, sheet.caption, sheet.frame) for name, sheet in result.sheets.items()]


def _page_table(name: str, caption: str, frame: pl.DataFrame) -> PageTable:
    cut = frame.height > MOST_ROWS
    more = f" (first {MOST_ROWS} of {frame.height:,} rows; all in tables/{name}.csv)" if cut else ""
    return PageTable(
        caption + more, [heading(column) for column in frame.columns], frame.head(MOST_ROWS).rows(), "no rows."
    )


def item_tables(result: Result) -> list[PageTable]:
    """Return a table per checklist: its items, and which part of the report fills each."""
    names = list(dict.fromkeys(item.checklist for item in result.items))
    return [_item_table(result, name) for name in names]


def _item_table(result: Result, name: str) -> PageTable:
    items = [item for item in result.items if item.checklist == name]
    filled = sum(item.filled_by is not None for item in items)
    rows = [
        (item.item, item.section, item.topic, "left to the authors" if item.filled_by is None else item.filled_by)
        for item in items
    ]
    caption = f"{name}: {filled} of {len(items)} items are filled by this report"
    return PageTable(caption, ("Item", "Section", "Topic", "Filled by"), rows)


def software_table(result: Result) -> PageTable:
    """Return the software that computed the result."""
    return PageTable("Software", ("Name", "Version"), list(result.software.items()))
