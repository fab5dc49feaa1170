"""A patient's rows in memory give the same compact patient as the same rows prepared in bulk."""

from __future__ import annotations

from hypothesis import given, settings

from hepatica.course.one_patient import patient_of_rows
from hepatica.course.prepare import patients_of
from independent.records import cohorts


@settings(max_examples=150, deadline=None)
@given(drawn=cohorts(one_dose_a_day=False))
def test_rows_in_memory_and_rows_in_bulk_are_the_same_patient(drawn):
    record, as_of = drawn
    names = ("measurements", "treatments", "events", "biopsies", "genotypes")
    for patient in patients_of(record, as_of):
        alone = record.of_patients([patient.patient_id])
        rows = {name: alone.table(name).to_dicts() for name in names}
        again = patient_of_rows(alone.patients.row(0, named=True), rows, as_of)
        assert without_ties(again) == without_ties(patient)


def without_ties(patient):
    """The patient without the row numbers: of rows that say the same, either may stand for both."""
    fields = {name: getattr(patient, name) for name in patient.__slots__}
    for name, value in fields.items():
        if isinstance(value, list):
            fields[name] = sorted((tuple(fact[:-1]) for fact in value), key=repr)
    fields["latest"] = {analyte: tuple(latest[:-1]) for analyte, latest in patient.latest.items()}
    return fields
