"""Every picture of a study draws at the width of a page and of a phone, and its axes say what they measure."""

from __future__ import annotations

import re
from functools import partial

import polars as pl
import pytest
import vl_convert

from hepatica import pictures
from hepatica.pictures import looks, theme

CURVES = pl.DataFrame(
    {
        "group": ["a", "a", "b", "b"], "time": [1.0, 5.0, 2.0, 6.0], "survival": [0.9, 0.7, 0.8, 0.5],
        "lower": [0.8, 0.6, None, 0.3], "upper": [1.0, 0.8, None, 0.7], "censored": [0.0, 1.0, 1.0, 0.0],
    }
)  # fmt: skip
AT_RISK = pl.DataFrame({"group": ["a", "b"] * 2, "time": [0.0, 0.0, 5.0, 5.0], "at_risk": [50, 60, None, 20]})
STEPS = pl.DataFrame(
    {"step": ["All", "Treated"], "in": [90, 70], "out": [0, 12], "unknown": [0, None], "out_reasons": ["", "none 12"]}
)
EFFECTS = pl.DataFrame(
    {"label": ["A", "B", "C"], "estimate": [2.0, None, 9.0], "lower": [1.0, None, 0.001], "upper": [4.0, None, 999.0]}
)
INCIDENCE = pl.DataFrame({"cause": ["death"] * 2, "group": ["a"] * 2, "time": [0.0, 3.0], "incidence": [0.0, 0.2]})
BALANCE = pl.DataFrame({"covariate": ["age", "ALT"], "before": [0.4, -0.2], "after": [0.05, None]})
ROC = pl.DataFrame({"false_positive_rate": [0.0, 0.2, 1.0], "sensitivity": [0.0, 0.8, 1.0]})
CUT = pl.DataFrame({"false_positive_rate": [0.2], "sensitivity": [0.8], "label": ["≥ 223"]})
FLOWS = pl.DataFrame({"stage": [0, 0], "source": ["x", "x"], "target": ["y", "none"], "patients": [7, None]})
LANES = pl.DataFrame(
    {"patient": ["1", "2"], "start": [0.0, 0.0], "end": [5.0, 9.0], "what": ["line 1"] * 2, "ongoing": [True, False]}
)
EVENTS = pl.DataFrame({"patient": ["1"], "time": [3.0], "event": ["response"]})
LABS = pl.DataFrame({"patient": ["1", "1"], "group": ["a", "a"], "time": [0.0, 6.0], "value": [9.0, 0.8]})
MONTHS = pl.DataFrame({"analyte": ["ALT"] * 2, "month": [1, 2], "measured": [5, None], "followed": [10, 10]})
STUDIES = pl.DataFrame({"study": ["A", "B"], "effect": [0.2, -0.4], "std_error": [0.2, 0.4]})
BARS = pl.DataFrame({"label": ["a", "b"], "count": [3, None], "of": [9, 9], "lower": [0.1, None], "upper": [0.6, None]})

PLACES = pl.DataFrame(
    {"protocol": ["Padua", "Berlin"], "latitude": [45.4, 52.5], "longitude": [11.9, 13.4], "answer": ["a", "not known"]}
)

AT_RISK_OF_DEATH = pl.DataFrame({"group": ["a"] * 3, "time": [0.0, 3.0, 9.0], "at_risk": [1234, None, 0]})

DRAWN = {
    "attrition": (partial(pictures.attrition, STEPS), ["n = 90", "unknown suppressed", "none 12"]),
    "kaplan_meier": (partial(pictures.kaplan_meier, CURVES, AT_RISK), ["Years", "Survival (%)", "Patients at risk"]),
    "forest": (partial(pictures.forest, EFFECTS), ["Hazard ratio (log scale)"]),
    "cumulative_incidence": (
        partial(pictures.cumulative_incidence, INCIDENCE, AT_RISK_OF_DEATH),
        ["Years", "Cumulative incidence (%)", "Patients at risk", "1,234", "–"],
    ),
    "in_words": (partial(pictures.in_words, "Suppressed."), ["Suppressed."]),
    "love_plot": (partial(pictures.love_plot, BALANCE), ["Absolute standardised mean difference (no unit)", "before"]),
    "roc": (partial(pictures.roc, ROC, CUT), ["Sensitivity (%)", "1 − specificity (%)", "● ≥ 223"]),
    "sankey": (partial(pictures.sankey, FLOWS, stages=["First", "Second"]), ["First", "7 x"]),
    "swimmer": (partial(pictures.swimmer, LANES, EVENTS), ["Months", "line 1", "response"]),
    "spaghetti": (partial(pictures.spaghetti, LABS), ["ALT (× upper limit, log scale)", "a (n = 1)"]),
    "completeness_calendar": (
        partial(pictures.completeness_calendar, MONTHS), ["ALT", "Months since the start of treatment"]
    ),
    "funnel": (partial(pictures.funnel, STUDIES, pooled=0.0), ["Standard error", "Effect (log scale)"]),
    "place_map": (partial(pictures.place_map, PLACES, unknown="not known"), ["Latitude (° north)", "Padua"]),
    "bars": (partial(pictures.bars, BARS), ["Patients (%)", "3 of 9 (33 %)", "suppressed"]),
}  # fmt: skip


def svg(name: str, width: int) -> str:
    return vl_convert.vegalite_to_svg(DRAWN[name][0](width=width).to_dict(validate=False))


def test_every_picture_is_looked_at():
    assert set(DRAWN) == set(pictures.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_the_picture_says_what_its_axes_measure(name):
    drawn = svg(name, theme.WIDE)
    said = re.findall(r">([^<>]+)</(?:text|tspan)>", drawn)
    assert [words for words in DRAWN[name][1] if words not in said] == []


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
@pytest.mark.parametrize("name", DRAWN)
def test_the_picture_fits_its_width(name, width):
    found = re.search(r'<svg[^>]* width="([\d.]+)"', svg(name, width))
    assert float(found[1]) <= width * 1.2


def drawn_words(chart) -> list[str]:
    return re.findall(r">([^<>]+)</(?:text|tspan)>", vl_convert.vegalite_to_svg(chart.to_dict(validate=False)))


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_times_far_apart_are_said_as_people_write_them(width):
    grid = pl.DataFrame({"group": ["a"] * 3, "time": [0.0, 10.0, 20.0], "at_risk": [50, 20, 5]})
    curve = pl.DataFrame({"group": ["a", "a"], "time": [1.0, 27.0], "survival": [0.9, 0.4]})
    said = drawn_words(pictures.kaplan_meier(curve, grid, width=width))
    assert {"10", "20"} <= set(said)
    assert not any("e+" in word for word in said)


def test_numbers_at_risk_end_with_the_longest_curve():
    grid = pl.DataFrame({"group": ["a"] * 3, "time": [0.0, 5.0, 10.0], "at_risk": [77, 8, 0]})
    curve = pl.DataFrame({"group": ["a", "a"], "time": [1.0, 6.0], "survival": [0.9, 0.4]})
    said = drawn_words(pictures.kaplan_meier(curve, grid))
    assert ("77" in said, "10" in said) == (True, False)


def test_names_of_groups_that_begin_alike_are_told_apart_on_a_phone():
    groups = ["cirrhosis, response by 6 months", "cirrhosis, no response by 6 months"]
    grid = pl.DataFrame({"group": groups, "time": [0.0, 0.0], "at_risk": [50, 60]})
    curve = pl.DataFrame({"group": groups, "time": [9.0, 9.0], "survival": [0.9, 0.4]})
    said = drawn_words(pictures.kaplan_meier(curve, grid, width=theme.NARROW))
    assert not any("…" in word for word in said)


def test_the_attrition_diagram_says_out_and_unknown_also_where_there_is_nobody():
    steps = pl.DataFrame({"step": ["All", "a", "b"], "in": [9, 9, 5], "out": [0, 0, 4], "unknown": [0, 0, 0]})
    said = drawn_words(pictures.attrition(steps))
    assert [word for word in said if "unknown" in word] == ["out 0, unknown 0", "unknown 0"]


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_a_bar_tells_also_how_many_are_in_no_denominator(width):
    """A third line of whom nobody can be judged keeps its row: nothing known is a result."""
    rows = pl.DataFrame(
        {"label": ["line 1", "line 3", "line 4"], "count": [195, 0, None], "of": [387, 0, None],
         "share": [0.504, None, None], "unknown": [484, 60, None]}
    )  # fmt: skip
    said = drawn_words(pictures.bars(rows, width=width))
    assert {"195 of 387 (50 %)", "484 unknown", "0 of 0", "60 unknown", "unknown: suppressed"} <= set(said)


def test_two_groups_differ_in_colour_and_in_dash_or_shape():
    look = looks.look_of([str(n) for n in range(16)])
    pairs = [(one[0], tuple(one[2])) for one in look.values()]
    assert len(set(pairs)) == 16


@pytest.mark.parametrize("reach", [0.7, 5.0, 58.0, 77.5, 130.0])
def test_the_ticks_of_a_difference_stand_where_their_numbers_say(reach):
    rows = pl.DataFrame({"label": ["A"], "estimate": [reach / 9], "lower": [-reach], "upper": [reach]})
    drawn = vl_convert.vegalite_to_svg(pictures.forest(rows, ratio=False).to_dict(validate=False))
    ticks = re.findall(r'translate\(([\d.]+),[\d.]+\)" font[^>]*>(−?[\d.]+)</text>', drawn)
    assert len(ticks) >= 4
    places = [(float(place), float(number.replace("−", "-"))) for place, number in ticks]
    (first, low), (last, high) = places[0], places[-1]
    for place, number in places:
        assert place == pytest.approx(first + (number - low) / (high - low) * (last - first), abs=1.0)
