"""How well a value tells two groups apart: the ROC curve with its cut-off."""

from __future__ import annotations

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import encoded, of_rows, tooltips
from hepatica.pictures.looks import colours, dashes, finished, look_of
from hepatica.pictures.thinning import drawable

SIDE = 340


def roc(curve: pl.DataFrame, cut_off: pl.DataFrame | None = None, *, width: int = theme.WIDE) -> alt.TopLevelMixin:
    """Return sensitivity against one minus specificity, with the cut-off as a named point.

    curve: false_positive_rate, sensitivity (0-1), and where there are several curves group.
    cut_off: false_positive_rate, sensitivity, label ("≥ 223 pmol: sensitivity 0.76, specificity 0.78").
    """
    named = curve if "group" in curve.columns else curve.with_columns(group=pl.lit("curve"))
    look = look_of(named["group"].unique(maintain_order=True).to_list())
    side = min(SIDE, width - 80)
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X(
        "false_positive_rate:Q", scale=scale, axis=alt.Axis(title="1 − specificity (%)", format=".0%", tickCount=5)
    )
    y = alt.Y("sensitivity:Q", scale=scale, axis=alt.Axis(title="Sensitivity (%)", format=".0%", tickCount=5))
    chance = of_rows([{"false_positive_rate": at, "sensitivity": at} for at in (0, 1)])
    seen = drawable(named, ["group"], ["false_positive_rate", "sensitivity"], px=side)
    line = of_rows(seen.to_dicts()).mark_line(strokeWidth=2, interpolate="linear")
    several = len(look) > 1
    looks = {"color": colours("group", look, legend=several)}
    if several:
        looks["strokeDash"] = dashes("group", look)  # type: ignore[assignment]  # another channel
    layers = [
        encoded(chance.mark_line(strokeDash=[4, 3], color=theme.GREY), x=x, y=y),
        encoded(line, x=x, y=y, order="order:Q", **looks),
    ]
    if cut_off is not None and cut_off.height:
        rows = of_rows(cut_off.to_dicts())
        layers.append(
            encoded(
                rows.mark_point(size=110, filled=True, color=theme.BLACK, opacity=1),
                x=x, y=y, tooltip=tooltips(label="Cut-off"),
            )
        )  # fmt: skip
        # The words stand in the corner that no curve better than chance goes through.
        corner = [
            {"false_positive_rate": 0.99, "sensitivity": 0.03 + 0.055 * number, "label": f"● {label}"}
            for number, label in enumerate(reversed(cut_off["label"].to_list()))
        ]
        layers.append(encoded(of_rows(corner).mark_text(align="right", baseline="bottom"), x=x, y=y, text="label:N"))
    return finished(alt.layer(*layers).properties(width=side, height=side), side + 80, list(look))
