"""Safety comes first: hard stops with their reasons, the notice, and the work items that safety asks for."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from advice_cases import advised, answer, blood, genotype, question, stands, told, weight
from course_cases import alt, ast, biopsy, drug, event, igg, on, result

from hepatica.course import derive
from hepatica.course.columns import schema
from hepatica.errors import UsageError
from hepatica.guidance import advice_table as advice_table_module
from hepatica.guidance.advice import NOTICE, advice
from hepatica.guidance.advice_table import advice_table, safety_items
from hepatica.guidance.advice_text import advice_text
from hepatica.guidance.facts import standing, standing_schema
from hepatica.guidance.promises import check_rule
from hepatica.guidance.rules import rule_files

BLOODS = [alt(0, 400), ast(0, 300), igg(0, 24), weight(0, 60)]
PREDNISOLONE = drug("prednisolone", 0, dose=20)
YOUNG = {"birth_date": date(1995, 3, 1)}


def first(found) -> tuple[str, str]:
    return found.questions[0].question, found.questions[0].level


def test_advice_is_off_until_the_notice_is_accepted():
    row = stands(told(BLOODS, [PREDNISOLONE]), 30)
    frame = pl.DataFrame([row], schema=standing_schema())
    for refused in (
        lambda: advice(row, accepted_notice=False),
        lambda: advice_table(frame, accepted_notice=False),
        lambda: safety_items(frame, accepted_notice=False),
    ):
        with pytest.raises(UsageError) as error:
            refused()
        assert "not a medical device" in str(error.value)
        assert "accept" in error.value.remedy
    assert advice(row, accepted_notice=True).notice == NOTICE


STOPS = {
    "allopurinol beside a full dose": (
        [drug("azathioprine", 14, dose=100), drug("allopurinol", 20, dose=100)], {}, "allopurinol_with_thiopurine"),
    "febuxostat beside azathioprine": (
        [drug("azathioprine", 14, dose=50), drug("febuxostat", 20)], {}, "febuxostat_with_thiopurine"),
    "mycophenolate in pregnancy": (
        [drug("mycophenolate", 5, dose=1500)], {"events": [event("pregnancy_start", 40)], **YOUNG},
        "mycophenolate_in_pregnancy"),
    "budesonide in cirrhosis": (
        [drug("budesonide", 0, dose=9)], {"biopsies": [biopsy(0, fibrosis_stage=6, fibrosis_scale="ishak")]},
        "budesonide_safety"),
    "azathioprine in a poor metaboliser": (
        [drug("azathioprine", 14, dose=50)], {"genotypes": (genotype("TPMT", diplotype="*3A/*3C"),)},
        "thiopurine_by_metaboliser"),
    "azathioprine in a poor NUDT15 metaboliser": (
        [drug("azathioprine", 14, dose=50)], {"genotypes": (genotype("NUDT15", phenotype="poor"),)},
        "thiopurine_by_metaboliser"),
    "allopurinol in an intermediate metaboliser": (
        [drug("azathioprine", 14, 19, dose=75), drug("azathioprine", 20, dose=25), drug("allopurinol", 20, dose=100)],
        {"genotypes": (genotype("TPMT", phenotype="intermediate"),)}, "allopurinol_by_metaboliser"),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_a_hard_stop_comes_first_and_says_why(name: str):
    drugs, more, expected = STOPS[name]
    steroid = [] if any(row["drug"] == "budesonide" for row in drugs) else [PREDNISOLONE]
    found = advised(told(BLOODS, [*steroid, *drugs], **more), 60)
    assert first(found) == (expected, "stop")
    assert found.questions[0].safety
    assert found.questions[0].answers[0].because
    assert found.questions[0].answers[0].options


def test_budesonide_in_acute_severe_hepatitis_is_a_stop():
    results = [*BLOODS, result("INR", 55, 1.7), result("BILIRUBIN", 55, 90, unit="umol/L", limit=None)]
    no_cirrhosis = [biopsy(0, fibrosis_stage=2, fibrosis_scale="ishak")]
    found = advised(told(results, [drug("budesonide", 0, dose=9)], biopsies=no_cirrhosis), 60)
    assert first(found) == ("budesonide_safety", "stop")
    assert "INR 1.7 is at least 1.5, measured 2023-02-25, 5 days ago" in found.questions[0].answers[0].because


def test_budesonide_in_sclerosing_cholangitis_is_a_stop_and_an_unknown_variant_is_asked_for():
    no_cirrhosis = [biopsy(0, fibrosis_stage=2, fibrosis_scale="ishak")]
    results = [*BLOODS, result("INR", 55, 1.0), result("BILIRUBIN", 55, 12, unit="umol/L", limit=None)]

    def found(variant: str):
        return advised(told(results, [drug("budesonide", 0, dose=9)], biopsies=no_cirrhosis, variant=variant), 60)

    assert first(found("PSC")) == ("budesonide_safety", "stop")
    assert question(found("none"), "budesonide_safety").level == "keep"
    asked = answer(found("unknown"), "budesonide_safety.practice")
    assert [need.finding for need in asked.needs] == ["variant"]


def test_6_tgn_of_1800_without_6_mmp_is_a_stop_and_tpmt_is_asked_for():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, dose=100)]
    levels = [
        result("TGN", 60, 1800, unit="pmol/8x10^8 RBC", limit=None),
        result("MMP", 60, 100, unit="pmol/8x10^8 RBC", limit=None, sign="<"),
    ]
    found = answer(advised(told([*BLOODS, *levels], drugs, genotypes=()), 70), "thiopurine_level.children_2021")
    assert (found.outcome, found.level) == ("absent_activity", "stop")
    assert "TPMT and NUDT15" in found.options[0].do


def test_a_stop_blocks_the_option_in_this_patient():
    found = advised(told(BLOODS, [], genotypes=(genotype("TPMT", phenotype="poor"),)), 5)
    easl = answer(found, "first_line.bsg_2025")
    (option,) = easl.options
    assert option.blocked
    assert "NOT for this patient, thiopurine_start.cpic_2024: Poor metaboliser" in advice_text(found)


def test_a_pregnancy_that_nobody_tested_for_is_needed_and_not_assumed_absent():
    found = advised(told(BLOODS, [PREDNISOLONE, drug("mycophenolate", 5, dose=1500)], **YOUNG), 60)
    entry = question(found, "mycophenolate_in_pregnancy")
    assert entry.level == "unknown"
    assert [need.obtain for need in entry.answers[0].needs] == ["a pregnancy test"]
    safety = [found.questions.index(other) for other in found.questions if not other.safety]
    assert found.questions.index(entry) < min(safety)


def test_after_a_death_there_is_no_advice_and_after_a_transplant_only_what_still_holds():
    dead = advised(told(BLOODS, [PREDNISOLONE], events=[event("death", 50)]), 60)
    assert dead.questions == ()
    assert "died" in advice_text(dead)
    new_liver = advised(told(BLOODS, [PREDNISOLONE], events=[event("liver_transplant", 50)]), 60)
    assert "transplanted" in new_liver.note
    asked = {entry.question for entry in new_liver.questions}
    assert "live_vaccines" in asked
    assert not {"withdrawal", "thiopurine_level", "response_6_months"} & asked


def test_low_neutrophils_stop_the_thiopurine_and_an_old_count_does_not_count():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, dose=50)]
    low = told([*BLOODS, blood("LEUKOCYTES", 50, 3.6), blood("NEUTROPHILS", 50, 1.9)], drugs)
    assert first(advised(low, 60)) == ("cytopenia", "stop")
    late = answer(advised(low, 300), "cytopenia.bsg_ibd")
    assert late.outcome == "unknown"
    assert "too old: measured 2023-02-20, 250 days ago; it may be at most 183 days old" in late.needs[0].reason


def test_safety_becomes_work_with_the_reason_stops_first():
    drugs = [PREDNISOLONE, drug("azathioprine", 14, dose=100), drug("allopurinol", 20, dose=100), drug("ribavirin", 20)]
    record = told(BLOODS, drugs)
    items = safety_items(standing(record, derive(record, as_of=on(60))), accepted_notice=True)
    assert items.schema == schema("worklist")
    assert set(items["kind"]) == {"safety"}
    assert "allopurinol" in items["what"][0]
    assert "thiopurine dose (as azathioprine)" in items["why"][0]
    assert "takes ribavirin: yes" in items["why"][-1]


@pytest.mark.parametrize(("drugs", "more", "_stopped_by"), STOPS.values(), ids=STOPS)
@pytest.mark.parametrize("ended", [None, "death", "transplant"])
def test_a_few_patients_answered_one_by_one_need_what_a_table_of_many_needs(
    drugs, more, _stopped_by, ended, monkeypatch
):
    happened = [*more.get("events", []), *([] if ended is None else [event(ended, 50)])]
    record = told(BLOODS, [PREDNISOLONE, *drugs], **{**more, "events": happened})
    stand = standing(record, derive(record, as_of=on(60)))
    alone = safety_items(stand, accepted_notice=True)
    monkeypatch.setattr(advice_table_module, "ONE_BY_ONE", 0)
    assert alone.equals(safety_items(stand, accepted_notice=True))
    assert alone.is_empty() is (ended == "death")


def test_every_hard_stop_can_stop():
    for path in rule_files():
        text = path.read_text(encoding="utf-8")
        if "kind: hard_stop" in text:
            assert "level: stop" in text, path.name
            assert not check_rule(path)
