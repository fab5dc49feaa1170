"""Erasure: nothing of the patient is left anywhere, the certificate stays, and the audit still verifies."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.db import connection, connections
from django.urls import reverse
from registry_cast import Cast, an_identity

from hepatica.registry.audit.acting import acting, because
from hepatica.registry.audit.verify import verify
from hepatica.registry.engine.freshness import bring_up_to_date
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.engine.remembered import Remembered
from hepatica.registry.identities.models import Identity
from hepatica.registry.models import (
    AuditEntry,
    ConsentAct,
    ConsentText,
    Erasure,
    History,
    Import,
    Patient,
    PatientSeal,
    Purpose,
    TreatingClinician,
    Upload,
    WaitingRow,
)
from hepatica.registry.operation import starting
from hepatica.registry.privacy.erasure import erase, remove_left_identities, rows_about

patient_course_module = sys.modules["hepatica.registry.engine.patient_course"]
MARK = "a-mark-of-this-patient"


@pytest.fixture(params=["sqlite", "postgresql"])
def everywhere(request) -> Cast:
    """The cast on SQLite, and on PostgreSQL where there is one; the patient has marks wherever one can be."""
    request.getfixturevalue("sqlite_registry" if request.param == "sqlite" else "postgres_registry")
    cast = Cast()
    marked(cast)
    return cast


def marked(cast) -> None:
    """Put something of everything that is kept about a patient into the registry, with a mark."""
    an_identity(cast.patient.key, MARK, hospital_number=MARK)
    with acting("test"):
        Patient.objects.filter(pk=cast.patient.pk).update(patient_id=MARK)
        purpose = Purpose.objects.create(code="p", title="Purpose")
        text = ConsentText.objects.create(purpose=purpose, version=1, text="I agree.")
        ConsentAct.objects.create(patient=cast.patient, text=text, decision="given", day="2024-01-01")
        TreatingClinician.objects.create(patient=cast.patient, clinician=cast.people["clinician"])
    with acting("test"), because(f"reason {MARK}"):
        cast.patient.measurements.filter(analyte="ALT").update(file=MARK)
    with acting("test"), because("typing error"):
        cast.patient.measurements.filter(analyte="ALT").update(file="", value="51")
        brought = Import.objects.create(centre=cast.here, name="a file", content_digest="x")
    WaitingRow.objects.create(brought_by=brought, table="events", patient_id=MARK, cells={"detail": MARK})
    Upload.objects.create(centre=cast.here, content=MARK.encode(), uploaded_by=cast.people["coordinator"])
    bring_up_to_date(cast.here)
    cast.patient.refresh_from_db()


def everything() -> str:
    """Every row of every table of both databases as one text."""
    told = []
    for alias in connections:
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
                told += [f"{table} {row}" for row in cursor.fetchall()]
    return "\n".join(told)


def test_nothing_is_left_in_any_table_of_either_database(everywhere):
    assert everything().count(MARK) > 5
    number, salt = everywhere.patient.pk, PatientSeal.objects.get(pk=everywhere.patient.pk).salt
    erase(everywhere.patient, "request", by=everywhere.people["coordinator"])
    left = everything()
    assert MARK not in left
    assert salt not in left
    assert not History.objects.filter(patient=number).exists()
    assert set(rows_about(number).values()) == {0}
    assert Erasure.objects.get().removed["treatingclinician"] == 1
    assert verify().problems == []


def test_nobody_remembers_the_course_of_a_patient_who_was_erased(everywhere, monkeypatch):
    here, elsewhere = Remembered(), Remembered()  # the memory of this process, and of another
    for memory in (elsewhere, here):
        monkeypatch.setattr(patient_course_module, "_remembered", memory)
        for one in (everywhere.patient, everywhere.other):
            assert patient_course(one).known
    erase(everywhere.patient, "request", by=everywhere.people["coordinator"])
    assert list(here._kept) == [everywhere.other.pk]
    assert everywhere.patient.pk in elsewhere._kept
    monkeypatch.setattr(patient_course_module, "_remembered", elsewhere)
    patient_course(everywhere.other)
    assert list(elsewhere._kept) == [everywhere.other.pk]


def test_a_patient_who_is_erased_while_their_course_is_derived_is_not_remembered(cast, monkeypatch):
    real, memory = patient_course_module.derive, Remembered()

    def meanwhile(*given, **named):
        erase(cast.patient, "request", by=cast.people["coordinator"])
        return real(*given, **named)

    monkeypatch.setattr(patient_course_module, "_remembered", memory)
    monkeypatch.setattr(patient_course_module, "derive", meanwhile)
    patient_course(Patient.objects.select_related("centre").get(pk=cast.patient.pk))
    assert not memory._kept


def test_the_other_patients_are_as_they_were(everywhere):
    before = rows_about(everywhere.other.pk)
    erase(everywhere.patient, "request", by=everywhere.people["coordinator"])
    assert rows_about(everywhere.other.pk) == before


def test_an_erasure_that_fails_leaves_everything(everywhere, monkeypatch):
    before = rows_about(everywhere.patient.pk)

    def breaks(**_):
        raise RuntimeError("no certificate")

    monkeypatch.setattr(Erasure.objects, "create", breaks)
    with pytest.raises(RuntimeError):
        erase(everywhere.patient, "request", by=everywhere.people["coordinator"])
    assert rows_about(everywhere.patient.pk) == before
    assert Identity.objects.filter(patient_key=everywhere.patient.key).exists()
    assert verify().problems == []


def test_no_byte_of_the_patient_is_left_in_the_files(registry):
    cast = Cast()
    marked(cast)
    connection.close()
    erase(cast.patient, "request", by=cast.people["coordinator"])
    files = [path for path in Path(registry).rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []


def test_an_identity_that_a_killed_process_left_goes_at_the_next_start(everywhere):
    key = everywhere.patient.key
    erase(everywhere.patient, "request", by=everywhere.people["coordinator"])
    an_identity(key, MARK)
    an_identity(everywhere.other.key, "stays", centre_code="THERE")
    assert remove_left_identities() == 1
    assert [one.family_name for one in Identity.objects.all()] == ["stays"]


def test_the_start_removes_what_was_left(cast):
    key = cast.patient.key
    erase(cast.patient, "law", by=cast.people["coordinator"])
    an_identity(key, MARK)
    starting.bring_up_to_date()
    assert not Identity.objects.exists()


# The pages


def test_the_coordinator_erases_and_gets_the_certificate(cast):
    browser, where = cast.browser("coordinator"), reverse("erasure", args=[cast.patient.key])
    assert b"cannot be undone" in browser.get(where).content
    answer = browser.post(where, {"ground": "request", "pseudonym": "P-1"}, follow=True)
    made = Erasure.objects.get()
    assert answer.redirect_chain == [(reverse("erasure-certificate", args=[made.pk]), 302)]
    page = answer.content.decode()
    entry = AuditEntry.objects.get(act="erase")
    assert entry.hash in page
    assert "removed from the key store" in page
    assert "P-1" not in page
    assert made.removed["measurement"] == 9
    assert browser.get(reverse("patient", args=[cast.patient.key])).status_code == 404
    assert verify().problems == []


def test_a_wrong_pseudonym_erases_nobody(cast):
    where = reverse("erasure", args=[cast.patient.key])
    answer = cast.browser("coordinator").post(where, {"ground": "request", "pseudonym": "P-2"})
    assert answer.status_code == 400
    assert Patient.objects.count() == 2


def test_another_centres_certificate_is_not_there(cast):
    made = erase(cast.other, "request", by=cast.people["coordinator"])
    browser = cast.browser("coordinator")
    assert browser.get(reverse("erasure-certificate", args=[made.pk])).status_code == 404
    assert b"Nobody was erased" in browser.get(reverse("erasures")).content
