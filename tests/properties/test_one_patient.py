"""A patient's rows in memory give the same compact patient, days, and state as the same rows in bulk."""

from __future__ import annotations

from dataclasses import astuple

from hypothesis import given, settings
from hypothesis import strategies as st

from hepatica.course import definitions, derive, protocol
from hepatica.course.columns import DERIVED_TYPES
from hepatica.course.compact import Compact, patients_of
from hepatica.course.days import Days
from hepatica.course.definitions import day_number
from hepatica.course.one_patient import patient_of_rows
from hepatica.course.prepare import prepared
from hepatica.course.protocol import formulary
from hepatica.course.state import state
from hepatica.course.story import Reader, story
from independent.records import cohorts

NAMES = ("measurements", "treatments", "events", "biopsies", "genotypes")
SETS = ("iaihg_2022", "iaihg_2022_strict")


def in_memory(record, patient_id, as_of):
    alone = record.of_patients([patient_id])
    rows = {name: alone.table(name).to_dicts() for name in NAMES}
    return patient_of_rows(alone.patients.row(0, named=True), rows, as_of)


@settings(max_examples=150, deadline=None)
@given(drawn=cohorts(one_dose_a_day=False))
def test_rows_in_memory_and_rows_in_bulk_are_the_same_patient(drawn):
    record, as_of = drawn
    for patient in patients_of(record, as_of):
        assert without_ties(in_memory(record, patient.patient_id, as_of)) == without_ties(patient)


@settings(max_examples=60, deadline=None)
@given(drawn=cohorts(one_dose_a_day=False), definition_set=st.sampled_from(SETS))
def test_the_state_of_one_patient_and_of_many_is_the_same(drawn, definition_set):
    record, as_of = drawn
    told = definitions(definition_set)
    reader = Reader(told, protocol(), formulary(), day_number(as_of))
    for row in derive(record, told, as_of, tables=["state"])["state"].iter_rows(named=True):
        alone = state(story(in_memory(record, row["patient_id"], as_of), reader))
        assert alone.keys() == DERIVED_TYPES["state"].keys()
        assert {name: as_number(value) for name, value in row.items()} == alone


@settings(max_examples=60, deadline=None)
@given(drawn=cohorts(), definition_set=st.sampled_from(SETS))
def test_a_day_is_judged_alike_alone_and_in_bulk(drawn, definition_set):
    record, as_of = drawn
    told = definitions(definition_set)
    reader = Reader(told, protocol(), formulary(), day_number(as_of))
    in_order = prepared(record, as_of)
    compact, judged = Compact(in_order), Days(in_order, told)
    for places in compact.parts():
        patients = compact.patients(places)
        for patient, days in zip(patients, judged.of_each(places, compact, patients), strict=True):
            assert story(patient, reader, days).evaluations == story(patient, reader).evaluations


def as_number(value):
    return day_number(value) if hasattr(value, "toordinal") else value


def without_ties(patient):
    """The patient without the row numbers: of rows that say the same, either may stand for both."""
    fields = {name: getattr(patient, name) for name in patient.__slots__}
    for name, value in fields.items():
        if isinstance(value, list):
            fields[name] = sorted((astuple(fact)[:-1] for fact in value), key=repr)
    fields["latest"] = {analyte: astuple(latest)[:-1] for analyte, latest in patient.latest.items()}
    return fields
