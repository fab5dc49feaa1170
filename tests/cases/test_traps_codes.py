"""Traps of codes: the same number means another thing in another release, another domain, or another disease."""

from __future__ import annotations

import pytest
from fhir_cases import SNOMED, coded, condition, not_used
from fhir_cases import read as read_fhir
from omop_cases import as_csv, conditions, frame, hospital
from omop_cases import read as read_omop
from reading_cases import read

from hepatica import vocabulary

MORPHOLOGY, DISORDER = 4101758, 4001171  # hepatocellular carcinoma in OMOP: SNOMED 25370001 and 109841003


def drug_of(code: str) -> str:
    """The drug that a treatment row with this code is read as."""
    row = {"patient_id": "P1", "drug": code, "start": "2020-01-01", "route": "oral"}
    name = read(treatments=[row]).only("drug", "treatments")
    assert isinstance(name, str)
    return name


@pytest.mark.parametrize(
    ("current", "former", "drug"),
    [
        ("L01FA01", "L01XC02", "rituximab"),
        ("L04AH01", "L04AA10", "sirolimus"),
        ("L04AH02", "L04AA18", "everolimus"),
        ("L04AF02", "L04AA37", "baricitinib"),
        ("L04AF01", "L04AA29", "tofacitinib"),
        ("L04AG04", "L04AA26", "belimumab"),
    ],
)
def test_atc_codes_of_before_2024_still_mean_the_same_drug(current, former, drug):
    """Trap 16: the ATC numbers of six of our drugs moved between 2021 and 2024, and old data keep the old ones."""
    assert drug_of(f"atc:{current}") == drug_of(f"atc:{former}") == drug
    entry = vocabulary.drugs()[drug]
    assert (current in entry.atc, former in entry.atc) == (True, False)
    assert entry.atc_release == "2026-04-25"


@pytest.mark.parametrize("rxnorm", ["68149", "265323", "7145"])
def test_mycophenolate_is_one_drug_under_three_ingredients(rxnorm):
    """Trap 17: mofetil, mycophenolate, and mycophenolic acid are three RxNorm ingredients of one ATC code."""
    assert drug_of(f"rxnorm:{rxnorm}") == drug_of("atc:L04AA06") == "mycophenolate"


def test_the_morphology_of_liver_cancer_in_omops_observations_is_no_event_and_is_told(tmp_path):
    """Trap 19: SNOMED 25370001 is a morphology and comes as an Observation in OMOP; the disorder is 109841003."""
    seen = frame(
        "observation_id", "person_id", "observation_concept_id", "observation_date", "observation_source_value",
        rows=[(1, 1, MORPHOLOGY, "2021-05-05", "25370001")],
    )  # fmt: skip
    told = conditions((2, DISORDER, "2021-06-06", 1))
    record, reading = read_omop(
        as_csv(tmp_path, hospital() | {"observation": seen, "condition_occurrence": told}) + "?phenotype=all"
    )
    assert record.events.filter(event="hcc").select("patient_id", "key").rows() == [("2", "condition_occurrence/100")]
    assert any("omop:4101758" in note and "use 4001171" in note for note in reading.notes)


def test_the_morphology_of_liver_cancer_is_no_condition_in_fhir_and_is_told(tmp_path):
    """Trap 19: in FHIR too, 25370001 is set aside with the code that should be used; 109841003 is the cancer."""
    wrong, right = (condition(coded(SNOMED, code), id=code) for code in ("25370001", "109841003"))
    record, reading = read_fhir(tmp_path, wrong, right)
    assert record.events.select("event", "key").rows() == [("hcc", "Condition/109841003")]
    (why,) = not_used(reading)
    assert "25370001" in why
    assert "use 109841003" in why


def test_doid_2043_is_hepatitis_b_and_not_autoimmune_hepatitis():
    """Trap 20: public material gives DOID 2043 for AIH; that is hepatitis B, and AIH is DOID 2048."""
    assert vocabulary.condition_of("DOID:2048").key == "autoimmune_hepatitis"
    assert vocabulary.condition_of("DOID:2043") is None
    assert "hepatitis B" in vocabulary.rejected_codes()["doid:2043"]
