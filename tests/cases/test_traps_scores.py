"""Traps of scores: variants with their own cut-offs, children's titres, logarithms, and stiffness too early."""

from __future__ import annotations

import math

import pytest
from advice_cases import advised, answer, told
from course_cases import alt, ast, biopsy, drug, igg, result

from hepatica.errors import UsageError
from hepatica.guidance.scores import scores

PREDNISOLONE = drug("prednisolone", 0, dose=20)


def test_the_two_readings_of_surfasa_never_share_a_cut_off():
    """Trap 8: with changes as 0 or 1 the cut-off is -0.9, with changes as fractions -2.5; one patient, two answers."""
    patient = {"inr_day_0": 2.0, "inr_change": 0.1, "bilirubin_change": 0.1}
    indicator, fraction = (scores()[f"surfasa_{reading}"].evaluate(patient) for reading in ("indicator", "fraction"))
    assert (indicator.total, indicator.category) == (pytest.approx(0.62), "failure_likely")
    assert (fraction.total, fraction.category) == (pytest.approx(-2.602), "response_likely")
    limits = {
        name: {limit for row in scores()[name].categories for limit in row.limits}
        for name in ("surfasa_indicator", "surfasa_fraction")
    }
    assert limits == {"surfasa_indicator": {-0.9, 1.75}, "surfasa_fraction": {-2.5}}


def test_a_change_in_percent_is_no_fraction():
    """Trap 8: an INR that rose by 10 % is 0.10; 10 would make the score nonsense, and is refused."""
    with pytest.raises(UsageError, match="divide a percentage by 100"):
        scores()["surfasa_fraction"].evaluate({"inr_change": 10})


@pytest.mark.parametrize(
    ("antibody", "titre", "child", "adult"),
    [
        ("ana", "1:20", 1, 0),
        ("sma", "1:20", 1, 0),
        ("lkm1", "1:10", 2, 0),
        ("ana", "1:10", 0, 0),
        ("ana", "1:40", 1, 1),
    ],
)
def test_titres_that_count_in_a_child_do_not_in_an_adult(antibody, titre, child, adult):
    """Trap 11: in children ANA and SMA from 1:20 and anti-LKM1 from 1:10 are positive; adults need 1:40."""
    negative = dict.fromkeys(("ana", "sma", "lkm1", "sla"), "negative")
    known = {
        "igg_xuln": 1.0,
        "histology": "not_compatible",
        "viral_hepatitis_absent": "no",
        **negative,
        antibody: titre,
    }
    score = scores()["simplified_2008"]
    assert score.evaluate({**known, "paediatric": "yes"}).total == child
    assert score.evaluate({**known, "paediatric": "no"}).total == adult


def test_whether_a_low_titre_counts_is_unknown_where_the_age_is():
    """Trap 11: without an age, ANA 1:20 leaves the point open; it is neither given nor refused."""
    found = scores()["simplified_2008"].evaluate({"ana": "1:20", "igg_xuln": 1.0})
    assert "paediatric" in found.missing


LIVER = {"bilirubin": 6.0, "inr": 1.5, "creatinine": 1.5}


def exact(**patient: object) -> float:
    """MELD 3.0 before it is rounded, as its notes print it."""
    notes = scores()["meld_3"].evaluate(patient).notes
    return next(float(note.split()[1]) for note in notes if note.startswith("unrounded"))


def test_adolescents_have_one_constant_for_both_sexes_in_meld_3():
    """Trap 22: from 12 to 17 the constant of MELD 3.0 is 7.33 for both sexes; from 18 women alone have 1.33 more."""
    values = {"bilirubin": 4.0, "inr": 1.4, "creatinine": 1.1, "sodium": 133, "albumin": 3.0}
    girl, boy = (exact(**values, age=17.9, sex=sex) for sex in ("female", "male"))
    woman, man = (exact(**values, age=18, sex=sex) for sex in ("female", "male"))
    assert girl == boy == pytest.approx(woman, abs=0.006)
    assert woman - man == pytest.approx(1.33, abs=0.006)


def test_meld_takes_the_natural_logarithm():
    """Trap 22: with the decimal logarithm, as on a public page, this patient's 22 points would be 13."""
    decimal = 10 * (0.957 * math.log10(1.5) + 0.378 * math.log10(6.0) + 1.120 * math.log10(1.5) + 0.643)
    assert round(decimal) == 13
    assert scores()["meld"].evaluate(LIVER).total == 22


@pytest.mark.parametrize(
    ("day", "outcome", "prognosis"),
    [(60, "too_early", "too_early"), (120, "cirrhosis", "too_early"), (400, "cirrhosis", "raised")],
)
def test_stiffness_within_three_months_of_treatment_says_nothing_of_fibrosis(day, outcome, prognosis):
    """Trap 24: elastography follows inflammation; 18 kPa means cirrhosis from month 3, and prognosis from month 6."""
    stiffness = result("LSM", day, 18, unit="kPa", limit=None)
    found = advised(told([alt(0, 400), ast(0, 300), igg(0, 24), stiffness], [PREDNISOLONE]), day + 5)
    assert answer(found, "stiffness.hartl_2016").outcome == outcome
    assert answer(found, "stiffness.prognosis").outcome == prognosis


def test_stiffness_of_the_acute_phase_makes_nobody_cirrhotic():
    """Trap 24: 30 kPa at diagnosis is inflammation; a biopsy of that day says what it is."""
    acute = told(
        [result("LSM", 0, 30, unit="kPa", limit=None), alt(0, 900)],
        [PREDNISOLONE],
        biopsies=[biopsy(0, fibrosis_stage=1, fibrosis_scale="ishak")],
    )
    assert answer(advised(acute, 30), "stiffness.hartl_2016").outcome == "too_early"
