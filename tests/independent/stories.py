"""A record written by hand, one line a fact: `Story("A").drug(...).lab(...)`. Limits: ALT 40, IgG 16."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from hepatica.record import CANONICAL, TABLES, Record

LIMITS = {"ALT": 40.0, "AST": 40.0, "IGG": 16.0}
UNITS = {"ALT": "U/L", "AST": "U/L", "IGG": "g/L", "TGN": "pmol/8x10^8 RBC", "MMP": "pmol/8x10^8 RBC"}


def day(text: str) -> date:
    """An ISO date."""
    return date.fromisoformat(text)


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = CANONICAL[name]
    full = [
        {column: row.get(column) for column in schema} | {"row": number, "file": name, "line": number + 2}
        for number, row in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=schema)


def record_of(*stories: Story) -> Record:
    """Return the record of some stories, rows in the order in which they were told."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for story in stories:
        for name, facts in story.rows.items():
            rows[name] += facts
    return Record(**{name: _frame(name, rows[name]) for name in TABLES})


class Story:
    """One patient's facts."""

    def __init__(self, patient_id: str = "P", *, born: str | None = "1980-05-05", sex: str = "female") -> None:
        self.patient_id = patient_id
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self._add(
            "patients",
            birth_date=day(born) if born else None,
            birth_date_partial=False,
            sex=sex,
            diagnosis_date_partial=False,
            aih_type="unknown",
            variant="unknown",
        )

    def _add(self, table: str, **cells: object) -> Story:
        self.rows[table].append({"patient_id": self.patient_id, **cells})
        return self

    def lab(self, on: date | str, analyte: str, value: float, **more: Any) -> Story:
        """Add a result: `sign` makes it censored, `limit` (None: without one) and `unit` replace the usual."""
        upper = more.get("limit", LIMITS.get(analyte))
        return self._add(
            "measurements",
            date=day(on) if isinstance(on, str) else on,
            analyte=analyte,
            comparator=more.get("sign"),
            value=float(value),
            unit=more.get("unit", UNITS[analyte]),
            upper_limit=upper,
            x_uln=None if upper is None else round(value / upper, 9),
            limit_from=None if upper is None else "row",
        )

    def panel(self, on: date | str, alt: float, ast: float, igg: float) -> Story:
        """Add ALT, AST, and IgG of one day, as multiples of the limit."""
        for analyte, x in (("ALT", alt), ("AST", ast), ("IGG", igg)):
            self.lab(on, analyte, x * LIMITS[analyte])
        return self

    def drug(
        self,
        name: str,
        start: date | str,
        end: date | str | None = None,
        dose: float | None = None,
        **more: Any,
    ) -> Story:
        """Add a period of a drug; `end` is its last day."""
        cells: dict[str, object] = {
            "dose_unit": None if dose is None else "mg/day",
            "stop_reason": "unknown",
            "indication": "AIH",
            "route": "oral",
            "systemic": True,
        }
        return self._add(
            "treatments",
            drug=name,
            start=day(start) if isinstance(start, str) else start,
            end=day(end) if isinstance(end, str) else end,
            dose=dose,
            **(cells | more),
        )

    def event(self, on: date | str, name: str, **more: Any) -> Story:
        """Add an event."""
        cells = {"serious": "unknown"} | more
        return self._add("events", date=day(on) if isinstance(on, str) else on, event=name, **cells)

    def biopsy(self, on: date | str, hai: int | None, **more: object) -> Story:
        """Add a biopsy."""
        return self._add("biopsies", date=day(on) if isinstance(on, str) else on, hai=hai, **more)
