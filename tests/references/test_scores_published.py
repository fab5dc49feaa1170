"""Published numbers of the scores, the wrong ones that circulate, and totals exactly at a limit."""

from __future__ import annotations

import math

import pytest

from hepatica.guidance.scores import scores

EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, score in sorted(scores().items())
    for number, example in enumerate(score.examples, 1)
]


def total(score, /, **values):
    return scores()[score].evaluate(values).total


def category(score, /, **values):
    return scores()[score].evaluate(values).category


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_each_example_of_a_score_file_comes_out(name, example):
    result = scores()[name].evaluate(example.given)
    assert result.category == example.category
    if example.total is not None:
        assert result.total == pytest.approx(example.total, abs=0.5 * 10**-result.decimals)


# Kim WR et al., Gastroenterology 2021;161:1887, table 4, and the adolescent rule, as in a public macro:
# age, sex, bilirubin, sodium, INR, creatinine, albumin -> MELD, MELD-Na, MELD 3.0 and its unrounded value.
MELD = [
    ((20, "male", 2.5, 131, 1.0, 1.2, 3.8), (12, 18, 16, 15.81)),
    ((20, "female", 2.5, 131, 1.0, 1.2, 3.8), (12, 18, 17, 17.14)),
    ((20, "male", 6.0, 131, 1.5, 1.5, 3.5), (22, 26, 25, 24.713)),
    ((20, "male", 6.0, 131, 1.5, 1.5, 2.2), (22, 26, 26, 26.153)),
    ((20, "female", 6.0, 131, 1.5, 1.5, 2.2), (22, 26, 27, 27.483)),
    ((20, "male", 12, 128, 2.2, 1.8, 2.0), (30, 33, 34, 34.22)),
    ((20, "male", 12, 128, 2.2, 2.8, 2.0), (35, 36, 38, 37.93)),
    ((20, "female", 12, 128, 2.2, 2.8, 2.0), (35, 36, 39, 39.26)),
    ((20, "female", 12, 120, 0.9, 4.5, 3.5), (29, 33, 34, 33.583)),
    ((20, "male", 12, 120, 0.9, 4.5, 3.5), (29, 33, 32, 32.253)),
    ((10, "male", 12, 120, 0.9, 4.5, 3.5), (29, 33, 34, 33.583)),
]


@pytest.mark.parametrize(("patient", "published"), MELD)
def test_the_eleven_published_vectors_of_meld(patient, published):
    age, sex, bilirubin, sodium, inr, creatinine, albumin = patient
    meld, meld_na, meld_3, exact = published
    liver = {"bilirubin": bilirubin, "inr": inr, "creatinine": creatinine}
    assert total("meld", **liver) == meld
    assert total("meld_na", **liver, sodium=sodium) == meld_na
    whole = scores()["meld_3"].evaluate({**liver, "sodium": sodium, "albumin": albumin, "age": age, "sex": sex})
    assert whole.total == meld_3
    printed = next(float(note.split()[1]) for note in whole.notes if note.startswith("unrounded"))
    assert printed == pytest.approx(exact, abs=0.0051)


def test_sodium_counts_only_where_meld_is_above_11():
    low = {"bilirubin": 2.2, "inr": 1.0, "creatinine": 1.16}
    high = {"bilirubin": 2.5, "inr": 1.0, "creatinine": 1.2}
    assert (total("meld", **low), total("meld_na", **low, sodium=125)) == (11, 11)
    assert (total("meld", **high), total("meld_na", **high, sodium=137)) == (12, 12)
    assert total("meld_na", **high, sodium=125) > 12


def test_meld_scores_stay_between_6_and_40():
    worst = {"bilirubin": 60, "inr": 12, "creatinine": 9}
    assert total("meld", **worst) == 40
    assert total("meld_na", **worst, sodium=110) == 40
    assert total("meld_3", **worst, sodium=110, albumin=1.0, age=40, sex="female") == 40
    assert total("meld", bilirubin=0.4, inr=0.9, creatinine=0.5) == 6


def test_bounds_of_meld_3_are_those_of_the_policy():
    patient = {"age": 40, "sex": "male", "bilirubin": 6, "inr": 1.5, "creatinine": 1.5, "sodium": 131, "albumin": 3}
    assert total("meld_3", **{**patient, "creatinine": 3}) == total("meld_3", **{**patient, "creatinine": 8})
    assert total("meld_3", **{**patient, "creatinine": "dialysis"}) == total("meld_3", **{**patient, "creatinine": 3})
    assert total("meld_3", **{**patient, "albumin": 1.5}) == total("meld_3", **{**patient, "albumin": 0.9})
    assert total("meld_3", **{**patient, "sodium": 125}) == total("meld_3", **{**patient, "sodium": 110})


def test_fib4_apri_peld_ukeld_albi_as_published():
    assert total("fib4", age=57, ast=80, alt=90, platelets=180) == pytest.approx(2.670, abs=5e-4)
    assert total("apri", ast_xuln=80 / 40, platelets=180) == pytest.approx(1.111, abs=5e-4)
    infant = {"age": 0.5, "bilirubin": 10, "inr": 1.8, "albumin": 2.5, "growth_failure": "yes"}
    assert total("peld", **infant) == pytest.approx(26.70, abs=5e-3)
    assert total("ukeld", inr=1.6, creatinine=70, bilirubin=400, sodium=135) == pytest.approx(62.50, abs=5e-3)
    # A public page gives -2.35 for this patient; the formula gives -2.109.
    assert total("albi", bilirubin=20.52, albumin=35) == pytest.approx(-2.109, abs=5e-4)


def test_albi_grades_at_their_limits():
    def albumin_for(albi):
        return (0.66 * math.log10(20) - albi) / 0.085

    for albi, below, above in ((-2.60, "grade_1", "grade_2"), (-1.39, "grade_2", "grade_3")):
        assert category("albi", bilirubin=20, albumin=albumin_for(albi) + 1e-6) == below
        assert category("albi", bilirubin=20, albumin=albumin_for(albi) - 1e-6) == above


def test_the_infant_term_of_peld():
    child = {"bilirubin": 10, "inr": 1.8, "albumin": 2.5, "growth_failure": "no"}
    infant = total("peld", age=0.99, **child)
    assert infant - total("peld", age=1, listed_before_first_birthday="no", **child) == pytest.approx(4.36)
    assert total("peld", age=1.99, listed_before_first_birthday="yes", **child) == pytest.approx(infant)
    assert total("peld", age=2, listed_before_first_birthday="yes", **child) == pytest.approx(infant - 4.36)


def test_surfasa_coefficients_are_logarithms_of_the_published_odds_ratios():
    numbers = scores()["surfasa_indicator"].numbers
    published = {"inr": 6.85, "inr_change": 6.97, "bilirubin_change": 5.14}
    for item, odds_ratio in published.items():
        assert numbers[item] == pytest.approx(math.log(odds_ratio), abs=0.005)


def test_a_fall_of_ukeld_of_exactly_two_points_does_not_predict_failure():
    assert category("ukeld_fall_day_7", ukeld_day_0=62.5, ukeld_day_7=60.5) == "failure_not_predicted"
    assert category("ukeld_fall_day_7", ukeld_day_0=62.5, ukeld_day_7=60.51) == "failure_predicted"


def test_r_value_at_its_limits():
    assert category("r_value", alt_xuln=10, alp_xuln=2) == "hepatocellular"
    assert category("r_value", alt_xuln=9.999, alp_xuln=2) == "mixed"
    assert category("r_value", alt_xuln=4.001, alp_xuln=2) == "mixed"
    assert category("r_value", alt_xuln=4, alp_xuln=2) == "cholestatic"
