"""A study's tables as a reader sees them, and their columns on paper: nothing cut, no codes, no false digits."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from hepatica.report.paper_columns import PAGE_PT, column_widths
from hepatica.report.study_tables import FIRST_ROWS, MOST_ROWS, p_value, page_tables
from hepatica.report.study_words import notes
from hepatica.studies.release import Counts
from hepatica.studies.result import Result, Sheet


def result(sheet: Sheet, *, shared: bool = False, definition: dict | None = None) -> Result:
    return Result(
        name="response", title="A result", definition=definition or {"confidence": 0.95}, sheets={"table": sheet},
        figures={}, numbers={}, attrition=None, methods=[], notes=[], items=[], fingerprint="0" * 64, software={},
        synthetic=True, shared=shared,
    )  # fmt: skip


def read(frame: dict, *, shared: bool = False, definition: dict | None = None, **more) -> list[dict[str, str]]:
    (table,) = page_tables(result(Sheet(pl.DataFrame(frame), "A table", **more), shared=shared, definition=definition))
    return [dict(zip(table.headings, [cell.replace("\u00a0", " ") for cell in row], strict=True)) for row in table.rows]


def test_an_estimate_stands_with_its_interval_and_a_share_in_per_cent():
    (row,) = read({"share": [0.58139], "lower": [0.5204], "upper": [0.64]})
    assert row == {"Share, % (95 % interval)": "58.1 (52.0 to 64.0)"}


def test_a_ratio_has_the_digits_that_its_size_asks_for():
    (row,) = read({"hr": [4.1957], "lower": [1.8628], "upper": [11.327]}, definition={"confidence": 0.9})
    assert row == {"Hazard ratio (90 % interval)": "4.20 (1.86 to 11.3)"}


def test_a_count_stands_with_its_denominator_under_the_name_of_its_arm():
    arms = {"arms": {"intervention": "mycophenolate", "control": {"label": "azathioprine"}}}
    (row,) = read({"intervention": [15], "intervention_of": [60], "control": [0], "control_of": [80]}, definition=arms)
    assert row == {"Mycophenolate, n\u00a0of\u00a0N": "15 of 60", "Azathioprine, n\u00a0of\u00a0N": "0 of 80"}


def test_what_cannot_be_computed_is_a_dash_and_a_word_that_is_not_there_is_unknown():
    rows = read({"class": ["not_maintained", None], "share": [None, 0.5]}, units={})
    assert [row["Class"] for row in rows] == ["not maintained", "unknown"]
    assert [row["Share, %"] for row in rows] == ["–", "50.0"]


def test_codes_become_words_but_names_of_sources_and_patients_stay():
    (row,) = read(
        {"reason": ["line 2: non_response"], "treatment": ["azathioprine+prednisolone"], "set": ["iaihg_2022"],
         "patient": ["p_one_two"]}
    )  # fmt: skip
    assert list(row.values()) == ["line 2: non response", "azathioprine + prednisolone", "iaihg_2022", "p_one_two"]


def test_a_suppressed_count_says_so_and_shares_beside_counts_have_no_false_digits():
    release = Counts(("line",), ("n", "achieved"))
    rows = read({"line": ["1", "2"], "n": [60, None], "achieved": [35, None], "share": [0.58, None]},
                shared=True, release=release)  # fmt: skip
    assert [row["n"] for row in rows] == ["60", "suppressed"]
    assert [row["Share, %"] for row in rows] == ["58", "–"]


def test_numbers_at_risk_stand_across():
    frame = {"group": ["a", "a", "b", "b"], "time": [0.0, 5.0, 0.0, 5.0], "at_risk": [50, 20, 60, None]}
    assert read(frame) == [{"Group": "a", "0": "50", "5": "20"}, {"Group": "b", "0": "60", "5": "–"}]


def test_a_long_table_is_cut_and_one_behind_a_picture_is_named_with_its_file():
    long = pl.DataFrame({"n": range(MOST_ROWS + 1)})
    (table,) = page_tables(result(Sheet(long, "Long")))
    assert len(table.rows) == FIRST_ROWS
    assert "tables/table.csv" in table.caption
    (named,) = page_tables(result(Sheet(long, "Behind", drawn=True)))
    assert named.rows == [("tables/table.csv", "61", "Behind")]


@pytest.mark.parametrize(("p", "said"), [(0.5978, "0.60"), (0.0659, "0.066"), (1.6e-15, "<0.001"), (None, "–")])
def test_a_p_value_is_said_as_it_is_printed(p, said):
    assert p_value(p) == said


def test_on_paper_a_table_fits_and_every_word_stands_whole():
    headings = ["Line", "Treatment", *(f"Assessable {n}" for n in range(9)), "Share, % (95 % interval)"]
    rows = [["1", "azathioprine + mercaptopurine + prednisolone", *["123"] * 9, "58.1\u00a0(52.0\u00a0to\u00a064.0)"]]
    size, widths = column_widths(headings, rows)
    assert sum(widths) == pytest.approx(PAGE_PT)
    assert size < 8
    assert widths[1] > len("mercaptopurine") * 0.5 * size
    assert widths[-1] > len(rows[0][-1]) * 0.4 * size


def test_a_small_table_is_as_wide_as_its_words_and_no_wider():
    size, widths = column_widths(["Line", "n"], [["1", "20"]])
    assert size == 8
    assert sum(widths) < PAGE_PT / 5


def test_analytes_and_units_are_written_as_clinics_do():
    rows = read({"analyte": ["IGG", "PLATELETS", "INR"], "unit": ["g/L", "10*9/L", "1"], "value": [9.0, 249.0, 1.2]})
    assert [row["Analyte"] for row in rows] == ["IgG", "platelets", "INR"]
    assert [row["Unit"] for row in rows] == ["g/L", "10⁹/L", "–"]


def test_steps_between_treatments_are_told_in_words():
    (row,) = read({"stage": [0], "source": ["azathioprine+prednisolone"], "target": ["mycophenolate"], "patients": [7]})
    assert row == {
        "Step": "1st to 2nd treatment", "From": "azathioprine + prednisolone", "To": "mycophenolate", "Patients": "7",
    }  # fmt: skip


def test_a_note_has_a_minus_sign_and_a_date_keeps_its_hyphens():
    told = replace(
        result(Sheet(pl.DataFrame({"n": [1]}), "A table")), notes=["from -16.0 to 4, budesonide-like, 2024-12-31"]
    )
    assert notes(told) == ["from −16.0 to 4, budesonide-like, 2024-12-31"]
