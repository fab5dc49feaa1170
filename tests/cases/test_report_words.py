"""What a person reads: unknown is said, nothing that did not happen is called unknown, numbers stay true."""

from __future__ import annotations

from datetime import date

import pytest

from hepatica.course.explain import multiple
from hepatica.report.wording import (
    column_words,
    counted,
    heading,
    number,
    percent,
    place,
    reason,
    regimen,
    said,
    with_analytes,
    word,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "unknown"),
        ("", "unknown"),
        (float("nan"), "unknown"),
        (date(2024, 3, 5), "2024-03-05"),
        (0.0, "0"),
        (1.004, "1.004"),  # above the limit, and must not read as at the limit
        (35.0, "35"),
        (12345.6, "12346"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
    ],
)
def test_a_value_is_said(value, words):
    assert said(value) == words


def test_codes_become_words():
    assert word("not_achieved") == "not achieved"
    assert word(None) == "unknown"
    assert reason("igg_missing") == "IgG missing"


def test_headings_keep_the_fields_spelling():
    assert heading("alt_xuln") == "ALT (×ULN)"
    assert heading("cbr_by_6_months") == "CBR by 6 months"
    assert heading("igg_g_l") == "IgG (g/L)"
    assert heading("patient_id") == "Patient ID"


def test_an_empty_cell_of_what_did_not_happen_is_not_called_unknown():
    assert column_words("relapse_date", None) == "none recorded"
    assert column_words("end", None) == "goes on"
    assert column_words("cbr_by_6_months_reason", "") == "–"


def test_an_empty_cell_of_what_was_not_measured_is_unknown():
    assert column_words("igg_xuln", None) == "unknown"
    assert column_words("weight_kg", None) == "unknown"


def test_a_regimen_of_nothing_and_an_unknown_one_differ():
    assert regimen("") == "no immunosuppressant"
    assert regimen(None) == "unknown"
    assert regimen("azathioprine+prednisolone") == "azathioprine + prednisolone"


def test_a_patients_own_text_is_not_rewritten():
    assert column_words("patient_id", "A_1") == "A_1"
    assert column_words("centre", "north_west") == "north_west"


def test_a_share_without_a_denominator_is_no_share():
    assert percent(0, 0) == "–"
    assert percent(1, 3) == "33 %"


def test_counts_and_numbers():
    assert counted(1, "row") == "1 row"
    assert counted(1234, "row") == "1,234 rows"
    assert number(0.22222) == "0.2222"


def test_a_row_is_placed_by_line_or_by_the_sources_own_key():
    assert place({"file": "labs.csv", "line": 7, "key": None}) == "labs.csv, line 7"
    assert place({"file": "Observation", "line": None, "key": "obs-1"}) == "Observation, obs-1"


@pytest.mark.parametrize(
    ("x_uln", "words"),
    [
        (0.51428, "0.51"),
        (1.0, "1.00"),
        (1.004, "1.004"),  # above the limit: two decimals would read as at it
        (2.004, "2.004"),  # a relapse where a set's limit is 2
        (3.0001, "3.0001"),  # a relapse
        (0.9999, "1.00"),  # at most the limit, as it is
        (9.999, "10"),
        (22.0, "22"),
        (104.4, "104"),
        (1234.5, "1234"),
    ],
)
def test_a_multiple_of_the_limit_is_short_but_never_changes_sides(x_uln, words):
    assert multiple(x_uln) == words


def test_analytes_are_written_as_clinicians_write_them():
    assert with_analytes("LEUKOCYTES, IGG and ALT of 2024") == "leukocytes, IgG and ALT of 2024"
    assert column_words("what", "NEUTROPHILS, PLATELETS") == "neutrophils, platelets"
    assert column_words("alt_xuln", 0.51428) == "0.51"
