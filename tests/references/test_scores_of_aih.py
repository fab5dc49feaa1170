"""The diagnostic scores: antibodies, children's titres, histology, variants, and what a missing item leaves open."""

from __future__ import annotations

import pytest

from hepatica.guidance.scores import score_text, scores

ADULT = {
    "paediatric": "no",
    "ana": "negative",
    "sma": "negative",
    "lkm1": "negative",
    "sla": "negative",
    "igg_xuln": 1.0,
    "histology": "not_compatible",
    "viral_hepatitis_absent": "no",
}
REVISED = {
    **{item: ADULT[item] for item in ("paediatric", "ana", "sma", "lkm1", "igg_xuln")},
    "sex": "male",
    "alp_xuln": 2.0,
    "transaminase_xuln": 1.0,
    "ama": "negative",
    "viral_markers": "negative",
    "hepatotoxic_drugs": "no",
    "alcohol": 30,
    "interface_hepatitis": "yes",
    "predominantly_lymphoplasmacytic": "no",
    "rosettes": "no",
    "biliary_changes": "no",
    "other_changes": "no",
    "other_autoimmune_disease": "no",
    "other_autoantibodies": "no",
    "hla_dr3_or_dr4": "no",
}


def simplified(**changed):
    return scores()["simplified_2008"].evaluate({**ADULT, **changed})


def revised(**changed):
    return scores()["revised_1999_before_treatment"].evaluate({**REVISED, **changed})


@pytest.mark.parametrize(
    ("antibodies", "points"),
    [
        ({"ana": "1:20"}, 0),
        ({"ana": "1:40"}, 1),
        ({"ana": "1:40", "sma": "1:40"}, 1),
        ({"sma": "1:80"}, 2),
        ({"ana": "1:160", "sma": "1:160", "lkm1": "1:160", "sla": "positive"}, 2),
        ({"lkm1": "1:20"}, 0),
        ({"lkm1": "1:40"}, 2),
        ({"sla": "positive"}, 2),
        ({"paediatric": "yes", "ana": "1:20"}, 1),
        ({"paediatric": "yes", "ana": "1:10"}, 0),
        ({"paediatric": "yes", "lkm1": "1:10"}, 2),
        ({"paediatric": "no", "lkm1": "1:10"}, 0),
    ],
)
def test_antibodies_of_the_simplified_score_count_two_points_at_most(antibodies, points):
    assert simplified(**antibodies).total == points


@pytest.mark.parametrize(("igg", "points"), [(1.0, 0), (1.0001, 1), (1.1, 1), (1.1001, 2)])
def test_igg_of_the_simplified_score_is_strictly_above_its_limits(igg, points):
    assert simplified(igg_xuln=igg).total == points


def test_without_a_biopsy_the_range_says_what_it_could_still_be():
    result = simplified(ana="1:80", igg_xuln=1.3, viral_hepatitis_absent="yes", histology=None)
    assert (result.total, result.low, result.high) == (None, 6, 8)
    assert result.category is None
    assert result.possible_categories == ("definite", "probable")
    assert result.missing == ["histology"]


def test_a_category_is_known_before_every_item_is():
    result = simplified(ana="1:80", igg_xuln=1.3, viral_hepatitis_absent="yes", histology="compatible", sla=None)
    assert (result.total, result.category, result.missing) == (7, "definite", [])
    early = simplified(viral_hepatitis_absent="no", histology=None, ana=None)
    assert (early.low, early.high, early.category) == (0, 4, "not_met")
    assert early.missing == ["ana", "histology"]


def test_whether_the_patient_is_a_child_matters_only_at_low_titres():
    assert simplified(paediatric=None, ana="1:80").missing == []
    assert simplified(paediatric=None, ana="1:20").missing == ["paediatric"]


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [("<1:40", 0, 0), (">1:80", 2, 2), ("≥1:40", 1, 2), ("positive", 0, 2), ("negative", 0, 0)],
)
def test_censored_titres_leave_open_what_they_leave_open(given, low, high):
    result = simplified(ana=given)
    assert (result.low, result.high) == (low, high)


def test_in_a_child_below_1_to_40_may_still_be_positive():
    result = simplified(paediatric="yes", ana="<1:40")
    assert (result.low, result.high) == (0, 1)


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 0),
        ({"ana": "1:40"}, 1),
        ({"ana": "1:80"}, 2),
        ({"ana": "1:81"}, 3),
        ({"ana": "1:40", "sma": "1:320"}, 3),
        ({"other_autoantibodies": "yes"}, 2),
        ({"other_autoantibodies": "yes", "hla_dr3_or_dr4": "yes"}, 3),
        ({"ana": "1:40", "other_autoantibodies": "yes", "hla_dr3_or_dr4": "yes"}, 1),
        ({"paediatric": "yes", "lkm1": "1:10"}, 1),
        ({"ama": "positive"}, -4),
        ({"viral_markers": "positive"}, -6),
        ({"hepatotoxic_drugs": "yes"}, -5),
        ({"alcohol": 24.9}, 2),
        ({"alcohol": 60}, 0),
        ({"alcohol": 60.1}, -2),
        ({"interface_hepatitis": "none"}, -8),
        ({"interface_hepatitis": "none", "rosettes": "yes"}, -2),
        ({"biliary_changes": "yes", "other_changes": "yes"}, -6),
        ({"other_autoimmune_disease": "yes"}, 2),
        ({"igg_xuln": 0.99}, -1),
        ({"igg_xuln": 1.5}, 1),
        ({"igg_xuln": 2.0}, 1),
        ({"igg_xuln": 2.01}, 2),
        ({"sex": "female"}, 2),
    ],
)
def test_each_item_of_the_revised_score_moves_the_total_by_its_points(changed, points):
    assert revised(**changed).total - revised().total == points


def test_a_middling_titre_can_lower_the_range_below_both_ends():
    # Without ANA, SMA, LKM1 other antibodies and HLA give 3; ANA 1:40 alone gives 1; ANA above 1:80 gives 3.
    result = revised(ana=None, other_autoantibodies="yes", hla_dr3_or_dr4="yes")
    assert result.high - result.low == 2


@pytest.mark.parametrize(
    ("changed", "total", "category"),
    [
        ({"ana": "1:40"}, 9, "not_met"),
        ({"ana": "1:80"}, 10, "probable"),
        ({"ana": "1:160", "sex": "female", "alcohol": 0}, 15, "probable"),
        ({"ana": "1:160", "sex": "female", "alcohol": 0, "rosettes": "yes"}, 16, "definite"),
    ],
)
def test_limits_before_treatment(changed, total, category):
    result = revised(**changed)
    assert (result.total, result.category) == (total, category)


def test_children_reach_probable_and_definite_for_aih_and_for_sclerosing_cholangitis_separately():
    child = {
        "ana": "1:80", "sma": "negative", "lkm1": "negative", "lc1": "negative", "sla": "negative",
        "panna": "positive", "igg_xuln": 1.3, "histology": "typical", "other_causes_absent": "yes",
        "extrahepatic_autoimmunity": "no", "family_history": "no", "cholangiogram": "abnormal",
    }  # fmt: skip
    aih, asc = (scores()[f"juvenile_2018_{disease}"].evaluate(child) for disease in ("aih", "asc"))
    assert (aih.total, aih.category) == (7, "probable")
    assert (asc.total, asc.category) == (12, "definite")


def test_typical_in_2008_and_likely_in_2022_are_different_questions():
    biopsy = {"lymphoplasmacytic_infiltrate": "yes", "interface_hepatitis": "more_than_mild", "other_pathology": "no"}
    new = scores()["histology_2022"].evaluate({**biopsy, "pattern": "portal", "lobular_hepatitis": "none"})
    old = scores()["histology_2008"].evaluate({**biopsy, "rosettes": "no", "emperipolesis": "no"})
    assert (new.category, old.category) == ("likely", "compatible")


def test_interface_hepatitis_without_a_degree_leaves_the_class_open():
    biopsy = {"lymphoplasmacytic_infiltrate": True, "pattern": "portal", "lobular_hepatitis": False}
    result = scores()["histology_2022"].evaluate({**biopsy, "interface_hepatitis": True, "other_pathology": False})
    assert result.possible_categories == ("likely", "possible")
    assert result.missing == ["interface_hepatitis"]
    assert (result.total, result.low, result.high) == (None, None, None)


def test_paris_criteria_take_the_limit_itself_and_say_so():
    values = {"alp_xuln": 2.0, "ama": "positive", "alt_xuln": 5.0, "sma": "positive"}
    result = scores()["paris_aih_pbc"].evaluate(values)
    assert result.category == "met"
    assert [note for note in result.notes if note.startswith("alp_xuln is exactly 2 ×ULN: sources disagree")]
    assert [note for note in result.notes if note.startswith("alt_xuln is exactly 5 ×ULN: sources disagree")]


def test_hys_law_is_settled_by_one_missing_condition():
    hys_law = scores()["hys_law"]
    assert hys_law.evaluate({"bilirubin_xuln": 1.9}).category == "not_met"
    assert hys_law.evaluate({"alt_xuln": 8, "bilirubin_xuln": 3}).missing == ["alp_xuln", "other_cause"]
    assert any("baseline" in note for note in hys_law.evaluate({}).notes)


def test_a_cholestatic_variant_has_wider_limits_for_bilirubin_in_child_pugh():
    values = {"bilirubin": 3.5, "albumin": 3.8, "inr": 1.1, "ascites": "none", "encephalopathy": "none"}
    child_pugh = scores()["child_pugh"]
    assert child_pugh.evaluate({**values, "variant": "none"}).total == 7
    assert child_pugh.evaluate({**values, "variant": "PBC"}).total == 5
    unknown = child_pugh.evaluate(values)
    assert (unknown.low, unknown.high, unknown.missing) == (5, 7, ["variant"])


def test_peld_says_that_the_new_formula_is_not_computed():
    assert any("PELD Cr" in note and "not computed" in note for note in scores()["peld"].evaluate({}).notes)


def test_fibrosis_scores_warn_while_transaminases_are_raised():
    for name in ("fib4", "apri"):
        assert any("6 months" in note for note in scores()[name].evaluate({}).notes)
    assert any("less reliable" in note for note in scores()["fib4"].evaluate({"age": 30}).notes)


def test_the_text_names_items_reasons_missing_results_and_source():
    text = score_text(simplified(ana="1:80", histology=None))
    assert text.splitlines()[0] == ("Simplified criteria for autoimmune hepatitis (IAIHG 2008): 2 to 4 points, not met")
    assert "ana: 1:80: +2 (≥ 1:80)" in text
    assert "missing: histology" in text
    assert "not verified" in text


def test_the_result_is_plain_data():
    plain = simplified(histology=None).to_dict()
    assert plain["total"] is None
    assert plain["items"][1] == {
        "name": "ana",
        "unit": "1",
        "value": 0.0,
        "points": 0.0,
        "low": 0.0,
        "high": 0.0,
        "because": "negative: +0 (otherwise)",
        "verified": False,
    }
