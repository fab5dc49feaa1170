"""Disclosure control against the complement attack: whoever adds and subtracts what is shown finds no small count."""

from __future__ import annotations

import json

import altair as alt
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepatica.errors import UsageError
from hepatica.studies.attrition import Attrition, Step
from hepatica.studies.disclosure import shared
from hepatica.studies.release import Counts, CurveOf, Estimates, Open
from hepatica.studies.result import Figure, Result, Sheet
from hepatica.studies.suppression import suppressed_cells

LEAST = 5
ROWS = Counts(("line",), ("n", "yes", "no", "unknown"), (("n", ("yes", "no", "unknown")),), (("line", "all"),))
counts = st.integers(0, 12)


def with_total(parts: list[tuple[int, int, int]]) -> pl.DataFrame:
    """A table of lines with their total row: yes, no, unknown of each."""
    rows = [
        {"line": str(n), "n": sum(part), "yes": part[0], "no": part[1], "unknown": part[2]}
        for n, part in enumerate(parts)
    ]
    whole = {"line": "all", **{name: sum(row[name] for row in rows) for name in ("n", "yes", "no", "unknown")}}
    return pl.DataFrame([*rows, whole])


def result(frame: pl.DataFrame, release, **more) -> Result:
    sheets = {"table": Sheet(frame, "A table", release), **more.pop("sheets", {})}
    return Result(
        name="response", title="A result", definition={"study": "response"}, sheets=sheets,
        figures=more.pop("figures", {}),
        numbers=more.pop("numbers", {}), attrition=None, methods=[], notes=["3 patients are special"], items=[],
        fingerprint="0" * 64, software={}, synthetic=True, **more,
    )  # fmt: skip


def possible(frame: pl.DataFrame, hidden: set[tuple[int, str]]) -> dict[tuple[int, str], tuple[int, int]]:
    """The least and greatest value that each suppressed count could have, by trying all of them."""
    parts, last = ("yes", "no", "unknown"), frame.height - 1
    free = [(row, name) for row in range(last) for name in parts if (row, name) in hidden]
    guesses = np.meshgrid(*[np.arange(1, 14, dtype=np.int16)] * len(free), indexing="ij") if free else []
    every = {(row, name): np.int16(frame[name][row]) for row in range(last) for name in parts}
    every |= dict(zip(free, guesses, strict=True))
    every |= {(row, "n"): sum(every[row, name] for name in parts) for row in range(last)}
    every |= {(last, name): sum(every[row, name] for row in range(last)) for name in ("n", *parts)}
    fits = np.True_
    for row, name in every:
        if (row, name) not in hidden:
            fits = fits & (every[row, name] == frame[name][row])
    return {cell: _span(every[cell], fits) for cell in hidden}


def _span(values, fits) -> tuple[int, int]:
    kept = np.broadcast_to(values, np.broadcast_shapes(np.shape(values), np.shape(fits)))[fits]
    return int(kept.min()), int(kept.max())


@pytest.mark.parametrize(
    "parts",
    [
        [(3, 9, 0), (8, 7, 0)],
        [(1, 6, 6), (6, 7, 8)],
        [(0, 1, 4), (0, 0, 5)],
        [(2, 2, 9), (9, 8, 0)],
        [(1, 1, 0), (9, 9, 9)],
    ],
)
def test_no_suppressed_count_can_be_worked_out_from_margins_and_totals(parts):
    least = 4
    frame = with_total(parts)
    hidden = suppressed_cells(frame, ROWS, least)
    small = {(row, name) for row in range(frame.height) for name in ROWS.cells if 0 < frame[name][row] < least}
    assert small
    assert small <= hidden
    for cell, (low, high) in possible(frame, hidden).items():
        assert high - low >= least - 1, cell


def test_the_attack_finds_a_count_whose_complement_was_forgotten():
    frame = with_total([(3, 9, 0), (8, 7, 0)])
    assert possible(frame, {(0, "yes")})[0, "yes"] == (3, 3)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=3))
def test_what_is_shown_is_no_small_count_and_no_exact_count(parts):
    frame = with_total(parts).with_columns(share=pl.col("yes") / pl.col("n"))
    released = shared(result(frame, ROWS), LEAST).tables["table"]
    for name in ROWS.cells:
        shown = released[name].drop_nulls()
        assert ((shown == 0) | (shown >= LEAST)).all()
        assert (shown % LEAST == 0).all()
    suppressed = released.filter(pl.any_horizontal(pl.col(name).is_null() for name in ROWS.cells))
    assert suppressed["share"].null_count() == suppressed.height


@settings(max_examples=25, deadline=None)
@given(st.integers(1, LEAST - 1), st.integers(LEAST, 40))
def test_two_tables_that_differ_by_a_few_patients_do_not_tell_how_many(few, many):
    """The same group counted in two tables (or reports), once with and once without a few patients."""
    narrow = pl.DataFrame({"line": ["1"], "n": [many]})
    wide = pl.DataFrame({"line": ["1"], "n": [many + few]})
    release = Counts(("line",), ("n",))
    first, second = (shared(result(frame, release), LEAST).tables["table"]["n"][0] for frame in (narrow, wide))
    assert second - first in (0, LEAST)
    # Whatever the difference shown, every small number of patients could stand behind it.
    behind = {
        b - a
        for a in range(first - LEAST // 2, first + LEAST // 2 + 1)
        for b in range(second - LEAST // 2, second + LEAST // 2 + 1)
    }
    assert set(range(1, LEAST)) <= behind


def test_a_diagram_of_steps_hides_a_small_loss_and_what_would_give_it_away():
    steps = Attrition((Step("all", "All", 100), Step("a", "A", 97, 3, 0, {("out", "dead"): 3}), Step("b", "B", 60, 37)))
    release = Counts(
        ("key", "step"), ("before", "in", "out", "unknown"), (("before", ("in", "out", "unknown")),),
        chain=("before", "in"), left_out=("out_reasons", "unknown_reasons"),
    )  # fmt: skip
    released = shared(result(steps.frame(), release), LEAST).tables["table"]
    assert released["in"].to_list() == [100, None, 60]
    # 60 and 37 would give back the 97 that gives back the 3.
    assert released["out"].to_list() == [0, None, None]
    assert released["before"].to_list() == [100, 100, None]
    assert "out_reasons" not in released.columns


def test_rows_stand_in_the_order_of_their_keys_so_that_the_order_tells_nothing():
    frame = pl.DataFrame({"drug": ["b", "a", "c"], "n": [30, 3, 2]})
    assert shared(result(frame, Counts(("drug",), ("n",))), LEAST).tables["table"]["drug"].to_list() == ["a", "b", "c"]


def test_a_curve_leaves_on_a_grid_in_steps_of_the_limit_and_stops_where_few_are_left():
    times = [0.1 * n for n in range(1, 61)]
    frame = pl.DataFrame(
        {
            "group": ["a"] * 60,
            "time": times,
            "at_risk": [float(60 - n) for n in range(60)],
            "events": [1.0] * 60,
            "survival": [1 - (n + 1) / 60 for n in range(60)],
            "lower": [0.0] * 60,
        }
    )
    released = shared(result(frame, CurveOf("time", "group", "at_risk", ("survival",))), LEAST).tables["table"]
    assert released.columns == ["group", "time", "at_risk", "survival"]
    assert released["time"].to_list() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert released["at_risk"].min() >= LEAST
    steps = (released["survival"] * 60 / LEAST).to_list()
    assert steps == pytest.approx([round(step) for step in steps])


def test_a_curve_of_too_few_patients_does_not_leave():
    frame = pl.DataFrame(
        {"group": ["a"] * 3, "time": [1.0, 2.0, 3.0], "at_risk": [3.0, 2.0, 1.0], "survival": [0.6, 0.3, 0.0]}
    )
    assert shared(result(frame, CurveOf("time", "group", "at_risk", ("survival",))), LEAST).tables["table"].is_empty()


def test_estimates_need_as_many_events_as_the_limit():
    frame = pl.DataFrame({"term": ["a", "b"], "hr": [1.23456, 2.0], "events": [48, 4]})
    assert shared(result(frame, Estimates("events")), LEAST).tables["table"].to_dicts() == [
        {"term": "a", "hr": 1.23, "events": 50}
    ]


def test_a_picture_of_which_everything_is_suppressed_says_so_in_its_place():
    few = pl.DataFrame({"drug": ["a", "b"], "n": [3, 2], "share": [0.3, 0.2]})
    many = pl.DataFrame({"drug": ["a", "b"], "n": [30, 20], "share": [0.3, 0.2]})

    def picture(tables, width):
        return alt.Chart(alt.Data(values=tables["table"].to_dicts())).mark_bar()

    drawn = {"picture": Figure("A picture", "words", ("table",), picture)}
    for frame, suppressed in ((few, True), (many, False)):
        released = shared(result(frame, Counts(("drug",), ("n",)), figures=drawn), LEAST)
        said = json.dumps(released.drawn("picture").to_dict(validate=False))
        assert ("Suppressed: too few patients" in said) == suppressed
        assert ("the number is suppressed" in released.figures["picture"].note) == suppressed


def test_single_patients_dates_notes_and_what_does_not_say_how_stay_in_the_centre():
    frame = pl.DataFrame({"patient": ["p"], "n": [9]})
    dated = Sheet(
        pl.DataFrame({"text": ["x"], "day": [None]}, schema={"text": pl.String, "day": pl.Date}), "Open", Open()
    )
    drawn = {"picture": Figure("A picture", "words", ("table",), lambda tables, width: None)}
    released = shared(result(frame, None, sheets={"open": dated}, figures=drawn, numbers={"a.b": 3}), LEAST)
    assert list(released.tables) == ["open"]
    assert released.tables["open"].columns == ["text"]
    assert released.figures == {}
    assert released.numbers == {}
    assert not any("special" in note for note in released.notes)


def test_numbers_leave_where_the_count_behind_them_reaches_the_limit():
    numbers = {"cox.x.hr": 1.23456, "cox.events": 48, "few.hr": 2.0, "few.events": 4, "other": 7}
    told = {"cox.": "cox.events", "few.": "few.events"}
    released = shared(result(pl.DataFrame({"a": [1]}), None, numbers=numbers, shared_numbers=told), LEAST)
    assert released.numbers == {"cox.x.hr": 1.23, "cox.events": 50}


def test_a_limit_that_protects_nobody_is_refused():
    with pytest.raises(UsageError, match="protects nobody"):
        shared(result(pl.DataFrame({"a": [1]}), None), 1)
