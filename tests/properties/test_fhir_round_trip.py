"""A record written as FHIR and read again is the same record, and gives the same course for every patient."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.course import definitions, derive
from hepatica.interop import fhir
from hepatica.interop.sent_tables import sent_tables
from hepatica.record import TABLES, Record
from hepatica.record.checking import check_tables
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from independent.records import cohorts

TODAY = date(2026, 11, 22)
ORIGIN = ("row", "file", "line", "key")
few = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
more = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def round_trip(record: Record, form: str, *, synthetic: bool = True) -> Record:
    """Write a record as FHIR and read it again."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "fhir"
        fhir.write(record, out, synthetic=synthetic, form=form)
        with open_source(str(out), today=TODAY) as source:
            again, reading = source.read()
    assert reading.quarantine.is_empty()
    assert reading.unknown_codes.is_empty()
    assert not [note for note in reading.notes if "not used:" in note]
    return again


def assert_same(one: Record, other: Record) -> None:
    for name in TABLES:
        ours, theirs = one.table(name).drop(ORIGIN), other.table(name).drop(ORIGIN)
        assert ours.sort(ours.columns).equals(theirs.sort(ours.columns)), name


def assert_same_course(one: Record, other: Record, as_of: date) -> None:
    ours, theirs = derive(one, definitions(), as_of), derive(other, definitions(), as_of)
    for table, frame in ours.items():
        order = frame.columns
        assert frame.sort(order).equals(theirs[table].sort(order)), table


@pytest.mark.parametrize("form", fhir.FORMS)
def test_an_invented_centre_comes_back_whole(tmp_path, form):
    synthesize(patients=40, seed=3, out=tmp_path / "centre")
    with open_source(str(tmp_path / "centre"), today=TODAY) as source:
        record, _ = source.read()
    again = round_trip(record, form)
    assert_same(record, again)
    assert_same_course(record, again, date(2025, 1, 1))


@few
@given(seed=st.integers(0, 2**31), as_of=st.dates(date(2018, 1, 1), date(2026, 1, 1)))
def test_invented_patients_keep_their_course(seed, as_of):
    with tempfile.TemporaryDirectory() as folder:
        synthesize(patients=4, seed=seed, dirt="heavy", out=Path(folder) / "centre")
        with open_source(str(Path(folder) / "centre"), today=TODAY) as source:
            record, _ = source.read()
    again = round_trip(record, "bundles")
    assert_same(record, again)
    assert_same_course(record, again, as_of)


@more
@given(drawn=cohorts())
def test_drawn_records_keep_their_course(drawn):
    told, as_of = drawn
    # The record as its own tables say it: limits by default, exact duplicates once.
    record, reading = check_tables(sent_tables(told), today=TODAY)
    kept = {name: count.quarantined for name, count in reading.counts.items()}
    assert set(kept.values()) == {0}
    again = round_trip(record, "ndjson", synthetic=False)
    assert_same(record, again)
    assert_same_course(record, again, as_of)
