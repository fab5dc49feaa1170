"""Medication resources: which drug, from when to when, at which daily dose, and which of them were never taken."""

from __future__ import annotations

import pytest
from fhir_cases import (
    ATC,
    RXNORM,
    SNOMED,
    TODAY,
    UCUM,
    coded,
    condition,
    medication,
    not_used,
    only,
    quantity,
    read,
    set_aside,
)

from hepatica.course import definitions, derive

DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
SPAN = ("drug", "start", "end")


def span(record):
    drug, start, end = only(record, "treatments", *SPAN)
    return drug, str(start), None if end is None else str(end)


def dose(tmp_path, kind="MedicationStatement", *, value=50, unit="mg", **dosage):
    amount = {"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}}]}
    name = "dosageInstruction" if kind == "MedicationRequest" else "dosage"
    record, _ = read(tmp_path, medication(kind, **{name: [amount | dosage]}))
    return only(record, "treatments", "dose", "dose_unit")


# Which drug


@pytest.mark.parametrize(
    ("concept", "drug"),
    [
        (coded(RXNORM, "1256"), "azathioprine"),
        (coded(ATC, "L04AX01"), "azathioprine"),
        (coded("http://fhir.de/CodeSystem/bfarm/atc", "L01XC02"), "rituximab"),
        (coded(RXNORM, "197388", text="azathioprine 50 MG Oral Tablet"), "azathioprine"),
        ({"text": "Imurek 50 mg"}, "azathioprine"),
    ],
)
def test_a_drug_by_code_or_by_its_words(tmp_path, concept, drug):
    record, _ = read(tmp_path, medication(medicationCodeableConcept=concept))
    assert span(record) == (drug, "2024-01-10", None)


def test_a_code_of_another_system_is_no_drug(tmp_path):
    record, reading = read(tmp_path, medication(medicationCodeableConcept=coded(SNOMED, "1256")))
    assert record.treatments.is_empty()
    assert reading.unknown_codes.rows() == [("treatments", "drug", "snomed:1256", 1)]
    assert not_used(reading) == ["1 MedicationStatement: no drug of the vocabulary"]


def test_a_contained_medication(tmp_path):
    inner = {"resourceType": "Medication", "id": "med", "code": coded(RXNORM, "103")}
    given = medication(contained=[inner], medicationReference={"reference": "#med"})
    record, _ = read(tmp_path, given)
    assert span(record)[0] == "mercaptopurine"


@pytest.mark.parametrize(
    "reference", ["Medication/med", "Medication/med/_history/3", "http://a.org/fhir/Medication/med"]
)
def test_a_medication_that_stands_behind_those_who_refer_to_it(tmp_path, reference):
    later = {"resourceType": "Medication", "id": "med", "code": coded(ATC, "L04AA06")}
    record, _ = read(tmp_path, medication(medicationReference={"reference": reference}), later)
    assert span(record)[0] == "mycophenolate"


def test_a_medication_by_its_one_known_ingredient(tmp_path):
    parts = [{"itemCodeableConcept": coded(RXNORM, "1256")}, {"itemCodeableConcept": {"text": "lactose"}}]
    later = {"resourceType": "Medication", "id": "med", "ingredient": parts}
    record, _ = read(tmp_path, medication(medicationReference={"reference": "Medication/med"}), later)
    assert span(record)[0] == "azathioprine"


def test_a_referenced_medication_of_another_kind_is_counted_and_no_row(tmp_path):
    later = {"resourceType": "Medication", "id": "med", "code": coded(RXNORM, "161", text="acetaminophen")}
    record, reading = read(tmp_path, medication(medicationReference={"reference": "Medication/med"}), later)
    assert record.treatments.is_empty()
    assert reading.unknown_codes.rows() == [("treatments", "drug", "rxnorm:161", 1)]


def test_a_medication_that_is_not_in_the_files_is_set_aside(tmp_path):
    _, reading = read(tmp_path, medication(medicationReference={"reference": "Medication/gone"}))
    assert set_aside(reading) == [("treatments", "drug", "unknown_drug")]


def test_an_inhaler_starts_no_treatment_line(tmp_path):
    inhaler = coded(RXNORM, "351109", text="120 ACTUAT budesonide 0.2 MG/ACTUAT Dry Powder Inhaler [Pulmicort]")
    record, _ = read(tmp_path, medication(medicationCodeableConcept=inhaler))
    assert only(record, "treatments", "drug", "route", "systemic") == ("budesonide", "inhaled", False)
    regimens = derive(record, definitions(), TODAY)["regimens"]
    assert regimens.is_empty()


def test_the_ingredient_alone_does_not_tell_tablets_from_inhalers(tmp_path):
    record, _ = read(tmp_path, medication(medicationCodeableConcept=coded(RXNORM, "19831")))
    assert only(record, "treatments", "drug", "systemic") == ("budesonide", None)


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (coded(SNOMED, "26643006"), ("oral", True)),
        (coded(SNOMED, "447694001"), ("inhaled", False)),
        ({"text": "rectal use"}, ("rectal", False)),
        (coded("http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", "PO"), ("oral", True)),
    ],
)
def test_the_route_by_code_or_words(tmp_path, route, expected):
    given = medication(medicationCodeableConcept=coded(RXNORM, "19831"), dosage=[{"route": route}])
    record, _ = read(tmp_path, given)
    assert only(record, "treatments", "route", "systemic") == expected


# From when to when


def test_an_active_statement_goes_on(tmp_path):
    record, _ = read(tmp_path, medication())
    assert span(record) == ("azathioprine", "2024-01-10", None)


@pytest.mark.parametrize("status", ["completed", "stopped", "on-hold"])
def test_a_treatment_that_is_over_needs_its_last_day(tmp_path, status):
    _, reading = read(tmp_path, medication(status=status))
    assert set_aside(reading) == [("treatments", "end", "not_a_date")]
    assert reading.quarantine["value"].to_list() == [f"not told (status {status})"]
    record, _ = read(tmp_path, medication(status=status, effectivePeriod={"start": "2024-01-10", "end": "2024-02-01"}))
    assert span(record) == ("azathioprine", "2024-01-10", "2024-02-01")


def test_a_request_is_bound_by_its_own_period(tmp_path):
    bound = {"repeat": {"boundsPeriod": {"start": "2024-01-12", "end": "2024-03-01"}}}
    record, _ = read(tmp_path, medication("MedicationRequest", dosageInstruction=[{"timing": bound}]))
    assert span(record) == ("azathioprine", "2024-01-12", "2024-03-01")


def test_a_completed_request_ended_when_its_supply_did(tmp_path):
    supply = {"expectedSupplyDuration": {"value": 30, "unit": "days", "code": "d"}, "numberOfRepeatsAllowed": 2}
    record, _ = read(tmp_path, medication("MedicationRequest", status="completed", dispenseRequest=supply))
    assert span(record) == ("azathioprine", "2024-01-10", "2024-04-08")


def test_when_a_stopped_request_ended_its_supply_does_not_tell(tmp_path):
    supply = {"expectedSupplyDuration": {"value": 30, "unit": "days", "code": "d"}}
    _, reading = read(tmp_path, medication("MedicationRequest", status="stopped", dispenseRequest=supply))
    assert set_aside(reading) == [("treatments", "end", "not_a_date")]


def test_a_dispense_lasts_as_long_as_its_supply(tmp_path):
    dispensed = medication(
        "MedicationDispense", status="completed", whenHandedOver="2024-01-10", daysSupply={"value": 90, "code": "d"}
    )
    record, _ = read(tmp_path, dispensed)
    assert span(record) == ("azathioprine", "2024-01-10", "2024-04-08")
    _, reading = read(tmp_path, dispensed | {"daysSupply": {}})
    assert not_used(reading) == ["1 MedicationDispense: dispensed, for how long is not told"]


def test_an_infusion_is_given_on_its_day(tmp_path):
    given = medication(
        "MedicationAdministration",
        status="completed",
        medicationCodeableConcept=coded(RXNORM, "191831"),
        effectivePeriod=None,
        effectiveDateTime="2024-02-01T09:00:00+01:00",
        dosage={"dose": {"value": 5, "unit": "mg/kg", "code": "mg/kg"}, "route": coded(SNOMED, "47625008")},
    )
    record, _ = read(tmp_path, given)
    assert span(record) == ("infliximab", "2024-02-01", "2024-02-01")
    assert only(record, "treatments", "dose", "dose_unit", "route") == (5.0, "mg/kg", "intravenous")


# What was never taken


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("MedicationRequest", {"intent": "proposal"}, "intent proposal"),
        ("MedicationRequest", {"intent": "plan"}, "intent plan"),
        ("MedicationRequest", {"intent": None}, "intent missing"),
        ("MedicationRequest", {"status": "draft"}, "status draft"),
        ("MedicationRequest", {"status": "cancelled"}, "status cancelled"),
        ("MedicationRequest", {"doNotPerform": True}, "a request not to give the drug"),
        ("MedicationStatement", {"status": "entered-in-error"}, "status entered-in-error"),
        ("MedicationStatement", {"status": "not-taken"}, "status not-taken"),
        ("MedicationStatement", {"status": "intended"}, "status intended"),
        ("MedicationAdministration", {"status": "not-done"}, "status not-done"),
    ],
)
def test_what_was_never_taken_is_told_and_no_row(tmp_path, kind, more, why):
    record, reading = read(tmp_path, medication(kind, **more))
    assert record.treatments.is_empty()
    assert not_used(reading) == [f"1 {kind}: {why}"]


# Doses


@pytest.mark.parametrize(
    ("timing", "daily"),
    [
        (DAILY, 50.0),
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, 100.0),
        ({"repeat": {"frequency": 1, "period": 8, "periodUnit": "h"}}, 150.0),
        ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["MORN", "EVE"]}}, 100.0),
        ({"code": coded("x", "BID")}, 100.0),
        ({"code": coded("x", "QOD")}, 25.0),
        ({"repeat": {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}}, None),
        ({"repeat": {"frequency": 1, "period": 2, "periodUnit": "wk"}}, None),
        ({"repeat": {"frequency": 1, "period": 0, "periodUnit": "d"}}, None),
        ({}, None),
    ],
)
def test_the_daily_dose_where_the_timing_says_it(tmp_path, timing, daily):
    unit = None if daily is None else "mg/day"
    assert dose(tmp_path, timing=timing) == (daily, unit)
    assert dose(tmp_path, "MedicationRequest", timing=timing) == (daily, unit)


def test_doses_in_other_units(tmp_path):
    assert dose(tmp_path, timing=DAILY, value=1.5, unit="g") == (1500.0, "mg/day")
    assert dose(tmp_path, timing=DAILY, value=2, unit="mg/kg") == (2.0, "mg/kg/day")
    assert dose(tmp_path, timing=DAILY, value=1, unit="{tbl}") == (None, None)


def test_when_needed_is_no_daily_dose(tmp_path):
    assert dose(tmp_path, timing=DAILY, asNeededBoolean=True) == (None, None)


def test_several_dosages_are_no_one_daily_dose(tmp_path):
    part = {"timing": DAILY, "doseAndRate": [{"doseQuantity": quantity(50, "mg")}]}
    record, reading = read(tmp_path, medication(dosage=[part, part]))
    assert only(record, "treatments", "dose", "dose_unit") == (None, None)
    assert "FHIR: 1 medications with several dosages: the daily dose is unknown" in reading.notes


# Why


def test_what_the_drug_is_given_for_by_code_or_by_the_condition_it_names(tmp_path):
    hepatitis = coded(SNOMED, "408335007")
    record, _ = read(tmp_path, medication(reasonCode=[hepatitis]))
    assert only(record, "treatments", "indication") == ("AIH",)
    named = medication(reasonReference=[{"reference": "Condition/c1"}])
    record, _ = read(tmp_path, named, condition(coded(SNOMED, "64766004")))
    assert only(record, "treatments", "indication") == ("extrahepatic",)


def test_why_it_was_stopped_in_fhirs_own_words(tmp_path):
    system = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
    period = {"start": "2024-01-10", "end": "2024-02-01"}
    for code, reason in (("sintol", "intolerance"), ("preg", "pregnancy"), ("surg", "unknown")):
        stopped = medication(status="stopped", effectivePeriod=period, statusReason=[coded(system, code)])
        record, _ = read(tmp_path, stopped)
        assert only(record, "treatments", "stop_reason") == (reason,)
