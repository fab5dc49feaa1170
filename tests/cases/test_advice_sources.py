"""Sources side by side: disagreement marked, never blended; units kept apart; what is not verified shown."""

from __future__ import annotations

import json
from datetime import date

import pytest
from advice_cases import advised, answer, genotype, question, stands, told, weight
from course_cases import alt, ast, biopsy, drug, event, igg, mmp, result, tgn

from hepatica.errors import UsageError
from hepatica.guidance.advice import advice
from hepatica.guidance.advice_text import advice_text

CHILD = {"birth_date": date(2015, 5, 1)}
TREATED = [drug("prednisolone", 0, 300, dose=10), drug("azathioprine", 14, dose=100)]


def levels(day: int, low: float, high: float, unit: str) -> list[dict]:
    return [tgn(day, low, unit), mmp(day, high, unit)]


def active(day: int) -> list[dict]:
    return [alt(0, 400), ast(0, 300), igg(0, 24), alt(day, 90), ast(day, 60), igg(day, 15), weight(0, 60)]


def quiet(day: int) -> list[dict]:
    return [alt(0, 400), ast(0, 300), igg(0, 24), alt(day, 18), ast(day, 18), igg(day, 11), weight(0, 60)]


def test_a_level_in_one_unit_is_read_only_by_sources_of_that_unit():
    german = advised(told([*active(250), *levels(250, 181, 900, "pmol/0.2 mL")], TREATED), 260)
    assert answer(german, "thiopurine_level.weltzsch_2024").outcome == "below"
    bsg = answer(german, "thiopurine_level.bsg_ibd")
    assert bsg.outcome == "unknown"
    assert {need.reason for need in bsg.needs} == {"measured in pmol/0.2 mL; the limits are for pmol/8x10^8 RBC"}
    english = advised(told([*active(250), *levels(250, 181, 900, "pmol/8x10^8 RBC")], TREATED), 260)
    assert answer(english, "thiopurine_level.weltzsch_2024").outcome == "unknown"
    assert answer(english, "thiopurine_level.bsg_ibd").outcome == "under_dosed"


def test_sources_that_differ_are_marked_and_both_are_shown():
    found = advised(told([*active(250), *levels(250, 228, 900, "pmol/8x10^8 RBC")], TREATED), 260)
    entry = question(found, "thiopurine_level")
    assert answer(found, "thiopurine_level.bsg_ibd").stances == ("raise",)  # 228 is below 235
    assert answer(found, "thiopurine_level.dhaliwal_2012").stances == ("change_class",)  # and above 220
    assert answer(found, "thiopurine_level.centre").stances == ("change_class",)  # and above 223
    assert entry.sources_disagree
    text = advice_text(found)
    assert "The sources disagree:" in text
    for rule in ("bsg_ibd", "dhaliwal_2012", "candels_2021"):
        assert f"thiopurine_level.{rule}" in text


def test_sources_that_agree_are_not_marked():
    found = advised(told([*quiet(250), *levels(250, 150, 900, "pmol/8x10^8 RBC")], TREATED), 260)
    stances = [answer.stances for answer in question(found, "thiopurine_level").answers if answer.stances]
    assert len(stances) > 1
    assert all("keep" in compatible for compatible in stances)
    assert not question(found, "thiopurine_level").sources_disagree


def test_withdrawal_differs_by_source_after_two_years():
    monthly = [row for day in range(200, 1000, 60) for row in (alt(day, 18), ast(day, 18), igg(day, 11))]
    drugs = [drug("prednisolone", 0, 150, dose=10), drug("azathioprine", 0, dose=50)]
    quiet_biopsy = biopsy(980, hai=2, fibrosis_stage=1, fibrosis_scale="ishak")
    told_ = told([*active(100)[:3], *monthly], drugs, biopsies=[quiet_biopsy])
    found = advised(told_, 990)
    assert answer(found, "withdrawal.hartl_2015").outcome == "favourable"
    assert answer(found, "withdrawal.histology_2021").outcome == "possible"
    assert answer(found, "withdrawal.aasld_2019").outcome == "possible"
    easl = answer(found, "withdrawal.easl_2015")
    assert easl.outcome == "not_yet"
    assert easl.because == ("months since treatment began 32 months is below 36 months",)
    assert question(found, "withdrawal").sources_disagree


def test_infliximab_is_offered_with_the_figures_of_the_line_that_failed():
    drugs = [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, 200), drug("mycophenolate", 201, dose=2000)]
    found = advised(told(active(450), drugs, sex="male"), 450)
    (option,) = answer(found, "third_line.efe_2025").options
    second = option.evidence[0]
    assert (second.printed, second.verified) == ("6/8 (75 %)", True)
    assert "40.9 to 92.9" in second.interval
    assert "no control group" in second.design
    third = advised(told(active(700), [*drugs[:2], drug("tacrolimus", 300, dose=4)], sex="male"), 700)
    (option,) = answer(third, "third_line.efe_2025").options
    assert option.evidence[0].printed == "6/13 (46 %)"
    assert any("infliximab can itself cause hepatitis" in line for line in option.mind)


def test_mycophenolate_suits_the_intolerant_and_not_the_non_responder():
    stopped = drug("azathioprine", 14, 60, stop_reason="intolerance")
    intolerant = advised(told(active(250), [drug("prednisolone", 0, dose=10), stopped]), 255)
    assert answer(intolerant, "second_line.review_2016").outcome == "intolerant"
    tolerant = advised(told(active(250), TREATED), 255)
    assert answer(tolerant, "second_line.review_2016").outcome == "non_responder"


def test_contraception_by_jurisdiction_and_year():
    found = advised(told(active(100), [drug("mycophenolate", 0, dose=1000)], events=[event("contraception", 0)],
                         birth_date=date(1995, 1, 1)), 100)  # fmt: skip
    answers = question(found, "mycophenolate_contraception").answers
    assert [entry.rule.partition(".")[2] for entry in answers] == ["ema_2017", "us_rems", "mhra_2015"]
    superseded = answers[-1]
    assert (superseded.superseded_by, superseded.valid_from) == ("ema_mycophenolate_2017", "2015")
    assert "(UK, 2015, superseded by ema_mycophenolate_2017)" in advice_text(found)


def test_an_anti_tnf_cuts_both_ways():
    base = [drug("prednisolone", 0, 100, dose=10), drug("azathioprine", 14, 150)]
    treats = advised(told(active(450), [*base, drug("infliximab", 160)]), 450)
    both = answer(treats, "anti_tnf_alt_rise.andrade_2023")
    assert both.outcome == "both_edges"
    assert len(both.options) == 2
    colitis = advised(told(active(450), [*base, drug("infliximab", 160, indication="extrahepatic")]), 450)
    assert answer(colitis, "anti_tnf_alt_rise.andrade_2023").outcome == "new_rise"


def test_refractory_from_childhood_points_to_genes_with_one_patient_said():
    drugs = [drug("prednisolone", 0, dose=10), drug("azathioprine", 14, 200), drug("mycophenolate", 201, dose=800)]
    found = advised(told(active(450), drugs, **CHILD), 450)
    genes = answer(found, "refractory_child.hadzic_2024")
    assert genes.outcome == "refractory"
    assert not genes.verified
    assert genes.options[1].strength == "one patient (n = 1)"
    assert "One patient." in genes.options[1].evidence[0].caveats


def test_what_nobody_has_read_is_marked_in_every_output():
    found = advised(told(active(250), TREATED), 260)
    text = advice_text(found)
    for entry in found.questions:
        for source in entry.answers:
            if source.outcome not in ("unknown", "not_applicable") and not source.verified:
                line = next(line for line in text.splitlines() if line.strip().startswith(source.rule))
                assert "[not verified]" in line
    values = found.to_dict()
    assert json.loads(json.dumps(values)) == json.loads(json.dumps(found.to_dict()))
    answers = [source for entry in values["questions"] for source in entry["answers"]]
    assert {True, False} == {source["verified"] for source in answers}
    assert all(source["signed"] == "not reviewed (unsigned)" for source in answers)


def test_first_line_of_an_untreated_adult_shows_trial_and_guidelines():
    results = [*active(-5)[:3], result("BILIRUBIN", 0, 20, unit="umol/L", limit=None), result("INR", 0, 1.0)]
    found = advised(told(results, biopsies=[biopsy(0, fibrosis_stage=2, fibrosis_scale="ishak")]), 5)
    entry = question(found, "first_line")
    assert {answer.rule.partition(".")[2] for answer in entry.answers} == {
        "easl_2015", "easl_2025", "aasld_2019", "bsg_2025", "camaro_2024", "espghan_2018"}  # fmt: skip
    assert entry.sources_disagree
    trial = answer(found, "first_line.camaro_2024").options[0]
    difference = next(line for line in trial.evidence if line.reference == "camaro_2024/br_difference")
    assert "27.4" in difference.printed
    assert "4 to 46.7 (newcombe)" in difference.interval
    assert question(found, "acute_severe").level == "none"


def test_a_question_can_be_asked_alone_and_a_wrong_one_is_refused():
    row = stands(told(active(250), TREATED), 260)
    (only,) = advice(row, accepted_notice=True, questions=["thiopurine_start"]).questions
    assert only.question == "thiopurine_start"
    with pytest.raises(UsageError, match="there is no question"):
        advice(row, accepted_notice=True, questions=["prognosis", "fortune"])


def test_a_protocol_without_a_section_leaves_its_rule_unknown_and_says_so():
    results = [*quiet(250), alt(280, 130), ast(280, 90)]
    row = stands(told(results, TREATED), 285)
    found = advice(row, accepted_notice=True, protocol="cananzi_2025_steroid_alone")
    centre = answer(found, "relapse.centre")
    assert centre.outcome == "unknown"
    assert centre.needs[0].reason == "the protocol gives no relapse.answer.transaminases_xuln_above"
    assert centre.needs[0].obtain == "add it to the protocol"  # and not: measure ALT
    easl = answer(advice(row, accepted_notice=True, protocol="easl_2015"), "relapse.centre")
    assert easl.outcome == "relapse_treated"


def test_possible_intermediate_is_a_phenotype_of_its_own():
    found = advised(told(active(250), TREATED, genotypes=(genotype("TPMT", diplotype="*1/*1"),
                                                         genotype("NUDT15", diplotype="*2/*4"))), 260)  # fmt: skip
    cpic = answer(found, "thiopurine_by_metaboliser.cpic_2024")
    assert cpic.because == ("TPMT metaboliser: normal", "NUDT15 metaboliser: possible intermediate")
    assert cpic.outcome == "intermediate"


def test_what_the_centre_does_stands_beside_the_sources():
    row = stands(told(active(250), TREATED), 260)
    found = advice(row, accepted_notice=True, protocol="easl_2015")
    lines = {line.asks: line for line in question(found, "second_line").centre}
    (line,) = lines.values()
    assert line.answer == "mycophenolate"
    assert not line.verified
    assert "the protocol easl_2015 [not verified]:" in advice_text(found)
    assert question(found, "ppi").centre == ()  # that protocol does not say


def test_a_number_is_said_short_but_never_rounded_onto_its_limit():
    results = [*quiet(250), alt(280, 70 / 35 * 40, limit=35), ast(280, 90)]
    said = answer(advised(told(results, TREATED), 285), "relapse.centre").because
    assert any("ALT 2.29 x ULN is at most 3 x ULN" in fact for fact in said)
    near = [*quiet(250), alt(280, 120.1), ast(280, 90)]
    said = answer(advised(told(near, TREATED), 285), "relapse.centre").because
    assert any("ALT 3.0025 x ULN is above 3 x ULN" in fact for fact in said)
