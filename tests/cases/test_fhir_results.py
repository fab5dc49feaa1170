"""Observations as hospitals send them: quantity, text, code, ratio, components, limits, statuses that do not count."""

from __future__ import annotations

import pytest
from fhir_cases import (
    LOINC,
    SNOMED,
    UCUM,
    coded,
    not_used,
    observation,
    only,
    quantity,
    read,
    read_source,
    set_aside,
)

RESULT = ("analyte", "comparator", "value", "text", "unit")
RANGE = {"low": quantity(10), "high": quantity(40)}


def result(tmp_path, code="1742-6", **more):
    record, _ = read(tmp_path, observation(code, **more))
    return only(record, "measurements", *RESULT)


def limits(tmp_path, *ranges):
    record, reading = read(tmp_path, observation(referenceRange=list(ranges)))
    return only(record, "measurements", "lower_limit", "upper_limit", "limit_from"), reading


def test_a_quantity_with_its_unit_and_day(tmp_path):
    record, _ = read(tmp_path, observation(effectiveDateTime="2024-01-05T23:30:00+01:00"))
    assert only(record, "measurements", "patient_id", *RESULT) == ("anna", "ALT", None, 80.0, None, "U/L")
    assert str(record.measurements["date"][0]) == "2024-01-05"


def test_a_row_names_the_resource_that_it_comes_from(tmp_path):
    record, _ = read(tmp_path, observation())
    assert only(record, "measurements", "file", "line", "key") == ("bundle.json", 2, "Observation/o1")


def test_decimals_are_read_as_they_are_written(tmp_path):
    text = '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"anna"}},'
    text += '{"resource":{"resourceType":"Observation","id":"o1","status":"final","effectiveDateTime":"2024-01-05",'
    text += '"code":{"coding":[{"system":"http://loinc.org","code":"1742-6"}]},"subject":{"reference":"Patient/anna"},'
    text += '"valueQuantity":{"value":45.1000000000000000000000001e400,"unit":"U/L"}}}]}'
    (tmp_path / "a.json").write_text(text)
    _, reading = read_source(tmp_path)
    assert reading.quarantine.select("value", "reason").rows() == [("45.1000000000000000000000001e400", "not_finite")]


def test_a_censored_quantity(tmp_path):
    assert result(tmp_path, valueQuantity=quantity(10, comparator="<")) == ("ALT", "<", 10.0, None, "U/L")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueString": "1:80 speckled"}, (None, 80.0, "1:80 speckled")),
        ({"valueString": "<1:20"}, ("<", 20.0, "1:20")),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 320}}}, (None, 320.0, "1:320")),
        ({"valueCodeableConcept": coded(SNOMED, "260385009")}, (None, None, "negative")),
        ({"valueCodeableConcept": {"text": "positive"}}, (None, None, "positive")),
        ({"valueInteger": 160}, (None, 160.0, "1:160")),
        ({"valueString": None, "interpretation": [coded("x", "POS")]}, (None, None, "positive")),
    ],
)
def test_the_ways_to_say_a_titre_or_its_absence(tmp_path, value, expected):
    comparator, number, text = expected
    assert result(tmp_path, "5048-4", **value)[:4] == ("ANA", comparator, number, text)


def test_components_are_results_of_their_own(tmp_path):
    parts = [
        {"code": coded(LOINC, "1742-6"), "valueQuantity": quantity(80), "referenceRange": [RANGE]},
        {"code": coded(LOINC, "1920-8"), "valueQuantity": quantity(70)},
        {"code": coded(LOINC, "2465-3"), "dataAbsentReason": coded("x", "error")},
    ]
    record, _ = read(tmp_path, observation("24325-3", component=parts))
    assert record.measurements.select("analyte", "value", "upper_limit").rows() == [
        ("ALT", 80.0, 40.0),
        ("AST", 70.0, record.measurements["upper_limit"][1]),
    ]


def test_a_printed_unit_counts_where_the_code_is_none_that_laboratories_use(tmp_path):
    unit = {"value": 300, "unit": "pmol/8x10^8 RBC", "system": UCUM, "code": "pmol"}
    assert result(tmp_path, {"text": "6-TGN"}, valueQuantity=unit) == ("TGN", None, 300.0, None, "pmol/8x10^8 RBC")


def test_a_metabolite_without_a_unit_is_set_aside(tmp_path):
    _, reading = read(tmp_path, observation({"text": "6-TGN"}, valueQuantity={"value": 300}))
    assert set_aside(reading) == [("measurements", "unit", "missing_unit")]


# Codes


def test_a_code_of_another_system_is_not_matched(tmp_path):
    record, reading = read(tmp_path, observation(coded("urn:oid:1.2.3", "1742-6")))
    assert record.measurements.is_empty()
    assert reading.unknown_codes.rows() == [("measurements", "analyte", "urn:oid:1.2.3|1742-6", 1)]


def test_a_name_counts_only_without_a_code_that_could_be_known(tmp_path):
    assert result(tmp_path, coded("urn:oid:1.2.3", "X1", text="ALAT"))[0] == "ALT"
    _, reading = read(tmp_path, observation(coded(LOINC, "5902-2", text="ALT")))
    assert reading.unknown_codes["code"].to_list() == ["loinc:5902-2"]


def test_presence_of_thioguanine_is_no_level(tmp_path):
    record, _ = read(tmp_path, observation("43630-3", valueQuantity=quantity(300, "pmol/(8.10*8.{RBC})")))
    assert record.measurements.is_empty()


def test_what_is_no_laboratory_result_is_not_used_and_is_no_unknown_code(tmp_path):
    pressure = observation("8480-6", category=[coded("x", "vital-signs")])
    _, reading = read(tmp_path, pressure)
    assert not_used(reading) == ["1 Observation: of category vital-signs, no analyte of the vocabulary"]
    assert reading.unknown_codes.is_empty()


# Limits


def test_the_laboratorys_limits(tmp_path):
    (low, high, whose), _ = limits(tmp_path, RANGE)
    assert (low, high, whose) == (10.0, 40.0, "row")


@pytest.mark.parametrize(
    ("text", "expected"), [("7 - 56", (7.0, 56.0)), ("< 34", (None, 34.0)), ("≤34", (None, 34.0)), ("> 5", (5.0, None))]
)
def test_limits_in_words(tmp_path, text, expected):
    (low, high, _), _ = limits(tmp_path, {"text": text})
    assert (low, high if expected[1] else None) == expected


@pytest.mark.parametrize(
    "ranges",
    [
        [{"high": quantity(35)}, {"high": quantity(45)}],
        [{"high": quantity(0.6, "ukat/L")}],
        [{"text": "see comment"}],
    ],
)
def test_a_limit_that_cannot_be_used_is_replaced_by_none(tmp_path, ranges):
    (_, high, whose), reading = limits(tmp_path, *ranges)
    assert (high, whose) == (None, None)
    assert reading.warned()["reason"].to_list() == ["not_a_number"]


def test_of_several_ranges_the_normal_one_counts(tmp_path):
    critical = {"type": coded("x", "critical"), "high": quantity(1000)}
    (_, high, _), _ = limits(tmp_path, critical, {"type": coded("x", "normal"), "high": quantity(40)})
    assert high == 40.0


# What does not count


@pytest.mark.parametrize("status", ["registered", "preliminary", "cancelled", "entered-in-error", "unknown", None, 7])
def test_statuses_that_do_not_count(tmp_path, status):
    record, reading = read(tmp_path, observation(status=status))
    assert record.measurements.is_empty()
    said = status if isinstance(status, str) else "missing"
    assert not_used(reading) == [f"1 Observation: status {said}"]


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_statuses_that_count(tmp_path, status):
    record, _ = read(tmp_path, observation(status=status))
    assert record.measurements.height == 1


def test_an_absent_value_is_told_with_its_reason(tmp_path):
    _, reading = read(tmp_path, observation(valueQuantity=None, dataAbsentReason=coded("x", "not-performed")))
    assert not_used(reading) == ["1 Observation: no value (not-performed)"]


def test_a_panel_is_told_as_one(tmp_path):
    panel = observation("24325-3", valueQuantity=None, hasMember=[{"reference": "Observation/o2"}])
    _, reading = read(tmp_path, panel, observation(id="o2"))
    assert not_used(reading) == ["1 Observation: a panel, its members are resources of their own"]


def test_a_result_about_a_device_is_no_patients(tmp_path):
    _, reading = read(tmp_path, observation(subject={"reference": "Device/d1"}))
    assert not_used(reading) == ["1 Observation: about no patient"]


def test_a_month_is_no_day_of_a_result(tmp_path):
    _, reading = read(tmp_path, observation(effectiveDateTime="2024-01"))
    assert set_aside(reading) == [("measurements", "date", "partial_date")]


def test_a_result_without_a_day_is_set_aside(tmp_path):
    _, reading = read(tmp_path, observation(effectiveDateTime=None, issued="2024-01-05T10:00:00Z"))
    assert set_aside(reading) == [("measurements", "date", "missing_date")]


def test_the_day_is_that_of_the_centres_time_zone(tmp_path):
    (tmp_path / "hepatica.yaml").write_text("time_zone: Europe/Berlin\n")
    record, _ = read(tmp_path, observation(effectiveDateTime="2024-01-05T23:30:00Z"))
    assert str(record.measurements["date"][0]) == "2024-01-06"
