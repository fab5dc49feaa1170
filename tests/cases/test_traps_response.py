"""Traps of response and of its statistics: which results, of whom, counted from when, and by which test."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from advice_cases import advised, answer, told
from course_cases import INDEX, SIX_MONTHS, alt, ast, biopsy, drug, igg, record, state
from study_patients import cohort, group, happened

from hepatica import studies
from hepatica.errors import UsageError
from hepatica.evidence.association import p_values
from hepatica.evidence.audit import verdict
from hepatica.studies.definition import definition_of
from hepatica.studies.prognosis.immortal_time import naive_beside
from hepatica.studies.prognosis.landmark import at_landmark

PREDNISOLONE = drug("prednisolone", 0)
CBR, BR = "iaihg_2022_strict", "camaro_2024"


def in_response(definition_set: str, *results: dict) -> str:
    word = state(record(list(results), [PREDNISOLONE]), 150, definition_set)["in_cbr"]
    assert isinstance(word, str)
    return word


def test_br_asks_for_alt_and_igg_and_cbr_for_ast_too():
    """Trap 6: CAMARO's BR is ALT and IgG; CBR is ALT, AST, and IgG; CR of the infliximab cohort is as CBR."""
    quiet, raised_ast = [alt(150, 20), igg(150, 10)], ast(150, 90)
    assert [in_response(name, *quiet) for name in (BR, CBR, "efe_2025")] == ["yes", "unknown", "unknown"]
    assert [in_response(name, *quiet, raised_ast) for name in (BR, CBR, "efe_2025")] == ["yes", "no", "no"]


def test_remission_is_a_word_of_the_biopsy_alone():
    """Trap 6: normal blood results are no remission; remission is an HAI below 4 of 18."""
    quiet = [alt(150, 20), ast(150, 20), igg(150, 10)]
    found = state(record(quiet, [PREDNISOLONE]), 150)
    assert (found["in_cbr"], found["histological_remission"]) == ("yes", "unknown")
    inflamed = state(record(quiet, [PREDNISOLONE], biopsies=[biopsy(150, hai=8)]), 150)
    assert (inflamed["in_cbr"], inflamed["histological_remission"]) == ("yes", "no")
    quiet_liver = state(record([alt(150, 90)], [PREDNISOLONE], biopsies=[biopsy(150, hai=2)]), 150)
    assert (quiet_liver["in_cbr"], quiet_liver["histological_remission"]) == ("no", "yes")


def test_no_igg_at_six_months_is_not_assessable_and_no_failure():
    """Trap 7: ALT and AST are normal and nobody measured IgG: not assessable because of it, never not achieved."""
    found = state(record([alt(150, 20), ast(150, 20)], [PREDNISOLONE]), SIX_MONTHS + 100)
    assert (found["cbr_by_6_months"], found["cbr_by_6_months_reason"]) == ("not_assessable", "igg_missing")
    assert found["insufficient_response"] == "unknown"


def test_the_not_assessable_are_in_no_denominator_and_are_counted_beside_it():
    """Trap 7: of three patients one responded, one did not, one had no IgG: 1 of 2 assessable, not 1 of 3."""
    people = cohort(
        responded={"treatments": [PREDNISOLONE], "measurements": [alt(150, 20), igg(150, 10)]},
        did_not={"treatments": [PREDNISOLONE], "measurements": [alt(150, 90), igg(150, 20)]},
        no_igg={"treatments": [PREDNISOLONE], "measurements": [alt(150, 20)]},
    )
    row = group(studies.run("response", people).tables["by_line"], line=1)
    assert (row["achieved"], row["assessable"], row["not_assessable"], row["share"]) == (1, 2, 1, 0.5)


@pytest.mark.parametrize(("hai", "remission", "withdrawal"), [(3, "yes", "possible"), (4, "no", "not_yet")])
def test_hai_below_4_and_hai_of_at_most_3_are_the_same_whole_numbers(hai, remission, withdrawal):
    """Trap 10: the consensus says HAI below 4, the withdrawal studies at most 3; HAI is a whole number of 0 to 18."""
    results = [row for day in range(0, 1000, 60) for row in (alt(day, 15), ast(day, 15), igg(day, 10))]
    seen = biopsy(980, hai=hai, fibrosis_stage=1, fibrosis_scale="ishak")
    patient = told(results, [drug("azathioprine", 0, dose=50)], biopsies=[seen])
    assert state(patient, 990)["histological_remission"] == remission
    assert answer(advised(patient, 990), "withdrawal.histology_2021").outcome == withdrawal


def test_one_paper_uses_two_tests_and_each_p_value_says_which():
    """Trap 13: CAMARO's p of response is Pearson's, that of adverse events is Fisher's; the other test is not it."""
    response, serious = p_values(22, 39, 9, 31), p_values(0, 39, 4, 31)
    assert (round(response["pearson"], 3), round(response["fisher"], 3)) == (0.022, 0.030)
    assert (round(serious["fisher"], 3), round(serious["pearson"], 3)) == (0.034, 0.021)
    assert "Pearson's χ² without correction" in verdict("camaro_2024", "br_p").explanation
    assert "Fisher's exact test" in verdict("camaro_2024", "serious_p").explanation


def test_our_own_p_values_name_their_test_too():
    """Trap 13: the table of a trial's endpoints has the test beside every p-value."""
    table = studies.run("trial", "counts", {"design": {"trials": 50}}).tables["endpoints"]
    named = {row["endpoint"]: (row["test"], round(row["p"], 3)) for row in table.iter_rows(named=True)}
    assert named["normal ALT and IgG at 24 weeks"] == ("chi-square test without correction", 0.022)
    assert named["serious adverse event"] == ("Fisher's exact test", 0.034)


@pytest.mark.parametrize(
    ("study", "figure", "word", "because"),
    [
        ("cananzi_2025", "tpmt_routine", "reproduced", "of 36, not of 27"),
        ("iaihg_registry_2024", "cbr", "impossible", "483 is 68.41 % and 484 is 68.56 %"),
        ("dimou_2024", "sensitivity", "impossible", "47 is 94.00 % and 48 is 96.00 %"),
        ("camaro_2024", "cbr_mycophenolate", "reproduced", "of 18 or of 36, not of 39"),
    ],
)
def test_a_percentage_belongs_to_its_denominator(study, figure, word, because):
    """Trap 14: 58 % of the 27 is 21 of 36; 68.5 % of 706 and 95 % of 50 are no number of patients."""
    found = verdict(study, figure)
    assert found.verdict == word
    assert because in f"{found.remark} | {found.explanation}"


def test_survival_by_response_starts_where_the_response_is_known():
    """Trap 15: who died before month 6 had no time to respond and is no non-responder; a late responder is one."""
    treated = {"treatments": [PREDNISOLONE]}
    people = cohort(
        died_early={**treated, "measurements": [alt(50, 200), igg(50, 20)], "events": [happened("death", 100)]},
        late={**treated, "measurements": [alt(150, 200), igg(150, 20), alt(900, 20), igg(900, 10)]},
        in_time={**treated, "measurements": [alt(150, 20), igg(150, 10), alt(900, 20), igg(900, 10)]},
    )
    flow = at_landmark(people, definition_of("prognosis"))
    groups = dict(flow.patients.select("patient_id", "group").rows())
    assert groups == {"late": "no response by 6 months", "in_time": "response by 6 months"}
    assert flow.patients["years"].to_list() == [pytest.approx((900 - SIX_MONTHS) / 365.25)] * 2


def test_who_ever_responded_is_refused_as_known_at_the_start():
    """Trap 15: ever having responded is known only later, so that the study refuses it and says what to use."""
    people = cohort(p={"treatments": [PREDNISOLONE], "measurements": [alt(150, 30), igg(150, 12), alt(900, 30)]})
    with pytest.raises(UsageError, match="immortal") as refusal:
        studies.run("prognosis", people, {"covariates": ["no_response", "ever_responded"]})
    assert "no_response (judged by the landmark)" in refusal.value.remedy


def test_response_that_does_not_matter_looks_protective_in_the_naive_analysis_and_not_in_the_other():
    """Trap 15: invented so that response and death know nothing of each other: the true hazard ratio is 1."""
    rng = np.random.default_rng(11)
    count = 1500
    death, response, last = (rng.exponential(scale, count) for scale in (2500, 900, 4000))
    end = np.minimum(death, last)

    def days(numbers: np.ndarray, happened_: np.ndarray) -> list:
        return [INDEX + timedelta(days=int(n)) if yes else None for n, yes in zip(numbers, happened_, strict=True)]

    frame = pl.DataFrame(
        {
            "patient_id": [str(n) for n in range(count)],
            "index_date": [INDEX] * count,
            "cbr_date": days(response, response < end),
            "death_date": days(death, death <= last),
            "last_seen": days(end, end > 0),
        }
    ).with_columns(transplant_date=pl.lit(None, dtype=pl.Date))
    found = naive_beside(frame, 0.95)
    assert found.naive.lower > 1.5
    assert found.over_time.lower < 1 < found.over_time.upper
