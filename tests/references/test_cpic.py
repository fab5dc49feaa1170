"""TPMT and NUDT15: every published diplotype, every pair of phenotypes, and what each row says."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations_with_replacement

import pytest

from hepatica.errors import UsageError
from hepatica.guidance.pharmacogenetics import allele_functions, phenotype, recommendation

PUBLISHED_NAMES = {
    "Normal Metabolizer": "normal",
    "Intermediate Metabolizer": "intermediate",
    "Possible Intermediate Metabolizer": "possible_intermediate",
    "Poor Metabolizer": "poor",
    "Indeterminate": "indeterminate",
}
PHENOTYPES = ("normal", "intermediate", "possible_intermediate", "poor", "indeterminate")
THIOPURINES = ("azathioprine", "mercaptopurine", "tioguanine")


@pytest.mark.parametrize(("gene", "rows"), [("TPMT", 946), ("NUDT15", 45)])
def test_every_published_diplotype_has_its_published_phenotype(gene, rows, fixtures_folder):
    path = fixtures_folder / "pharmacogenetics" / f"pharmcat_phenotype_{gene}.json"
    published = json.loads(path.read_text(encoding="utf-8"))["diplotypes"]
    assert len(published) == rows
    differing = [
        row["diplotype"]
        for row in published
        if phenotype(gene, row["diplotype"]).phenotype != PUBLISHED_NAMES[row["phenotype"]]
    ]
    assert differing == []


@pytest.mark.parametrize(("gene", "counts"), [("TPMT", (1, 11, 341, 66, 527)), ("NUDT15", (1, 3, 15, 6, 20))])
def test_the_counts_of_phenotypes_over_all_pairs_of_alleles(gene, counts):
    pairs = combinations_with_replacement(allele_functions(gene), 2)
    found = Counter(phenotype(gene, "/".join(pair)).phenotype for pair in pairs)
    assert tuple(found[name] for name in PHENOTYPES) == counts


@pytest.mark.parametrize("written", ["*1/*3A", "*3A/*1", "TPMT *1/*3A", " *1 / *3a ", "1/3A"])
def test_a_diplotype_is_read_in_either_order_and_its_usual_spellings(written):
    found = phenotype("TPMT", written)
    assert (found.diplotype, found.phenotype) == ("*1/*3A", "intermediate")


def test_an_unphased_test_may_hide_a_poor_metaboliser():
    found = phenotype("TPMT", "*1/*3A")
    assert any("*3B/*3C (poor)" in note for note in found.notes)
    both = phenotype("TPMT", "*1/*3A or *3B/*3C")
    assert both.phenotype == "unknown"
    assert "*3B/*3C (poor)" in both.because
    assert phenotype("TPMT", "*2/*3A or *3B/*3C").phenotype == "poor"


@pytest.mark.parametrize(
    ("diplotype", "because"),
    [
        ("*1/*99", "*99 is not in"),
        ("", "no diplotype"),
        (None, "no diplotype"),
        ("*1", "two star alleles"),
        ("wild type", "two"),
    ],
)
def test_what_cannot_be_known_is_unknown_with_the_reason(diplotype, because):
    found = phenotype("TPMT", diplotype)
    assert found.phenotype == "unknown"
    assert because in found.because


def test_nudt15_9_has_no_function_since_2019():
    assert phenotype("NUDT15", "*1/*9").phenotype == "intermediate"


def test_red_cell_activity_is_warned_of_where_it_would_settle_the_genotype():
    notes = " ".join(phenotype("TPMT", "*1/*5").notes)
    assert "transfusion" in notes
    assert "mesalazine" in notes


def test_another_gene_is_refused():
    with pytest.raises(UsageError, match="TPMT or NUDT15"):
        phenotype("CYP2D6", "*1/*1")


@pytest.mark.parametrize("drug", THIOPURINES)
@pytest.mark.parametrize("version", ["2022", "2024"])
def test_all_35_pairs_of_phenotypes_have_a_row(drug, version):
    results = (*PHENOTYPES, None)
    pairs = [(tpmt, nudt15) for tpmt in results for nudt15 in results if (tpmt, nudt15) != (None, None)]
    assert len(pairs) == 35
    for tpmt, nudt15 in pairs:
        found = recommendation(drug, tpmt, nudt15, version=version)
        assert found.text
        assert found.action == expected_action(tpmt, nudt15)
        assert found.strength in {"strong", "moderate"}


def expected_action(tpmt, nudt15):
    """Return what CPIC's figure says in words: poor in either, else intermediate in either, else normal in either."""
    either = {tpmt, nudt15}
    if "poor" in either:
        return "alternative_drug"
    if either & {"intermediate", "possible_intermediate"}:
        return "reduced_start"
    return "normal_start" if "normal" in either else "no_dose_from_genotype"


@pytest.mark.parametrize("drug", THIOPURINES)
def test_without_any_genotype_there_is_no_recommendation(drug):
    found = recommendation(drug, None, "unknown")
    assert (found.action, found.percent_of_normal, found.strength) == ("unknown", None, None)


@pytest.mark.parametrize(
    ("drug", "percent", "start"),
    [("azathioprine", (30, 80), (0.6, 2.4)), ("mercaptopurine", (30, 80), (0.45, 1.2)), ("tioguanine", (50, 80), None)],
)
def test_an_intermediate_metaboliser_of_one_gene(drug, percent, start):
    found = recommendation(drug, "intermediate", "normal")
    assert (found.percent_of_normal, found.start_mg_per_kg) == (percent, start)
    assert found.weeks_to_steady_state == (2, 4)
    assert found.strength == ("moderate" if drug == "tioguanine" else "strong")


@pytest.mark.parametrize("drug", THIOPURINES)
def test_both_genes_intermediate_start_lower_since_march_2024(drug):
    before = recommendation(drug, "intermediate", "intermediate", version="2022")
    after = recommendation(drug, "intermediate", "intermediate")
    assert before.percent_of_normal == ((50, 80) if drug == "tioguanine" else (30, 80))
    assert (after.percent_of_normal, after.valid_from) == ((20, 50), "2024-03-01")
    assert "38230823" in after.source


def test_azathioprine_starts_between_0_4_and_1_5_mg_per_kg_if_both_are_intermediate():
    assert recommendation("azathioprine", "intermediate", "intermediate").start_mg_per_kg == (0.4, 1.5)


@pytest.mark.parametrize("pair", [("intermediate", "possible_intermediate"), ("possible_intermediate", "intermediate")])
def test_a_possible_intermediate_keeps_its_row_and_says_that_sources_differ(pair):
    found = recommendation("azathioprine", *pair)
    assert found.percent_of_normal == (30, 80)
    assert any("PharmGKB" in note for note in found.notes)
    assert not any("PharmGKB" in note for note in recommendation("azathioprine", *pair, version="2022").notes)


def test_the_usual_start_of_aih_is_named_where_none_is_planned():
    notes = " ".join(recommendation("azathioprine", "normal", "intermediate").notes)
    assert "50 mg or 1 mg/kg" in notes


def test_a_low_start_does_not_make_a_poor_metaboliser_safe():
    found = recommendation("azathioprine", "poor", "normal", planned_start_mg_per_kg=0.5)
    assert found.action == "alternative_drug"
    assert any("does not make a thiopurine safe" in note for note in found.notes)
    assert recommendation("azathioprine", "poor", "normal", population="malignant").action == (
        "drastically_reduced_dose_thrice_weekly"
    )


def test_nudt15_poor_metabolisers_in_malignant_disease():
    actions = {drug: recommendation(drug, "normal", "poor", population="malignant").action for drug in THIOPURINES}
    assert actions == {
        "azathioprine": "drastically_reduced_daily_dose",
        "mercaptopurine": "drastically_reduced_daily_dose",
        "tioguanine": "quarter_of_normal_dose",
    }


def test_metabolites_do_not_warn_of_nudt15():
    found = recommendation("azathioprine", "normal", "poor")
    assert any("red cells do not warn" in implication for implication in found.implications)


def test_drugs_are_found_by_their_other_names():
    assert recommendation("AZA", "normal", "normal").drug == "azathioprine"
    assert recommendation("6-MP", "normal", "normal").drug == "mercaptopurine"
    assert recommendation("thioguanine", "normal", "normal").drug == "tioguanine"


@pytest.mark.parametrize(
    "wrong",
    [
        {"drug": "mycophenolate"},
        {"tpmt": "slow"},
        {"version": "2018"},
        {"population": "aih"},
        {"planned_start_mg_per_kg": 50},
        {"planned_start_mg_per_kg": 0},
    ],
)
def test_what_the_table_does_not_have_is_refused(wrong):
    with pytest.raises(UsageError):
        recommendation(**{"drug": "azathioprine", "tpmt": "normal", "nudt15": "normal", **wrong})
