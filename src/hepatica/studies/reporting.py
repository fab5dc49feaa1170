"""The items of STROBE, CONSORT, and TRIPOD as data: which of them a report fills, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from hepatica.errors import UsageError

CHECKLISTS = Path(__file__).parent / "reporting"


@dataclass(frozen=True)
class ReportingItem:
    """One item of a checklist: its number, section, and topic, and the part of the report that fills it, if any."""

    checklist: str
    item: str
    section: str
    topic: str
    filled_by: str | None = None


@lru_cache
def checklist(name: str) -> tuple[ReportingItem, ...]:
    """Return the items of a checklist (strobe, consort, tripod), none of them filled."""
    path = CHECKLISTS / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in CHECKLISTS.glob("*.yaml")))
        raise UsageError(f"checklist {name}", "there is no such checklist", f"use one of {known}")
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        ReportingItem(loaded["name"], item, section, topic)
        for section, items in loaded["items"].items()
        for item, topic in items.items()
    )


def reporting_items(fills: dict[str, dict[str, str]]) -> list[ReportingItem]:
    """Return the items of the checklists named, each with the part of the report that fills it or None.

    Raises UsageError for a checklist or an item that does not exist.
    """
    found = []
    for name, filled in fills.items():
        items = checklist(name)
        strange = sorted(set(filled) - {one.item for one in items})
        if strange:
            raise UsageError(f"checklist {name}", f"has no item {', '.join(strange)}", "name items of the checklist")
        found += [ReportingItem(one.checklist, one.item, one.section, one.topic, filled.get(one.item)) for one in items]
    return found
