"""A few patients side by side: the course of ALT and IgG of each, small enough to compare."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

import altair as alt

from hepatica.pictures import theme
from hepatica.pictures.drawing import Row, colour, dash, encoded, layered, of_rows, shape, tooltips
from hepatica.pictures.theme import ANALYTE_LOOK, BLACK, DAYS_A_MONTH
from hepatica.report.biochemistry_panel import results, runs
from hepatica.report.wording import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hepatica.report.patient_view import PatientView

MONTHS = (-3, 36)
HEIGHT = 110
TICKS = (0.1, 0.5, 1, 2, 5, 10, 20, 50)
LOOK = {name: ANALYTE_LOOK[name] for name in ("ALT", "IgG")}
AXIS_PX = 55


def gallery(views: Sequence[PatientView], width: int, columns: int) -> alt.TopLevelMixin:
    """Return a small panel for each of a few treated patients: ALT and IgG (×ULN) by months since the index date."""
    treated = [view for view in views if view.index_date is not None]
    drawn = [_results(view) for view in treated]
    high = max([row["x_uln"] for rows in drawn for row in rows] + [2.0])
    panels = [_panel(view, rows, high, width // columns - AXIS_PX) for view, rows in zip(treated, drawn, strict=True)]
    chart = alt.concat(*panels, columns=columns, spacing=14)
    return cast("alt.TopLevelMixin", chart.configure(**theme.config()))


def _results(view: PatientView) -> list[Row]:
    """Return the exact results of the first years by months since the index date, in runs without long gaps."""
    start = cast("date", view.index_date)
    rows = runs(results(view), view.standards.definitions.carry_days)
    by_month = [
        {**row, "month": (date.fromisoformat(row["date"]) - start).days / DAYS_A_MONTH}
        for row in rows
        if row["analyte"] in LOOK
    ]
    return [row for row in by_month if MONTHS[0] <= row["month"] <= MONTHS[1]]


def _panel(view: PatientView, rows: list[Row], high: float, width: int) -> alt.LayerChart:
    x = alt.X(
        "month:Q",
        scale=alt.Scale(domain=list(MONTHS), nice=False),
        axis=alt.Axis(title="Months since the start of treatment", values=[0, 6, 12, 24, 36]),
    )
    y = alt.Y(
        "x_uln:Q",
        scale=alt.Scale(type="log", domain=[0.2, high * 1.2], nice=False, clamp=True),
        axis=alt.Axis(title="× ULN (log scale)", values=[tick for tick in TICKS if 0.2 <= tick <= high], format="~g"),
    )
    base, look = of_rows(rows), colour("analyte", LOOK)
    said = tooltips(date="Date", analyte="Analyte", said="Against the limit")
    layers = [
        encoded(of_rows([{"x_uln": 1}]).mark_rule(color=BLACK), y=y),
        encoded(base.mark_line(strokeWidth=1.2), x=x, y=y, color=look, strokeDash=dash(), detail="run:N"),
        encoded(
            base.mark_point(size=22, filled=True, opacity=1),
            x=x,
            y=y,
            color=look,
            shape=shape("analyte", LOOK),
            tooltip=said,
        ),
    ]
    answer = word(view.one("state")["cbr_by_6_months"])
    return layered(layers, width, HEIGHT, f"{view.patient_id}: {answer}")
