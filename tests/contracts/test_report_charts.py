"""What the pictures keep to: units on axes, targets in their own unit, unknown never drawn as known."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta
from functools import lru_cache

import pytest
from report_patients import AS_OF, EMPTY, HOSTILE, INDEX, LONG, frame, invented, metabolite, result

from hepatica.course import derive
from hepatica.pictures import theme
from hepatica.record import Record
from hepatica.report.course_chart import course_chart
from hepatica.report.course_words import chart_description, unknowns
from hepatica.report.gap_panel import gaps
from hepatica.report.patient_view import view_of

RECORD = invented()
TABLES = derive(RECORD, as_of=AS_OF)


def specification(record, tables, patient, width=theme.WIDE):
    """The picture's definition, after the chart library has checked it against its schema."""
    found = course_chart(record, tables, patient, width=width).to_dict()
    for one in found["vconcat"]:
        for layer in one["layer"]:
            layer["rows"] = found["datasets"][layer.get("data", one.get("data"))["name"]]
    return found


@lru_cache
def picture(patient=LONG, width=theme.WIDE):
    return specification(RECORD, TABLES, patient, width)


def titles(node):
    """Every axis title in a specification."""
    if isinstance(node, dict):
        own = [node["axis"]["title"]] if isinstance(node.get("axis"), dict) and "title" in node["axis"] else []
        return own + [title for value in node.values() for title in titles(value)]
    if isinstance(node, list):
        return [title for value in node for title in titles(value)]
    return []


def panel(spec, title):
    return next(one for one in spec["vconcat"] if title in one["title"]["text"])


def rows_of(one, mark):
    layers = [layer for layer in one["layer"] if layer["mark"]["type"] == mark]
    return [row for layer in layers for row in layer["rows"]]


def alone(measurements, treatments=()):
    """A record of one patient P with these rows, and its tables."""

    def of(rows):
        return [{"patient_id": "P", **row} for row in rows]

    record = Record.of(
        patients=frame("patients", of([{"centre": "A"}])),
        measurements=frame("measurements", of(measurements)),
        treatments=frame("treatments", of(treatments)),
    )
    return record, derive(record, as_of=AS_OF)


@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_every_axis_with_numbers_names_its_unit(width):
    found = titles(picture(width=width))
    assert "× upper limit of normal (log scale)" in found
    assert ["pmol/8×10^8 RBC", "(log scale)"] in found
    assert "Date" in found


@pytest.mark.parametrize("patient", [LONG, EMPTY, HOSTILE])
@pytest.mark.parametrize("width", [theme.WIDE, theme.NARROW])
def test_no_missing_value_is_drawn(patient, width):
    text = json.dumps(picture(patient, width))
    assert "NaN" not in text
    assert '"None' not in text


def test_panels_share_one_time_axis():
    domains = {
        json.dumps([layer["encoding"]["x"]["scale"]["domainMin"], layer["encoding"]["x"]["scale"]["domainMax"]])
        for one in picture()["vconcat"]
        for layer in one["layer"]
        if "scale" in layer["encoding"].get("x", {})
    }
    assert len(domains) == 1


def test_target_line_stands_at_one():
    results = panel(picture(), "ALT, AST, and IgG")
    assert [row["x_uln"] for row in rows_of(results, "rule") if "x_uln" in row] == [1]


def test_lines_break_where_nothing_was_measured_for_longer_than_a_status_is_carried():
    drawn = rows_of(panel(picture(), "ALT, AST, and IgG"), "line")
    alt = [row for row in drawn if row["analyte"] == "ALT"]
    for before, after in itertools.pairwise(alt):
        days = (date.fromisoformat(after["date"]) - date.fromisoformat(before["date"])).days
        assert (before["run"] == after["run"]) == (days <= 183)


def test_a_bound_is_an_open_mark_with_an_arrow_and_never_on_a_line():
    results = panel(picture(), "ALT, AST, and IgG")
    day = (INDEX + timedelta(days=1500)).isoformat()
    assert all(row["date"] != day for row in rows_of(results, "line"))
    bounds = [row for row in rows_of(results, "point") if row["date"] == day]
    assert {row["analyte"]: row["arrow"] for row in bounds} == {"ALT": "↓", "IgG": "↑"}
    opened = [layer for layer in results["layer"] if layer["mark"].get("fill") == "white"]
    assert [row["date"] for row in opened[0]["rows"]] == [day, day]


def test_time_without_a_result_is_shown_as_unknown():
    missing = panel(picture(), "Unknown")
    what = {row["what"] for row in rows_of(missing, "bar")}
    assert "no IgG between 2023-03-15 and 2024-01-09 (300 days)" in what
    assert "no ALT between 2021-02-23 and 2021-11-10 (260 days)" in what


def test_igg_that_was_never_measured_is_a_gap_from_the_start_of_treatment():
    view = view_of(RECORD, TABLES, HOSTILE)
    assert [(gap.analyte, gap.start, gap.end) for gap in gaps(view)] == [
        ("ALT", INDEX, AS_OF),
        ("IgG", INDEX, AS_OF),
    ]


def test_metabolites_of_two_units_never_share_an_axis_or_a_target():
    start = {"drug": "azathioprine", "start": INDEX, "dose": 100.0, "dose_unit": "mg/day"}
    record, tables = alone(
        [
            metabolite(INDEX + timedelta(days=90), "TGN", 250.0),
            metabolite(INDEX + timedelta(days=190), "TGN", 300.0, "pmol/0.2 mL"),
        ],
        [start],
    )
    panels = [one for one in specification(record, tables, "P")["vconcat"] if "metabolites" in one["title"]["text"]]
    assert [[row["said"] for row in rows_of(one, "point")] for one in panels] == [
        ["300 pmol/0.2 mL"],
        ["250 pmol/8x10^8 RBC"],
    ]
    bands = [list(rows_of(one, "rect")) for one in panels]
    assert bands == [[], [{"value": 223, "high": 450}]]  # the default protocol has no target for pmol/0.2 mL


def test_no_metabolite_panel_without_a_metabolite():
    assert not any("metabolites" in one["title"]["text"] for one in picture(patient=HOSTILE)["vconcat"])


def test_rows_after_the_as_of_date_do_not_exist_for_the_picture():
    later = AS_OF + timedelta(days=1)
    record, tables = alone([result(AS_OF, "ALT", 1.5), result(later, "ALT", 9.0)])
    text = json.dumps(specification(record, tables, "P"))
    assert AS_OF.isoformat() in text
    assert later.isoformat() not in text


def test_a_flare_turns_the_axis_logarithmic_and_a_quiet_course_keeps_it_linear():
    for value, kind in ((22.0, "log"), (1.5, None)):
        record, tables = alone([result(INDEX, "ALT", value)])
        results = panel(specification(record, tables, "P"), "ALT, AST, and IgG")
        scales = {layer["encoding"]["y"]["scale"].get("type") for layer in results["layer"] if "y" in layer["encoding"]}
        assert scales == {kind}


def test_dose_is_a_height_and_an_unknown_dose_is_open_and_says_so():
    bars = rows_of(panel(picture(), "Treatment"), "bar")
    azathioprine = {row["dose"]: row["base"] - row["top"] for row in bars if row["what"] == "azathioprine"}
    assert azathioprine["100 mg/day"] > azathioprine["50 mg/day"]
    unknown = [row for row in bars if row["dose"] == "dose unknown"]
    assert [(row["what"], row["colour"], row["dash"]) for row in unknown] == [("mycophenolate", "white", [3, 2])]


def test_local_treatment_is_set_apart_and_last():
    bars = rows_of(panel(picture(), "Treatment"), "bar")
    assert [row["what"] for row in bars][-1] == "budesonide (local)"
    assert {row["colour"] for row in bars if "local" in row["what"]} == {theme.FAINT}


def test_labels_of_milestones_do_not_cover_each_other():
    for width in (theme.WIDE, theme.NARROW):
        strip = panel(picture(width=width), "Milestones")
        texts = [row for row in rows_of(strip, "text") if row["label"]]
        span = (AS_OF - INDEX).days / width  # roughly the days of a px
        for lane in {row["lane"] for row in texts}:
            own = sorted((row for row in texts if row["lane"] == lane), key=lambda row: row["date"])
            for left, right in itertools.pairwise(own):
                room = (date.fromisoformat(right["date"]) - date.fromisoformat(left["date"])).days / span
                needed = (left["side"] == "left") * len(left["label"]) + (right["side"] == "right") * len(
                    right["label"]
                )
                assert room > needed * 4


def test_description_says_the_picture_in_words():
    words = chart_description(view_of(RECORD, TABLES, LONG))
    assert "ALT: 20 results, highest 22 ×ULN on 2020-03-10, last <0.22 ×ULN on 2024-04-18." in words
    assert "loss" in words or "lost" in words
    assert "no IgG between 2023-03-15 and 2024-01-09 (300 days)" in words
    assert "mycophenolate 2022-08-28 to now, last dose unknown" in words


def test_picture_of_a_patient_without_rows_says_that_there_is_nothing():
    text = json.dumps(picture(patient=EMPTY))
    assert "No ALT, AST, or IgG result with a limit" in text
    assert "No treatment recorded" in text


def test_two_results_of_a_day_are_both_drawn_and_the_line_takes_the_higher():
    record, tables = alone([result(INDEX, "ALT", 1.2), result(INDEX, "ALT", 3.0)])
    results = panel(specification(record, tables, "P"), "ALT, AST, and IgG")
    assert sorted(row["x_uln"] for row in rows_of(results, "point")) == [1.2, 3.0]
    assert [row["x_uln"] for row in rows_of(results, "line")] == [3.0]


def test_result_without_a_limit_is_counted_not_drawn():
    bare = {**result(INDEX, "ALT", 1.0), "upper_limit": None, "x_uln": None, "limit_from": None}
    record, tables = alone([bare])
    results = panel(specification(record, tables, "P"), "ALT, AST, and IgG")
    assert rows_of(results, "point") == []
    assert unknowns(view_of(record, tables, "P"))[-3:] == [
        "1 result of ALT, AST, or IgG without an upper limit of normal: not judged.",
        "No ALT, AST, or IgG result that can be held against a limit is recorded.",
        "No start of an immunosuppressant for AIH is recorded.",
    ]
