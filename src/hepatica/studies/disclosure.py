"""What may leave a centre."""

from __future__ import annotations

from dataclasses import replace

from hepatica.studies.release import Open
from hepatica.studies.result import Result


def shared(result: Result, least: int = 5) -> Result:
    """Return the result without what must not leave."""
    sheets = {name: sheet for name, sheet in result.sheets.items() if isinstance(sheet.release, Open)}
    figures = {name: one for name, one in result.figures.items() if set(one.needs) <= set(sheets)}
    return replace(result, sheets=sheets, figures=figures, numbers={}, shared=True)
