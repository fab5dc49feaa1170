"""What a laboratory wrote, and what it means."""

from __future__ import annotations

import pytest
from reading_cases import read, read_result, result

from hepatica.record.settings import ReadingSettings


@pytest.mark.parametrize(
    ("written", "comparator", "value"),
    [
        ("35", None, 35.0),
        (" 35 ", None, 35.0),
        ("35.", None, 35.0),
        ("3.5e1", None, 35.0),
        ("+35", None, 35.0),
        ("<30", "<", 30.0),
        ("< 30", "<", 30.0),
        ("<= 20.0", "<=", 20.0),
        ("≤20", "<=", 20.0),
        ("=<20", "<=", 20.0),
        (">=100", ">=", 100.0),
        ("≥ 100", ">=", 100.0),
    ],
)
def test_numbers_and_censored_numbers_are_read(written, comparator, value):
    told = read_result(written)
    assert told.reasons() == []
    assert (told.only("comparator"), told.only("value"), told.only("unit")) == (comparator, value, "U/L")


@pytest.mark.parametrize(
    ("written", "comparator", "value", "text"),
    [
        ("1:80", None, 80.0, "1:80"),
        ("1/80", None, 80.0, "1:80"),
        ("1 : 80", None, 80.0, "1:80"),
        (">1:640", ">", 640.0, "1:640"),
        ("<1:20", "<", 20.0, "1:20"),
        ("1:80 speckled", None, 80.0, "1:80 speckled"),
        ("1:160 (homogeneous)", None, 160.0, "1:160 homogeneous"),
        ("pos. 1:80", None, 80.0, "1:80"),
        ("1:10,240", None, 10240.0, "1:10240"),
        ("1:10.240", None, 10240.0, "1:10240"),
    ],
)
def test_titres_keep_their_comparator_and_pattern(written, comparator, value, text):
    told = read_result(written, "ANA", None)
    assert (told.only("comparator"), told.only("value"), told.only("text")) == (comparator, value, text)
    assert told.only("unit") == "1"
    assert told.warnings() == []


def test_a_titre_on_no_dilution_step_is_kept_and_flagged():
    told = read_result("1:10,520", "ANA", None)
    assert told.only("value") == 10520
    assert told.warnings() == ["titre_not_doubling"]


@pytest.mark.parametrize("titre", ["10", "20", "40", "80", "1280", "100", "320", "1000", "3200", "16", "64", "60"])
def test_usual_dilution_steps_are_not_flagged(titre):
    assert read_result(f"1:{titre}", "ANA", None).warnings() == []


def test_a_titre_written_as_a_plain_number_is_read_and_flagged():
    told = read_result("80", "ANA", None)
    assert (told.only("value"), told.only("text")) == (80.0, "1:80")
    assert told.warnings() == ["titre_as_number"]


def test_a_fraction_is_no_titre():
    assert read_result("0.0125", "ANA", None).reasons() == ["wrong_kind_of_result"]  # 1/80 after a spreadsheet


def test_elisa_units_are_no_titre():
    assert read_result("40", "ANA", "U/mL").reasons() == ["unit_not_accepted"]
    assert read_result("40", "LKM1_ELISA", "U/mL").only("text") is None


def test_a_titre_that_is_negative_at_a_dilution_says_two_things():
    assert read_result("1:40 negative", "ANA", None).reasons() == ["not_a_result"]


@pytest.mark.parametrize("word", ["positive", "pos", "POS.", "+", "positiv", "Detected", "nachweisbar", "reactive"])
def test_positive_in_many_words(word):
    assert read_result(word, "HBSAG", None).only("text") == "positive"


@pytest.mark.parametrize(
    "word", ["negative", "NEGATIVE", "neg", "negatif", "négatif", "not detected", "Not-Detected", "nicht nachweisbar"]
)
def test_negative_in_many_words(word):
    told = read_result(word, "HBSAG", None)
    assert (told.only("text"), told.only("value"), told.only("unit")) == ("negative", None, None)


@pytest.mark.parametrize(
    "written",
    ["CANCELED", "haemolysed", "pending", "see comment", "35 U/L", "35 H", "1:0", "1:80 1:160", "<", "-", "01:20:00"],
)
def test_what_is_no_result_is_set_aside_not_guessed(written):
    told = read_result(written, "ALT")
    assert told.kept() == []
    assert told.reasons() in (["not_a_result"], ["wrong_kind_of_result"])
    assert told.reading.quarantine["value"].to_list() == [written]


@pytest.mark.parametrize("written", ["NaN", "nan", "inf", "-inf", "Infinity", "1e400", "<1e999"])
def test_what_cannot_be_computed_with_never_enters(written):
    assert read_result(written).reasons() == ["not_finite"]


def test_zero_is_zero_and_not_missing():
    told = read_result("0", "HBV_DNA", "IU/mL")
    assert told.only("value") == 0.0
    assert told.reasons() == []


def test_below_zero_is_set_aside_except_where_it_can_be():
    assert read_result("-5").reasons() == ["negative"]
    assert read_result("-2.5", "BMD_T", None).only("value") == -2.5


def test_a_comma_is_never_guessed():
    assert read_result("1,234").reasons() == ["decimal_comma_undeclared"]
    declared = ReadingSettings(decimal_comma=True)
    rows = [result(value) for value in ("1,234", "1.234", "1.234,5", "30", "35.5", None)]
    told = read(declared, measurements=rows)
    assert [row["value"] for row in told.kept()] == [1.234, 1234.5, 30.0]
    assert told.reasons() == ["decimal_point_ambiguous", "decimal_point_ambiguous", "missing_value"]


def test_a_word_is_no_transaminase_but_a_viral_load_can_be_negative():
    assert read_result("negative").reasons() == ["wrong_kind_of_result"]
    assert read_result("not detected", "HBV_DNA", None).only("text") == "negative"


def test_a_titre_is_no_transaminase():
    assert read_result("1:80").reasons() == ["wrong_kind_of_result"]


def test_an_empty_value_is_missing():
    for empty in (None, "", "   "):
        assert read_result(empty).reasons() == ["missing_value"]
