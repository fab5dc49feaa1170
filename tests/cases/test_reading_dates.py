"""When things were: ISO dates, declared formats, partial dates, and dates that cannot be."""

from __future__ import annotations

from datetime import date

import pytest
from reading_cases import ANNA, read, result

from hepatica.errors import UsageError
from hepatica.record.settings import ReadingSettings


def read_dated(day: str | None, settings: ReadingSettings | None = None):
    return read(settings, measurements=[result("35", date=day)])


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-05",
        " 2024-03-05 ",
        "2024-03-05T10:11",
        "2024-03-05 10:11:12",
        "2024-03-05T10:11:12.345",
        "2024-03-05T23:30:00Z",
        "2024-03-05T01:00:00+02:00",
        "2024-03-05T01:00:00-0500",
    ],
)
def test_an_iso_date_or_timestamp_is_the_day_as_written(written):
    assert read_dated(written).only("date") == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-05T23:30:00Z", date(2024, 3, 6)),  # half past midnight in Berlin
        ("2024-03-05T22:30:00Z", date(2024, 3, 5)),
        ("2023-07-05T22:30:00Z", date(2023, 7, 6)),  # summer time
        ("2024-03-05T00:30:00+05:30", date(2024, 3, 4)),
        ("2024-03-05T20:00:00-05:00", date(2024, 3, 6)),
        ("2024-03-05T23:30:00", date(2024, 3, 5)),  # without a zone the time is the centre's
        ("2024-03-05", date(2024, 3, 5)),
    ],
)
def test_a_timestamp_counts_on_its_day_in_the_centres_time_zone(written, day):
    assert read_dated(written, ReadingSettings(time_zone="Europe/Berlin")).only("date") == day


@pytest.mark.parametrize("written", ["03/04/2024", "3.4.2024", "03-04-24", "20240305", "45356", "5-Mar-2024"])
def test_an_undeclared_format_is_never_guessed(written):
    told = read_dated(written)
    assert told.reasons() == ["date_format_undeclared"]
    assert "declare" in told.reading.quarantine["explanation"][0]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("DD/MM/YYYY", "05/03/2024"),
        ("MM/DD/YYYY", "03/05/2024"),
        ("DD.MM.YYYY", "5.3.2024"),
        ("DD.MM.YYYY", "05.03.2024 14:30"),
        ("YYYYMMDD", "20240305"),
        ("DD-MON-YYYY", "05-Mar-2024"),
        ("EXCEL", "45356"),
        ("excel", "45356.75"),
    ],
)
def test_a_declared_format_is_read(declared, written):
    assert read_dated(written, ReadingSettings((declared,))).only("date") == date(2024, 3, 5)


def test_iso_dates_are_read_beside_a_declared_format():
    settings = ReadingSettings(("DD.MM.YYYY",))
    told = read(settings, measurements=[result("35", date="05.03.2024"), result("36", date="2024-03-05")])
    assert [row["date"] for row in told.kept()] == [date(2024, 3, 5)] * 2


def test_two_digits_are_no_year():
    assert read_dated("05.03.24", ReadingSettings(("DD.MM.YYYY",))).reasons() == ["date_format_undeclared"]


@pytest.mark.parametrize("declared", [("DD/MM/YYYY", "MM/DD/YYYY"), ("EXCEL", "EXCEL-1904"), ("YY-MM-DD",)])
def test_a_contradictory_or_unknown_declaration_is_refused(declared):
    with pytest.raises(UsageError):
        ReadingSettings(declared)


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(UsageError, match="Europe/Berlin"):
        ReadingSettings(time_zone="Berlin")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, "missing_date"),
        ("", "missing_date"),
        ("soon", "not_a_date"),
        ("2024-03-05 morning", "not_a_date"),
        ("2024-02-30", "impossible_date"),
        ("2024-02", "partial_date"),
        ("2024", "partial_date"),
        ("1903-11-27 15:13:00", "impossible_year"),
        ("0001-01-01", "impossible_year"),
        ("2024-06-02", "in_future"),
        ("9999-12-31", "in_future"),
        ("1979-12-31", "before_birth"),
    ],
)
def test_a_date_that_cannot_be_used_puts_its_row_in_quarantine(written, reason):
    told = read_dated(written)
    assert told.reasons() == [reason]
    assert told.kept() == []


def test_today_is_not_the_future():
    assert read_dated("2024-06-01").only("date") == date(2024, 6, 1)


@pytest.mark.parametrize(
    ("written", "middle"),
    [
        ("1987", date(1987, 7, 2)),
        ("1988", date(1988, 7, 2)),
        ("1987-06", date(1987, 6, 16)),
        ("1987-07", date(1987, 7, 16)),
        ("1987-02", date(1987, 2, 15)),
    ],
)
def test_a_partial_birth_date_counts_as_its_middle_day_and_is_marked(written, middle):
    (patient,) = read(patients=[ANNA | {"birth_date": written}]).kept("patients")
    assert (patient["birth_date"], patient["birth_date_partial"]) == (middle, True)


def test_a_whole_birth_date_is_not_marked_and_a_missing_one_is_unknown():
    (whole,) = read().kept("patients")
    assert whole["birth_date_partial"] is False
    (none,) = read(patients=[{"patient_id": "P1"}]).kept("patients")
    assert (none["birth_date"], none["birth_date_partial"]) == (None, None)


def test_of_a_partial_birth_date_only_what_is_certain_counts():
    patients = [ANNA | {"birth_date": "2020"}]
    assert read(patients=patients, measurements=[result("35", date="2020-03-01")]).reasons() == []
    assert read(patients=patients, measurements=[result("35", date="2019-12-31")]).reasons() == ["before_birth"]


def test_a_birth_year_that_has_begun_is_not_the_future():
    assert read(patients=[ANNA | {"birth_date": "2024"}]).reasons() == []
    assert read(patients=[ANNA | {"birth_date": "2025"}]).reasons() == ["in_future"]


def test_a_diagnosis_before_birth_is_set_aside_only_if_it_is_certain():
    impossible = ANNA | {"birth_date": "1980-05", "diagnosis_date": "1980-04-30"}
    assert read(patients=[impossible]).reasons() == ["before_birth"]
    possible = ANNA | {"birth_date": "1980-05", "diagnosis_date": "1980"}
    assert read(patients=[possible]).reasons() == []


def test_what_comes_after_death_is_kept_with_a_warning():
    died = [{"patient_id": "P1", "date": "2019-06-01", "event": "death"}]
    told = read(events=died, measurements=[result("35"), result("36", date="2019-06-01")])
    assert len(told.kept()) == 2
    assert told.warnings() == ["after_death"]
