"""The course's main panel: ALT, AST, and IgG against the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from hepatica.course.explain import multiple
from hepatica.pictures.drawing import Row, colour, dash, encoded, layered, of_rows, shape, tooltips
from hepatica.pictures.theme import ANALYTE_LOOK, BLACK, FAINT, GREY
from hepatica.report.time_axis import TimeAxis, moment
from hepatica.report.wording import number

if TYPE_CHECKING:
    from hepatica.report.patient_view import PatientView

HEIGHT = 230
LOG_FROM = 4.0  # a logarithmic axis from this multiple on: a flare must not flatten what happens at the limit
LOWEST = 0.05  # what is drawn of a value of zero, which a logarithmic axis cannot show
LOG_TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)
TICKS = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4)
NAMES = {"ALT": "ALT", "AST": "AST", "IGG": "IgG"}
# Back to front, with the marks' sizes: ALT and AST often coincide, and then the square is seen behind the circle.
DRAWN, SIZES = ("AST", "ALT", "IgG"), {"AST": 64, "ALT": 40, "IgG": 44}
NOTE = "Open marks with an arrow: the laboratory gave only a bound."


def results(view: PatientView) -> list[Row]:
    """Return the ALT, AST, and IgG results that can stand against their limit (×ULN), earliest first."""
    rows = [row for row in view.rows("measurements") if row["analyte"] in NAMES and row["x_uln"] is not None]
    drawn = [{**row, "name": NAMES[row["analyte"]]} for row in rows]
    return sorted(drawn, key=lambda row: (row["name"], row["date"], row["x_uln"]))


def without_limit(view: PatientView) -> int:
    """Return how many ALT, AST, and IgG results have no upper limit and so no place in the picture."""
    rows = view.rows("measurements")
    return sum(1 for row in rows if row["analyte"] in NAMES and row["x_uln"] is None)


def panel(view: PatientView, axis: TimeAxis, rules: alt.Chart) -> alt.LayerChart:
    """Return the panel of results as multiples of the upper limit of normal, with the target at 1."""
    found = results(view)
    x, y = axis.x(), _y([row["x_uln"] for row in found])
    points = sorted((_point(row) for row in found), key=lambda point: DRAWN.index(point["analyte"]))
    bounds = [point for point in points if point["arrow"]]
    layers: list[alt.Chart] = [
        *_window(view, axis),
        *_target(axis, y),
        rules,
        encoded(_lines(runs(found, view.standards.definitions.carry_days)), x=x, y=y),
        encoded(_points([point for point in points if not point["arrow"]], exact=True), x=x, y=y),
        encoded(_points(bounds, exact=False), x=x, y=y),
        *(encoded(_arrows(bounds, arrow, dy), x=x, y=y) for arrow, dy in (("↓", 14), ("↑", -13))),
        *([] if found else [_nothing(axis, y)]),
    ]
    return layered(layers, axis.width, HEIGHT, "ALT, AST, and IgG against the limit")


def _y(values: list[float]) -> alt.Y:
    """Return the axis of multiples: logarithmic where a flare would flatten the rest, else from zero."""
    highest, lowest = max([*values, 2.0]), max(min([*values, 0.4]), LOWEST)
    ticks: tuple[float, ...] = TICKS
    if highest > LOG_FROM:
        low, high, ticks = lowest * 0.6, highest * 1.25, LOG_TICKS
        scale = alt.Scale(type="log", domain=[low, high], nice=False)
        title = "× upper limit of normal (log scale)"
    else:
        low, high = 0.0, highest * 1.08
        scale, title = alt.Scale(domain=[low, high], nice=False), "× upper limit of normal"
    shown = [tick for tick in ticks if low <= tick <= high]
    return alt.Y("x_uln:Q", scale=scale, axis=alt.Axis(title=title, values=shown, format="~g"))


def _point(row: Row) -> Row:
    """Return what a mark shows and says: the result with its unit, and the limit it stands against."""
    sign = row["comparator"] or ""  # no comparator is an exact value, not a missing one
    limit = "unknown" if row["upper_limit"] is None else number(row["upper_limit"])
    return {
        "day": moment(row["date"]),
        "date": row["date"].isoformat(),
        "analyte": row["name"],
        "size": SIZES[row["name"]],
        "x_uln": max(row["x_uln"], LOWEST),
        "arrow": {"<": "↓", ">": "↑"}.get(sign[:1], ""),
        "said": f"{sign}{multiple(row['x_uln'])} ×ULN",
        "result": f"{sign}{number(row['value'])} {row['unit']}",
        "limit": f"{limit} {row['unit']} ({row['limit_from']})",
    }


def runs(found: list[Row], longest: int) -> list[Row]:
    """Return the worst exact value of each day with the number of its run.

    A run ends where nothing was known for too long, or where a result is only a bound: a line through such a
    place would say what nobody measured.
    """
    drawn: list[Row] = []
    run = 0
    for name in ANALYTE_LOOK:
        run, previous = run + 1, None
        worst = {row["date"]: row for row in found if row["name"] == name}  # sorted: the highest comes last
        for day, row in worst.items():
            broken = previous is not None and (day - previous).days > longest
            run, previous = run + int(broken or row["comparator"] is not None), day
            if row["comparator"] is None:
                drawn.append({**_point(row), "run": run, "dash": ANALYTE_LOOK[name][2]})
    return drawn


def _lines(rows: list[Row]) -> alt.Chart:
    lines = of_rows(rows).mark_line(strokeWidth=1.6)
    look = {
        "color": colour("analyte", ANALYTE_LOOK),
        "strokeDash": dash(),
    }
    return encoded(lines, **look, detail="run:N")


def _points(points: list[Row], *, exact: bool) -> alt.Chart:
    """Return the results as marks: filled where the value is exact, open where it is only a bound."""
    base = of_rows(points)
    marks = (
        base.mark_point(filled=True, opacity=1) if exact else base.mark_point(fill="white", strokeWidth=1.8, opacity=1)
    )
    return encoded(
        marks,
        color=colour("analyte", ANALYTE_LOOK),
        shape=shape("analyte", ANALYTE_LOOK),
        size=alt.Size("size:Q", scale=None, legend=None),
        tooltip=tooltips(
            date="Date",
            analyte="Analyte",
            said="Against the limit",
            result="Result",
            limit="Upper limit (from)",
        ),
    )


def _arrows(bounds: list[Row], arrow: str, dy: int) -> alt.Chart:
    """Return an arrow at each bound: the true value lies below (↓) or above (↑)."""
    rows = [bound for bound in bounds if bound["arrow"] == arrow]
    return encoded(of_rows(rows).mark_text(fontSize=14, fontWeight="bold", dy=dy), text="arrow:N")


def _target(axis: TimeAxis, y: alt.Y) -> list[alt.Chart]:
    """Return the line at one, named at its right end: at or below it is normal."""
    base = of_rows([{"x_uln": 1, "end": moment(axis.last), "text": ["target", "≤ 1"]}])
    line = encoded(base.mark_rule(color=BLACK, strokeWidth=1.5), y=y)
    words = base.mark_text(align="left", baseline="middle", dx=5, dy=-6, clip=False)
    return [line, encoded(words, x=axis.x("end"), y=y, text="text:N")]


def _window(view: PatientView, axis: TimeAxis) -> list[alt.Chart]:
    """Return the shaded response window; none without an index date."""
    if view.index_date is None or view.window_end is None:
        return []
    span = view.standards.definitions.response_window_text()
    row = {
        "day": moment(view.index_date),
        "end": moment(min(view.window_end, axis.last)),
        "what": f"the first {span} of treatment",
    }
    shade = of_rows([row]).mark_rect(color=FAINT, opacity=0.9)
    return [encoded(shade, x=axis.x(), x2="end:T", tooltip=tooltips(what="Response window"))]


def _nothing(axis: TimeAxis, y: alt.Y) -> alt.Chart:
    """Return the words that stand where there is nothing to draw."""
    row = {"day": moment(axis.middle), "x_uln": 1.5, "text": "No ALT, AST, or IgG result with a limit"}
    return encoded(of_rows([row]).mark_text(color=GREY), x=axis.x(), y=y, text="text:N")
