"""Doses that a letter would be written about: azathioprine too high, too early in jaundice, a steroid never tapered."""

from __future__ import annotations

from datetime import date

from advice_cases import advised, answer, question, told, weight
from course_cases import alt, ast, drug, igg, result

CHILD = {"birth_date": date(2015, 1, 1)}


def bloods(kg: float) -> list[dict]:
    return [alt(0, 400), ast(0, 300), igg(0, 24), weight(0, kg)]


def word(analyte: str, day: int, said: str) -> dict:
    return {**result(analyte, day, 0, limit=None), "value": None, "text": said}


def bilirubin(day: int, value: float) -> dict:
    return result("BILIRUBIN", day, value, unit="umol/L", limit=None)


def test_300_mg_of_azathioprine_for_60_kg_is_told_first():
    found = advised(told(bloods(60), [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, dose=300)]), 100)
    assert answer(found, "thiopurine_dose.cpic_2019").outcome == "above"
    assert (found.questions[0].question, found.questions[0].level) == ("thiopurine_dose", "act")
    usual = advised(told(bloods(60), [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, dose=100)]), 100)
    assert question(usual, "thiopurine_dose").level == "none"


def test_150_mg_of_mercaptopurine_for_60_kg_is_more_than_it_looks():
    found = advised(told(bloods(60), [drug("mercaptopurine", 14, dose=150)]), 100)
    because = answer(found, "thiopurine_dose.cpic_2019").because
    assert answer(found, "thiopurine_dose.cpic_2019").outcome == "above"
    assert because[0].startswith("thiopurine dose (as azathioprine) 5.2 mg/kg/day")


def test_75_mg_for_a_child_of_26_kg_is_above_what_children_get_though_not_above_the_adults_highest():
    found = advised(
        told(bloods(26), [drug("prednisolone", 0, dose=20), drug("azathioprine", 14, dose=75)], **CHILD), 40
    )
    assert answer(found, "thiopurine_dose.espghan_2018").outcome == "above"
    assert answer(found, "thiopurine_dose.cpic_2019").outcome == "within"


def test_azathioprine_in_the_second_week_with_a_bilirubin_of_130_is_held():
    drugs = [drug("prednisolone", 0, dose=60), drug("azathioprine", 8, dose=50)]
    found = advised(told([*bloods(70), bilirubin(0, 150), bilirubin(15, 130)], drugs), 18)
    jaundice = answer(found, "azathioprine_in_jaundice.easl_2015")
    assert (jaundice.outcome, jaundice.level) == ("too_early", "act")
    assert jaundice.options[0].do.startswith("hold azathioprine")


def test_a_steroid_that_nobody_tapered_is_told_after_two_months():
    def taper(day: int, dose: float, **who):
        found = advised(
            told([*bloods(26), alt(day, 300), igg(day, 20)], [drug("prednisolone", 0, dose=dose)], **who), day
        )
        return {entry.rule: entry.outcome for entry in question(found, "steroid_taper").answers}

    assert taper(70, 60, **CHILD)["steroid_taper.espghan_2018"] == "not_tapered"
    assert taper(30, 60, **CHILD)["steroid_taper.espghan_2018"] == "in_time"
    assert taper(70, 40)["steroid_taper.easl_2015"] == "not_tapered"
    assert taper(70, 15)["steroid_taper.easl_2015"] == "in_time"


def test_rituximab_works_on_after_its_last_infusion_and_so_does_the_risk_of_hepatitis_b():
    drugs = [drug("prednisolone", 0, dose=10), drug("rituximab", 100, 114, dose=None)]

    def found(day: int, *results):
        return answer(advised(told([*bloods(70), *results], drugs), day), "hepatitis_b.anti_cd20")

    asked = found(200, word("HBSAG", 90, "negative"))
    assert [need.finding for need in asked.needs] == ["anti_hbc"]
    assert found(200, word("ANTI_HBC", 90, "positive")).level == "stop"  # HBsAg was never tested
    assert found(114 + 365, word("ANTI_HBC", 90, "positive")).level == "stop"
    assert found(114 + 366, word("ANTI_HBC", 90, "positive")).outcome == "not_applicable"


def test_a_woman_of_53_on_mycophenolate_is_asked_about_contraception_and_one_of_56_is_not():
    def contraception(birth: date):
        found = advised(told(bloods(70), [drug("mycophenolate", 0, dose=2000)], birth_date=birth), 60)
        return answer(found, "mycophenolate_contraception.ema_2017").outcome

    assert contraception(date(1969, 6, 1)) == "unknown"
    assert contraception(date(1966, 6, 1)) == "not_needed"
