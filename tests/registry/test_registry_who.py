"""Who a patient is: entered, shown, and found by the people of the centre; it stands in no place but its own."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse
from registry_cast import Cast, a_patient, an_identity

from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.verify import verify_both
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.identities.models import Identity, IdentityAuditEntry
from hepatica.registry.models import AuditEntry, Patient
from hepatica.registry.operation.backups import back_up
from hepatica.registry.operation.invented import invented_centre
from hepatica.registry.operation.logs import JsonLines
from hepatica.registry.operation.starting import HEADS_FILES
from hepatica.registry.privacy.erasure import forget_pages
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

ANNA = {"family_name": "Quillfeather", "given_name": "Anneliese", "hospital_number": "ZX-77123"}
SEARCH = "/patients/by-name/"


@pytest.fixture(params=["sqlite", "postgresql"])
def everywhere(request) -> Cast:
    """The cast on SQLite, and on PostgreSQL where there is one."""
    request.getfixturevalue("sqlite_registry" if request.param == "sqlite" else "postgres_registry")
    return Cast()


def page_of(patient):
    return reverse("identity", args=[patient.key])


def opened(browser, patient):
    """What a form begins with when the page is opened."""
    return browser.get(page_of(patient)).context["form"].initial


def enters(browser, patient, values):
    return browser.post(page_of(patient), {"state": opened(browser, patient)["state"], **values})


def finds(browser, typed):
    """The pseudonyms that a search by name answers with."""
    answer = browser.post(SEARCH, {"typed": typed})
    assert answer.status_code == 200
    return [patient.patient_id for patient, _ in answer.context["found"]]


def reads(patient):
    entries = AuditEntry.objects.filter(act="read", patient=patient.pk).order_by("seq")
    return list(entries.values_list("actor", "detail"))


def test_the_clinician_enters_who_somebody_is_and_sees_it_again(everywhere):
    browser = everywhere.browser("clinician")
    assert "Nobody has entered yet" in browser.get(page_of(everywhere.patient)).content.decode()
    assert enters(browser, everywhere.patient, ANNA).status_code == 302
    page = browser.get(page_of(everywhere.patient)).content.decode()
    assert all(f'value="{value}"' in page for value in ANNA.values())
    assert "Quillfeather" not in page.partition("<form method")[0]
    kept = Identity.objects.get()
    assert (kept.patient_key, kept.centre_code) == (everywhere.patient.key, "HERE")
    actor = f"person {everywhere.people['clinician'].pk}"
    assert IdentityAuditEntry.objects.values_list("actor", "act").get() == (actor, "insert")
    enters(browser, everywhere.patient, {**ANNA, "given_name": "Anna"})
    assert IdentityAuditEntry.objects.filter(actor=actor, act="update").count() == 1
    assert verify_both({}).problems == []


def test_each_look_at_who_somebody_is_stands_in_the_audit(cast):
    cast.browser("coordinator").get(page_of(cast.patient))
    assert reads(cast.patient) == [(f"person {cast.people['coordinator'].pk}", "identity")]


@pytest.mark.parametrize("role", ["administrator", "researcher", "data_manager", "auditor"])
def test_whoever_is_of_no_centre_neither_sees_nor_enters_nor_finds(cast, role):
    an_identity(cast.patient.key, **ANNA)
    browser = cast.browser(role)
    for answer in (
        browser.get(page_of(cast.patient)),
        browser.post(page_of(cast.patient), ANNA),
        browser.post(SEARCH, {"typed": "Quillfeather"}),
    ):
        assert answer.status_code == 403
        assert "Quillfeather" not in answer.content.decode()


def test_nobody_enters_or_finds_who_another_centres_patient_is(cast):
    an_identity(cast.other.key, **ANNA, centre_code="THERE")
    browser = cast.browser("coordinator")
    assert browser.post(page_of(cast.other), {**ANNA, "given_name": "Anna"}).status_code == 404
    assert AuditEntry.objects.filter(act="hidden", patient=cast.other.pk, detail__startswith="identity").exists()
    assert Identity.objects.get().given_name == "Anneliese"
    assert finds(browser, "Quillfeather") == finds(browser, "ZX-77123") == []


def test_the_same_hospital_number_is_one_person_at_a_centre_and_may_be_another_elsewhere(everywhere):
    with acting("test"):
        second = a_patient(everywhere.here, "P-3")
    an_identity(everywhere.other.key, centre_code="THERE", hospital_number="ZX-77123")
    browser = everywhere.browser("clinician")
    assert enters(browser, everywhere.patient, ANNA).status_code == 302
    refused = enters(browser, second, {**ANNA, "family_name": "Other"})
    assert refused.status_code == 400
    assert "Another patient of this centre has this hospital number." in refused.content.decode()
    assert not Identity.objects.filter(patient_key=second.key).exists()
    for patient in (everywhere.patient, second):
        assert enters(browser, patient, {"family_name": "Without", "hospital_number": ""}).status_code == 302


def test_whoever_is_second_overwrites_nothing_and_is_shown_both(cast):
    browser, other = cast.browser("clinician"), cast.browser("coordinator")
    enters(browser, cast.patient, ANNA)
    before = opened(browser, cast.patient)
    enters(other, cast.patient, {**ANNA, "family_name": "Married"})
    late = browser.post(page_of(cast.patient), {**before, "given_name": "Anna"})
    assert late.status_code == 409
    page = late.content.decode()
    assert "Somebody else changed this in the meantime" in page
    assert "Married" in page
    assert Identity.objects.get().family_name == "Married"
    again = browser.post(page_of(cast.patient), late.context["form"].initial)
    assert again.status_code == 302
    assert (Identity.objects.get().family_name, Identity.objects.get().given_name) == ("Quillfeather", "Anna")


def test_what_was_entered_at_the_wrong_patient_is_removed_by_emptying_it(cast):
    browser = cast.browser("clinician")
    enters(browser, cast.patient, ANNA)
    assert enters(browser, cast.patient, dict.fromkeys(ANNA, "")).status_code == 302
    assert not Identity.objects.exists()
    assert IdentityAuditEntry.objects.latest("seq").act == "delete"


def test_a_form_without_what_it_was_opened_with_changes_nothing(cast):
    an_identity(cast.patient.key, **ANNA)
    assert cast.browser("clinician").post(page_of(cast.patient), {"family_name": "Other"}).status_code == 409
    assert Identity.objects.get().family_name == "Quillfeather"


def test_the_patients_page_leads_there_and_shows_no_name(cast):
    an_identity(cast.patient.key, **ANNA)
    browser = cast.browser("clinician")
    page = browser.get(reverse("patient", args=[cast.patient.key])).content.decode()
    assert f'href="{page_of(cast.patient)}">Who this is</a>' in page
    everything = page + "".join(browser.get(reverse(one)).content.decode() for one in ("patients", "worklist"))
    assert not any(value in everything for value in ANNA.values())


FOUND = {
    "Ömerlü": True, "ömer": True, "ÖME": True, "O\u0308MER": True, " Ömer ": True, "zx-1": True, "ZX-1": True,
    "Öm": False, "merlü": False, "Z": False, "ZX": False, "ZX-": False, "Ayşe": False, "%": False, "_____": False,
}  # fmt: skip


@pytest.mark.parametrize("typed", FOUND)
def test_a_patient_is_found_by_the_beginning_of_the_name_or_the_whole_number(cast, typed):
    an_identity(cast.patient.key, "Ömerlü", given_name="Ayşe", hospital_number="ZX-1")
    assert finds(cast.browser("clinician"), typed) == (["P-1"] if FOUND[typed] else [])


def test_a_short_family_name_is_found_when_it_is_written_whole(cast):
    an_identity(cast.patient.key, "Ng")
    assert finds(cast.browser("clinician"), "ng") == ["P-1"]
    assert finds(cast.browser("clinician"), "n") == []


def test_a_search_says_whom_it_showed_and_never_what_was_typed(cast):
    an_identity(cast.patient.key, **ANNA)
    browser = cast.browser("clinician")
    page = browser.post(SEARCH, {"typed": "Quill"}).content.decode()
    assert "Quillfeather, Anneliese" in page
    assert reads(cast.patient) == [(f"person {cast.people['clinician'].pk}", "patients-by-name")]
    assert browser.get(f"{SEARCH}?typed=Quill")["Location"] == reverse("patients")
    assert browser.post(SEARCH, {"typed": " "}).status_code == 400
    assert 'method="post" action="/patients/by-name/"' in browser.get(reverse("patients")).content.decode()


def test_a_search_that_fits_many_says_how_many_it_left_out(cast, monkeypatch):
    monkeypatch.setattr("hepatica.registry.views.identity.PATIENTS_SHOWN", 1)
    with acting("test"):
        second = a_patient(cast.here, "P-3")
    for patient in (cast.patient, second):
        an_identity(patient.key, "Quillfeather")
    page = cast.browser("clinician").post(SEARCH, {"typed": "Quill"}).content.decode()
    assert "2 patients" in page
    assert "Only the first 1 are shown" in page
    assert reads(second) == []


def stored(alias):
    """Everything in a database's files, with what SQLite has not yet moved into the file itself."""
    forget_pages()
    return Path(connections.databases[alias]["NAME"]).read_bytes()


@pytest.fixture
def lines():
    """The log as the registry writes it, every level of it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root, own = logging.getLogger(), logging.getLogger("hepatica.registry")
    level = own.level
    for one in (root, own):
        one.addHandler(handler)
    own.setLevel(logging.DEBUG)
    yield written
    own.setLevel(level)
    for one in (root, own):
        one.removeHandler(handler)


def test_no_name_stands_in_the_record_its_backup_the_log_or_an_address_and_an_erasure_leaves_none(
    sqlite_registry, lines
):
    cast = Cast()
    browser = cast.browser("coordinator")
    with acting("test"):
        second = a_patient(cast.here, "P-3")
    answers = [
        enters(browser, cast.patient, ANNA),
        enters(browser, cast.patient, {**ANNA, "given_name": "Anna-Lotte"}),
        enters(browser, second, ANNA),  # refused: the number is somebody's
        browser.post(page_of(cast.patient), ANNA),  # refused: opened before somebody else saved
        browser.post(SEARCH, {"typed": "Quillfeather"}),
    ]
    assert [one.status_code for one in answers] == [302, 302, 400, 409, 200]
    back_up(sqlite_registry / "backup")
    for name in HEADS_FILES.values():
        (settings.INSTALLATION.data / name).unlink(missing_ok=True)
    secrets = [value.encode() for value in (*ANNA.values(), "Anna-Lotte")]
    log = lines.getvalue()
    assert '"page": "patients-by-name"' in log
    places = {
        "record": stored("default"),
        "backup of the record": (sqlite_registry / "backup" / "record.tar").read_bytes(),
        "log": log.encode(),
        "addresses": "".join(one.headers.get("Location", "") for one in answers).encode(),
    }
    assert b"P-3" in places["record"]
    found = {(place, secret) for place, content in places.items() for secret in secrets if secret in content}
    assert found == set()
    assert b"Quillfeather" in stored(IDENTITIES)
    erased = browser.post(reverse("erasure", args=[cast.patient.key]), {"ground": "request", "pseudonym": "P-1"})
    assert erased.status_code == 302
    assert not Identity.objects.exists()
    assert not any(secret in stored(alias) for alias in connections for secret in secrets)
    assert finds(browser, "Quillfeather") == []


def test_an_invented_centre_has_invented_people_to_find(registry, client, tmp_path):
    synthesize(patients=25, seed=1, out=tmp_path / "centre", file_format="csv")
    clinician = next(one for one in invented_centre(open_source(str(tmp_path / "centre"))) if one.role == "clinician")
    client.post(reverse("sign-in"), {"username": clinician.username, "password": clinician.password})
    assert Patient.objects.count() == 25
    people = Identity.objects.order_by("hospital_number")
    assert len(people) == 24, "of one, nobody has entered yet who it is"
    assert all("(invented)" in one.family_name and one.hospital_number.startswith("INVENTED-") for one in people)
    alders = [finds(client, f"INVENTED-{number:05}") for number in (1, 13, 25)]
    assert finds(client, "alder") == sorted(one for found in alders for one in found)
    assert len(finds(client, "alder")) == 3
    assert finds(client, "INVENTED-00020") == []
    assert verify_both({}).problems == []
