"""Entering, correcting, and removing rows by hand; two people at one row; the history."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hepatica.registry.audit.verify import verify
from hepatica.registry.models import FACTS, AuditEntry, History, Measurement, Patient

pytestmark = pytest.mark.both_databases

LABS = {"date": "2024-01-05", "analyte": "ALT", "value": "35", "unit": "U/L", "upper_limit": "40"}


@pytest.fixture
def browser(cast):
    return cast.browser("clinician")


def page(cast, name, *more):
    return reverse(name, args=[cast.patient.key, *more])


def test_a_patient_is_added_under_a_pseudonym_once(cast, browser):
    told = {"centre": cast.here.pk, "patient_id": "P-9", "sex": "female", "diagnosis_date": "2023"}
    answer = browser.post(reverse("patient-new"), told)
    added = Patient.objects.get(patient_id="P-9")
    assert answer["Location"] == reverse("patient", args=[added.key])
    assert (added.sex, added.entered_by, added.centre) == ("female", cast.people["clinician"], cast.here)
    again = browser.post(reverse("patient-new"), told)
    assert again.status_code == 400
    assert "already" in again.content.decode()


@pytest.mark.parametrize(
    "told",
    [
        {"patient_id": "p 01"},
        {"patient_id": "P_1", "birth_date": "1990"},
        {"patient_id": "X-9", "birth_date": "1980-03-05"},
        {"patient_id": "X-9", "birth_date": "1980-03-05", "sex": "unknown", "diagnosis_date": "2023-01-05"},
    ],
)
def test_a_patient_who_may_be_here_already_is_asked_about_and_added_only_as_another_person(cast, browser, told):
    told = {"centre": cast.here.pk, **told}
    answer = browser.post(reverse("patient-new"), told)
    said = answer.content.decode()
    assert (answer.status_code, Patient.objects.filter(centre=cast.here).count()) == (400, 1)
    assert "may be here already" in said
    assert reverse("patient", args=[cast.patient.key]) in said
    assert AuditEntry.objects.filter(act="read", detail="patient-new", patient=cast.patient.pk).exists()
    assert browser.post(reverse("patient-new"), {**told, "another_person": "on"}).status_code == 302
    assert Patient.objects.filter(centre=cast.here).count() == 2


@pytest.mark.parametrize(
    "told",
    [
        {"patient_id": "P-10"},
        {"patient_id": "P-2"},
        {"patient_id": "X-9", "birth_date": "1980"},
        {"patient_id": "X-9", "birth_date": "1980-03-05", "sex": "male"},
        {"patient_id": "X-9", "birth_date": "1980-03-05", "diagnosis_date": "2020-01-05"},
    ],
)
def test_a_patient_who_is_plainly_another_is_added_without_a_question(cast, browser, told):
    assert browser.post(reverse("patient-new"), {"centre": cast.here.pk, **told}).status_code == 302


def test_nobody_adds_a_patient_to_another_centre(cast, browser):
    told = {"centre": cast.there.pk, "patient_id": "P-9"}
    assert browser.post(reverse("patient-new"), told).status_code == 400
    assert not Patient.objects.filter(patient_id="P-9").exists()


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("measurements", LABS),
        ("treatments", {"drug": "budesonide", "start": "2024-01-05", "dose": "9", "dose_unit": "mg/day"}),
        ("events", {"date": "2024-01-05", "event": "infection", "serious": "no"}),
        ("biopsies", {"date": "2024-01-05", "interface_hepatitis": "yes", "hai": "7"}),
        ("genotypes", {"date": "2024-01-05", "gene": "TPMT", "diplotype": "*1/*3A", "phenotype": "intermediate"}),
    ],
)
def test_each_table_has_a_form_whose_row_then_counts(cast, browser, table, cells):
    assert browser.get(page(cast, "row-new", table)).status_code == 200
    answer = browser.post(page(cast, "row-new", table), cells)
    assert answer.status_code == 302, answer.content.decode()
    row = FACTS[table].objects.filter(patient=cast.patient).latest("pk")
    assert {name: getattr(row, name) for name in cells} == cells
    assert not verify().problems


def test_a_row_that_cannot_be_used_is_refused_at_its_field_and_kept_only_when_asked_for(cast, browser):
    wrong = {**LABS, "date": "2031-01-05"}
    before = Measurement.objects.count()
    answer = browser.post(page(cast, "row-new", "measurements"), wrong)
    said = answer.content.decode()
    assert (answer.status_code, Measurement.objects.count()) == (400, before)
    assert 'id="id_date_error"' in said
    assert 'name="keep_anyway"' in said
    assert browser.post(page(cast, "row-new", "measurements"), {**wrong, "keep_anyway": "on"}).status_code == 302
    assert Measurement.objects.count() == before + 1


def test_the_check_speaks_as_hepatica_check_and_keeps_nothing(cast, browser):
    before = Measurement.objects.count()
    answer = browser.post(page(cast, "row-check", "measurements"), {**LABS, "value": "banana"})
    assert (answer.status_code, Measurement.objects.count()) == (200, before)
    assert "banana" in answer.content.decode()
    fine = browser.post(page(cast, "row-check", "measurements"), LABS).content.decode()
    assert "nothing wrong" in fine


def test_a_correction_needs_its_reason_and_both_stand_in_the_history(cast, browser):
    row = cast.patient.measurements.get(date="2023-06-05", analyte="ALT")
    where = page(cast, "row-correct", "measurements", row.pk)
    cells = {**LABS, "date": "2023-06-05", "value": "31", "version": "1"}
    assert browser.post(where, cells).status_code == 400
    assert browser.post(where, {**cells, "reason": "typing error"}).status_code == 302
    row.refresh_from_db()
    assert (row.value, row.version, row.entered_by) == ("31", 2, cast.people["clinician"])
    said = browser.get(f"{page(cast, 'history')}?what=measurement&row={row.pk}").content.decode()
    number = f"In the audit this patient is number {cast.patient.pk}."
    for told in ("typing error", "<del>30</del>", "<ins>31</ins>", "The clinician", number):
        assert told in said


def test_a_correction_that_changes_nothing_leaves_no_version_and_no_entry(cast, browser):
    row = cast.patient.measurements.get(date="2023-06-05", analyte="ALT")
    same = {**LABS, "date": "2023-06-05", "value": "30", "version": "1", "reason": "typing error"}
    answer = browser.post(page(cast, "row-correct", "measurements", row.pk), same)
    row.refresh_from_db()
    assert (answer.status_code, row.version) == (400, 1)
    assert "Nothing is different" in answer.content.decode()
    assert not AuditEntry.objects.filter(act="update", subject="measurement").exists()


def test_the_auditor_reads_the_reason_of_a_correction_and_no_value(cast, browser):
    row = cast.patient.measurements.get(date="2023-06-05", analyte="IGG")
    cells = {"date": row.date, "analyte": "IGG", "value": "13.71", "unit": "g/L", "upper_limit": "16"}
    where = page(cast, "row-correct", "measurements", row.pk)
    assert browser.post(where, {**cells, "version": "1", "reason": "read off the wrong line"}).status_code == 302
    said = cast.browser("auditor").get(reverse("audit"), {"act": "update"}).content.decode()
    assert "read off the wrong line" in said
    assert "13.71" not in said
    identities = cast.browser("auditor").get(reverse("audit"), {"of": "identities"})
    assert "read off the wrong line" not in identities.content.decode()


def test_the_second_of_two_people_is_shown_both_versions_and_overwrites_nothing(cast, browser):
    row = cast.patient.measurements.get(date="2023-06-05", analyte="ALT")
    where = page(cast, "row-correct", "measurements", row.pk)
    cells = {**LABS, "date": "2023-06-05", "version": "1", "reason": "typing error"}
    assert cast.browser("coordinator").post(where, {**cells, "value": "31"}).status_code == 302
    answer = browser.post(where, {**cells, "value": "32"})
    said = answer.content.decode()
    row.refresh_from_db()
    assert (answer.status_code, row.value) == (409, "31")
    assert "The coordinator" in said
    assert 'name="version" value="2"' in said
    assert browser.post(where, {**cells, "value": "32", "version": "2"}).status_code == 302
    row.refresh_from_db()
    assert row.value == "32"


def test_a_removed_row_stays_in_the_history_with_its_reason(cast, browser):
    row = cast.patient.measurements.get(date="2023-06-05", analyte="ALT")
    where = page(cast, "row-remove", "measurements", row.pk)
    assert browser.post(where, {"version": "2", "reason": "other patient"}).status_code == 409
    assert browser.post(where, {"version": "1"}).status_code == 400
    assert browser.post(where, {"version": "1", "reason": "other patient"}).status_code == 302
    assert not Measurement.objects.filter(pk=row.pk).exists()
    entry = AuditEntry.objects.get(act="delete", subject="measurement", subject_key=str(row.pk))
    assert History.objects.get(seq=entry.seq).reason == "other patient"
    assert "other patient" in browser.get(page(cast, "history")).content.decode()
    assert not verify().problems


def test_rows_of_another_patient_and_tables_that_do_not_exist_are_not_there(cast, browser):
    other = cast.other.measurements.first().pk
    for where in (
        page(cast, "row-correct", "measurements", other),
        page(cast, "row-remove", "measurements", other),
        page(cast, "row-new", "nonsense"),
        page(cast, "row-new", "patients"),
        page(cast, "row-remove", "patients", cast.patient.pk),
    ):
        assert browser.get(where).status_code == 404


def test_the_patients_own_row_is_corrected_too(cast, browser):
    where = page(cast, "row-correct", "patients", cast.patient.pk)
    assert browser.get(where).status_code == 200
    told = {"sex": "female", "birth_date": "1981", "diagnosis_date": "2023-01-05", "version": "1", "reason": "passport"}
    answer = browser.post(where, told)
    assert answer.status_code == 302, answer.content.decode()
    cast.patient.refresh_from_db()
    assert (cast.patient.birth_date, cast.patient.patient_id) == ("1981", "P-1")
