"""The course's third panel: thiopurine metabolites, each unit on its own, against that unit's own target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from hepatica.pictures.drawing import Row, colour, dash, encoded, layered, of_rows, shape, tooltips
from hepatica.pictures.theme import FAINT, GREY, METABOLITE_LOOK
from hepatica.report.time_axis import TimeAxis, moment
from hepatica.report.wording import number

if TYPE_CHECKING:
    from hepatica.course.protocol import MetaboliteThresholds
    from hepatica.report.patient_view import PatientView

HEIGHT = 120
TICKS = [1, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000]
LOWEST = 1.0  # what is drawn of a value of zero on the logarithmic axis
_CODES = {"TGN": "6-TGN", "MMP": "6-MMP"}


def units(view: PatientView) -> list[str]:
    """Return the units in which metabolites were measured; values of different units never share an axis."""
    return sorted({row["unit"] for row in view.rows("measurements") if row["analyte"] in _CODES})


def panel(view: PatientView, unit: str, axis: TimeAxis, *, labels: bool) -> alt.LayerChart:
    """Return the metabolites measured in one unit, with the target if the protocol has one for that unit."""
    rows = _rows(view, unit)
    target = view.standards.protocol.metabolites.get(unit)
    x, y = axis.x(labels=labels), _y(unit, [row["value"] for row in rows], target)
    lines = encoded(
        of_rows([row for row in rows if row["exact"]]).mark_line(strokeWidth=1.4),
        color=colour("metabolite", METABOLITE_LOOK),
        strokeDash=dash(),
        detail="run:N",
    )
    marks = [lines, _points(rows, solid=True), _points(rows, solid=False)]
    layers = [*_targets(target, y, axis), *(encoded(mark, x=x, y=y) for mark in marks)]
    return layered(layers, axis.width, HEIGHT, "Thiopurine metabolites")


def _rows(view: PatientView, unit: str) -> list[Row]:
    """Return what is drawn of one unit: steady-state values filled, others open, runs broken at long gaps."""
    measured = [row for row in view.rows("measurements") if row["analyte"] in _CODES and row["unit"] == unit]
    steady = {row["date"]: row["steady_state"] for row in view.rows("metabolites") if row["unit"] == unit}
    drawn: list[Row] = []
    run = 0
    for code, name in _CODES.items():
        run, previous = run + 1, None
        for row in sorted((row for row in measured if row["analyte"] == code), key=lambda row: row["date"]):
            longest = view.standards.definitions.carry_days
            if previous is not None and (row["date"] - previous).days > longest:
                run += 1
            previous = row["date"]
            drawn.append(_point(row, name, steady.get(row["date"], "unknown"), run))
    return drawn


def _point(row: Row, name: str, steady: str, run: int) -> Row:
    sign = row["comparator"] or ""  # no comparator is an exact value, not a missing one
    state = {"yes": "steady state", "no": "not at steady state"}.get(steady, "steady state unknown")
    return {
        "day": moment(row["date"]),
        "date": row["date"].isoformat(),
        "metabolite": name,
        "value": max(row["value"], LOWEST),
        "said": f"{sign}{number(row['value'])} {row['unit']}",
        "exact": not sign,
        "solid": steady == "yes" and not sign,
        "state": state,
        "run": run,
        "dash": METABOLITE_LOOK[name][2],
    }


def _y(unit: str, values: list[float], target: MetaboliteThresholds | None) -> alt.Y:
    bounds = [target.tgn_low, target.tgn_high, target.mmp_high] if target else []
    low, high = min([*values, *bounds]) * 0.7, max([*values, *bounds]) * 1.4
    ticks = [tick for tick in TICKS if low <= tick <= high]
    return alt.Y(
        "value:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(title=[shown_unit(unit), "(log scale)"], values=ticks, format="~g"),
    )


def shown_unit(unit: str) -> str:
    """Return a metabolite's unit as people write it; the unit itself never changes."""
    return unit.replace("x10^", "×10^")


def _points(rows: list[Row], *, solid: bool) -> alt.Chart:
    """Return the values as marks: filled at steady state, open otherwise and for a bound."""
    base = of_rows([row for row in rows if row["solid"] == solid])
    filled = base.mark_point(size=55, filled=True, opacity=1)
    opened = base.mark_point(size=55, fill="white", strokeWidth=1.8, opacity=1)
    return encoded(
        filled if solid else opened,
        color=colour("metabolite", METABOLITE_LOOK),
        shape=shape("metabolite", METABOLITE_LOOK),
        tooltip=tooltips(date="Date", metabolite="Metabolite", said="Value", state="Dose"),
    )


def _targets(target: MetaboliteThresholds | None, y: alt.Y, axis: TimeAxis) -> list[alt.Chart]:
    """Return the target range of 6-TGN and the high limit of 6-MMP in this unit, both with their numbers."""
    if target is None:
        return []
    aim = f"{number(target.tgn_low)}–{number(target.tgn_high)}"
    middle = (target.tgn_low * target.tgn_high) ** 0.5  # the middle of the band on a logarithmic axis
    band = of_rows([{"value": target.tgn_low, "high": target.tgn_high}])
    labels = [
        {"value": middle, "end": moment(axis.last), "text": ["6-TGN", aim]},
        {"value": target.mmp_high, "end": moment(axis.last), "text": ["6-MMP", f"{number(target.mmp_high)}"]},
    ]
    texts = of_rows(labels).mark_text(align="left", baseline="middle", dx=5, dy=-6)
    limit = of_rows([{"value": target.mmp_high}]).mark_rule(color=GREY, strokeDash=[4, 3])
    return [
        encoded(band.mark_rect(color=FAINT, stroke=GREY, strokeWidth=0.5), y=y, y2="high:Q"),
        encoded(limit, y=y),
        encoded(texts, x=axis.x("end"), y=y, text="text:N"),
    ]
