"""The picture of one patient's course: response, treatment, and metabolites on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from hepatica.pictures import theme
from hepatica.report import (
    biochemistry_panel,
    gap_panel,
    metabolite_panel,
    milestone_strip,
    treatment_panel,
)
from hepatica.report.patient_view import PatientView, Standards, view_of
from hepatica.report.time_axis import TimeAxis, time_axis
from hepatica.report.treatment_rows import given

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import polars as pl

    from hepatica.record.record import Record

# Beside the panels: names and axis titles on the left (on a phone only numbers), targets on the right.
BESIDE, BESIDE_COMPACT = 265, 112


def course_chart(
    record: Record,
    tables: dict[str, pl.DataFrame],
    patient_id: str,
    *,
    standards: Standards | None = None,
    width: int = theme.WIDE,
) -> alt.VConcatChart:
    """Return one patient's course as a picture, up to the tables' as-of date.

    Results stand as multiples of the upper limit of normal, drugs with their doses, metabolites in their own
    units; what is unknown is shown as unknown. Raises UsageError for a patient who is not in the tables.
    """
    return chart_of(view_of(record, tables, patient_id, standards), width)


def chart_of(view: PatientView, width: int = theme.WIDE) -> alt.VConcatChart:
    """Return the picture of a patient's rows, `width` px wide with everything beside the panels."""
    axis = axis_of(view, width)
    title = alt.Title(f"{view.patient_id}: course up to {view.end}", fontSize=14, anchor="start")
    apart = alt.ScaleResolveMap(color="independent", shape="independent", strokeDash="independent")
    # All at once: each property that is added later makes the library copy every panel.
    return alt.vconcat(
        *_panels(view, axis), spacing=12, title=title, resolve=alt.Resolve(scale=apart),
        config=alt.Config(**theme.config()),
    )  # fmt: skip


def _panels(view: PatientView, axis: TimeAxis) -> Iterator[alt.LayerChart]:
    """Yield the panels from top to bottom; a panel without anything to say is left out, the main two never."""
    found, missing = milestone_strip.happenings(view), gap_panel.gaps(view)
    units = metabolite_panel.units(view)
    if found:
        yield milestone_strip.strip(found, axis)
    yield biochemistry_panel.panel(view, axis, milestone_strip.rules(found, axis))
    if missing:
        yield gap_panel.panel(missing, axis, view.standards.definitions.carry_days)
    yield treatment_panel.panel(view, axis, labels=not units)
    for number, unit in enumerate(units, 1):
        yield metabolite_panel.panel(view, unit, axis, labels=number == len(units))


def axis_of(view: PatientView, width: int) -> TimeAxis:
    """Return the time axis over everything that is drawn, up to the as-of date."""
    compact = width < theme.WIDE * 0.75
    beside = BESIDE_COMPACT if compact else BESIDE
    return time_axis(_days(view), view.end, width - beside, compact=compact)


def _days(view: PatientView) -> Iterator[date]:
    """Yield every day that has something to draw."""
    yield from (row["date"] for row in biochemistry_panel.results(view))
    yield from (row["date"] for row in view.rows("measurements") if row["analyte"] in ("TGN", "MMP"))
    yield from (one.day for one in milestone_strip.happenings(view))
    yield from (period.start for period in given(view))
