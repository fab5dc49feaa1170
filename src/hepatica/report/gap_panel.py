"""When nothing was measured: shown as unknown, never as a line from one result to the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import altair as alt

from hepatica.pictures.drawing import Row, encoded, layered, of_rows, tooltips
from hepatica.pictures.theme import ANALYTE_LOOK, GREY, LIGHT
from hepatica.report.biochemistry_panel import results
from hepatica.report.time_axis import TimeAxis, moment

if TYPE_CHECKING:
    from datetime import date

    from hepatica.report.patient_view import PatientView

ROW_PX = 15


@dataclass(frozen=True)
class Gap:
    """A time without a result of an analyte that is longer than a status is carried forward."""

    analyte: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """Return how long it lasted, in days."""
        return (self.end - self.start).days

    @property
    def words(self) -> str:
        """Return the gap in words."""
        return f"no {self.analyte} between {self.start} and {self.end} ({self.days} days)"


def gaps(view: PatientView) -> list[Gap]:
    """Return the times since the index date (or first result) in which an analyte was not known for too long.

    ALT and IgG decide the endpoint, so they are looked for even when never measured; AST once it was.
    """
    found = results(view)
    started = view.index_date or min((row["date"] for row in found), default=None)
    if started is None or started >= view.native_end:
        return []
    measured = {row["name"] for row in found}
    names = [name for name in ANALYTE_LOOK if name in measured or name != "AST"]
    return [gap for name in names for gap in _gaps_of(name, found, started, view)]


def _gaps_of(name: str, found: list[Row], started: date, view: PatientView) -> list[Gap]:
    days = [row["date"] for row in found if row["name"] == name]
    since = max((day for day in days if day <= started), default=started)
    stops = sorted({since, *(day for day in days if started < day < view.native_end), view.native_end})
    longest = view.standards.definitions.carry_days
    return [Gap(name, start, end) for start, end in pairwise(stops) if (end - start).days > longest]


def panel(found: list[Gap], axis: TimeAxis, longest: int) -> alt.LayerChart:
    """Return a strip of bars where an analyte was unknown for more than `longest` days."""
    rows = [
        {"analyte": f"no {gap.analyte}", "day": moment(gap.start), "end": moment(gap.end), "what": gap.words}
        for gap in found
    ]
    names = list(dict.fromkeys(str(row["analyte"]) for row in rows))
    bars = of_rows(rows).mark_bar(color=LIGHT, stroke=GREY, strokeDash=[3, 2], height=9)
    y = alt.Y("analyte:N", sort=names, axis=alt.Axis(title=None, ticks=False, domain=False))
    drawn = encoded(bars, x=axis.x(labels=False), x2="end:T", y=y, tooltip=tooltips(what="Unknown"))
    return layered([drawn], axis.width, len(names) * ROW_PX, f"Unknown: no result for more than {longest} days")
