"""What a study's page and PDF say alike beside their tables: the lead, reporting items, software."""

from __future__ import annotations

import re

from hepatica.report.page import PageTable
from hepatica.studies import Result

BELOW_ZERO = re.compile(r"(?<![\w.-])-(?=\d)")
TABLE_SIGNS = "– : not recorded, cannot be computed, or does not apply."
NO_ITEMS = "None of the checklists that the report knows (STROBE, CONSORT, TRIPOD) is for this kind of study."


def lead(result: Result) -> str:
    """Return the line under the title: what study, as of when, by which definitions."""
    course = result.definition.get("course")
    # Published counts and a design have no patients, so no day as of which they are told.
    where = f", as of {course['as_of']}, definitions {course['definitions']}" if course and course["as_of"] else ""
    return f"Study {result.name}{where}. Fingerprint {result.fingerprint[:16]}."


def notes(result: Result) -> list[str]:
    """Return the notes as they are printed: a number below zero with a minus sign, not with a hyphen."""
    return [BELOW_ZERO.sub("−", note) for note in result.notes]


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
