"""Results over time: each patient's line by group, and when results are there at all."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import encoded, of_rows, tooltips
from hepatica.pictures.looks import finished

PANEL_HEIGHT, CELL_PX = 210, 26
FEW_LINES = 5  # so few lines are drawn in full; more would hide each other
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
SHADES = ["#f2f7fb", "#08519c"]
DARK_FROM = 0.55  # from this share on a cell is dark, and its number white


def spaghetti(
    rows: pl.DataFrame,
    *,
    summary: pl.DataFrame | None = None,
    value_title: str = "ALT (× upper limit, log scale)",
    time_title: str = "Months since the start of treatment",
    reference: float | None = 1.0,
    log: bool = True,
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return every patient's results as a thin line, a panel per group, with the group's median as a thick one.

    rows: patient, group, time, value. summary: group, time, median. `reference` is the line to be at or below.
    """
    groups = rows["group"].unique(maintain_order=True).to_list()
    columns = len(groups) if width >= theme.WIDE else 1
    plot = max(width // max(columns, 1) - 62, 120)
    values = [value for value in rows["value"].to_list() if value is not None and (value > 0 or not log)]
    scale = alt.Scale(type="log", domain=[min([*values, 0.3]), max([*values, 2.0])], nice=False) if log else alt.Scale()
    panels = [
        _panel(rows, summary, group, (plot, scale, log), (value_title, time_title), reference) for group in groups
    ]
    return finished(alt.concat(*panels, columns=columns, spacing=12).resolve_scale(y="shared"))


def _panel(
    rows: pl.DataFrame,
    summary: pl.DataFrame | None,
    group: str,
    size: tuple[int, alt.Scale, bool],
    titles: tuple[str, str],
    reference: float | None,
) -> Any:
    plot, scale, log = size
    low, high = _range(rows["time"])
    x = alt.X(
        "time:Q",
        axis=alt.Axis(title=titles[1], grid=False, tickCount=5),
        scale=alt.Scale(domain=[low, high], nice=False),
    )
    y_axis = alt.Axis(title=titles[0], format="~g", values=TICKS if log else alt.Undefined)
    y = alt.Y("value:Q", scale=scale, axis=y_axis)
    here = rows.filter(pl.col("group") == group)
    few = here["patient"].n_unique() <= FEW_LINES
    # Of few patients each value is a point: one value alone draws no line.
    lines = of_rows(here.to_dicts()).mark_line(
        strokeWidth=1.6 if few else 0.7, opacity=0.9 if few else 0.35, color=theme.BLUE, point=few
    )
    layers = [encoded(lines, x=x, y=y, detail="patient:N")]
    if reference is not None:
        layers.append(encoded(of_rows([{"value": reference}]).mark_rule(color=theme.BLACK), y=y))
    if summary is not None:
        middle = summary.filter(pl.col("group") == group).rename({"median": "value"})
        thick = of_rows(middle.to_dicts()).mark_line(strokeWidth=3, color=theme.VERMILLION)
        layers.append(encoded(thick, x=x, y=y))
    kept = [layer for layer in layers if layer.data["values"]]
    title = alt.Title(f"{group} (n = {here['patient'].n_unique():,})", frame="group")
    return alt.layer(*kept).properties(width=plot, height=PANEL_HEIGHT, title=title)


def _range(times: pl.Series) -> tuple[float, float]:
    known = [float(time) for time in times if time is not None]
    return (min([*known, 0.0]), max([*known, 1.0]))


def completeness_calendar(
    rows: pl.DataFrame, *, time_title: str = "Months since the start of treatment", width: int = theme.WIDE
) -> alt.TopLevelMixin:
    """Return the share of patients followed who have a result, per analyte and month, as a calendar of shades.

    rows: analyte, month, measured, followed (patients; null measured: suppressed).
    """
    cells = [
        {
            **row,
            "share": None if row["measured"] is None or not row["followed"] else row["measured"] / row["followed"],
        }
        for row in rows.to_dicts()
    ]
    for cell in cells:
        share = cell["share"]
        cell["text"] = "–" if share is None else f"{100 * share:.0f}"
        cell["dark"] = share is not None and share >= DARK_FROM
        cell["said"] = "suppressed" if share is None else f"{cell['measured']:,} of {cell['followed']:,}"
    analytes = rows["analyte"].unique(maintain_order=True).to_list()
    months = rows["month"].n_unique()
    plot = width - 80
    small = plot / max(months, 1) < 19
    named = sorted(rows["month"].unique().to_list())
    shown = [month for number, month in enumerate(named) if not small or (number + 1) % 3 == 0]
    x = alt.X("month:O", axis=alt.Axis(title=time_title, labelAngle=0, values=shown))
    y = alt.Y("analyte:N", sort=analytes, axis=alt.Axis(title=None))
    shade = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range=SHADES), legend=_share_legend())
    base = of_rows(cells)
    layers = [encoded(base.mark_rect(stroke="white"), x=x, y=y, color=shade, tooltip=tooltips(said="Measured"))]
    if not small:
        for dark, ink in ((True, "white"), (False, theme.BLACK)):
            words = of_rows([cell for cell in cells if cell["dark"] is dark]).mark_text(fontSize=9, color=ink)
            layers.append(encoded(words, x=x, y=y, text="text:N"))
    kept = [layer for layer in layers if layer.data["values"]]
    return finished(alt.layer(*kept).properties(width=plot, height=CELL_PX * len(analytes)))


def _share_legend() -> alt.Legend:
    return alt.Legend(title="With a result (% of those followed)", format=".0%", orient="bottom", gradientLength=160)
