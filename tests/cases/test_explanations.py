"""Why, as a clinic letter tells it: each conclusion with the rows behind it, and what would decide an unknown one."""

from __future__ import annotations

import pytest
from course_cases import PREDNISOLONE, alt, ast, biopsy, drug, event, igg, mmp, on, record, tgn

from hepatica.course import definitions
from hepatica.course.explain import Milestone, explain


def letter(told, day: int, definition_set: str = "iaihg_2022") -> dict[str, Milestone]:
    return {one.name: one for one in explain(told, "p", definitions(definition_set), on(day))}


def said(one: Milestone) -> tuple:
    """What a milestone says: its value, why, the rows behind it, and what it needs."""
    return one.value, one.because, [row.text for row in one.rows], one.unknown_needs


TREATED = [
    drug("prednisolone", 0, 150, 40, stop_reason="remission"),
    drug("azathioprine", 30, None, 100),
    drug("ursodeoxycholic_acid", -300, -200),
]
COURSE = record(
    [
        alt(-3, 400),
        alt(28, 160),
        alt(150, 30),
        igg(160, 12),
        alt(300, 140),
        alt(330, 90),
        igg(330, 14),
        tgn(200, 300),
        mmp(205, 1000),
    ],
    TREATED,
    [event("liver_transplant", 500)],
    [biopsy(-1, hai=9, fibrosis_stage=2, fibrosis_scale="ishak")],
)


def test_the_letter_of_a_patient_who_responded_and_relapsed():
    told = letter(COURSE, 400)
    asked = "a fall of at least 50% is a response"
    assert said(told["index date"]) == (
        "2023-01-01",
        ["start of the first systemic immunosuppressant for AIH"],
        ["prednisolone 40 mg/day, 2023-01-01 to 2023-05-31, for AIH, stopped: remission"],
        None,
    )
    assert said(told["response at 4 weeks"]) == (
        "response",
        [f"fell by 60%; {asked}"],
        [
            "2022-12-29 ALT 400 U/L > 40 (laboratory's limit; 10 × ULN)",
            "2023-01-29 ALT 160 U/L > 40 (laboratory's limit; 4.00 × ULN)",
        ],
        None,
    )
    reached = [
        "2023-05-31 ALT 30 U/L ≤ 40 (laboratory's limit; 0.75 × ULN)",
        "2023-06-10 IGG 12 g/L ≤ 16 (laboratory's limit; 0.75 × ULN)",
    ]
    assert said(told["CBR"]) == ("on 2023-06-10", ["transaminases normal", "IgG normal"], reached, None)
    assert said(told["CBR by 6 months"]) == (
        "achieved",
        ["judged on 2023-06-10", "transaminases normal", "IgG normal"],
        reached,
        None,
    )
    assert said(told["loss of CBR"])[:2] == ("on 2023-10-28", ["confirmed by a second evaluation"])
    assert said(told["relapse"]) == (
        "on 2023-10-28",
        ["ALT above the relapse limit"],
        ["2023-10-28 ALT 140 U/L > 40 (laboratory's limit; 3.50 × ULN)"],
        None,
    )
    assert "liver transplant" not in told  # not before it happened
    assert said(told["last seen"])[0] == "2023-11-27"


def test_regimens_name_their_line_and_the_drugs_of_their_time():
    told = letter(COURSE, 400)
    regimens = {name: one for name, one in told.items() if name.startswith("regimen")}
    assert [(one.value, one.because, len(one.rows)) for one in regimens.values()] == [
        ("ursodeoxycholic_acid, 2022-03-07 to 2022-06-15", ["no line (companions only)"], 1),
        ("prednisolone, 2023-01-01 to 2023-01-30", ["line 1"], 1),
        ("azathioprine+prednisolone, 2023-01-31 to 2023-05-31", ["line 1"], 2),
        ("azathioprine, 2023-06-01 to now", ["line 1"], 1),
    ]


def test_a_transplant_is_told_with_its_row_once_it_happened():
    told = letter(COURSE, 600)
    assert said(told["liver transplant"])[0] == f"on {on(500)}"
    assert [row.place for row in told["liver transplant"].rows] == ["events.csv line 2"]


def test_what_is_still_open_says_what_would_decide_it():
    told = letter(record([alt(100, 20)], [PREDNISOLONE]), 120)
    assert said(told["CBR by 6 months"]) == (
        "pending",
        [],
        [],
        "ALT and IgG within 30 days of each other between 2023-03-31 and 2023-07-01",
    )
    assert told["in CBR on 2023-05-01"].unknown_needs == (
        "IgG of the last 30 days before 2023-05-01, uncensored and with a limit"
    )
    assert said(told["CBR"])[0] == "not reached so far"
    assert said(told["loss of CBR"])[0] == said(told["relapse"])[0] == "not_applicable"
    assert said(told["response at 4 weeks"]) == (
        "not_assessable",
        ["no baseline"],
        [],
        "a baseline between 2022-10-03 and 2023-01-01, and the same enzyme between 2023-01-15 and 2023-02-12",
    )


def test_nothing_more_is_needed_of_an_endpoint_that_was_judged_or_cannot_be_reached():
    judged = letter(record([alt(150, 90)], [PREDNISOLONE]), 400)["CBR by 6 months"]
    assert (judged.value, judged.unknown_needs) == ("not_achieved", None)
    gone = letter(record([], [PREDNISOLONE], [event("death", 100)]), 400)["CBR by 6 months"]
    assert (gone.value, gone.because, gone.unknown_needs) == (
        "not_assessable",
        ["died before the end of the window"],
        None,
    )


@pytest.mark.parametrize(
    ("baseline", "later", "answer", "words"),
    [
        (alt(0, 400), alt(28, 200), "response", "fell by 50%"),
        (alt(0, 400), alt(28, 201.6), "non_response", "fell by 49.6%"),  # 50 % would be a response
        (alt(0, 400), alt(28, 480), "non_response", "rose by 20%"),
        (alt(0, 400), alt(28, 50, sign="<"), "response", "fell by at least 88%"),
        (alt(0, 400, sign=">"), alt(28, 100), "response", "fell by at least 75%"),
        (alt(0, 400), alt(28, 300, sign=">"), "non_response", "fell by at most 25%"),
        (alt(0, 400), alt(28, 500, sign=">"), "non_response", "rose by at least 25%"),
    ],
)
def test_how_far_the_enzyme_fell_by_four_weeks(baseline, later, answer, words):
    told = letter(record([baseline, later], [PREDNISOLONE]), 100)["response at 4 weeks"]
    assert told.value == answer
    assert told.because == [f"{words}; a fall of at least 50% is a response"]


def test_a_normal_baseline_makes_the_early_response_no_question():
    told = letter(record([alt(0, 40), alt(28, 20)], [PREDNISOLONE]), 100)["response at 4 weeks"]
    assert (told.value, told.because) == ("not_applicable", ["the baseline is not above the upper limit"])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ast(10, 40, sign="<", limit=35.0), "AST <40 U/L undecided at 35 (laboratory's limit; <1.14 × ULN)"),
        (ast(10, 30, sign=">", limit=35.0), "AST >30 U/L undecided at 35 (laboratory's limit; >0.86 × ULN)"),
        (ast(10, 35, sign=">", limit=35.0), "AST >35 U/L > 35 (laboratory's limit; >1.00 × ULN)"),
        (ast(10, 35, sign=">=", limit=35.0), "AST >=35 U/L undecided at 35 (laboratory's limit; >=1.00 × ULN)"),
        (ast(10, 35, limit=None), "AST 35 U/L (no upper limit known)"),
    ],
)
def test_a_result_stands_to_its_limit_as_far_as_it_says(row, words):
    told = letter(record([row], [PREDNISOLONE]), 10)["in CBR on 2023-01-11"]
    assert [one.text for one in told.rows] == [f"2023-01-11 {words}"]


def test_levels_are_told_with_both_rows_and_an_unread_one_with_its_reason():
    told = letter(COURSE, 400)["thiopurine metabolites"]
    assert said(told)[:2] == ("target", ["latest TGN at steady state, 2023-07-20"])
    assert [row.text for row in told.rows] == [
        "2023-07-20 TGN 300 pmol/8x10^8 RBC",
        "2023-07-25 MMP 1000 pmol/8x10^8 RBC",
    ]
    assert told.unknown_needs is None
    alone = letter(record([tgn(200, 300)], TREATED), 400)["thiopurine metabolites"]
    assert (alone.value, alone.unknown_needs) == ("unknown", "no MMP of the same unit near the TGN")
    none = letter(record([], TREATED), 400)["thiopurine metabolites"]
    assert (none.value, none.because, none.unknown_needs) == (
        "unknown",
        ["no TGN was measured"],
        "TGN and MMP at least 28 days after the last dose change",
    )


def test_histology_and_cirrhosis_say_which_biopsy_they_rest_on():
    told = letter(COURSE, 400)
    biopsied = ["2022-12-31 hai 9, fibrosis_stage 2, fibrosis_scale ishak"]
    assert said(told["histological remission"]) == ("no", ["HAI below 4 of 18 is remission"], biopsied, None)
    assert said(told["cirrhosis"]) == ("no", ["at diagnosis: no"], biopsied, None)
    unscored = letter(record([], [PREDNISOLONE], [], [biopsy(10)]), 400)
    assert unscored["histological remission"].unknown_needs == "the HAI of the latest biopsy"
    assert unscored["cirrhosis"].unknown_needs == "a staged biopsy, or the event cirrhosis"
    never = letter(record([], [PREDNISOLONE]), 400)
    assert never["histological remission"].unknown_needs == "a biopsy with its HAI"


def test_a_drug_whose_dose_nobody_recorded_says_so():
    told = letter(record([], [drug("budesonide", 0)]), 100)
    assert said(told["index date"])[2] == ["budesonide, dose unknown, since 2023-01-01, for AIH"]
