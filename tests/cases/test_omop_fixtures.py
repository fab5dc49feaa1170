"""Known answers from public OMOP material: an invented population of OHDSI, and its cohorts' concepts."""

from __future__ import annotations

import json
import zipfile

import polars as pl
import pytest
from omop_cases import patients_of, read

from hepatica.sources.omop.phenotypes import concept_sets, phenotypes


@pytest.fixture(scope="module")
def archive(fixtures_folder):
    return fixtures_folder / "omop" / "Synthea27Nj_5.4.zip"


@pytest.fixture(scope="module")
def population(archive):
    return read(f"omop:{archive}?phenotype=all")


def test_all_persons_and_the_known_analytes_are_read(population):
    record, reading = population
    assert record.patients.height == 28
    told = " ".join(reading.notes)
    assert "measurement 10,040 rows" in told
    assert "6,990 rows of 109 concepts" in told
    assert reading.counts["measurements"].read == 10_040 - 6_990
    assert record.patients.filter(pl.col("sex") == "unknown").is_empty()


def test_nobody_there_has_autoimmune_hepatitis(archive):
    assert patients_of(f"omop:{archive}") == []


def test_alt_and_ast_with_unit_concept_0_are_in_their_unit(population):
    record, _ = population
    for analyte, lowest, highest in (("ALT", 1.8, 57.2), ("AST", 2.8, 39.1)):
        rows = record.measurements.filter(analyte=analyte)
        assert (rows.height, rows["value"].min(), rows["value"].max()) == (52, lowest, highest)
        assert rows["unit"].unique().to_list() == ["U/L"]
        assert rows["limit_from"].unique().to_list() == ["default"]  # no reference ranges there


def test_total_protein_in_g_per_l_labelled_g_per_dl_is_set_aside(population):
    record, reading = population
    slips = reading.quarantine.filter(reason="implausible")
    assert slips.height == reading.quarantine.height == 40
    assert slips["value"].cast(pl.Float64).min() > 50
    assert record.measurements.filter(analyte="TOTAL_PROTEIN").height == 12


def test_deaths_and_drugs_by_the_name_of_their_product(population):
    record, reading = population
    assert sorted(record.events.select("patient_id", "event").rows()) == [
        ("11", "death"),
        ("23", "death"),
        ("7", "death"),
    ]
    ciclosporin = record.treatments.filter(drug="ciclosporin")
    assert ciclosporin.height == 3
    assert ciclosporin["route"].unique().to_list() == ["oral"]
    assert any("no table concept_ancestor" in note for note in reading.notes)


def test_our_concept_sets_are_those_of_the_cohorts(fixtures_folder):
    sets = concept_sets()
    ours = [sets["autoimmune_hepatitis"], sets["other_chronic_liver_disease"], sets["systemic_lupus_erythematosus"]]
    for number, expected in {230: ours, 497: ours[:1], 729: ours}.items():
        cohort = json.loads((fixtures_folder / "omop" / "phenotypes" / f"{number}.json").read_text())
        found = []
        for one in cohort["ConceptSets"]:
            items = one["expression"]["items"]
            assert all(item["includeDescendants"] for item in items)
            concepts = [(item["concept"]["CONCEPT_ID"], bool(item.get("isExcluded"))) for item in items]
            found.append(({c for c, out in concepts if not out}, {c for c, out in concepts if out}))
        assert found == [(set(one.include), set(one.exclude)) for one in expected]
    assert phenotypes()["ohdsi_729"].new_after == 365


def test_a_written_column_list_is_that_of_the_model(archive):
    from hepatica.interop.omop.columns import COLUMNS

    with zipfile.ZipFile(archive) as packed:
        for name, columns in COLUMNS.items():
            header = packed.read(f"{name.upper()}.csv").split(b"\n", 1)[0].decode().strip()
            assert header.split(",") == list(columns), name
