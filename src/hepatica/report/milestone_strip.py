"""The strip of dated milestones above the course: what happened when, each with its own mark and label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt

from hepatica.pictures.drawing import Row, encoded, layered, of_rows, tooltips
from hepatica.pictures.theme import BLACK, BLUE, GREY, VERMILLION
from hepatica.report.time_axis import Label, TimeAxis, lay_out, moment
from hepatica.report.wording import said, word

if TYPE_CHECKING:
    from datetime import date

    from hepatica.report.patient_view import PatientView

LANE_PX = 16
LANES = 8
BAR = "M-0.25,-1H0.25V1H-0.25Z"
# What happened: shape, colour, rank (a lower one is labelled first), drawn as a rule through the panels.
LOOKS: dict[str, tuple[str, str, int, bool]] = {
    "start of treatment": ("triangle-right", BLACK, 0, True),
    "CBR": ("circle", BLUE, 1, True),
    "window": (BAR, GREY, 2, True),
    "death": ("cross", BLACK, 1, True),
    "liver transplant": ("diamond", BLACK, 1, True),
    "relapse": ("triangle-up", VERMILLION, 2, True),
    "loss of CBR": ("triangle-down", VERMILLION, 2, True),
    "biopsy": ("square", GREY, 3, False),
    "grave event": ("diamond", VERMILLION, 3, False),
    "event": ("circle", GREY, 5, False),
    "diagnosis": ("triangle-right", GREY, 4, False),
}
GRAVE = (
    *("cirrhosis", "portal_hypertension", "ascites", "variceal_bleeding", "encephalopathy", "hcc"),
    "acute_severe_presentation",
)


@dataclass(frozen=True)
class Happening:
    """Something dated in a patient's course: its look, the label, and what a reader may want to know more."""

    day: date
    look: str
    label: str
    detail: str


def happenings(view: PatientView) -> list[Happening]:
    """Return what happened up to the as-of date, earliest first: response milestones, biopsies, events."""
    found = [*_response(view), *map(_biopsy, view.rows("biopsies")), *map(_event, view.rows("events"))]
    diagnosed = [row for row in view.rows("patients") if row["diagnosis_date"] is not None]
    found += [_diagnosis(row) for row in diagnosed if row["diagnosis_date"] <= view.as_of]
    return sorted(found, key=lambda one: (one.day, one.label))


def _diagnosis(row: Row) -> Happening:
    about = " (about)" if row["diagnosis_date_partial"] else ""
    return Happening(row["diagnosis_date"], "diagnosis", f"diagnosis{about}", "diagnosis of autoimmune hepatitis")


def _response(view: PatientView) -> list[Happening]:
    """Return index date, CBR, loss, relapse, and the verdict at the end of the response window."""
    state = view.one("state")
    dated = (
        ("index_date", "start of treatment", "start of the first immunosuppressant for AIH (index date)"),
        ("cbr_date", "CBR", "first evaluation in complete biochemical response"),
        ("loss_of_cbr_date", "loss of CBR", "response lost, confirmed"),
        ("relapse_date", "relapse", "relapse after complete biochemical response"),
    )
    found = [Happening(state[column], look, look, text) for column, look, text in dated if state[column] is not None]
    if view.window_end is not None and view.window_end <= view.as_of:
        span = view.standards.definitions.response_window_text()
        verdict = word(state["cbr_by_6_months"])
        reason = state["cbr_by_6_months_reason"]
        detail = f"complete biochemical response by {span}: {verdict}" + (f" ({reason})" if reason else "")
        found.append(Happening(view.window_end, "window", f"{span}: CBR {verdict}", detail))
    return found


def _biopsy(row: Row) -> Happening:
    """Return a biopsy with its activity index and stage; what was not scored is unknown."""
    stage = "unknown" if row["fibrosis_stage"] is None else f"{row['fibrosis_stage']} ({said(row['fibrosis_scale'])})"
    scored = [] if row["hai"] is None else [f"HAI {row['hai']}"]
    scored += [] if row["fibrosis_stage"] is None else [f"F{row['fibrosis_stage']}"]
    label = " ".join(["biopsy", *scored])
    return Happening(row["date"], "biopsy", label, f"liver biopsy: HAI {said(row['hai'])}, fibrosis stage {stage}")


def _event(row: Row) -> Happening:
    """Return an event; its detail, drug, and seriousness go into the words behind it."""
    event = row["event"]
    look = word(event) if event in ("death", "liver_transplant") else "grave event" if event in GRAVE else "event"
    name = "HCC" if event == "hcc" else word(event)
    more = [text for text in (row["detail"], row["related_drug"]) if text]
    more += ["serious"] if row["serious"] == "yes" else []
    more += [f"cause: {word(row['cause'])}"] if event == "death" else []
    return Happening(row["date"], look, name, f"{name}: {', '.join(more)}" if more else name)


def strip(found: list[Happening], axis: TimeAxis) -> alt.LayerChart:
    """Return the strip: a mark for each happening at its day, labelled where there is room."""
    labels = [Label(one.day, one.label, LOOKS[one.look][2]) for one in found]
    places = lay_out(labels, axis, LANES)
    rows = [
        {
            "day": moment(one.day),
            "date": one.day.isoformat(),
            "what": one.detail,
            "label": one.label if place.written else "",
            "side": place.side,
            "lane": place.lane,
            "shape": LOOKS[one.look][0],
            "colour": LOOKS[one.look][1],
        }
        for one, place in zip(found, places, strict=True)
    ]
    lanes = max((place.lane for place in places), default=0) + 1
    return _drawn(rows, axis, lanes)


def _drawn(rows: list[Row], axis: TimeAxis, lanes: int) -> alt.LayerChart:
    channels = {
        "x": axis.hidden(),
        "y": alt.Y("lane:Q", scale=alt.Scale(domain=[-0.5, lanes - 0.5], reverse=True), axis=None),
        "tooltip": tooltips(date="Date", what="Milestone"),
    }
    marks = encoded(
        of_rows(rows).mark_point(filled=True, size=70, opacity=1),
        **channels,
        shape=alt.Shape("shape:N", scale=None),
        color=alt.Color("colour:N", scale=None),
    )
    right = of_rows([row for row in rows if row["side"] == "left"]).mark_text(align="left", dx=7)
    left = of_rows([row for row in rows if row["side"] == "right"]).mark_text(align="right", dx=-7)
    texts = [encoded(text, **channels, text="label:N") for text in (right, left)]
    return layered([marks, *texts], axis.width, lanes * LANE_PX, "Milestones")


def rules(found: list[Happening], axis: TimeAxis) -> alt.Chart:
    """Return the upright lines of the milestones, to be drawn behind another panel's marks."""
    rows = [
        {
            "day": moment(one.day),
            "colour": LOOKS[one.look][1],
            "what": one.detail,
            "date": one.day.isoformat(),
        }
        for one in found
        if LOOKS[one.look][3]
    ]
    return encoded(
        of_rows(rows).mark_rule(strokeDash=[2, 3], opacity=0.8),
        x=axis.x(),
        color=alt.Color("colour:N", scale=None),
        tooltip=tooltips(date="Date", what="Milestone"),
    )
