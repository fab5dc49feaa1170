"""What a clinic expects to be reminded of: ursodeoxycholic acid, bile ducts, cirrhosis, what is overdue by name."""

from __future__ import annotations

from advice_cases import advised, answer, question, told
from course_cases import alt, ast, drug, event, igg, on, result

from hepatica.course.explain import explain

BEFORE = [alt(0, 400), ast(0, 300), igg(0, 24)]
PREDNISOLONE = drug("prednisolone", 0, dose=10)


def alp(day: int, value: float) -> dict:
    return result("ALP", day, value, limit=120, unit="U/L")


def test_aih_with_pbc_without_ursodeoxycholic_acid_is_told():
    def variant(*drugs):
        return answer(advised(told(BEFORE, [PREDNISOLONE, *drugs], variant="PBC"), 30), "variant_work_up.criteria")

    assert variant().options[0].do.startswith("ursodeoxycholic acid")
    assert variant(drug("ursodeoxycholic_acid", 0, dose=1000)).outcome == "pbc_treated"


def test_a_high_alp_without_a_variant_asks_for_ama_and_the_bile_ducts():
    found = advised(told([*BEFORE, alp(20, 420)], [PREDNISOLONE], variant="none"), 30)
    assert "MR cholangiography" in answer(found, "variant_work_up.cholestasis").options[0].do
    normal = advised(told([*BEFORE, alp(20, 100)], [PREDNISOLONE], variant="none"), 30)
    assert answer(normal, "variant_work_up.cholestasis").level == "none"


def test_cirrhosis_is_watched_and_the_page_says_that_it_does_not_know_the_last_ultrasound():
    found = advised(told(BEFORE, [PREDNISOLONE], events=[event("cirrhosis", 0)]), 30)
    ultrasound, varices = answer(found, "cirrhosis_care.practice").options
    assert ultrasound.do == "ultrasound of the liver every 6 months"
    assert ultrasound.mind == ("the record does not hold when the last ultrasound was",)
    assert "varices" in varices.do


def test_what_is_overdue_is_named_where_it_is_said_to_be_overdue():
    found = advised(told(BEFORE, [PREDNISOLONE, drug("azathioprine", 14, dose=100)]), 300)
    (option,) = answer(found, "monitoring_overdue.centre").options
    assert any("IGG" in said and "ALT" in said for said in option.shows)


def test_a_normal_alt_on_infliximab_asks_for_no_pattern_and_no_causality():
    results = [*BEFORE, alt(200, 20), ast(200, 20), igg(200, 12)]
    found = advised(told(results, [PREDNISOLONE, drug("infliximab", 100)]), 210)
    assert question(found, "anti_tnf_alt_rise").level == "none"


def test_a_bound_beyond_its_limit_is_not_said_to_stand_below_or_above_it():
    """`<40` with a limit of 35 may be normal or raised, and so may an IgG of `>10` with a limit of 16."""
    results = [alt(200, 10, sign="<"), ast(200, 45, sign="<"), igg(200, 10, sign=">")]
    steps = explain(told(results, [drug("prednisolone", 0)]), "p", as_of=on(201))
    said = [row.text for step in steps for row in step.rows]
    assert any("ALT <10 U/L ≤ 40" in text for text in said)
    assert any("AST <45 U/L undecided at 40" in text for text in said)
    assert any("IGG >10 g/L undecided at 16" in text for text in said)
    assert not any(" > 40" in text or "≤ 16" in text for text in said)
