"""A study's page: pictures, tables, notes, methods, reporting items, definition, in one file that needs no network."""

from __future__ import annotations

from collections.abc import Sequence

import hepatica
from hepatica.pictures import theme
from hepatica.report.page import Drawn, Picture, draw, render
from hepatica.report.study_tables import page_tables
from hepatica.report.study_words import NO_ITEMS, TABLE_SIGNS, item_tables, lead, notes, software_table
from hepatica.studies import Result
from hepatica.studies.definition import as_yaml

SECTIONS = (
    ("results", "Results"),
    ("tables", "Tables"),
    ("notes", "Unknown, small, refused"),
    ("methods", "Methods"),
    ("reporting", "Reporting items"),
    ("definition", "Definition"),
)


def study_html(result: Result, *, interactive: bool = True, drawn: Sequence[Drawn] | None = None) -> str:
    """Return a study's result as one HTML document that needs nothing beside itself; draws what is not drawn yet."""
    return render(
        "study.html",
        drawn_pictures(result, interactive=interactive) if drawn is None else drawn,
        interactive=interactive,
        title=result.title,
        lead=lead(result),
        synthetic=result.synthetic,
        notices=[],
        sections=SECTIONS,
        version=hepatica.__version__,
        figure_names=list(result.figures),
        tables=page_tables(result),
        notes=notes(result),
        methods=result.methods,
        table_signs=TABLE_SIGNS,
        items=item_tables(result),
        no_items=NO_ITEMS,
        definition=as_yaml(result.definition),
        fingerprint=result.fingerprint,
        software=software_table(result),
    )


def drawn_pictures(result: Result, *, interactive: bool = True) -> list[Drawn]:
    """Return the result's pictures drawn in both widths, each with its words: for the page, and for the PDF."""
    return [
        draw(
            Picture(
                name,
                figure.title,
                figure.words,
                result.drawn(name, theme.WIDE),
                result.drawn(name, theme.NARROW),
                figure.note,
            ),
            interactive=interactive,
        )
        for name, figure in result.figures.items()
    ]
