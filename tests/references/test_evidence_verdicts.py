"""The audit must come to the verdicts that were worked out by hand for every published figure."""

from __future__ import annotations

import pytest

from hepatica import evidence
from hepatica.evidence.audit import verdict

# study, figure, verdict, words that the explanation or remark must hold
EXPECTED = [
    # Efe 2025
    ("efe_2025", "cr_active", "reproduced", "46.2 to 80.6"),
    ("efe_2025", "cr_after_second_line", "reproduced", "40.9 to 92.9"),
    ("efe_2025", "cr_after_third_line", "reproduced", "23.2 to 70.9"),
    ("efe_2025", "cr_second_v_third_line", "reproduced", "Fisher"),
    ("efe_2025", "cr_group_1", "reproduced", "55.00 %"),
    ("efe_2025", "cr_achieved_or_maintained", "reproduced", "cut off, not rounded"),
    ("efe_2025", "failures_by_line", "reproduced", "8 + 13 = 21"),
    ("efe_2025", "failures_by_group", "reproduced", "20 + 1 = 21"),
    ("efe_2025", "responders_by_line", "reproduced", "6 + 6 + 5 = 17"),
    ("efe_2025", "responders_by_group", "reproduced", "11 + 6 = 17"),
    ("efe_2025", "responders_and_maintained", "reproduced", "17 + 16 = 33"),
    ("efe_2025", "stopped_summary", "reproduced", "= 10"),
    ("efe_2025", "stopped_abstract", "reproduced", "= 3"),
    # Cananzi 2025
    ("cananzi_2025", "first_line", "reproduced", "15 + 21 = 36"),
    ("cananzi_2025", "prednisolone_alone", "reproduced", "41.67"),
    ("cananzi_2025", "prednisolone_with_azathioprine", "reproduced", "58.33"),
    ("cananzi_2025", "second_line_azathioprine", "reproduced", "73.33"),
    ("cananzi_2025", "second_line_mycophenolate", "reproduced", "90.48"),
    ("cananzi_2025", "tpmt_available", "reproduced", "75.00"),
    ("cananzi_2025", "tpmt_routine", "reproduced", "of 36, not of 27"),
    ("cananzi_2025", "ppi", "reproduced", "24 + 7 + 5 = 36"),
    ("cananzi_2025", "metabolite_target", "reproduced", "83.33"),
    # Weltzsch 2024
    ("weltzsch_2024", "tgn_stable_v_not_maintained", "not_recomputable", "standard deviations"),
    ("weltzsch_2024", "tgn_stable_v_never", "not_recomputable", "group sizes"),
    ("weltzsch_2024", "allopurinol_response", "reproduced", "Only 27 of 36 is 75 % exactly"),
    ("weltzsch_2024", "likelihood_ratios", "reproduced", "LR+ 3.45, LR− 0.31, Youden 0.54"),
    ("weltzsch_2024", "cross_check", "reproduced", "about 53 of 146"),
    ("weltzsch_2024", "allopurinol_mmp_change", "reproduced", "-91.3 %"),
    ("weltzsch_2024", "ratio_before_allopurinol", "reproduced", "12.649"),
    ("weltzsch_2024", "ratio_after_allopurinol", "reproduced", "0.573"),
    ("weltzsch_2024", "not_sequential", "reproduced", "146 + 191 = 337"),
    # Candels 2021
    ("candels_2021", "br_metabolites", "reproduced", "Only 84 of 109"),
    ("candels_2021", "br_weight", "reproduced", "Only 63 of 105"),
    ("candels_2021", "br_difference", "reproduced", "Fisher's exact test"),
    ("candels_2021", "br_low_v_therapeutic", "not_recomputable", "denominator"),
    ("candels_2021", "adverse_low_v_therapeutic", "not_recomputable", "denominator"),
    # Dimou 2024
    ("dimou_2024", "people", "reproduced", "= 292"),
    ("dimou_2024", "sensitivity", "impossible", "47 is 94.00 % and 48 is 96.00 %"),
    ("dimou_2024", "specificity", "reproduced", "183"),
    ("dimou_2024", "predictive_values", "reproduced", "0.11 at 1 %, 0.57 at 10 %, 0.75 at 20 % and 0.92 at 50 %"),
    # CAMARO 2024
    ("camaro_2024", "br_mycophenolate", "reproduced", "Only 22 of 39"),
    ("camaro_2024", "br_azathioprine", "reproduced", "Only 9 of 31"),
    ("camaro_2024", "br_difference", "reproduced", "Newcombe 4.00 to 46.65"),
    ("camaro_2024", "br_p", "reproduced_with_another_test", "Pearson's χ² without correction"),
    ("camaro_2024", "br_odds_ratio", "reproduced", "1.16 to 8.61"),
    ("camaro_2024", "br_risk_ratio", "reproduced", "1.94"),
    ("camaro_2024", "br_number_needed", "reproduced", "3.65"),
    ("camaro_2024", "serious_p", "reproduced", "Fisher's exact test"),
    ("camaro_2024", "serious_difference", "reproduced", "1.04 to 28.85"),
    ("camaro_2024", "stopped_mycophenolate", "reproduced", "Only 2 of 39"),
    ("camaro_2024", "stopped_azathioprine", "reproduced", "Only 8 of 31"),
    ("camaro_2024", "stopped_p", "reproduced", "Fisher's exact test"),
    ("camaro_2024", "cbr_mycophenolate", "reproduced", "of 18 or of 36, not of 39"),
    ("camaro_2024", "cbr_azathioprine", "reproduced", "Only 10 of 31"),
    ("camaro_2024", "cbr_p", "not_reproduced", "Fisher's exact test 0.0014, Pearson's χ² without correction 0.0011"),
    ("camaro_2024", "related_serious_p", "reproduced", "Fisher's exact test"),
    ("camaro_2024", "women", "reproduced", "Only 51 of 70"),
    ("camaro_2024", "cumulative_steroid", "not_recomputable", "standard deviations"),
    # The international registry
    ("iaihg_registry_2024", "followed", "reproduced", "66.43"),
    ("iaihg_registry_2024", "assessable_of_followed", "reproduced", "41.53"),
    ("iaihg_registry_2024", "assessable_of_all", "reproduced", "27.59"),
    ("iaihg_registry_2024", "cbr", "impossible", "483 is 68.41 % and 484 is 68.56 %"),
    ("iaihg_registry_2024", "hr_no_cbr", "not_recomputable", "follow-up"),
    ("iaihg_registry_2024", "survival_20_years", "not_recomputable", "follow-up"),
    ("iaihg_registry_2024", "mortality_ratio", "reproduced", "4.33"),
    ("iaihg_registry_2024", "mortality_ratio_cirrhosis", "reproduced", "3.67"),
    # The case, and anti-TNF
    ("hadzic_2024", "lkm_titre", "not_reproduced", "1:10240"),
    ("anti_tnf_sickkids", "alt_rise", "reproduced", "9.67"),
    ("anti_tnf_sickkids", "persistent", "reproduced", "2.23"),
    ("anti_tnf_helsinki", "raised_enzymes", "reproduced", "Only 137 of 618"),
    ("anti_tnf_helsinki", "aih", "reproduced", "1.46"),
    ("anti_tnf_children", "alt_rise", "not_recomputable", "denominator"),
    # Díaz-González 2023
    ("diaz_gonzalez_2023", "br_budesonide", "reproduced", "Only 51 of 105"),
    ("diaz_gonzalez_2023", "br_prednisone", "reproduced", "239 to 241 of 276"),
    ("diaz_gonzalez_2023", "br_odds_ratio", "not_recomputable", "0.137 to 0.146"),
    ("diaz_gonzalez_2023", "adverse_prednisone", "impossible", "67 is 24.28 %"),
    ("diaz_gonzalez_2023", "adverse_budesonide", "impossible", "17 is 16.19 %"),
    ("diaz_gonzalez_2023", "adverse_p", "not_reproduced", "67/276 v 17/105"),
    ("diaz_gonzalez_2023", "all_new_patients", "reproduced", "1944"),
    ("diaz_gonzalez_2023", "time_to_br", "not_recomputable", "time to response"),
    # What the rules rest on
    ("hartl_2015", "stayed_in_remission", "reproduced", "53.57"),
    ("withdrawal_histology_2021", "stayed_in_remission", "reproduced", "66.67"),
    ("withdrawal_histology_2021", "stayed_in_remission_interval", "reproduced_with_another_test", "Wald"),
    ("surfasa_2021", "coefficient_inr", "reproduced", "ln 6.85 = 1.924"),
    ("surfasa_2021", "coefficient_inr_change", "reproduced", "ln 6.97 = 1.942"),
    ("surfasa_2021", "coefficient_bilirubin_change", "reproduced", "ln 5.14 = 1.637"),
    ("yeoman_2011", "failure", "reproduced", "18.06"),
    ("ehr_phenotype", "ppv", "reproduced", "77.62"),
    ("cpic_2019", "tpmt_diplotypes", "reproduced", "= 946"),
    ("cpic_2019", "nudt15_diplotypes", "reproduced", "= 45"),
    ("kirk_1980", "logrank", "not_recomputable", "every patient's months"),
    ("kirk_1980", "hazard_ratio_efron", "not_recomputable", "every patient's months"),
]


@pytest.mark.parametrize(("study", "figure", "word", "because"), EXPECTED)
def test_the_audit_comes_to_the_known_verdict(study, figure, word, because):
    found = verdict(study, figure)
    assert found.verdict == word, found.explanation
    assert because in f"{found.remark} | {found.explanation}"


def test_the_four_impossible_percentages_and_no_other():
    impossible = {(found.study, found.figure) for found in evidence.evidence_check() if found.verdict == "impossible"}
    assert impossible == {
        ("iaihg_registry_2024", "cbr"),
        ("dimou_2024", "sensitivity"),
        ("diaz_gonzalez_2023", "adverse_prednisone"),
        ("diaz_gonzalez_2023", "adverse_budesonide"),
    }


def test_the_nearest_denominators_of_685_of_706():
    assert verdict("iaihg_registry_2024", "cbr").numbers["possible_denominators"] == "483/705 or 484/707"


def test_the_interval_of_camaro_is_newcombes_to_the_last_digit():
    numbers = verdict("camaro_2024", "br_difference").numbers
    assert numbers["newcombe_low"] == pytest.approx(4.00, abs=0.005)
    assert numbers["newcombe_high"] == pytest.approx(46.65, abs=0.005)


def test_the_editorial_and_the_abstract_on_6_tgn_agree_at_one_prevalence():
    numbers = verdict("weltzsch_2024", "cross_check").numbers
    assert 0.36 <= numbers["prevalence_low"] <= numbers["prevalence_high"] <= 0.37
    assert 0.66 <= numbers["ppv_low"] <= numbers["ppv_high"] <= 0.67
    assert 0.414 <= numbers["share_above_low"] <= numbers["share_above_high"] <= 0.420
    assert numbers["npv"] == pytest.approx(0.85, abs=0.005)
    assert numbers["implied_count"] == 53


def test_another_reading_of_camaros_denominators_is_named_but_decides_nothing():
    found = verdict("camaro_2024", "cbr_p")
    assert found.verdict == "not_reproduced"
    assert "26/39 v 10/31" in found.explanation
    assert "0.0042" in found.explanation


def test_a_percentage_that_only_fits_when_cut_off_says_so():
    assert verdict("iaihg_registry_2024", "cbr").numbers["count_if_cut"] == 484
    assert verdict("dimou_2024", "sensitivity").numbers["count_if_cut"] is None
