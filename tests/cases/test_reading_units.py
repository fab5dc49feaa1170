"""Units against analytes, limits, and multiples of the upper limit of normal."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from reading_cases import ANNA, read, read_result, result

from hepatica.errors import UsageError
from hepatica.record.settings import LIMITS_SCHEMA, ReadingSettings


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "canonical", "becomes"),
    [
        ("ALT", "1", "µkat/L", "U/L", 60.0),
        ("ALT", "35", " iu/l ", "U/L", 35.0),
        ("IGG", "1600", "mg/dL", "g/L", 16.0),
        ("BILIRUBIN", "1", "mg/dl", "umol/L", pytest.approx(17.1, abs=0.01)),
        ("CREATININE", "1", "mg/dL", "umol/L", pytest.approx(88.4, abs=0.1)),
        ("INR", "1.1", "", "1", 1.1),
        ("INR", "1.1", None, "1", 1.1),
    ],
)
def test_a_value_becomes_canonical(analyte, value, unit, canonical, becomes):
    told = read_result(value, analyte, unit)
    assert (told.only("unit"), told.only("value")) == (canonical, becomes)


def test_a_value_without_its_unit_is_not_interpreted():
    told = read_result("300", "TGN", None)
    assert told.reasons() == ["missing_unit"]
    assert "pmol/8x10^8 RBC, pmol/0.2 mL" in told.reading.quarantine["explanation"][0]


def test_a_unit_of_another_analyte_is_set_aside_with_those_accepted():
    told = read_result("35", "ALT", "mg/dL")
    assert told.reasons() == ["unit_not_accepted"]
    assert "U/L" in told.reading.quarantine["explanation"][0]


def test_an_implausible_value_names_the_likely_slip():
    told = read_result("1600", "IGG", "g/L")
    assert told.reasons() == ["implausible"]
    assert "mg/dL" in told.reading.quarantine["explanation"][0]


def test_platelets_a_thousandfold_too_low_are_set_aside():
    told = read_result("0.38", "PLATELETS", "10*3/uL")  # seen in a laboratory feed with its limits 0.172-0.45
    assert told.reasons() == ["implausible"]
    assert "would fit" in told.reading.quarantine["explanation"][0]


def test_an_unusual_value_is_kept_with_a_warning():
    told = read_result("100", "IGG", "g/L")
    assert told.only("value") == 100.0
    assert told.warnings() == ["unusual"]


def test_two_units_of_one_analyte_are_kept_with_one_warning():
    rows = [result("35"), result("0.5", unit="ukat/L"), result("0.7", unit="ukat/L"), result("36", unit="IU/L")]
    told = read(measurements=rows)
    assert len(told.kept()) == 4
    assert told.warnings() == ["two_units"]
    assert told.reading.warnings["line"].to_list() == [3]


def test_the_rows_own_limit_comes_first():
    told = read_result("70", upper_limit="35", lower_limit="5")
    assert (told.only("x_uln"), told.only("limit_from"), told.only("upper_limit")) == (2.0, "row", 35.0)


def test_limits_are_in_the_rows_unit():
    told = read_result("1", unit="ukat/L", upper_limit="0.5")
    assert (told.only("value"), told.only("upper_limit"), told.only("x_uln")) == (60.0, 30.0, 2.0)


def test_a_multiple_is_rounded_to_nine_decimals():
    assert read_result("40", upper_limit="35").only("x_uln") == 1.142857143


def test_without_its_own_limit_a_row_gets_the_default_for_age_and_sex():
    told = read_result("70")
    assert (told.only("x_uln"), told.only("limit_from"), told.only("upper_limit")) == (2.0, "default", 35.0)


def test_a_limit_by_sex_says_nothing_about_an_unknown_sex():
    told = read(patients=[ANNA | {"sex": None}], measurements=[result("70")])
    assert (told.only("x_uln"), told.only("limit_from")) == (None, None)


def test_a_limit_by_age_says_nothing_about_an_unknown_age():
    told = read(patients=[ANNA | {"birth_date": None}], measurements=[result("70")])
    assert told.only("x_uln") is None


def test_a_childs_limit_is_the_childs():
    child = ANNA | {"birth_date": "2015-01-02"}
    told = read(patients=[child], measurements=[result("60")])  # the day before the fifth birthday
    assert (told.only("upper_limit"), told.only("x_uln")) == (30.0, 2.0)


def test_limits_in_the_wrong_order_are_set_aside():
    told = read_result("50", lower_limit="40", upper_limit="10")
    assert told.reasons() == ["limits_out_of_order"]


@pytest.mark.parametrize("upper", ["0", "-1"])
def test_an_upper_limit_that_is_not_positive_leaves_the_multiple_unknown(upper):
    told = read_result("50", upper_limit=upper)
    assert (told.only("x_uln"), told.only("limit_from"), told.only("upper_limit")) == (None, None, None)
    assert told.warnings() == ["limit_not_positive"]


def test_an_unreadable_limit_is_not_replaced_by_another_laboratorys():
    told = read_result("50", upper_limit="see report")
    assert told.only("x_uln") is None
    assert told.warnings() == ["not_a_number"]


def test_a_titre_and_a_t_score_have_no_multiple():
    assert read_result("1:80", "ANA", None, upper_limit="40").only("x_uln") is None
    assert read_result("-2", "BMD_T", None, upper_limit="1").only("x_uln") is None


def limits(*rows: dict[str, object]) -> ReadingSettings:
    return ReadingSettings(limits=pl.DataFrame(list(rows), schema=LIMITS_SCHEMA))


ALT_31 = {"centre": "Leiden", "analyte": "alat", "sex": "f", "age_from": 18.0, "upper": 31.0, "unit": "U/L"}


def test_the_centres_limit_comes_before_the_default():
    told = read(limits(ALT_31), measurements=[result("62")])
    assert (told.only("x_uln"), told.only("limit_from")) == (2.0, "centre")


def test_the_centres_limit_holds_for_whom_and_when_it_was_declared():
    other_centre = read(limits(ALT_31 | {"centre": "Mainz"}), measurements=[result("62")])
    assert other_centre.only("limit_from") == "default"
    men_only = read(limits(ALT_31 | {"sex": "male"}), measurements=[result("62")])
    assert men_only.only("limit_from") == "default"
    until = limits(ALT_31 | {"valid_to": date(2019, 12, 31)}, ALT_31 | {"valid_from": date(2020, 1, 1), "upper": 20.0})
    assert read(until, measurements=[result("62")]).only("upper_limit") == 20.0
    assert read(until, measurements=[result("62", date="2019-12-31")]).only("upper_limit") == 31.0


def test_a_limit_of_the_centre_goes_before_one_of_every_centre():
    every = ALT_31 | {"centre": None, "upper": 45.0}
    assert read(limits(ALT_31, every), measurements=[result("62")]).only("upper_limit") == 31.0
    elsewhere = read(limits(ALT_31, every), patients=[ANNA | {"centre": "Mainz"}], measurements=[result("62")])
    assert elsewhere.only("upper_limit") == 45.0


def test_a_limit_in_another_unit_is_converted():
    told = read(limits(ALT_31 | {"upper": 0.5, "unit": "µkat/l"}), measurements=[result("60")])
    assert (told.only("upper_limit"), told.only("x_uln")) == (30.0, 2.0)


def test_a_limit_for_all_ages_holds_for_an_unknown_age():
    all_ages = limits(ALT_31 | {"age_from": None})
    told = read(all_ages, patients=[ANNA | {"birth_date": None}], measurements=[result("62")])
    assert told.only("limit_from") == "centre"


@pytest.mark.parametrize(
    "wrong",
    [
        {"analyte": "XYZ"},
        {"unit": "mg/dL"},
        {"unit": None},
        {"sex": "cat"},
        {"upper": 0.0},
        {"upper": None},
        {"lower": 40.0},
        {"age_to": 10.0},
    ],
)
def test_a_limit_that_cannot_be_used_is_an_error_not_skipped(wrong):
    with pytest.raises(UsageError):
        read(limits(ALT_31 | wrong), measurements=[result("62")])


def test_two_limits_for_the_same_patients_are_an_error():
    with pytest.raises(UsageError, match="two limits"):
        read(limits(ALT_31, ALT_31 | {"sex": "any", "upper": 40.0}), measurements=[result("62")])
