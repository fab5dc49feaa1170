"""The published hypermethylator: 6-TGN 100 and 6-MMP 5800, then 202 and 196 with allopurinol; the whole chain."""

from __future__ import annotations

from advice_cases import advised, answer, blood, creatinine, genotype, question, told, weight
from course_cases import alt, ast, drug, igg, mmp, tgn

from hepatica.guidance.advice_text import advice_text

BEFORE = [
    alt(0, 400), ast(0, 300), igg(0, 24), weight(0, 75), creatinine(170, 70), blood("LEUKOCYTES", 180, 6.1),
    blood("NEUTROPHILS", 180, 3.9), alt(180, 90), ast(180, 60), igg(180, 15), tgn(180, 100), mmp(180, 5800),
]  # fmt: skip
AFTER = [
    *BEFORE, alt(260, 30), ast(260, 25), igg(260, 12), tgn(260, 202), mmp(260, 196), blood("LEUKOCYTES", 260, 5.2),
    blood("NEUTROPHILS", 260, 3.0), creatinine(260, 72),
]  # fmt: skip
FULL = [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, dose=150)]
REDUCED = [
    drug("prednisolone", 0, dose=10),
    drug("azathioprine", 14, 200, dose=150),
    drug("azathioprine", 201, dose=50),
    drug("allopurinol", 201, dose=100),
]


def test_shunting_is_named_with_the_reduction_and_allopurinol():
    found = advised(told(BEFORE, FULL), 190)
    bsg = answer(found, "thiopurine_level.bsg_ibd")
    assert bsg.outcome == "shunting"
    assert "(shunting)" in bsg.says
    (option,) = bsg.options
    assert "25-33 %" in option.do
    assert "allopurinol 100 mg/day" in option.do
    assert not option.blocked
    assert any("6-TGN 100 pmol/8x10^8 RBC is below 235 pmol/8x10^8 RBC, measured 2023-06-30, 10 days ago" in fact
               for fact in bsg.because)  # fmt: skip
    assert any("6-MMP 5800" in fact and "above 5700" in fact for fact in bsg.because)


def test_the_option_rests_on_studies_with_their_size_effect_and_interval():
    (option,) = answer(advised(told(BEFORE, FULL), 190), "thiopurine_level.bsg_ibd").options
    allopurinol = next(line for line in option.evidence if line.reference == "weltzsch_2024/allopurinol_response")
    assert allopurinol.printed == "75 % of 36"
    assert "58.9 to 86.2" in allopurinol.interval
    assert allopurinol.verified
    assert any("selection" in caveat for caveat in allopurinol.caveats)


def test_genotypes_and_renal_function_are_checked_for_this_patient():
    (option,) = answer(advised(told(BEFORE, FULL), 190), "thiopurine_level.bsg_ibd").options
    genes, kidneys = sorted(option.cautions, key=lambda caution: caution.rule)
    assert {(check.question, check.effect) for check in option.cautions} == {("allopurinol_start", "clears")}
    assert genes.because == ("TPMT metaboliser: normal", "NUDT15 metaboliser: normal", "takes febuxostat: no")
    (rate,) = kidneys.because
    assert rate.startswith("eGFR (CKD-EPI 2021) 89.2 ")
    assert "is at least 50 mL/min/1.73 m2, measured 2023-06-20, 20 days ago" in rate
    assert any("creatinine: 70 umol/L, measured 2023-06-20, 20 days ago" in fact for fact in option.shows)


def test_an_intermediate_metaboliser_is_not_offered_allopurinol():
    genes = (genotype("TPMT", diplotype="*1/*3A"), genotype("NUDT15", diplotype="*1/*1"))
    (option,) = answer(advised(told(BEFORE, FULL, genotypes=genes), 190), "thiopurine_level.bsg_ibd").options
    assert option.blocked
    assert option.cautions[0].because == ("TPMT metaboliser: intermediate",)


def test_without_genotypes_the_check_is_unknown_and_says_what_to_test():
    (option,) = answer(advised(told(BEFORE, FULL, genotypes=()), 190), "thiopurine_level.bsg_ibd").options
    assert not option.blocked
    (check,) = [caution for caution in option.cautions if caution.rule == "allopurinol_start.practice"]
    assert check.effect == "unknown"
    assert [need.finding for need in check.needs] == ["tpmt", "nudt15"]
    assert "NUDT15 genotype" in advice_text(advised(told(BEFORE, FULL, genotypes=()), 190))


def test_raising_the_dose_is_blocked_by_the_high_mmp():
    candels = answer(advised(told(BEFORE, FULL), 190), "thiopurine_level.candels_2021")
    (option,) = candels.options
    assert option.blocked
    assert option.cautions[0].question == "thiopurine_raise"


def test_allopurinol_beside_the_full_dose_is_a_stop_and_comes_first():
    drugs = [*FULL, drug("allopurinol", 185, dose=100)]
    found = advised(told(BEFORE, drugs), 190)
    first = found.questions[0]
    assert (first.question, first.level) == ("allopurinol_with_thiopurine", "stop")
    full, unreduced = first.answers
    assert full.outcome == "full_dose"
    assert full.because[0].startswith("thiopurine dose (as azathioprine) 2 mg/kg/day is at least 1 mg/kg/day")
    assert unreduced.outcome == "not_reduced"
    assert unreduced.because == ("thiopurine dose in percent of that before allopurinol 100 % is at least 100 %",)
    assert unreduced.options[0].shows[0] == "thiopurine before allopurinol: azathioprine 150 mg/day"


def test_after_the_change_it_says_to_keep_the_combination():
    found = advised(told(AFTER, REDUCED), 270)
    effect = answer(found, "allopurinol_effect.bsg_ibd")
    assert effect.outcome == "keep"
    assert effect.options[0].do == "keep the combination as it is"
    assert any("6-TGN 202" in fact for fact in effect.because)
    assert answer(found, "allopurinol_with_thiopurine.dose").outcome == "reduced"
    assert answer(found, "allopurinol_with_thiopurine.fraction").outcome == "as_published"
    assert answer(found, "thiopurine_level.candels_2021").stances == ("keep",)
    assert not question(found, "thiopurine_level").sources_disagree
    assert answer(found, "thiopurine_level.bsg_ibd").outcome == "not_applicable"


def test_levels_drawn_too_early_after_the_change_do_not_count():
    early = [row for row in AFTER if (row["date"] - BEFORE[0]["date"]).days != 260] + [
        alt(215, 30), ast(215, 25), igg(215, 12), tgn(215, 202), mmp(215, 196)]  # fmt: skip
    effect = answer(advised(told(early, REDUCED), 220), "allopurinol_effect.bsg_ibd")
    assert effect.outcome == "unknown"
    (need,) = effect.needs
    assert need.finding == "tgn"
    assert need.reason == (
        "measured before the thiopurine dose or allopurinol changed: 6-TGN 100 pmol/8x10^8 RBC, measured 2023-06-30, "
        "40 days ago, on azathioprine 150 mg/day; taken as now since 2023-07-21"
    )


def test_levels_of_before_allopurinol_do_not_say_whether_it_is_taken():
    """The dose was reduced long before, and allopurinol was added later: 6-MMP of before says nothing of it."""
    drugs = [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, dose=50), drug("allopurinol", 185, dose=100)]
    found = advised(told(BEFORE, drugs), 200)
    effect = answer(found, "allopurinol_effect.bsg_ibd")
    assert effect.outcome == "unknown"
    assert effect.needs[0].reason.startswith("measured before the thiopurine dose or allopurinol changed")
    assert effect.needs[0].reason.endswith("on azathioprine 50 mg/day; taken as now since 2023-07-05")
    assert answer(found, "thiopurine_level.candels_2021").outcome == "unknown"


def test_allopurinol_that_ended_leaves_a_dose_that_is_too_low_and_must_not_be_reduced_again():
    low = [*AFTER, alt(330, 70), ast(330, 50), igg(330, 15), tgn(330, 90), mmp(330, 1500)]
    ended = [*REDUCED[:3], drug("allopurinol", 201, 270, dose=100)]
    found = advised(told(low, ended), 335)
    stopped = answer(found, "allopurinol_stopped.bsg_ibd")
    assert (stopped.outcome, stopped.level) == ("alone", "act")
    assert "not reduced once more" in stopped.options[0].do
    shunting = answer(found, "thiopurine_level.bsg_ibd")
    assert shunting.outcome == "shunting"
    (caution,) = [one for one in shunting.options[0].cautions if one.question == "allopurinol_stopped"]
    assert caution.effect == "caution"
    assert answer(advised(told(AFTER, REDUCED), 270), "allopurinol_stopped.bsg_ibd").outcome == "not_applicable"


def test_allopurinol_for_gout_that_was_stopped_again_beside_a_full_dose_is_not_to_be_restarted():
    drugs = [*FULL, drug("allopurinol", 185, 190, dose=100, indication="extrahepatic")]
    assert answer(advised(told(BEFORE, drugs), 200), "allopurinol_stopped.bsg_ibd").outcome == "not_applicable"


def test_where_neither_metabolite_is_there_no_source_may_raise_the_dose():
    none = [row for row in BEFORE if row["analyte"] not in ("TGN", "MMP")]
    none += [tgn(180, 30, sign="<"), mmp(180, 150, sign="<")]
    found = advised(told(none, FULL), 190)
    assert answer(found, "thiopurine_level.bsg_ibd").outcome == "not_taken"
    for rule in ("thiopurine_level.candels_2021", "thiopurine_level.centre", "thiopurine_level.dhaliwal_2012"):
        (option,) = answer(found, rule).options
        assert option.blocked, rule
        assert any(caution.rule == "adherence.bsg_ibd" for caution in option.cautions), rule


def test_nobody_is_told_to_leave_a_dose_under_which_neutrophils_fall():
    drop = [row for row in AFTER if row["analyte"] != "NEUTROPHILS"] + [blood("NEUTROPHILS", 265, 0.8)]
    found = advised(told(drop, [REDUCED[0], REDUCED[1], drug("azathioprine", 201, dose=50)]), 270)
    (option,) = answer(found, "thiopurine_level.dhaliwal_2012").options
    assert option.do == "leave the dose"
    assert option.blocked
