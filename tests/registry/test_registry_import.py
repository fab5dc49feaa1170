"""Importing: report, confirm, one transaction, the same file again, undo, and rows that wait."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.record.tables import TABLES
from hepatica.registry.audit.verify import verify
from hepatica.registry.engine import kept_reports
from hepatica.registry.intake import unusable
from hepatica.registry.models import FACTS, MODELS, Import, Measurement, Patient, Upload, WaitingRow

pytestmark = pytest.mark.both_databases

PATIENTS = "patient_id,sex,birth_date,diagnosis_date\nN-1,female,1970-01-01,2020-01-01\nN-2,male,1980,2021\n"
LABS = (
    "patient_id,date,analyte,value,unit,upper_limit\n"
    "N-1,2020-02-01,ALT,300,U/L,40\nN-2,2031-01-01,ALT,30,U/L,40\nN-7,2022-01-01,ALT,30,U/L,40\n"
    "P-1,2024-01-05,ALT,33,U/L,40\n"
)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test begins without a report of another."""
    monkeypatch.setattr(kept_reports, "_reports", {})


@pytest.fixture
def browser(cast):
    return cast.browser("coordinator")


def send(cast, browser, **tables):
    files = [SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in tables.items()]
    return browser.post(reverse("imports"), {"centre": cast.here.pk, "files": files})


def take_in(cast, browser, **tables):
    answer = send(cast, browser, **tables)
    assert answer.status_code == 302, answer.content.decode()
    done = browser.post(answer["Location"], {"confirm": "1"})
    assert done.status_code == 302, done.content.decode()
    return Import.objects.latest("pk")


def rows():
    return {name: model.objects.count() for name, model in MODELS.items()}


def test_a_report_comes_first_and_nothing_counts_before_it_is_confirmed(cast, browser):
    before = rows()
    answer = send(cast, browser, patients=PATIENTS, measurements=LABS)
    said = browser.get(answer["Location"]).content.decode()
    assert rows() == before
    for told in ("2031-01-01", "measurements.csv 3", "N-7"):
        assert told in said
    problems = browser.get(f"{answer['Location']}problems.csv").content.decode()
    assert problems.count("measurements.csv") == 2
    assert browser.post(answer["Location"], {"discard": "1"}).status_code == 302
    assert (rows(), Upload.objects.count()) == (before, 0)


def test_every_row_is_new_here_already_or_waits(cast, browser):
    before = rows()
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    after = rows()
    assert (after["patients"] - before["patients"], after["measurements"] - before["measurements"]) == (2, 3)
    assert [(one.patient_id, one.line) for one in brought.waiting.all()] == [("N-7", 4)]
    row = Measurement.objects.get(patient__patient_id="N-1")
    assert (row.file, row.line, row.brought_by, row.value) == ("measurements.csv", 2, brought, "300")
    assert not verify().problems


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds_only_what_is_new(cast, browser):
    take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    before = rows()
    answer = send(cast, browser, patients=PATIENTS, measurements=LABS)
    assert "imported before" in browser.get(answer["Location"]).content.decode()
    assert browser.post(answer["Location"], {"confirm": "1"}).status_code == 409
    assert rows() == before
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS + "N-1,2020-03-01,ALT,90,U/L,40\n")
    assert rows() == {**before, "measurements": before["measurements"] + 1}
    assert brought.account["here"]["measurements"] == 3


def test_a_row_that_was_corrected_here_is_not_brought_back_by_a_later_file(cast, browser):
    take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    row = Measurement.objects.get(patient__patient_id="N-1")
    where = reverse("row-correct", args=[row.patient.key, "measurements", row.pk])
    cells = {"date": row.date, "analyte": "ALT", "value": "200", "unit": "U/L", "upper_limit": "40"}
    assert browser.post(where, {**cells, "version": "1", "reason": "slip"}).status_code == 302
    take_in(cast, browser, patients=PATIENTS, measurements=LABS + "N-1,2020-03-01,ALT,90,U/L,40\n")
    values = Measurement.objects.filter(patient__patient_id="N-1").values_list("value", flat=True)
    assert sorted(values) == ["200", "90"]


def test_undo_takes_back_what_was_brought_and_the_file_may_come_again(cast, browser):
    before = rows()
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    after = rows()
    assert browser.post(reverse("import-undo", args=[brought.pk])).status_code == 302
    assert (rows(), WaitingRow.objects.count()) == (before, 0)
    assert "Undone" in browser.get(reverse("import", args=[brought.pk])).content.decode()
    take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    assert rows() == after
    assert not verify().problems


def test_undo_keeps_what_people_worked_on_since(cast, browser):
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    row = Measurement.objects.get(patient__patient_id="N-1")
    cells = {"date": row.date, "analyte": "ALT", "value": "200", "unit": "U/L", "version": "1", "reason": "slip"}
    browser.post(reverse("row-correct", args=[row.patient.key, "measurements", row.pk]), cells)
    browser.post(reverse("import-undo", args=[brought.pk]))
    brought.refresh_from_db()
    assert brought.account["undone"]["stay"] == 2
    assert set(Patient.objects.filter(centre=cast.here).values_list("patient_id", flat=True)) == {"P-1", "N-1"}


def test_undo_keeps_what_another_import_brought_too_until_that_one_is_undone_as_well(cast, browser):
    before = rows()
    first = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    second = take_in(cast, browser, patients=PATIENTS, measurements=LABS + "N-1,2020-03-01,ALT,90,U/L,40\n")
    both = rows()
    browser.post(reverse("import-undo", args=[first.pk]))
    assert rows() == both, "a row that still stands in an import that counts was lost"
    said = browser.get(reverse("import", args=[first.pk])).content.decode()
    assert "0 rows went" in said
    assert "5 rows stay, because another import brought them too." in said
    browser.post(reverse("import-undo", args=[second.pk]))
    assert rows() == before
    assert not verify().problems


def test_nothing_is_undone_before_somebody_has_read_what_goes_and_said_so(cast, browser):
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    after = rows()
    asked = browser.get(reverse("import-undo", args=[brought.pk]))
    assert (asked.status_code, rows()) == (200, after)
    assert "The rows that it brought go." in asked.content.decode()


def test_a_row_that_waits_is_corrected_in_place_and_taken_in(cast, browser):
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    where = reverse("waiting-row", args=[brought.waiting.get().pk])
    cells = {"date": "2022-01-01", "analyte": "ALT", "value": "30", "unit": "U/L", "upper_limit": "40"}
    assert browser.get(where).status_code == 200
    assert browser.post(where, {**cells, "patient_id": "N-7"}).status_code == 400
    assert browser.post(where, {**cells, "patient_id": "N-2"}).status_code == 302
    row = Measurement.objects.get(patient__patient_id="N-2", date="2022-01-01")
    assert (row.brought_by, row.line, brought.waiting.count()) == (brought, 4, 0)


def test_facts_alone_come_to_patients_who_are_here(cast, browser):
    brought = take_in(cast, browser, measurements=LABS)
    assert brought.account["rows"]["measurements"] == 1
    assert brought.waiting.count() == 3


def zipped(**entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def test_a_zip_is_taken_by_its_own_names_only(cast, browser, tmp_path, monkeypatch):
    content = zipped(**{"..__..__patients.csv": PATIENTS, "evil.sh": "x"})
    answer = browser.post(
        reverse("imports"), {"centre": cast.here.pk, "files": [SimpleUploadedFile("all.zip", content)]}
    )
    assert "evil.sh" in browser.get(answer["Location"]).content.decode()
    monkeypatch.setattr("hepatica.registry.intake.unpacking.MOST_UNPACKED_BYTES", 20)
    refused = browser.post(
        reverse("imports"), {"centre": cast.here.pk, "files": [SimpleUploadedFile("all.zip", content)]}
    )
    assert (refused.status_code, Upload.objects.count()) == (400, 1)


def test_another_centres_import_is_not_there(cast, browser):
    brought = take_in(cast, browser, patients=PATIENTS)
    other = send(cast, browser, patients=PATIENTS.replace("N-", "M-"))
    for role in ("clinician", "researcher"):
        assert cast.browser(role).get(other["Location"]).status_code == 403
    assert browser.post(reverse("imports"), {"centre": cast.there.pk, "files": []}).status_code == 400
    assert browser.get(reverse("import", args=[brought.pk + 1])).status_code == 404


@settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    st.sampled_from(["patients", *FACTS]),
    st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
    st.booleans(),
)
def test_no_malformed_upload_ends_in_a_traceback_or_loses_a_row(cast, browser, table, content, headed):
    header = ",".join(TABLES[table].names) + "\n" if headed else ""
    name = f"{table}.csv"
    before = rows()
    told = {"centre": cast.here.pk, "files": [SimpleUploadedFile(name, header.encode() + content)]}
    answer = browser.post(reverse("imports"), told)
    assert answer.status_code in (302, 400)
    if answer.status_code == 302:
        assert browser.get(answer["Location"]).status_code == 200
        browser.post(answer["Location"], {"discard": "1"})
    assert rows() == before


def to_correct(browser, brought):
    return browser.get(reverse("import", args=[brought.pk])).content.decode().partition("Rows to correct")[2]


def test_a_row_that_came_in_and_cannot_be_used_is_named_until_it_is_corrected(cast, browser):
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    row = Measurement.objects.get(patient__patient_id="N-2")
    where = reverse("row-correct", args=[row.patient.key, "measurements", row.pk])
    said = to_correct(browser, brought)
    assert (said.count(where), "2031-01-01" in said) == (1, True)
    cells = {"date": "2021-01-01", "analyte": "ALT", "value": "30", "unit": "U/L", "version": "1", "reason": "year"}
    answer = browser.post(f"{where}?import={brought.pk}", cells)
    assert answer["Location"] == reverse("import", args=[brought.pk])
    assert where not in to_correct(browser, brought)


def test_rows_to_correct_are_looked_for_behind_the_page_where_patients_are_many(cast, browser, monkeypatch):
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    for module in (kept_reports, unusable):
        monkeypatch.setattr(module, "AT_ONCE", 0)
    assert "The rows are being checked" in to_correct(browser, brought)
    for thread in kept_reports.threading.enumerate():
        if thread.name == "report":
            thread.join(60)
    part = browser.get(reverse("import", args=[brought.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "2031-01-01" in part
    assert "<html" not in part


def test_an_import_that_was_undone_has_nothing_to_correct(cast, browser):
    brought = take_in(cast, browser, patients=PATIENTS, measurements=LABS)
    browser.post(reverse("import-undo", args=[brought.pk]))
    assert to_correct(browser, brought) == ""
