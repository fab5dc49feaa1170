"""Questions of an AIH clinic that the record answers: diagnosis, severity, drug injury, infections, what is missing."""

from __future__ import annotations

from datetime import date

import pytest
from advice_cases import advised, answer, blood, genotype, question, told, weight
from course_cases import alt, ast, biopsy, drug, event, igg, mmp, on, result, tgn

from hepatica.guidance.advice_text import advice_text

PREDNISOLONE = drug("prednisolone", 0, dose=20)
CHILD = {"birth_date": date(2015, 5, 1), "diagnosis_date": on(-3)}


def titre(analyte: str, day: int, number: float, sign: str | None = None) -> dict:
    return {**result(analyte, day, number, limit=None, sign=sign), "text": f"1:{number:g}"}


def word(analyte: str, day: int, said: str) -> dict:
    return {"date": on(day), "analyte": analyte, "text": said}


def micromolar(analyte: str, day: int, value: float, limit: float | None = None) -> dict:
    return result(analyte, day, value, unit="umol/L", limit=limit)


NO_VIRUS = [word("HBSAG", -5, "negative"), word("HCV_RNA", -5, "negative")]
TYPICAL = biopsy(
    -2, interface_hepatitis="yes", lymphoplasmacytic_infiltrate="yes", rosettes="yes", emperipolesis="yes",
    portal_hepatitis="yes", lobular_hepatitis="no", other_pathology="no",
)  # fmt: skip
SEROLOGY = [titre("ANA", -5, 160), titre("SMA", -5, 40, "<"), titre("LKM1", -5, 40, "<"), word("SLA", -5, "negative")]
BEFORE = [alt(-3, 400), ast(-3, 300), igg(-3, 24), result("ALP", -3, 100, limit=120, unit="U/L"), *SEROLOGY, *NO_VIRUS]


def test_is_it_aih_is_answered_from_the_results_of_before_treatment():
    later = [alt(300, 20), ast(300, 20), igg(300, 10), titre("ANA", 300, 40, "<")]
    found = advised(told([*BEFORE, *later], [PREDNISOLONE], biopsies=[TYPICAL]), 310)
    simplified = answer(found, "diagnosis.hennes_2008")
    assert simplified.outcome == "definite"
    assert simplified.because == ("simplified criteria 2008: definite (8 points)",)
    assert not simplified.verified


def test_missing_items_leave_a_range_and_say_what_is_needed():
    found = advised(told([*BEFORE[:-2]], [PREDNISOLONE]), 30)
    simplified = answer(found, "diagnosis.hennes_2008")
    assert simplified.outcome == "unknown"
    (need,) = simplified.needs
    assert need.reason == (
        "4 to 8 points (definite or probable or not met); missing: histology, viral hepatitis absent"
    )


def test_an_antibody_that_treatment_lowered_is_not_taken_as_never_there():
    under_treatment = [row for row in BEFORE if row["analyte"] != "ANA"] + [titre("ANA", 300, 40, "<")]
    score = scored(advised(told(under_treatment, [PREDNISOLONE]), 310), "simplified_2008")
    ana = next(item for item in score.sources if item.item == "ana")
    assert (ana.said, ana.unknown) == ("", "not known")


def scored(found, name: str):
    return next(score for score in found.scores if score.result.score == name)


def test_every_item_names_the_rows_behind_it_or_what_it_needs():
    record = told(BEFORE, [PREDNISOLONE], biopsies=[TYPICAL])
    found = advised(record, 30, record=record)
    for score in found.scores:
        for item in score.sources:
            assert item.rows or item.unknown or not item.finding, (score.result.score, item.item)
            assert not item.unknown or item.obtain, (score.result.score, item.item)
    simplified = scored(found, "simplified_2008")
    ana = next(item for item in simplified.sources if item.item == "ana")
    assert [(row.table, row.file, row.line) for row in ana.rows] == [("measurements", "measurements.csv", 6)]
    histology = next(item for item in simplified.sources if item.item == "histology")
    assert [row.table for row in histology.rows] == ["biopsies"]


def test_a_child_is_judged_by_the_juvenile_score_too():
    child = advised(told(BEFORE, [PREDNISOLONE], biopsies=[TYPICAL], **CHILD), 30)
    assert answer(child, "diagnosis.espghan_2018").outcome == "unknown"  # no cholangiogram, no family history
    assert scored(child, "juvenile_2018_aih").result.low == 4  # 2 + 2 + 2 - 2
    adult = advised(told(BEFORE, [PREDNISOLONE], biopsies=[TYPICAL], diagnosis_date=on(-3)), 30)
    assert answer(adult, "diagnosis.espghan_2018").outcome == "not_applicable"


def test_a_variant_by_the_paris_criteria():
    results = [alt(-3, 400), igg(-3, 33), result("ALP", -3, 260, limit=120, unit="U/L"), titre("AMA", -3, 320)]
    found = advised(told(results), 5)
    assert answer(found, "variant_work_up.paris").outcome == "met"


SEVERE = [
    result("INR", 0, 2.0),
    micromolar("BILIRUBIN", 0, 300),
    result("INR", 3, 1.7),
    micromolar("BILIRUBIN", 3, 240),
]


def test_acute_severe_disease_is_judged_in_both_readings_of_surfasa_each_by_its_own_cut_off():
    found = advised(told([*BEFORE, *SEVERE], [PREDNISOLONE]), 5)
    indicator = answer(found, "acute_response.surfasa_indicator")
    fraction = answer(found, "acute_response.surfasa_fraction")
    assert (indicator.outcome, fraction.outcome) == ("rescued", "rescued")
    assert "(-2.96)" in indicator.because[0]
    assert "(-3.58)" in fraction.because[0]
    assert answer(found, "acute_response.yeoman_2011").outcome == "unknown"  # day 7 has not come
    rising = [*SEVERE[:2], result("INR", 3, 2.6), micromolar("BILIRUBIN", 3, 310)]
    worse = advised(told([*BEFORE, *rising], [PREDNISOLONE]), 5)
    assert answer(worse, "acute_response.surfasa_indicator").outcome == "failing"
    assert answer(worse, "acute_response.surfasa_indicator").level == "act"


def test_liver_failure_stops_everything_else():
    found = advised(
        told([*BEFORE, result("INR", 3, 2.4)], [PREDNISOLONE], events=[event("encephalopathy", 3)],
             biopsies=[biopsy(-2, fibrosis_stage=1, fibrosis_scale="ishak")]), 5)  # fmt: skip
    assert answer(found, "acute_severe.liver_failure").outcome == "liver_failure"
    assert found.questions[0].question == "acute_severe"


def test_child_pugh_has_a_range_where_nobody_looked_for_ascites():
    results = [*BEFORE, result("INR", 25, 1.2), micromolar("BILIRUBIN", 25, 20),
               result("ALBUMIN", 25, 38, unit="g/L", limit=None)]  # fmt: skip
    cirrhosis = [biopsy(-2, fibrosis_stage=6, fibrosis_scale="ishak")]
    found = advised(told(results, [PREDNISOLONE], biopsies=cirrhosis), 30)
    child_pugh = scored(found, "child_pugh").result
    assert (child_pugh.low, child_pugh.high) == (5, 9)
    assert answer(found, "severity.child_pugh").needs[0].reason.startswith("5 to 9 points (B or A)")


def test_alt_up_on_an_anti_tnf_is_read_by_pattern_causality_and_hys_law():
    base = [drug("prednisolone", 0, 100, dose=10), drug("azathioprine", 14, 150, stop_reason="remission")]
    infliximab = drug("infliximab", 160, indication="extrahepatic")
    quiet = [alt(150, 20), alt(190, 22)]
    rise = [alt(210, 320), ast(210, 200), result("ALP", 210, 110, limit=110, unit="U/L"),
            micromolar("BILIRUBIN", 210, 15, 20)]  # fmt: skip
    found = advised(told([*BEFORE, *quiet, *rise], [*base, infliximab]), 215)
    assert answer(found, "anti_tnf_alt_rise.andrade_2023").outcome == "injury"
    pattern = answer(found, "anti_tnf_alt_rise.pattern")
    assert (pattern.outcome, pattern.because) == (
        "hepatocellular",
        ("pattern by the R value: hepatocellular (8.00)",),
    )
    assert "days from the start of the anti-TNF to the rise of ALT: 50 days" in pattern.options[0].shows
    assert answer(found, "anti_tnf_alt_rise.hys_law").outcome == "not_met"
    rucam = answer(found, "anti_tnf_alt_rise.rucam_2016")
    assert rucam.outcome == "unknown"
    assert "alternative causes" in rucam.needs[0].reason


def test_pancreatitis_on_azathioprine_is_a_stop():
    pancreatitis = event("adverse_event", 40, detail="Pancreatitis, grade 3", related_drug="azathioprine")
    taken = advised(told(BEFORE, [PREDNISOLONE, drug("azathioprine", 14, dose=50)], events=[pancreatitis]), 60)
    assert (taken.questions[0].question, taken.questions[0].level) == ("pancreatitis", "stop")
    stopped = advised(told(BEFORE, [PREDNISOLONE, drug("azathioprine", 14, 41, dose=50)], events=[pancreatitis]), 60)
    assert answer(stopped, "pancreatitis.practice").outcome == "never_again"
    unnamed = event("adverse_event", 40, detail="acute pancreatitis")
    during = advised(told(BEFORE, [PREDNISOLONE, drug("azathioprine", 14, dose=50)], events=[unnamed]), 60)
    assert answer(during, "pancreatitis.practice").outcome == "stop"


def test_why_the_last_thiopurine_ended_tells_even_where_another_drug_ended_since():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, 60, stop_reason="intolerance"), drug("budesonide", 70, 90)]
    active = [alt(200, 90), ast(200, 60), igg(200, 15)]
    found = advised(told([*BEFORE, *active], drugs), 205)
    assert answer(found, "second_line.review_2016").outcome == "intolerant"


def test_before_a_biologic_hepatitis_b_and_tuberculosis_are_asked():
    base = [PREDNISOLONE, drug("azathioprine", 14, 200), drug("mycophenolate", 201, dose=2000)]
    active = [alt(450, 90), ast(450, 60), igg(450, 15)]
    tested = [word("HBSAG", 440, "negative"), word("ANTI_HBC", 440, "negative")]
    open_ = advised(told([*BEFORE, *active, *tested], base, sex="male"), 450)
    (infliximab,) = answer(open_, "third_line.efe_2025").options
    assert [need.finding for caution in infliximab.cautions for need in caution.needs] == ["igra"]
    latent = advised(told([*BEFORE, *active, *tested, word("IGRA", 440, "positive")], base, sex="male"), 450)
    (infliximab,) = answer(latent, "third_line.efe_2025").options
    assert infliximab.blocked


def test_a_line_counts_from_its_first_drug_not_from_the_last_change():
    drugs = [drug("prednisolone", 0, 400, dose=10), drug("azathioprine", 14, 200), drug("mycophenolate", 201, dose=800)]
    active = [alt(450, 90), ast(450, 60), igg(450, 15)]
    found = advised(told([*BEFORE, *active], drugs, sex="male"), 450)  # the steroid ended 50 days ago
    efe = answer(found, "third_line.efe_2025")
    assert efe.outcome == "after_second_line"
    assert any("months since that line of therapy began 8 months" in fact for fact in efe.because)


def test_a_gain_of_function_of_stat1_points_to_a_jak_inhibitor():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, 200), drug("mycophenolate", 201, dose=800)]
    gene = genotype("STAT1", variant="c.821G>A", classification="pathogenic", mechanism="gain_of_function")
    active = [alt(450, 90), ast(450, 60), igg(450, 15)]
    found = advised(told([*BEFORE, *active], drugs, genotypes=(gene,), **CHILD), 450)
    assert answer(found, "refractory_child.stat1").outcome == "jak_inhibitor"
    assert not answer(found, "refractory_child.stat1").verified


def test_kidneys_are_asked_before_and_under_allopurinol():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, 100, dose=150), drug("azathioprine", 101, dose=50),
             drug("allopurinol", 101, dose=100)]  # fmt: skip
    failing = advised(told([*BEFORE, micromolar("CREATININE", 190, 250)], drugs), 200)
    kidneys = answer(failing, "allopurinol_renal.renal")
    assert kidneys.outcome == "too_low"
    assert "eGFR (CKD-EPI 2021) 19.4" in kidneys.because[0]
    child = advised(told([*BEFORE, micromolar("CREATININE", 190, 250)], drugs, **CHILD), 200)
    assert answer(child, "allopurinol_renal.renal").outcome == "unknown"  # the formula is for adults


def test_an_unbroken_response_begins_again_after_every_result_out_of_it():
    calm = [row for day in range(200, 1300, 60) for row in (alt(day, 18), ast(day, 18), igg(day, 11))]
    drugs = [drug("prednisolone", 0, 150, dose=10), drug("azathioprine", 0, dose=50)]
    steady = advised(told([*BEFORE, *calm], drugs, biopsies=[biopsy(1190, hai=2)]), 1290)
    assert answer(steady, "withdrawal.easl_2015").outcome == "possible"
    blip = [row for row in calm if (row["date"] - on(0)).days != 800] + [alt(800, 60), ast(800, 18), igg(800, 11)]
    broken = advised(told([*BEFORE, *blip], drugs, biopsies=[biopsy(1190, hai=2)]), 1290)
    easl = answer(broken, "withdrawal.easl_2015")
    assert easl.outcome == "not_yet"
    assert any("months of unbroken CBR 14 months is below 24 months" in fact for fact in easl.because)


def test_a_year_without_results_leaves_the_length_of_the_response_open():
    first = [row for day in (200, 260) for row in (alt(day, 18), ast(day, 18), igg(day, 11))]
    later = [row for day in range(900, 1300, 60) for row in (alt(day, 18), ast(day, 18), igg(day, 11))]
    drugs = [drug("prednisolone", 0, 150, dose=10), drug("azathioprine", 0, dose=50)]
    found = advised(told([*BEFORE, *first, *later], drugs, biopsies=[biopsy(1190, hai=2)]), 1290)
    easl = answer(found, "withdrawal.easl_2015")
    assert easl.outcome == "unknown"
    assert [need.reason for need in easl.needs] == [">=12 months is censored across a limit"]


def test_an_old_biopsy_does_not_open_withdrawal():
    calm = [row for day in range(200, 1300, 60) for row in (alt(day, 18), ast(day, 18), igg(day, 11))]
    drugs = [drug("prednisolone", 0, 150, dose=10), drug("azathioprine", 0, dose=50)]
    found = advised(told([*BEFORE, *calm], drugs, biopsies=[biopsy(300, hai=2)]), 1290)
    easl = answer(found, "withdrawal.easl_2015")
    assert [need.finding for need in easl.needs] == ["last_hai"]
    assert easl.needs[0].reason.startswith("too old: measured 2023-10-28")


def test_what_is_missing_is_a_question_of_its_own():
    found = advised(told([alt(0, 400), ast(0, 300), igg(0, 24)], [PREDNISOLONE]), 150)
    missing = answer(found, "missing_results.endpoint")
    assert missing.outcome == "at_stake"
    (option,) = missing.options
    assert option.shows[0].startswith("what it needs: ALT and IgG, from 2023-05-31 to 2023-07-01: CBR by 6 months")
    assert answer(found, "missing_results.response_now").outcome == "missing"
    wanted = {one.finding: one for one in found.needed}
    assert wanted["anti_hbc"].obtain == "anti-HBc"
    assert "Is hepatitis B a risk under immunosuppression?" in wanted["anti_hbc"].questions
    assert found.needed[0].safety
    assert "What is missing, and what it would answer" in advice_text(found)


def test_a_level_of_before_the_present_dose_is_told_in_words():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, 199, dose=50), drug("azathioprine", 200, dose=100)]
    levels = [tgn(180, 150), mmp(180, 900), alt(210, 90), ast(210, 60), igg(210, 15), weight(0, 60)]
    found = advised(told([*BEFORE, *levels, blood("LEUKOCYTES", 210, 6)], drugs), 220)
    bsg = answer(found, "thiopurine_level.bsg_ibd")
    assert bsg.outcome == "unknown"
    told_ = next(need.reason for need in bsg.needs if need.finding == "tgn")
    assert told_ == (
        "measured before the thiopurine dose or allopurinol changed: 6-TGN 150 pmol/8x10^8 RBC, measured 2023-06-30, "
        "40 days ago, on azathioprine 50 mg/day; taken as now since 2023-07-20"
    )
    assert told_ in advice_text(found)


@pytest.mark.parametrize("protocol", ["easl_2025", "espghan_2018", "cananzi_2025_steroid_alone"])
def test_what_stands_in_from_the_default_is_never_shown_as_the_protocols(protocol: str):
    drugs = [drug("prednisolone", 0, 300, dose=10), drug("azathioprine", 14, dose=100)]
    levels = [tgn(250, 150), mmp(250, 900), alt(250, 90), ast(250, 60), igg(250, 15), weight(0, 60)]
    found = advised(told([*BEFORE, *levels], drugs), 260, protocol=protocol)
    centre = answer(found, "thiopurine_level.centre")
    assert centre.outcome == "under_exposed"
    mark = f"(default, not of {protocol})"
    assert all(mark in fact for fact in centre.because if "6-TGN" in fact or "6-MMP" in fact)
    assert mark in centre.item
    default = advised(told([*BEFORE, *levels], drugs), 260)
    assert "not of" not in " ".join(answer(default, "thiopurine_level.centre").because)
    assert question(found, "thiopurine_level").centre == ()


def test_ethnicity_changes_no_answer():
    record = told(BEFORE, [PREDNISOLONE], biopsies=[TYPICAL])
    other = told(BEFORE, [PREDNISOLONE], biopsies=[TYPICAL], ethnicity="recorded by the centre")
    assert advised(record, 30).to_dict() == advised(other, 30).to_dict()


def injured(treatments: list[dict], rise: int, today: int, events: list[dict] | None = None):
    results = [alt(rise - 200, 20), alt(rise, 500), ast(rise, 400), result("ALP", rise, 100, limit=110, unit="U/L")]
    return answer(advised(told(results, treatments, events=events or []), today), "drug_injury.andrade_2023")


def test_nitrofurantoin_for_years_is_thought_of_when_alt_rises_and_no_event_is_needed():
    nitrofurantoin = drug("nitrofurantoin", 0, dose=50, indication="extrahepatic")
    assert injured([nitrofurantoin], rise=900, today=905).outcome == "injury"


def test_minocycline_counts_while_it_is_taken_and_15_days_longer():
    def minocycline(until: int):
        return injured([drug("minocycline", 0, until, indication="extrahepatic")], rise=300, today=305)

    assert minocycline(285).outcome == "injury"
    assert minocycline(284).outcome == "not_applicable"


def test_a_hepatotoxic_drug_that_began_after_the_rise_is_not_its_cause():
    later = injured([], rise=300, today=400, events=[event("hepatotoxic_drug_start", 350)])
    assert later.outcome == "not_applicable"
    before = injured([], rise=300, today=400, events=[event("hepatotoxic_drug_start", 100)])
    assert before.outcome == "injury"


def test_a_hepatotoxic_drug_of_after_the_diagnosis_takes_no_points_from_the_score_of_before_treatment():
    def said(start: int, end: int | None = None) -> str:
        drugs = [PREDNISOLONE, drug("nitrofurantoin", start, end, indication="extrahepatic")]
        score = scored(advised(told(BEFORE, drugs), 300), "revised_1999_before_treatment")
        return next(one.said for one in score.sources if one.item == "hepatotoxic_drugs")

    assert said(200) == ""
    assert said(-100, -2) == "a hepatotoxic drug recorded before treatment: yes"
