"""Traps of drugs: doses, doubles, routes, and what a drug treats and also causes."""

from __future__ import annotations

from datetime import date

import pytest
from advice_cases import advised, answer, told, weight
from course_cases import alt, ast, drug, event, igg, record, state, table
from reading_cases import read

from hepatica import vocabulary
from hepatica.course import definitions, derive
from hepatica.guidance.pharmacogenetics import recommendation
from hepatica.guidance.rules import rules

BLOODS = [alt(0, 400), ast(0, 300), igg(0, 24), weight(0, 75)]
PREDNISOLONE = drug("prednisolone", 0, dose=20)


def test_a_start_as_low_as_in_aih_is_compared_with_cpics_dose_and_not_multiplied():
    """Trap 4: CPIC's 30-80 % assumes a start of 2-3 mg/kg; the 1 mg/kg usual in AIH is within it already."""
    low, full = (
        recommendation("azathioprine", "intermediate", "normal", planned_start_mg_per_kg=dose) for dose in (1.0, 2.0)
    )
    assert (low.percent_of_normal, low.start_mg_per_kg) == ((30, 80), (0.6, 2.4))
    notes = " ".join(low.notes)
    assert "do not multiply" in notes
    assert "CPIC's own comment, dose reduction might not be recommended for intermediate metabolizers" in notes
    assert "within CPIC's reduced start of 0.6-2.4" in notes
    at_full_dose = " ".join(full.notes)
    assert "the reduction applies" in at_full_dose
    assert "might not be recommended" not in at_full_dose


def test_two_intermediate_genes_start_at_20_to_50_percent_since_march_2024():
    """Trap 5: TPMT and NUDT15 both intermediate: 30-80 % in the table of 2022, 20-50 % since March 2024."""
    before = recommendation("azathioprine", "intermediate", "intermediate", version="2022")
    now = recommendation("azathioprine", "intermediate", "intermediate")
    assert (before.percent_of_normal, now.percent_of_normal) == ((30, 80), (20, 50))
    assert (now.start_mg_per_kg, now.valid_from) == ((0.4, 1.5), "2024-03-01")
    possible = recommendation("azathioprine", "intermediate", "possible_intermediate")
    assert possible.percent_of_normal == (30, 80)


def budesonide(code: str, **more: str):
    """What the course makes of a patient whose only drug is budesonide by this code: state, and warnings of reading."""
    row = {"patient_id": "P1", "drug": code, "start": "2020-01-01"} | more
    found = read(treatments=[row])
    tables = derive(found.record, definitions("iaihg_2022"), date(2020, 6, 1), tables=["state", "regimens"])
    return found, tables["state"].row(0, named=True), tables["regimens"].height


@pytest.mark.parametrize("code", ["rxnorm:19831", "omop:939259"])
def test_the_bare_ingredient_budesonide_starts_no_line_and_is_warned_of(code):
    """Trap 18: the ingredient 19831 is in capsules and inhalers alike; without a route it treats nobody's liver."""
    found, state_, regimens = budesonide(code)
    assert (found.only("route", "treatments"), found.only("systemic", "treatments")) == ("unknown", None)
    assert found.warnings() == ["route_unknown"]
    assert (state_["index_date"], state_["line"], regimens) == (None, None, 0)


@pytest.mark.parametrize(
    ("code", "more"),
    [("rxnorm:19831", {"route": "oral"}), ("rxnorm:19831", {"indication": "AIH"}), ("atc:A07EA06", {})],
)
def test_budesonide_known_to_be_swallowed_is_a_first_line(code, more):
    """Trap 18: a route, an indication of AIH, or the ATC code of the capsule settles it."""
    found, state_, regimens = budesonide(code, **more)
    assert found.only("systemic", "treatments") is True
    assert (state_["index_date"], state_["line"], regimens) == (date(2020, 1, 1), 1, 1)


@pytest.mark.parametrize(
    ("code", "route"),
    [
        ("atc:R03BA02", "inhaled"),
        ("atc:R01AD05", "nasal"),
        ("atc:D07AC09", "topical"),
        ("pulmicort", "inhaled"),
        ("rhinocort", "nasal"),
    ],
)
def test_budesonide_for_lung_nose_and_skin_is_no_treatment_of_the_liver(code, route):
    """Trap 18: inhaled, nasal, and topical budesonide have codes and brands of their own, and start no line."""
    found, state_, _ = budesonide(code)
    assert (found.only("route", "treatments"), found.only("systemic", "treatments")) == (route, False)
    assert state_["index_date"] is None


def test_brands_of_budesonide_capsules_name_no_local_route():
    """Trap 18: Entocort, Budenofalk, and Cortiment are swallowed."""
    keys = vocabulary.drug_names().filter(drug="budesonide")
    for brand in ("entocort", "budenofalk", "cortiment"):
        assert keys.filter(key=brand)["route"].to_list() == [None]


def test_infliximab_is_a_third_line_and_a_cause_of_the_same_picture():
    """Trap 21: ALT up on infliximab for AIH is the disease or the drug; on infliximab for colitis, injury."""
    infliximab = drug("infliximab", 0, 200, dose=5)
    active = [alt(190, 240), ast(190, 200), igg(190, 20)]
    for_liver = told([*BLOODS, *active], [PREDNISOLONE, drug("infliximab", 100)])
    for_bowel = told([*BLOODS, *active], [PREDNISOLONE, {**infliximab, "indication": "extrahepatic"}])
    rule = "anti_tnf_alt_rise.andrade_2023"
    assert answer(advised(for_liver, 195), rule).outcome == "both_edges"
    assert answer(advised(for_bowel, 195), rule).outcome == "injury"
    assert state(record([], [PREDNISOLONE, drug("infliximab", 100)]), 195)["line"] == 3
    assert [row["line"] for row in table("regimens", for_bowel, 195)] == [1]


def test_wherever_infliximab_is_proposed_its_own_hepatitis_is_named():
    """Trap 21: an option of infliximab carries the caution that infliximab can itself cause hepatitis."""
    lines = [
        PREDNISOLONE,
        drug("azathioprine", 14, 300, stop_reason="non_response"),
        drug("mycophenolate", 301, 600, stop_reason="non_response"),
        drug("tacrolimus", 601),
    ]
    results = [*BLOODS, alt(850, 200), ast(850, 150), igg(850, 22)]
    found = answer(advised(told(results, lines), 860), "third_line.efe_2025")
    (option,) = found.options
    assert "infliximab" in option.do
    assert any("can itself cause hepatitis" in words for words in option.mind)


@pytest.mark.parametrize(
    ("azathioprine", "outcome", "level"),
    [(150, "full_dose", "stop"), (75, "full_dose", "stop"), (50, "reduced", "keep")],
)
def test_allopurinol_on_top_of_an_unreduced_thiopurine_is_a_hard_stop(azathioprine, outcome, level):
    """Trap 25: the thiopurine goes down to 25-33 % when allopurinol is added; at 75 kg, 150 mg with it is a stop."""
    drugs = [PREDNISOLONE, drug("azathioprine", 14, dose=azathioprine), drug("allopurinol", 20, dose=100)]
    found = advised(told(BLOODS, drugs), 60)
    by_dose = answer(found, "allopurinol_with_thiopurine.dose")
    assert (by_dose.outcome, by_dose.level) == (outcome, level)
    if level == "stop":
        assert (found.questions[0].question, found.questions[0].level) == ("allopurinol_with_thiopurine", "stop")


@pytest.mark.parametrize(("after", "outcome"), [(150, "not_reduced"), (75, "too_little"), (50, "as_published")])
def test_the_reduction_is_measured_against_the_dose_before_allopurinol(after, outcome):
    """Trap 25: 150 mg left as it was is a stop, halved is too little, a third is what was published."""
    drugs = [
        PREDNISOLONE,
        drug("azathioprine", 14, 99, dose=150),
        drug("azathioprine", 100, dose=after),
        drug("allopurinol", 100, dose=100),
    ]
    found = answer(advised(told(BLOODS, drugs), 130), "allopurinol_with_thiopurine.fraction")
    assert found.outcome == outcome


def test_every_rule_of_allopurinol_with_a_thiopurine_is_a_hard_stop():
    """Trap 25: these rules are of the kind that comes first and blocks, and they hold after a transplant too."""
    of_question = [rule for name, rule in rules().items() if name.startswith("allopurinol_with_thiopurine.")]
    assert {rule.kind for rule in of_question} == {"hard_stop"}
    assert all(rule.after_transplant for rule in of_question)


AUTHORITIES = ("ema_2017", "mhra_2015", "us_rems")


def contraception(sex: str):
    """What three authorities answer for a patient of 40 on mycophenolate with recorded contraception."""
    taken = [PREDNISOLONE, drug("mycophenolate", 5, dose=2000)]
    born = date(1983, 1, 1)
    found = advised(told(BLOODS, taken, [event("contraception", 1)], sex=sex, birth_date=born), 60)
    answers = {name: answer(found, f"mycophenolate_contraception.{name}") for name in AUTHORITIES}
    return answers, {name: " ".join(option.do for option in one.options) for name, one in answers.items()}


def test_contraception_on_mycophenolate_differs_by_authority_and_year():
    """Trap 26: EMA 2017: one form, men 90 days; MHRA 2015: two forms, condoms; US REMS: no rule for men."""
    answers, says = contraception("female")
    assert "one reliable form before, during, and until 6 weeks after" in says["ema_2017"]
    assert "two effective forms" in says["mhra_2015"]
    assert "report a pregnancy" in says["us_rems"]
    assert {name: one.jurisdiction for name, one in answers.items()} == {
        "ema_2017": "EU and UK", "mhra_2015": "UK", "us_rems": "USA",
    }  # fmt: skip
    answers, says = contraception("male")
    assert "90 days after" in says["ema_2017"]
    assert "also after vasectomy" in says["mhra_2015"]
    assert answers["us_rems"].outcome == "not_needed"


def test_the_superseded_contraception_advice_says_so_and_decides_nothing():
    """Trap 26: what the MHRA asked for in 2015 is shown as superseded, and comes after what holds."""
    answers, _ = contraception("female")
    assert answers["mhra_2015"].superseded_by == answers["ema_2017"].source == "ema_mycophenolate_2017"
    assert [one.superseded_by for name, one in answers.items() if name != "mhra_2015"] == ["", ""]
