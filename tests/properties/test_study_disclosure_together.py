"""Disclosure control over all tables that leave together, against whoever solves for every patient behind them."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from hepatica.studies.disclosure import shared
from hepatica.studies.release import Counts, Estimates
from hepatica.studies.result import Result, Sheet
from hepatica.studies.suppression import suppressed_cells
from hepatica.studies.suppression_sums import Table
from hepatica.studies.suppression_together import known_range, rounds_to, suppressed_together

LEAST = 5
VERDICTS = ("yes", "no", "unknown")
DRUGS = {"1": ("a", "b", "c", "d"), "2": ("e",)}
# Whoever could stand behind the tables: line, drug, sex, verdict.
KINDS = [(line, drug, sex, verdict) for line in DRUGS for drug, sex, verdict in product(DRUGS[line], "fm", VERDICTS)]
KEYS = {"by_line": ("line",), "by_sex": ("sex",), "by_drug": ("line", "drug")}
NAMES = ("line", "drug", "sex", "verdict")


def tables_of(people: list[int], verdicts: tuple[str, ...] = VERDICTS) -> dict[str, Table]:
    """The tables of so many patients of each kind: by line, by sex, by line and drug."""
    everybody = pl.DataFrame(
        [kind for kind, n in zip(KINDS, people, strict=True) for _ in range(n)], NAMES, orient="row"
    )
    found = {}
    for name, keys in KEYS.items():
        counted = everybody.group_by(keys).agg(
            n=pl.len().cast(pl.Int64), **{word: (pl.col("verdict") == word).sum().cast(pl.Int64) for word in verdicts}
        )
        release = Counts(keys, ("n", *verdicts), (("n", verdicts),) if verdicts else ())
        found[name] = Table(counted.sort(keys), release)
    return found


def alone(tables: dict[str, Table]) -> dict[str, set[tuple[int, str]]]:
    """What each table suppresses without looking at the others."""
    return {name: suppressed_cells(table.frame, table.release, LEAST) for name, table in tables.items()}


def worked_out(tables: dict[str, Table], hidden: dict[str, set[tuple[int, str]]]) -> dict[tuple, tuple[int, int]]:
    """For each small count the least and greatest value that any patients could give who fit all that is shown."""
    rows, low, high, small = [], [], [], {}
    for name, table in tables.items():
        for place, row in enumerate(table.frame.to_dicts()):
            for column in table.release.cells:
                here = [
                    all(row[key] == kind[NAMES.index(key)] for key in KEYS[name]) and column in ("n", kind[3])
                    for kind in KINDS
                ]
                count = row[column]
                is_hidden = (place, column) in hidden[name]
                limits = (1, np.inf) if is_hidden else (0, 0) if count == 0 else known_range(count, LEAST)
                rows.append(np.array(here, dtype=float))
                low.append(limits[0])
                high.append(limits[1])
                if 0 < count < LEAST:
                    small[name, place, column] = rows[-1]
    fits = LinearConstraint(np.array(rows), np.array(low), np.array(high))
    return {cell: (_end(aim, fits, 1), _end(aim, fits, -1)) for cell, aim in small.items()}


def _end(aim: np.ndarray, fits: LinearConstraint, sign: int) -> int:
    found = milp(sign * aim, constraints=fits, integrality=np.ones(len(aim)), bounds=Bounds(0, 500))
    assert found.success
    return round(sign * found.fun)


def people(**counts: int) -> list[int]:
    """Patients by kind: `people(a_f_yes=5)`."""
    return [counts.get("_".join(kind[1:]), 0) for kind in KINDS]


# Line 1 is 12 patients on four drugs; 5 and 5 leave as 5 and 5, 12 as 10: then the two others are one each.
TELLING = people(a_f_yes=5, b_f_yes=5, c_m_no=1, d_m_no=1, e_f_yes=30, e_m_no=30)


def test_tables_looked_at_one_by_one_can_give_a_patient_away():
    """The attack works: without looking at the tables together, sums of rounded counts leave one answer."""
    tables = tables_of(TELLING, ())
    narrow = [ends for ends in worked_out(tables, alone(tables)).values() if ends[0] == ends[1]]
    assert narrow


def test_tables_looked_at_together_do_not():
    tables = tables_of(TELLING, ())
    for cell, (low, high) in worked_out(tables, suppressed_together(tables, LEAST)).items():
        assert high - low >= LEAST - 2, (cell, low, high)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 1, 2, 4, 5, 6, 7, 8, 13, 30]), min_size=len(KINDS), max_size=len(KINDS)))
def test_no_count_below_the_limit_can_be_pinned_down_from_all_tables(numbers):
    if not sum(numbers):
        return
    tables = tables_of(numbers)
    for cell, (low, high) in worked_out(tables, suppressed_together(tables, LEAST)).items():
        assert low < high, (cell, low)


@pytest.mark.parametrize("least", [2, 3, 4, 5, 10])
def test_a_shown_count_is_known_as_the_numbers_that_round_to_it(least):
    for count in range(least, 60):
        low, high = known_range(count, least)
        assert low <= count <= high
        assert {rounds_to(number, least) for number in range(low, high + 1)} == {rounds_to(count, least)}
        assert rounds_to(high + 1, least) != rounds_to(count, least)


def test_what_leaves_is_rounded_as_the_judgement_takes_it():
    counts = list(range(5, 60))
    frame = pl.DataFrame({"line": [str(n) for n in counts], "n": counts})
    sheet = Sheet(frame, "A table", Counts(("line",), ("n",)))
    left = shared(_result({"table": sheet}), LEAST).tables["table"]
    assert dict(left.rows()) == {str(n): rounds_to(n, LEAST) for n in counts}


def test_the_count_behind_an_estimate_does_not_show_what_a_table_hides():
    """A group of 4 is hidden, and 6 with it; the mean of the 6 would show the 6 again, and by it the 4."""
    table = Sheet(
        pl.DataFrame({"class": ["never", "stable", "all"], "measured": [4, 6, 10]}),
        "Who is measured",
        Counts(("class",), ("measured",), total=(("class", "all"),)),
    )
    means = Sheet(pl.DataFrame({"class": ["stable"], "patients": [6], "mean": [230.0]}), "Means", Estimates("patients"))
    left = shared(_result({"table": table, "means": means}), LEAST).tables
    assert left["table"].filter(pl.col("class") != "all")["measured"].to_list() == [None, None]
    whole, part = left["table"].filter(pl.col("class") == "all")["measured"][0], left["means"]["patients"].to_list()
    assert not part or known_range(whole, LEAST)[1] - known_range(part[0], LEAST)[0] >= LEAST - 1


def _result(sheets: dict[str, Sheet]) -> Result:
    return Result(
        name="response", title="A result", definition={"study": "response"}, sheets=sheets, figures={}, numbers={},
        attrition=None, methods=[], notes=[], items=[], fingerprint="0" * 64, software={}, synthetic=True,
    )  # fmt: skip
