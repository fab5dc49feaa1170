"""What a study gives: tables, pictures drawn from those tables, numbers, words, and the fingerprint of its input.

A study returns `Findings`; the frame makes the `Result` of it, with what is the same for all: the definition, the
attrition's table and picture, the methods' first paragraph, what reading the source left out, and the fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import altair as alt
import polars as pl
import polars.selectors as cs
import vl_convert

from hepatica.pictures import in_words, theme
from hepatica.studies.attrition import Attrition
from hepatica.studies.release import Release
from hepatica.studies.reporting import ReportingItem

MOST_ROWS = 20  # of a table shown in a notebook
Number = float | int | str | None
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Sheet:
    """A table of a result with its caption and how it may leave the centre (None: it never does).

    `units` says what a column is in where its heading must tell: {"difference": "percentage points"}; shares are told
    in per cent without it. `drawn` marks what only a picture is drawn from: the report names its file, and does not
    print it. `empty` says why the table has no row where that needs saying.
    """

    frame: pl.DataFrame
    caption: str
    release: Release | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    drawn: bool = False
    empty: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture of a result, drawn from its tables alone, so that a picture never shows more than the tables.

    `draw` takes the tables and the width in px; `needs` names the tables without which it cannot be drawn; `words`
    says what is to be seen, for who cannot see it.
    """

    title: str
    words: str
    needs: tuple[str, ...]
    draw: Callable[[Tables, int], alt.TopLevelMixin]
    note: str = ""


@dataclass(frozen=True)
class Findings:
    """What a study itself contributes. The first sheet and the first figure are the main ones.

    `numbers` are flat, dotted, in full precision: {"cox.cirrhosis.hr": 3.41…}; unknown is None. `shared_numbers` says
    which of them may leave and which count must reach the limit for it: {"cox.": "cox.events"} (prefix -> key).
    `methods` are paragraphs after the frame's own; `notes` say what is unknown, small, or was refused.
    `fills` names the parts of the report that fill a checklist's item: {"strobe": {"16a": "methods; table:cox"}};
    a part is methods, definition, table:NAME, or figure:NAME, with a remark after a space.
    """

    sheets: dict[str, Sheet]
    figures: dict[str, Figure]
    numbers: dict[str, Number]
    attrition: Attrition | None = None
    methods: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fills: dict[str, dict[str, str]] = field(default_factory=dict)
    shared_numbers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A study's whole result, for a notebook, a page, a PDF, and files."""

    name: str
    title: str
    definition: dict[str, Any]
    sheets: dict[str, Sheet]
    figures: dict[str, Figure]
    numbers: dict[str, Number]
    attrition: Attrition | None
    methods: list[str]
    notes: list[str]
    items: list[ReportingItem]
    fingerprint: str
    software: dict[str, str]
    synthetic: bool
    shared_numbers: dict[str, str] = field(default_factory=dict)
    shared: bool = False

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name."""
        return {name: sheet.frame for name, sheet in self.sheets.items()}

    @property
    def charts(self) -> dict[str, alt.TopLevelMixin]:
        """Return the pictures by name, drawn now, at the width of a screen or page."""
        return {name: self.drawn(name) for name in self.figures}

    @property
    def table(self) -> pl.DataFrame:
        """Return the main table."""
        return next(iter(self.tables.values()))

    @property
    def chart(self) -> alt.TopLevelMixin:
        """Return the main picture."""
        return self.drawn(next(iter(self.figures)))

    def drawn(self, name: str, width: int = theme.WIDE) -> alt.TopLevelMixin:
        """Return one picture at a width in px; where nothing of it may be seen, the reason in its place."""
        figure = self.figures[name]
        reason = self._nothing_to_see(figure)
        return figure.draw(self.tables, width) if reason is None else in_words(reason, width=width)

    def _nothing_to_see(self, figure: Figure) -> str | None:
        """Return why a picture would be empty; its main table is the first that it needs."""
        frame = self.sheets[figure.needs[0]].frame
        if not self.shared:
            return None if frame.height else "Nothing is recorded of what this picture would show."
        # A picture shows estimates where its table has any, else counts.
        kinds = [frame.select(kind) for kind in (cs.float(), cs.integer())]
        drawn = next((part for part in kinds if part.width), frame)
        if not all(column.null_count() == frame.height for column in drawn):
            return None
        return "Suppressed: too few patients stand behind every number that this picture would show."

    def _repr_html_(self) -> str:
        """Return what a notebook shows: title, main picture, main table, methods, notes, and what else there is."""
        banner = "<p><strong>SYNTHETIC DATA: these patients are invented.</strong></p>" if self.synthetic else ""
        sheet = next(iter(self.sheets.values()))
        # A picture that needs a script would be lost when the notebook is sent on; a drawing is not.
        drawn = vl_convert.vegalite_to_svg(self.chart.to_dict(validate=False)) if self.figures else ""
        paragraphs = "".join(f"<p>{escape(text)}</p>" for text in self.methods)
        notes = "".join(f"<li>{escape(text)}</li>" for text in self.notes)
        return (
            f"{banner}<h3>{escape(self.title)}</h3>{drawn}{_html_table(sheet)}"
            f"<details><summary>Methods</summary>{paragraphs}</details>"
            f"<details><summary>Notes</summary><ul>{notes}</ul></details>"
            f"<p>.tables: {', '.join(self.sheets)}<br>.charts: {', '.join(self.figures)}</p>"
            f"<p>Fingerprint <code>{escape(self.fingerprint[:16])}</code></p>"
        )


def _html_table(sheet: Sheet) -> str:
    """Return a table for a notebook: short numbers, and a dash for what is not there."""
    heads = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in sheet.frame.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_short(value))}</td>' for value in row)}</tr>"
        for row in sheet.frame.head(MOST_ROWS).iter_rows()
    )
    more = f" (first {MOST_ROWS} of {sheet.frame.height:,} rows)" if sheet.frame.height > MOST_ROWS else ""
    caption = f"<caption style='text-align:left;font-weight:bold'>{escape(sheet.caption)}{more}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _short(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
