"""The pictures of a cohort, drawn from counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import altair as alt

from hepatica.pictures import theme
from hepatica.pictures.drawing import Row, colour, encoded, layered, of_rows, tooltips
from hepatica.pictures.theme import ANALYTE_LOOK, BLACK, GREY, GROUP_COLOURS, LETTER_PX, LIGHT, STATUS_COLOURS
from hepatica.report.cohort_counts import CALENDAR_MONTHS, GRID_MONTHS, STATUSES, Step
from hepatica.report.wording import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

STEP_PX, BAR_PX = 56, 16
BESIDE = 90  # axis titles and labels on the left
SHADES = ["#f2f7fb", "#08519c"]
DARK_FROM = 0.55  # from this share on a cell is dark, and its number white


def finished(chart: alt.LayerChart | alt.ConcatChart) -> alt.TopLevelMixin:
    """Return a chart with the common look."""
    return cast("alt.TopLevelMixin", chart.configure(**theme.config()))


def attrition_chart(steps: Sequence[Step], width: int) -> alt.TopLevelMixin:
    """Return the steps from all patients to response: who remains, and beside it who was lost, out or unknown."""
    most = max([step.remaining + step.lost_count for step in steps] + [1])
    rows = [row for number, step in enumerate(steps) for row in _bars(step, number)]
    words = [row for number, step in enumerate(steps) for row in _words(steps, number, step, width)]
    y_scale = alt.Scale(domain=[0, len(steps) * STEP_PX], reverse=True, nice=False)
    x = alt.X("from:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=alt.Axis(title="Patients", tickMinStep=1))
    y = alt.Y("top:Q", scale=y_scale, axis=None)
    bars = encoded(
        of_rows(rows).mark_bar(stroke=GREY, strokeWidth=0.8),
        x=x,
        x2="to:Q",
        y=y,
        y2="bottom:Q",
        color=alt.Color("colour:N", scale=None),
        tooltip=tooltips(what="Group", count="Patients"),
    )
    texts = [
        encoded(
            of_rows([row for row in words if row["bold"] == bold]).mark_text(
                align="left", baseline="top", fontWeight="bold" if bold else "normal", color=BLACK
            ),
            x=x,
            y=y,
            text="text:N",
        )
        for bold in (True, False)
    ]
    return finished(layered([bars, *texts], width - BESIDE // 3, len(steps) * STEP_PX))


def _bars(step: Step, number: int) -> list[Row]:
    top = number * STEP_PX + 17
    place = {"top": top, "bottom": top + BAR_PX}
    kept = {
        "from": 0,
        "to": step.remaining,
        "colour": GROUP_COLOURS["in"],
        "what": step.name,
        "count": step.remaining,
    }
    lost = {
        "from": step.remaining,
        "to": step.remaining + step.lost_count,
        "colour": GROUP_COLOURS[step.group],
        "what": f"{step.group}: {', '.join(step.lost)}",
        "count": step.lost_count,
    }
    return [{**bar, **place} for bar in (kept, lost) if bar["from"] != bar["to"]]


def _words(steps: Sequence[Step], number: int, step: Step, width: int) -> list[Row]:
    """Return the name of a step with its denominator, and below its bar who was lost and why."""
    before = steps[number - 1].remaining if number else step.remaining
    share = f" ({percent(step.remaining, before)} of {before:,})" if number else ""
    top = number * STEP_PX
    words = [{"from": 0, "top": top + 2, "text": f"{step.name}: {step.remaining:,}{share}", "bold": True}]
    if step.lost:
        text = _shortened(f"{step.group} {step.lost_count:,}: {_listed(step.lost)}", width)
        words.append({"from": 0, "top": top + BAR_PX + 20, "text": text, "bold": False})
    return words


def _listed(lost: dict[str, int]) -> str:
    if len(lost) == 1:
        return next(iter(lost))
    return ", ".join(f"{reason} {count:,}" for reason, count in lost.items())


def _shortened(text: str, width: int) -> str:
    """Return a text that fits into a width; the page's table has it whole."""
    most = int((width - BESIDE // 3) / LETTER_PX)
    return text if len(text) <= most else text[: most - 1] + "…"


def response_chart(shares: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    """Return the share in CBR, not in CBR, and unknown by months since the index date, with the numbers followed."""
    rows = [
        {**row, "order": STATUSES.index(row["status"]), "share": row["patients"] / row["followed"]}
        for row in shares.iter_rows(named=True)
    ]
    for row in rows:
        row["said"] = (
            f"{counted(row['patients'], 'patient')} of {row['followed']:,}, {percent(row['patients'], row['followed'])}"
        )
    months = sorted({row["month"] for row in rows})
    plot = width - BESIDE
    size = max(plot / max(len(months), 1) * 0.75, 4)
    domain = [min(months, default=0) - GRID_MONTHS / 2, max(months, default=60) + GRID_MONTHS / 2]
    ticks = [month for month in months if month % 12 == 0 or (month == 6 and width >= theme.WIDE)]
    x = alt.X(
        "month:Q",
        scale=alt.Scale(domain=domain, nice=False),
        axis=alt.Axis(title="Months since the start of treatment", values=ticks, grid=False),
    )
    look = {name: (shade, "square", [1, 0]) for name, shade in STATUS_COLOURS.items()}
    bars = encoded(
        of_rows(rows).mark_bar(size=size, stroke=GREY, strokeWidth=0.5),
        x=x,
        y=alt.Y("share:Q", stack="zero", scale=alt.Scale(domain=[0, 1]), axis=_percent_axis("Patients followed (%)")),
        color=colour("status", look, place="bottom"),
        order="order:Q",
        tooltip=tooltips(month="Month", status="Status", said="Patients"),
    )
    followed = {row["month"]: row["followed"] for row in rows if row["month"] in ticks}
    numbers = [{"month": month, "top": 1, "text": f"n={count:,}"} for month, count in followed.items()]
    texts = encoded(of_rows(numbers).mark_text(dy=-8, fontSize=10), x=x, y="top:Q", text="text:N")
    return finished(layered([bars, texts], plot, 220))


def _percent_axis(title: str) -> alt.Axis:
    return alt.Axis(title=title, format="%", values=[0, 0.25, 0.5, 0.75, 1])


def completeness_chart(calendar: pl.DataFrame, window: tuple[int, int], width: int) -> alt.TopLevelMixin:
    """Return the share of patients with a result in each month; the months that decide the endpoint are framed."""
    rows = [
        {
            **row,
            "share": row["measured"] / row["followed"],
            "text": f"{100 * row['measured'] / row['followed']:.0f}",
            "said": f"{row['measured']:,} of {row['followed']:,} followed",
        }
        for row in calendar.iter_rows(named=True)
        if row["followed"]
    ]
    x = alt.X(
        "left:Q",
        scale=alt.Scale(domain=[0.5, CALENDAR_MONTHS + 0.5], nice=False),
        axis=alt.Axis(
            title="Month since the start of treatment", values=list(range(1, CALENDAR_MONTHS + 1)), grid=False
        ),
    )
    y = alt.Y("analyte:N", sort=list(ANALYTE_LOOK), axis=alt.Axis(title=None, ticks=False, domain=False))
    placed = [{**row, "left": row["month"] - 0.5, "right": row["month"] + 0.5} for row in rows]
    cells = encoded(
        of_rows(placed).mark_rect(stroke="white"),
        x=x,
        x2="right:Q",
        y=y,
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=SHADES), legend=None),
        tooltip=tooltips(analyte="Analyte", month="Month", said="Patients with a result"),
    )
    frame = [{"left": window[0] - 0.5, "right": window[1] + 0.5}]
    layers = [cells, *_numbers(rows, x, y), encoded(_framed(frame), x=x, x2="right:Q")]
    return finished(layered(layers, width - BESIDE, 3 * 34))


def _numbers(rows: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the share in per cent in each cell, white on dark."""
    placed = [{**row, "left": row["month"]} for row in rows]
    dark = [row for row in placed if row["share"] >= DARK_FROM]
    light = [row for row in placed if row["share"] < DARK_FROM]
    return [
        encoded(of_rows(some).mark_text(color=shade), x=x, y=y, text="text:N")
        for some, shade in ((dark, "white"), (light, BLACK))
    ]


def _framed(rows: Sequence[Row]) -> alt.Chart:
    framed: alt.Chart = of_rows(rows).mark_rect(fillOpacity=0, stroke=BLACK, strokeWidth=2)
    return framed


def lines_chart(lines: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    """Return how many patients ever were on each line of therapy, and how many are on it now."""
    rows = [
        {"line": f"line {row['line']}", "when": when, "patients": row[column]}
        for row in lines.iter_rows(named=True)
        for when, column in (("ever", "ever"), ("now", "now"))
    ]
    look = {"ever": (LIGHT, "square", [1, 0]), "now": (theme.BLUE, "square", [1, 0])}
    x = alt.X("patients:Q", axis=alt.Axis(title="Patients", tickMinStep=1))
    y = alt.Y("line:N", axis=alt.Axis(title=None, ticks=False))
    offset = alt.YOffset("when:N", sort=["ever", "now"])
    bars = encoded(
        of_rows(rows).mark_bar(stroke=GREY, strokeWidth=0.5),
        x=x,
        y=y,
        yOffset=offset,
        color=colour("when", look),
        tooltip=tooltips(line="Line", when="When", patients="Patients"),
    )
    texts = encoded(
        of_rows(rows).mark_text(align="left", dx=4), x=x, y=y, yOffset=offset, text=alt.Text("patients:Q", format=",")
    )
    return finished(layered([bars, texts], width - BESIDE - 40, max(lines.height, 1) * 44))
