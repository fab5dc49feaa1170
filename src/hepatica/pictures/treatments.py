"""Treatment over time: how patients move between treatments, and each patient's own lane."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import altair as alt
import polars as pl

from hepatica.pictures import theme
from hepatica.pictures.drawing import Row, encoded, of_rows, tooltips
from hepatica.pictures.looks import colours, finished, look_of, shapes

NODE_PX, NODE_GAP, BEND = 14, 0.06, 24
LANE_PX = 16
# On a phone a drug's name is shortened; a pointer shows the whole.
LONG_WORD, LETTERS = re.compile(r"\b[a-z]{8,}\b"), 5


def sankey(
    flows: pl.DataFrame,
    *,
    stages: Sequence[str] = (),
    last: Sequence[str] = (),
    width: int = theme.WIDE,
) -> alt.TopLevelMixin:
    """Return how patients move from stage to stage; a band's height is its number of patients.

    flows: stage (0, 1, … of the source), source, target, patients (null rows were suppressed and are left out).
    The nodes of a stage stand in the order of their first row, those named in `last` (others, no further line) below
    them in grey. `stages` names the stages above.
    """
    rows = [row for row in flows.sort("stage", maintain_order=True).to_dicts() if row["patients"]]
    names = _names(rows, last)
    label_room = 150 if width >= theme.WIDE else 90
    nodes, height = (
        _nodes(rows, names, short=width < theme.WIDE),
        60 + 46 * max([len(stage) for stage in names.values()] + [1]),
    )
    final = max([row["stage"] + 1 for row in rows] + [1])
    plot = width - label_room - 20
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, final], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1], reverse=True, nice=False), axis=None)
    look = look_of([name for name in dict.fromkeys(node["name"] for node in nodes.values()) if name not in last])
    look |= {name: (theme.LIGHT, "square", [1, 0]) for name in last}
    bands = of_rows(_bands(rows, nodes)).mark_area(opacity=0.4, line=False)
    boxes = of_rows(list(nodes.values())).mark_bar(size=NODE_PX, stroke="white")
    words = of_rows(list(nodes.values())).mark_text(
        align="left", baseline="middle", dx=NODE_PX / 2 + 3, limit=max(plot / final - 2 * NODE_PX, label_room)
    )
    no_legend = colours("name", look, legend=False)
    layers = [
        encoded(bands, x=x, y=y, y2="y2:Q", detail="band:N", color=no_legend, tooltip=tooltips(said="Patients")),
        encoded(boxes, x=x, y=y, y2="y2:Q", color=no_legend, tooltip=tooltips(said="Patients")),
        encoded(words, x=x, y=alt.Y("middle:Q", scale=y["scale"], axis=None), text="label:N"),
    ]
    if stages:
        titles = of_rows([{"x": number, "text": name} for number, name in enumerate(stages[: final + 1])])
        layers.append(
            encoded(
                titles.mark_text(align="left", dx=-NODE_PX / 2, fontWeight="bold"), x=x, y=alt.value(-12), text="text:N"
            )
        )
    return finished(alt.layer(*layers).properties(width=plot, height=height))


def _names(rows: list[Row], last: Sequence[str]) -> dict[int, list[str]]:
    """Return the names of each stage's nodes, in the order in which they come, some names last."""
    names: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        for stage, name in ((row["stage"], row["source"]), (row["stage"] + 1, row["target"])):
            if name not in names[stage]:
                names[stage].append(name)
    return {stage: sorted(found, key=lambda name: name in last) for stage, found in names.items()}


def _nodes(rows: list[Row], names: dict[int, list[str]], *, short: bool) -> dict[tuple[int, str], Row]:
    """Return each node's place: a node is as high as the larger of what comes in and what goes out."""
    going: dict[tuple[int, str], int] = defaultdict(int)
    coming: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        going[row["stage"], row["source"]] += row["patients"]
        coming[row["stage"] + 1, row["target"]] += row["patients"]
    size = {(s, n): max(going[s, n], coming[s, n]) for s, stage in names.items() for n in stage}
    most = max([sum(size[s, n] for n in stage) for s, stage in names.items()] + [1])
    gaps = max([len(stage) - 1 for stage in names.values()] + [0])
    unit = (1 - NODE_GAP * gaps) / most
    nodes: dict[tuple[int, str], Row] = {}
    for stage, found in names.items():
        top = 0.0
        for name in found:
            tall = size[stage, name] * unit
            said = f"{size[stage, name]:,} {name}"
            nodes[stage, name] = {
                "x": stage, "name": name, "y": top, "y2": top + tall, "middle": top + tall / 2, "said": said,
                "label": LONG_WORD.sub(_shortened, said) if short else said.replace("+", " + "),
            }  # fmt: skip
            top += tall + NODE_GAP
    return nodes


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:LETTERS]}."


def _bands(rows: list[Row], nodes: dict[tuple[int, str], Row]) -> list[Row]:
    """Return the bent bands between nodes as points along them."""
    unit = next(((n["y2"] - n["y"]) / int(n["said"].split(" ", 1)[0].replace(",", "")) for n in nodes.values()), 0.0)
    left: dict[tuple[int, str], float] = {key: node["y"] for key, node in nodes.items()}
    right = dict(left)
    points: list[Row] = []
    for number, row in enumerate(rows):
        source, target = (row["stage"], row["source"]), (row["stage"] + 1, row["target"])
        tall = row["patients"] * unit
        start, end = left[source], right[target]
        left[source] += tall
        right[target] += tall
        said = f"{row['source']} → {row['target']}: {row['patients']:,}"
        for step in range(BEND + 1):
            t = step / BEND
            at = start + (end - start) * t * t * (3 - 2 * t)  # smooth at both ends
            points.append(
                {"x": row["stage"] + t, "y": at, "y2": at + tall, "band": number, "name": row["source"], "said": said}
            )
    return points


def swimmer(
    rows: pl.DataFrame, events: pl.DataFrame | None = None, *, time_title: str = "Months", width: int = theme.WIDE
) -> alt.TopLevelMixin:
    """Return a lane per patient: what was given from when to when, and what happened on the way.

    rows: patient (a label, in the order of the lanes), start, end (in the unit of `time_title`), what (drug or line),
    and where there is any ongoing (true: an arrow at the end). events: patient, time, event.
    """
    lanes = rows["patient"].unique(maintain_order=True).to_list()
    given = rows["what"].unique(maintain_order=True).to_list()
    look = look_of(given)
    x = alt.X("start:Q", axis=alt.Axis(title=time_title, grid=True, tickCount=width // 90))
    y = alt.Y("patient:N", sort=lanes, axis=alt.Axis(title=None, labels=len(lanes) <= 60, ticks=False, labelLimit=110))
    bars = of_rows(rows.to_dicts()).mark_bar(height=LANE_PX - 5)
    tips = tooltips(patient="Patient", what="What", start="From", end="To")
    layers = [encoded(bars, x=x, x2="end:Q", y=y, color=colours("what", look), tooltip=tips)]
    if "ongoing" in rows.columns:
        going = of_rows(rows.filter(pl.col("ongoing")).to_dicts())
        arrow = going.mark_point(shape="triangle-right", filled=True, size=60, color=theme.BLACK, opacity=1, xOffset=5)
        layers.append(encoded(arrow, x=alt.X("end:Q"), y=y))
    if events is not None and events.height:
        marks = look_of(events["event"].unique(maintain_order=True).to_list())
        points = of_rows(events.to_dicts()).mark_point(
            size=55, fill="white", stroke=theme.BLACK, strokeWidth=1.4, opacity=1
        )
        tips = tooltips(patient="Patient", event="Event", time="Time")
        layers.append(encoded(points, x=alt.X("time:Q"), y=y, shape=shapes("event", marks), tooltip=tips))
    kept = [layer for layer in layers if layer.data["values"]]
    panel = alt.layer(*kept).resolve_scale(color="independent", shape="independent")
    shown = [*given, *(events["event"].unique().to_list() if events is not None else [])]
    return finished(panel.properties(width=width - 140, height=LANE_PX * max(len(lanes), 1)), width - 140, shown)
