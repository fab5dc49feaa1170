"""Wrong units are refused with the remedy; a score never converts by guess."""

from __future__ import annotations

import pytest

from hepatica.errors import UsageError
from hepatica.guidance.scores import scores

SURFASA = {"inr_day_0": 2.0, "inr_change": 0.1, "bilirubin_change": 0.1}


@pytest.mark.parametrize(
    ("score", "item", "given", "remedy"),
    [
        ("meld", "bilirubin", "100 umol/L", "17.104"),
        ("meld", "bilirubin", "100 µmol/L", "17.104"),
        ("meld", "bilirubin", 100, "17.104"),
        ("meld", "creatinine", "80 umol/L", "88.42"),
        ("meld", "creatinine", 80, "88.42"),
        ("meld_3", "albumin", 38, "divided by 10"),
        ("meld_3", "albumin", "38 g/L", "divided by 10"),
        ("ukeld", "bilirubin", "5.8 mg/dL", "17.104"),
        ("ukeld", "creatinine", 0.9, "88.42"),
        ("albi", "albumin", 3.5, "times 10"),
        ("albi", "albumin", "3.5 g/dL", "times 10"),
        ("albi", "bilirubin", "1.2 mg/dL", "17.104"),
        ("fib4", "platelets", 180000, "divided by 1000"),
        ("fib4", "platelets", "180000 /uL", "divided by 1000"),
        ("fib4", "ast", "1.3 ukat/L", "60 U/L"),
        ("apri", "ast_xuln", "80 U/L", "upper limit"),
        ("r_value", "alp_xuln", 120, "upper limit"),
        ("simplified_2008", "igg_xuln", 18.5, "upper limit"),
        ("simplified_2008", "igg_xuln", "18.5 g/L", "upper limit"),
        ("child_pugh", "inr", "14 s", "no unit"),
        ("child_pugh", "inr", 62, "no unit"),
        ("peld", "age", 12, "meld_3"),
        ("surfasa_fraction", "inr_change", "10 %", "divide a percentage by 100"),
        ("surfasa_fraction", "inr_change", 10, "divide a percentage by 100"),
        ("surfasa_indicator", "bilirubin_change", -8, "divide a percentage by 100"),
        ("simplified_2008", "ana", "35 U/mL", "ELISA"),
        ("simplified_2008", "ana", 1 / 80, "1:80"),
    ],
)
def test_another_unit_is_refused_with_the_remedy(score, item, given, remedy):
    with pytest.raises(UsageError) as refused:
        scores()[score].evaluate({item: given})
    assert refused.value.where == f"score {score}, item {item}"
    assert remedy in refused.value.remedy or remedy in refused.value.what


@pytest.mark.parametrize(
    ("score", "item", "spellings"),
    [
        ("meld", "bilirubin", ["2.5", "2.5 mg/dL", "2.5mg/dl", " 2.5  MG/DL "]),
        ("albi", "bilirubin", ["40", "40 µmol/L", "40 umol/l", "40 mcmol/L", "40 μmol / L"]),
        ("fib4", "platelets", ["180", "180 10^9/L", "180 x10⁹/L", "180 K/uL", "180 G/L", "180 /nL"]),
        ("fib4", "ast", ["80", "80 U/L", "80 IU/L"]),
        ("apri", "ast_xuln", ["2", "2 xULN", "2×ULN", "2 x ULN"]),
        ("meld_na", "sodium", ["131", "131 mmol/L", "131 mEq/L"]),
        ("simplified_2008", "ana", ["1:80", "80", "1 : 80"]),
    ],
)
def test_the_declared_unit_is_taken_in_its_usual_spellings(score, item, spellings):
    values = {given: _value(score, item, given) for given in spellings}
    assert len(set(values.values())) == 1, values
    assert next(iter(values.values())) is not None


def _value(score, item, given):
    return next(found.value for found in scores()[score].evaluate({item: given}).items if found.name == item)


@pytest.mark.parametrize("given", ["abc", "1,2", "nan", float("nan"), float("inf"), True, [1], "1:80", "2.5 mg/dL mg"])
def test_what_is_no_number_is_refused(given):
    with pytest.raises(UsageError):
        scores()["meld"].evaluate({"bilirubin": given})


def test_a_word_that_is_no_choice_is_refused_with_the_choices():
    with pytest.raises(UsageError, match="typical, compatible, not_compatible"):
        scores()["simplified_2008"].evaluate({"histology": "definite"})


def test_an_item_that_the_score_does_not_have_is_refused_with_its_items():
    with pytest.raises(UsageError, match=r"has no item alt_xuln[\s\S]*age, ast, alt, platelets"):
        scores()["fib4"].evaluate({"alt_xuln": 2})


def test_the_error_does_not_repeat_the_patients_value():
    with pytest.raises(UsageError) as refused:
        scores()["meld"].evaluate({"bilirubin": 123.456})
    assert "123" not in str(refused.value)


def test_a_percentage_that_could_be_a_fraction_is_shown_as_percent():
    notes = scores()["surfasa_fraction"].evaluate({**SURFASA, "inr_change": 1.0}).notes
    assert "inr_change is taken as a change of +100 %" in notes


def test_dialysis_counts_as_the_highest_creatinine():
    values = {"bilirubin": 3, "inr": 1.5}
    meld = scores()["meld"]
    dialysed = meld.evaluate({**values, "creatinine": "dialysis"})
    assert dialysed.total == meld.evaluate({**values, "creatinine": 4.0}).total
    assert dialysed.total > meld.evaluate({**values, "creatinine": 2.0}).total
