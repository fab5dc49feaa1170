"""What cannot wait for a biopsy: failure, decompensation, budesonide, tuberculosis, while little is known."""

from __future__ import annotations

from advice_cases import advised, answer, question, told
from course_cases import alt, ast, drug, event, igg, on, result

from hepatica.course import derive
from hepatica.course.columns import DERIVED_TYPES
from hepatica.guidance.advice_text import advice_text
from hepatica.report.patient_page import patient_html

BLOODS = [alt(0, 900), ast(0, 1000), igg(0, 25)]
PREDNISOLONE = drug("prednisolone", 0, dose=60)


def micromolar(value: float, day: int) -> dict:
    return result("BILIRUBIN", day, value, unit="umol/L", limit=None)


def word(analyte: str, day: int, said: str) -> dict:
    return {**result(analyte, day, 0, limit=None), "value": None, "text": said}


def test_a_woman_who_is_drowsy_with_an_inr_of_2_4_is_in_liver_failure_before_anybody_knows_of_cirrhosis():
    found = advised(told([*BLOODS, result("INR", 3, 2.4)], [PREDNISOLONE], events=[event("encephalopathy", 3)]), 5)
    assert answer(found, "acute_severe.liver_failure").outcome == "liver_failure"
    assert (found.questions[0].question, found.questions[0].level) == ("acute_severe", "stop")


def test_an_inr_of_2_1_asks_for_encephalopathy_and_a_normal_one_asks_for_nothing():
    def found(inr: float):
        return advised(told([*BLOODS, result("INR", 3, inr)], [PREDNISOLONE]), 5)

    asked = answer(found(2.1), "acute_severe.liver_failure")
    assert [need.finding for need in asked.needs] == ["encephalopathy"]
    assert answer(found(1.1), "acute_severe.liver_failure").outcome == "not_applicable"
    assert answer(advised(told(BLOODS, [PREDNISOLONE]), 5), "acute_severe.liver_failure").outcome == "not_applicable"


def test_ascites_is_decompensation_whether_or_not_anybody_wrote_down_cirrhosis():
    found = advised(told(BLOODS, [PREDNISOLONE], events=[event("ascites", 3)]), 5)
    assert answer(found, "decompensation.practice").outcome == "decompensated"
    assert question(found, "decompensation").level == "act"


def test_budesonide_with_an_inr_of_2_2_is_a_stop_though_nobody_knows_of_cirrhosis():
    severe = [*BLOODS, result("INR", 0, 2.2), micromolar(360, 0)]
    found = advised(told(severe, [drug("budesonide", 0, dose=9)]), 5)
    assert answer(found, "budesonide_safety.acute_severe").level == "stop"
    assert answer(found, "budesonide_safety.review").outcome == "unknown"  # cirrhosis still matters
    assert (found.questions[0].question, found.questions[0].level) == ("budesonide_safety", "stop")


def test_infliximab_without_a_test_for_tuberculosis_asks_for_one_and_a_positive_one_is_acted_on():
    def found(*results):
        infliximab = drug("infliximab", 40, dose=5, dose_unit="mg/kg")
        return advised(told([*BLOODS, *results], [PREDNISOLONE, infliximab]), 60)

    untested = answer(found(), "tuberculosis.review")
    assert [need.finding for need in untested.needs] == ["igra"]
    assert question(found(), "tuberculosis").safety
    assert question(found(word("IGRA", 30, "positive")), "tuberculosis").level == "act"
    assert question(found(word("IGRA", 30, "negative")), "tuberculosis").level == "none"
    without = advised(told(BLOODS, [PREDNISOLONE]), 60)
    assert answer(without, "tuberculosis.review").outcome == "not_applicable"


def test_before_any_treatment_nobody_is_asked_whether_it_works_or_whether_the_disease_came_back():
    found = advised(told(BLOODS), 5)
    for rule in ("relapse.centre", "relapse.easl_2015", "acute_response.meld_na_day_3", "acute_response.yeoman_2011"):
        assert answer(found, rule).outcome == "not_applicable"


def test_budesonide_with_varices_is_a_stop_though_nobody_knows_of_cirrhosis():
    budesonide = drug("budesonide", 0, dose=9)
    found = advised(told(BLOODS, [budesonide], events=[event("portal_hypertension", 3)]), 5)
    assert (found.questions[0].question, found.questions[0].level) == ("budesonide_safety", "stop")
    assert answer(found, "decompensation.practice").outcome == "unknown"  # varices alone are no decompensation
    bled = advised(told(BLOODS, [budesonide], events=[event("variceal_bleeding", 3)]), 5)
    assert answer(bled, "budesonide_safety.portal_hypertension").level == "stop"


def test_the_text_says_in_its_first_lines_what_cannot_wait_and_what_nobody_knows():
    severe = [*BLOODS, result("INR", 3, 2.4)]
    text = advice_text(advised(told(severe, [PREDNISOLONE], events=[event("encephalopathy", 3)]), 5), ["Who: a woman."])
    who, short = text.index("Who: a woman."), text.index("In short")
    first = text.index("SAFETY · Is this an acute severe presentation?")
    assert who < short < first
    head = text[short:first]
    assert head.splitlines()[1].startswith(
        "  STOP: Is this an acute severe presentation? Encephalopathy with an INR of 1.5"
    )
    assert "[not verified]" in head
    assert "not known: " in head
    assert "Is hepatitis B a risk under immunosuppression?" in head


def test_the_page_says_what_cannot_wait_before_the_course_is_drawn():
    told_ = told([*BLOODS, result("INR", 3, 2.4)], [PREDNISOLONE], events=[event("encephalopathy", 3)])
    tables = derive(told_, as_of=on(5), tables=tuple(DERIVED_TYPES))
    found = advised(told_, 5)
    page = patient_html(told_, tables, "p", [], tables["worklist"], synthetic=False, advice=found)
    assert page.index("STOP: Is this an acute severe presentation?") < page.index('id="missing"')
    without = patient_html(told_, tables, "p", [], tables["worklist"], synthetic=False)
    assert "In short" not in without
