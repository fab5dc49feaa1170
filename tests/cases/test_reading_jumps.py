"""A result that is unusual in itself and far from the patient's results around it is named; a true change is not."""

from __future__ import annotations

import pytest
from reading_cases import ANNA, read, result


def jumps(*rows, **tables):
    warnings = read(measurements=list(rows), **tables).reading.warnings
    return warnings.filter(reason="sudden_change").select("line", "explanation").rows()


def ast(value, date, **more):
    return result(value, "AST", **{"date": date, **more})


def test_a_fall_to_a_value_that_is_hardly_ever_seen_names_both_results():
    ((line, explanation),) = jumps(ast("138", "2023-03-01"), ast("6.2", "2023-09-09"))
    assert line == 3
    assert explanation.startswith("AST: ")
    assert "22.3 times apart from 138.0 on 2023-03-01, 192 days before" in explanation


def test_the_unusual_result_is_named_even_if_it_comes_first():
    ((line, explanation),) = jumps(ast("6.2", "2023-03-01"), ast("138", "2023-09-09"))
    assert line == 2
    assert "192 days after" in explanation


@pytest.mark.parametrize(
    "second",
    [
        ast("20", "2023-09-09"),  # a response to treatment
        ast("6.2", "2024-03-02"),  # more than a year later
        ast("<6.2", "2023-09-09"),
        ast("14", "2023-09-09"),
        ast("6.2", "2023-09-09", patient_id="P2"),
        result("6.2", "ALT", date="2023-09-09"),
    ],
    ids=["usual", "too late", "censored", "less than the factor", "another patient", "another analyte"],
)
def test_no_sudden_change(second):
    patients = [ANNA, ANNA | {"patient_id": "P2"}]
    assert jumps(ast("138", "2023-03-01"), second, patients=patients) == []


def test_a_result_that_is_set_aside_is_compared_with_nothing():
    assert jumps(ast("99000", "2023-03-01"), ast("6.2", "2023-09-09")) == []


def test_albumin_in_the_wrong_unit_is_named_as_a_likely_slip_and_never_converted():
    told = read(measurements=[result("8.01", "ALBUMIN", "g/dL")])  # as it stands in a published data set
    assert told.reasons() == ["implausible"]
    assert told.kept() == []
    explanation = told.reading.quarantine["explanation"][0]
    assert explanation.startswith("albumin: ")
    assert explanation.endswith("likely a slip of the unit: it would fit in g/L")


def test_an_explanation_names_the_analyte_as_a_clinic_says_it():
    told = read(measurements=[result("100", "IGG", "g/L")])
    assert told.reading.warnings["explanation"][0].startswith("IgG: value is unusual")


def test_an_unknown_analyte_has_no_name_to_say():
    told = read(measurements=[result("1", "XYZ")])
    assert told.reading.quarantine["explanation"][0].startswith("the analyte is not in the vocabulary")
