"""After a drug has failed: what is offered next is never what is taken already or failed before."""

from __future__ import annotations

from advice_cases import advised, answer, told, weight
from course_cases import alt, ast, drug, igg, mmp, tgn

BEFORE = [alt(0, 400), ast(0, 300), igg(0, 24), weight(0, 70)]
ACTIVE = [*BEFORE, alt(450, 120), ast(450, 90), igg(450, 19)]
PREDNISOLONE = drug("prednisolone", 0, dose=10)
MAN = {"sex": "male"}


def option(entry, do: str):
    return next(one for one in entry.options if one.do.startswith(do))


def test_mycophenolate_since_diagnosis_that_does_not_suffice_leaves_tacrolimus_not_mycophenolate():
    found = advised(told(ACTIVE, [PREDNISOLONE, drug("mycophenolate", 3, dose=2000)], **MAN), 455)
    aasld = answer(found, "second_line.aasld_2019")
    assert aasld.outcome == "next"
    assert option(aasld, "mycophenolate").blocked
    assert not option(aasld, "tacrolimus").blocked
    assert answer(found, "second_line.review_2016").outcome == "not_applicable"  # a thiopurine was never given


def test_a_patient_back_on_prednisolone_after_two_lines_is_not_on_the_first_line_again():
    drugs = [
        PREDNISOLONE,
        drug("azathioprine", 14, 150, dose=100, stop_reason="non_response"),
        drug("mycophenolate", 151, 400, dose=2000, stop_reason="non_response"),
    ]
    found = advised(told(ACTIVE, drugs, **MAN), 455)
    assert answer(found, "second_line.aasld_2019").outcome == "not_applicable"
    efe = answer(found, "third_line.efe_2025")
    assert efe.outcome == "after_second_line"
    assert "highest line of therapy so far: second" in efe.because
    assert (
        "stopped before: azathioprine until 2023-05-31 (non response); mycophenolate until 2024-02-05 (non response)"
        in (efe.options[0].shows)
    )


def test_tacrolimus_that_was_not_tolerated_is_not_offered_again():
    drugs = [
        PREDNISOLONE,
        drug("azathioprine", 14, 100, dose=100, stop_reason="intolerance"),
        drug("tacrolimus", 101, 180, dose=4, stop_reason="adverse_event"),
        drug("mycophenolate", 181, dose=2000),
    ]
    found = advised(told(ACTIVE, drugs, **MAN), 455)
    review = answer(found, "third_line.review_2016")
    assert review.outcome == "failed"
    assert option(review, "tacrolimus").blocked
    assert not option(review, "rituximab").blocked


def test_a_drug_that_ended_for_a_reason_that_nobody_recorded_is_asked_for():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, dose=100), drug("mycophenolate", 5, 30, dose=1000)]
    aasld = answer(advised(told(ACTIVE, drugs, **MAN), 455), "second_line.aasld_2019")
    (history,) = [one for one in option(aasld, "mycophenolate").cautions if one.rule == "mycophenolate_start.history"]
    assert history.effect == "unknown"
    assert history.needs[0].obtain == "enter why mycophenolate was stopped"


def test_a_steroid_alone_after_six_months_lacks_the_second_drug_of_the_first_line():
    found = advised(told(ACTIVE, [PREDNISOLONE], **MAN), 455)
    aasld = answer(found, "second_line.aasld_2019")
    assert aasld.outcome == "steroid_alone"
    assert aasld.options[0].do.startswith("azathioprine")


def test_undetectable_metabolites_are_no_failure_of_the_drug():
    levels = [tgn(450, 30, sign="<"), mmp(450, 150, sign="<")]
    found = advised(told([*ACTIVE, *levels], [PREDNISOLONE, drug("azathioprine", 14, dose=150)], **MAN), 455)
    aasld = answer(found, "second_line.aasld_2019")
    assert all(one.blocked for one in aasld.options)
    assert any(caution.rule == "adherence.bsg_ibd" for caution in aasld.options[0].cautions)


def test_before_a_drug_is_called_a_failure_viruses_and_drugs_are_thought_of():
    found = advised(told(ACTIVE, [PREDNISOLONE, drug("azathioprine", 14, dose=150)], **MAN), 455)
    assert any("CMV" in said for said in answer(found, "second_line.aasld_2019").options[0].mind)
    assert "CMV" in answer(found, "second_line.review_2016").options[0].do


def test_after_withdrawal_nobody_is_asked_for_the_next_line():
    off = [PREDNISOLONE | {"end": drug("x", 0, 300)["end"]}]
    found = advised(told([*BEFORE, alt(200, 20), ast(200, 20), igg(200, 12), alt(450, 240), igg(450, 22)], off), 455)
    assert answer(found, "second_line.aasld_2019").outcome == "not_applicable"
    assert answer(found, "third_line.efe_2025").outcome == "not_applicable"
    assert answer(found, "relapse.centre").outcome == "relapse_untreated"
