"""Conditions, procedures, deaths, biopsies, and genotypes in FHIR."""

from __future__ import annotations

import pytest
from fhir_cases import (
    ABOUT_ANNA,
    ANNA,
    ICD10,
    ICD10CM,
    ICD10GM,
    LOINC,
    SNOMED,
    coded,
    condition,
    medication,
    not_used,
    observation,
    only,
    read,
    set_aside,
)

HGNC = "http://www.genenames.org/geneId"
ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


def procedure(code, **more):
    performed = {"status": "completed", "performedDateTime": "2021-02-03"}
    return {"resourceType": "Procedure", "id": "p1", "code": coded(SNOMED, code), **performed, **ABOUT_ANNA} | more


def events(record):
    return [(str(day), *rest) for day, *rest in record.events.select("date", "event", "detail").rows()]


# Diagnoses


@pytest.mark.parametrize(("system", "code"), [(SNOMED, "408335007"), (ICD10, "K75.4"), (ICD10GM, "K75.4")])
def test_the_diagnosis_and_its_day(tmp_path, system, code):
    record, _ = read(tmp_path, condition(coded(system, code)))
    day, kind, variant = only(record, "patients", "diagnosis_date", "aih_type", "variant")
    assert (str(day), kind, variant) == ("2020-03-01", "unknown", "unknown")


def test_the_earliest_of_several_diagnoses_and_the_day_it_was_asserted(tmp_path):
    asserted = {"extension": [{"url": ASSERTED, "valueDateTime": "2019-07"}]}
    first = condition(coded(SNOMED, "408335007"), id="c2", **asserted)
    record, _ = read(tmp_path, condition(coded(SNOMED, "408335007")), first)
    day, partial = only(record, "patients", "diagnosis_date", "diagnosis_date_partial")
    assert (str(day), partial) == ("2019-07-16", True)


def test_a_variant_has_its_own_condition_and_two_are_none_that_can_be_held(tmp_path):
    biliary, sclerosing = condition(coded(ICD10, "K74.3"), id="b"), condition(coded(SNOMED, "197441003"), id="s")
    assert only(read(tmp_path, biliary)[0], "patients", "variant") == ("PBC",)
    assert only(read(tmp_path, sclerosing)[0], "patients", "variant") == ("PSC",)
    assert only(read(tmp_path, biliary, sclerosing)[0], "patients", "variant") == ("unknown",)


@pytest.mark.parametrize(
    ("system", "code", "variant"),
    [
        (ICD10CM, "K83.01", "PSC"),
        (ICD10CM, "K83.09", "unknown"),
        (ICD10GM, "K83.00", "PSC"),
        (ICD10GM, "K83.01", "unknown"),
        (ICD10, "K83.0", "unknown"),
        (ICD10, "K83.01", "unknown"),
        ("urn:oid:1.2.3", "K83.01", "unknown"),
    ],
)
def test_editions_of_icd_10_are_different_systems(tmp_path, system, code, variant):
    record, _ = read(tmp_path, condition(coded(system, code)))
    assert only(record, "patients", "variant") == (variant,)


def test_bleeding_varices_have_another_code_in_each_edition(tmp_path):
    for system, code in ((ICD10, "I85.0"), (ICD10GM, "I85.0"), (ICD10CM, "I85.01")):
        record, _ = read(tmp_path, condition(coded(system, code)))
        assert events(record) == [("2020-03-01", "variceal_bleeding", None)]
    record, _ = read(tmp_path, condition(coded(ICD10CM, "I85.00")))
    assert events(record) == [("2020-03-01", "portal_hypertension", "oesophageal varices")]


@pytest.mark.parametrize("status", ["unconfirmed", "provisional", "differential", "refuted", "entered-in-error"])
def test_a_condition_that_is_not_confirmed_does_not_count(tmp_path, status):
    doubtful = condition(coded(SNOMED, "408335007"), verificationStatus=coded("x", status))
    record, reading = read(tmp_path, doubtful)
    assert only(record, "patients", "diagnosis_date") == (None,)
    assert not_used(reading) == [f"1 Condition: status {status}"]


# Events


@pytest.mark.parametrize(
    ("code", "event", "detail"),
    [
        ("19943007", "cirrhosis", None),
        ("109841003", "hcc", None),
        ("64766004", "extrahepatic_disease", "ulcerative colitis"),
        ("4740000", "infection", "herpes zoster"),
    ],
)
def test_a_condition_as_an_event_on_the_day_it_began(tmp_path, code, event, detail):
    record, _ = read(tmp_path, condition(coded(SNOMED, code)))
    assert events(record) == [("2020-03-01", event, detail)]


def test_a_finding_is_no_event(tmp_path):
    _, reading = read(tmp_path, condition(coded(SNOMED, "1761006")))
    assert not_used(reading) == ["1 Condition: a condition that is no event of the record"]


@pytest.mark.parametrize(("code", "event"), [("737297006", "liver_transplant"), ("77386006", "pregnancy_start")])
def test_a_state_is_known_by_the_day_it_was_recorded_and_is_remarked(tmp_path, code, event):
    present = condition(coded(SNOMED, code), recordedDate="2022-05-06")
    present.pop("onsetDateTime")
    record, reading = read(tmp_path, present)
    assert events(record) == [("2022-05-06", event, "known by this date")]
    assert any("had happened by their day" in note for note in reading.notes)


def test_a_state_whose_beginning_is_told_counts_from_that_day(tmp_path):
    record, _ = read(tmp_path, condition(coded(SNOMED, "737297006"), recordedDate="2022-05-06"))
    assert events(record) == [("2020-03-01", "liver_transplant", None)]


def test_a_state_without_any_day_is_set_aside(tmp_path):
    present = condition(coded(SNOMED, "737297006"))
    present.pop("onsetDateTime")
    record, reading = read(tmp_path, present)
    assert record.events.is_empty()
    assert set_aside(reading) == [("events", "date", "missing_date")]


def test_a_transplantation_that_was_done(tmp_path):
    record, _ = read(tmp_path, procedure("18027006"))
    assert events(record) == [("2021-02-03", "liver_transplant", None)]


@pytest.mark.parametrize("status", ["not-done", "preparation", "in-progress", "entered-in-error", "stopped"])
def test_a_procedure_that_was_not_completed_does_not_count(tmp_path, status):
    record, reading = read(tmp_path, procedure("18027006", status=status))
    assert record.events.is_empty()
    assert not_used(reading) == [f"1 Procedure: status {status}"]


def test_an_adverse_event_with_the_drug_that_is_suspected(tmp_path):
    suspect = {"suspectEntity": [{"instance": {"reference": "Medication/med"}}]}
    grade = {"seriousness": coded("http://terminology.hl7.org/CodeSystem/adverse-event-seriousness", "Serious")}
    adverse = {"resourceType": "AdverseEvent", "id": "a", "actuality": "actual", "date": "2023-04-05", **ABOUT_ANNA}
    adverse |= {"event": {"text": "Pancreatitis"}} | suspect | grade
    drug = {"resourceType": "Medication", "id": "med", "code": {"text": "azathioprine"}}
    record, _ = read(tmp_path, adverse, drug)
    expected = ("adverse_event", "Pancreatitis", "yes", "azathioprine")
    assert only(record, "events", "event", "detail", "serious", "related_drug") == expected
    _, reading = read(tmp_path, adverse | {"actuality": "potential"})
    assert not_used(reading) == ["1 AdverseEvent: potential, did not happen"]


# Patients


def test_a_patient_is_a_pseudonym_a_sex_and_a_birth_date(tmp_path):
    named = ANNA | {
        "name": [{"family": "Doe"}],
        "birthDate": "1970-05",
        "managingOrganization": {"display": "Centre 1"},
    }
    record, _ = read(tmp_path, patient=named)
    row = record.patients.row(0, named=True)
    assert (row["patient_id"], row["sex"], row["centre"], row["birth_date_partial"]) == (
        "anna",
        "female",
        "Centre 1",
        True,
    )
    assert "Doe" not in str(row)


def test_a_death_with_and_without_a_day(tmp_path):
    record, _ = read(tmp_path, patient=ANNA | {"deceasedDateTime": "2023-01-02T03:00:00Z"})
    assert events(record) == [("2023-01-02", "death", None)]
    record, reading = read(tmp_path, patient=ANNA | {"deceasedBoolean": True})
    assert record.events.is_empty()
    assert any("died on a day that is not told" in note for note in reading.notes)


# Biopsies and genotypes


def test_a_biopsy_by_its_procedure_is_the_day_alone(tmp_path):
    record, _ = read(tmp_path, procedure("86259008"))
    assert only(record, "biopsies", "interface_hepatitis", "hai") == ("unknown", None)


def test_what_is_found_stands_instead_of_the_day_alone(tmp_path):
    histology = "urn:hepatica:histology"
    parts = [
        {"code": coded(histology, "hai"), "valueInteger": 12},
        {"code": coded(histology, "rosettes"), "valueCodeableConcept": coded(SNOMED, "373066001")},
        {"code": coded(histology, "fibrosis_stage"), "valueInteger": 3},
        {"code": coded(histology, "fibrosis_scale"), "valueCodeableConcept": {"text": "ishak"}},
    ]
    found = observation(coded(histology, "liver-biopsy-findings"), component=parts, effectiveDateTime="2021-02-03")
    record, _ = read(tmp_path, procedure("86259008"), found)
    assert only(record, "biopsies", "hai", "rosettes", "fibrosis_stage", "fibrosis_scale") == (12, "yes", 3, "ishak")


def test_other_reports_are_told_by_their_results(tmp_path):
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": coded(LOINC, "24325-3")}
    _, reading = read(tmp_path, report | ABOUT_ANNA)
    assert not_used(reading) == ["1 DiagnosticReport: its results are resources of their own"]


def genetic(*parts, code="69548-6", **more):
    components = [{"code": coded(LOINC, loinc), "valueCodeableConcept": value} for loinc, value in parts]
    return observation(code, component=components, **more)


def test_a_genotype_with_diplotype_and_phenotype(tmp_path):
    gene = ("48018-6", coded(HGNC, "HGNC:12014"))
    parts = (gene, ("84413-4", {"text": "*1/*3A"}), ("53040-2", coded(LOINC, "LA10317-8")))
    record, _ = read(tmp_path, genetic(*parts))
    assert only(record, "genotypes", "gene", "diplotype", "phenotype") == ("TPMT", "*1/*3A", "intermediate")


def test_a_variant_of_stat1(tmp_path):
    parts = (
        ("48018-6", {"text": "STAT1"}),
        ("48004-6", {"text": "c.821G>A"}),
        ("53034-5", coded(LOINC, "LA6706-1")),
        ("53037-8", coded(LOINC, "LA6668-3")),
    )
    record, _ = read(tmp_path, genetic(*parts))
    expected = ("STAT1", "c.821G>A", "heterozygous", "pathogenic")
    assert only(record, "genotypes", "gene", "variant", "zygosity", "classification") == expected


def test_a_test_of_one_gene_and_a_result_without_a_gene(tmp_path):
    record, _ = read(tmp_path, observation("41048-0", valueString="*1/*3C"))
    assert only(record, "genotypes", "gene", "diplotype") == ("TPMT", "*1/*3C")
    _, reading = read(tmp_path, genetic(("84413-4", {"text": "*1/*1"})))
    assert not_used(reading) == ["1 Observation: genetic result without a gene"]


def test_what_is_not_part_of_the_record_is_counted(tmp_path):
    others = [{"resourceType": kind, "id": "x"} for kind in ("Encounter", "Encounter", "AllergyIntolerance")]
    _, reading = read(tmp_path, *others, medication())
    assert not_used(reading) == ["2 Encounter: not part of the record", "1 AllergyIntolerance: not part of the record"]
    assert "FHIR: 5 resources: 2 used, 3 not used" in reading.notes
