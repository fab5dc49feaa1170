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


def filled_by(result: Result, places: str) -> str:
    """Return where a reader finds an item: `table:cox` as "Table 3", `figure:attrition` as "Figure 6".

    A table of which only a picture is drawn is named with its file. What the shared version lacks is not named; where
    nothing is left, that is said.
    """
    read = [name for name, sheet in result.sheets.items() if not sheet.drawn]
    named = {f"table:{name}": f"tables/{name}.csv" for name in result.sheets}
    named |= {f"table:{name}": f"Table {number}" for number, name in enumerate(read, 1)}
    named |= {f"figure:{name}": f"Figure {number}" for number, name in enumerate(result.figures, 1)}
    told = []
    for part in places.split("; "):
        place, _, remark = part.partition(" ")
        words = named.get(place, None if ":" in place else place)
        if words is not None:
            told.append(f"{words} {remark}".strip())
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}" if text else "not in this shared version"


def _item_table(result: Result, name: str) -> PageTable:
    items = [item for item in result.items if item.checklist == name]
    filled = sum(item.filled_by is not None for item in items)
    rows = [(item.item, item.section, item.topic, _place(result, item.filled_by)) for item in items]
    caption = f"{name}: {filled} of {len(items)} items are filled by this report"
    return PageTable(caption, ("Item", "Section", "Topic", "Filled by"), rows)


def _place(result: Result, places: str | None) -> str:
    return "left to the authors" if places is None else filled_by(result, places)


def software_table(result: Result) -> PageTable:
    """Return the software that computed the result."""
    return PageTable("Software", ("Name", "Version"), list(result.software.items()))
