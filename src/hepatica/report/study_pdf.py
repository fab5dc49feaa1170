"""A study's report as a PDF: the same pictures, tables, and words as the page, set on paper."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from hepatica.pictures import theme
from hepatica.report.page import NOT_A_DEVICE, SYNTHETIC, Drawn, PageTable
from hepatica.report.paper_columns import column_widths
from hepatica.report.study_page import drawn_pictures
from hepatica.report.study_tables import page_tables
from hepatica.report.study_words import NO_ITEMS, TABLE_SIGNS, item_tables, lead, notes, software_table
from hepatica.report.wording import said
from hepatica.studies import Result
from hepatica.studies.definition import as_yaml


def study_pdf(result: Result, *, drawn: Sequence[Drawn] | None = None) -> bytes:
    """Return a study's result as a PDF, with the page's wide pictures; draws what is not drawn yet.

    The same result gives the same bytes: no time of day is in it.
    """
    pictures = drawn_pictures(result, interactive=False) if drawn is None else drawn
    with tempfile.TemporaryDirectory(prefix="hepatica-") as folder:
        room = Path(folder)
        figures = [_figure(picture, room) for picture in pictures]
        (room / "report.json").write_text(json.dumps(_content(result, figures), ensure_ascii=False), encoding="utf-8")
        text = files("hepatica.report").joinpath("templates", "study.typ").read_text(encoding="utf-8")
        (room / "report.typ").write_text(text, encoding="utf-8")
        made: bytes = typst.compile(str(room / "report.typ"), root=str(room), format="pdf", timestamp=0)
        return made


def _figure(picture: Drawn, room: Path) -> dict[str, Any]:
    file = f"{picture.name}.svg"
    (room / file).write_text(str(picture.still["wide"]), encoding="utf-8")
    told = {"title": picture.title, "words": picture.description, "note": picture.note, "file": file}
    return {**told, "width": _width(str(picture.still["wide"])) / theme.WIDE}


def _width(svg: str) -> float:
    """Return a picture's own width in px: letters are of one size in all pictures of a report."""
    found = re.search(r'<svg[^>]* width="([\d.]+)"', svg)
    return float(found[1]) if found else theme.WIDE  # every drawing has one


def _content(result: Result, figures: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": result.title,
        "lead": lead(result),
        "device": NOT_A_DEVICE,
        "synthetic": result.synthetic,
        "synthetic_words": SYNTHETIC,
        "figures": figures,
        "tables": [_table(data) for data in page_tables(result)],
        "notes": notes(result),
        "methods": result.methods,
        "items": [_table(data) for data in item_tables(result)],
        "no_items": NO_ITEMS,
        "table_signs": TABLE_SIGNS,
        "fingerprint": result.fingerprint,
        "definition": as_yaml(result.definition),
        "software": _table(software_table(result)),
    }


def _table(data: PageTable) -> dict[str, Any]:
    rows = [[said(value) for value in row] for row in data.rows]
    size, widths = column_widths(data.headings, rows)
    return {
        "caption": data.caption,
        "headings": list(data.headings),
        "rows": rows,
        "empty": data.empty,
        "size": f"{size}pt",
        "widths": [f"{width:.1f}pt" for width in widths],
    }
