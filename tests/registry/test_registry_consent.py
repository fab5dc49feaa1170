"""Consent: each purpose by itself, in versions; the latest act counts, and counts at once on everything that leaves."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from registry_cast import a_patient

from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.entries import record
from hepatica.registry.audit.verify import verify
from hepatica.registry.models import AuditEntry, ConsentAct, ConsentText, Patient, Purpose
from hepatica.registry.privacy.consent import add_act, consents, standing_of
from hepatica.registry.privacy.release import release

pytestmark = pytest.mark.both_databases


@pytest.fixture
def purpose(cast) -> Purpose:
    with acting("test"):
        made = Purpose.objects.create(code="registry", title="Registry research")
        ConsentText.objects.create(purpose=made, version=1, text="I agree.")
    return made


def says(patient, purpose, decision, day="2024-01-10", version=1):
    text = ConsentText.objects.get(purpose=purpose, version=version)
    with acting("test"):
        return add_act(patient, text, decision, date.fromisoformat(day), by=None)


def test_a_patient_who_was_never_asked_is_unknown_and_not_released(cast, purpose):
    assert standing_of(cast.patient, purpose) == "unknown"
    assert release(Patient.objects.all(), purpose, "x").record.patients.is_empty()


@pytest.mark.parametrize(
    ("acts", "standing"),
    [
        ([("given", "2024-01-10")], "agreed"),
        ([("refused", "2024-01-10")], "refused"),
        ([("given", "2024-01-10"), ("withdrawn", "2024-02-10")], "withdrawn"),
        ([("given", "2024-01-10"), ("withdrawn", "2024-01-10")], "withdrawn"),
        ([("withdrawn", "2024-02-10"), ("given", "2024-01-10")], "withdrawn"),  # the older form was entered later
        ([("given", "2024-01-10"), ("withdrawn", "2024-02-10"), ("given", "2024-03-10")], "agreed"),
    ],
)
def test_the_latest_act_counts(cast, purpose, acts, standing):
    for decision, day in acts:
        says(cast.patient, purpose, decision, day)
    assert standing_of(cast.patient, purpose) == standing


def test_consent_to_one_purpose_is_none_to_another(cast, purpose):
    with acting("test"):
        other = Purpose.objects.create(code="genetics", title="Genetics")
        ConsentText.objects.create(purpose=other, version=1, text="I agree to this, too.")
    says(cast.patient, purpose, "given")
    assert (standing_of(cast.patient, purpose), standing_of(cast.patient, other)) == ("agreed", "unknown")


@pytest.mark.parametrize(("renewal", "standing"), [(False, "agreed"), (True, "renewal")])
def test_a_new_version_asks_anew_only_where_it_says_so(cast, purpose, renewal, standing):
    says(cast.patient, purpose, "given")
    with acting("test"):
        ConsentText.objects.create(purpose=purpose, version=2, text="I agree to more.", renewal=renewal)
    assert standing_of(cast.patient, purpose) == standing
    says(cast.patient, purpose, "given", "2024-02-01", version=2)
    assert standing_of(cast.patient, purpose) == "agreed"


def test_counts_of_in_out_and_unknown_are_everybody(cast, purpose):
    with acting("test"):
        others = [a_patient(cast.here, f"Q-{number}") for number in range(3)]
    says(cast.patient, purpose, "given")
    says(others[0], purpose, "refused")
    says(others[1], purpose, "given")
    says(others[1], purpose, "withdrawn", "2024-05-01")
    found = consents(Patient.objects.filter(centre=cast.here), purpose).counts
    assert found == {"in": 1, "out": 2, "out: refused": 1, "out: withdrawn": 1, "unknown": 1}


def test_a_withdrawal_holds_from_the_next_release_on(cast, purpose):
    says(cast.patient, purpose, "given")
    assert release(Patient.objects.all(), purpose, "x").released == [cast.patient.pk]
    says(cast.patient, purpose, "withdrawn", "2024-06-30")
    assert release(Patient.objects.all(), purpose, "x").released == []


def test_acts_are_in_the_audit_and_tampering_with_one_is_found(cast, purpose):
    act = says(cast.patient, purpose, "withdrawn")
    entry = AuditEntry.objects.get(subject="consentact", subject_key=str(act.pk))
    assert (entry.act, entry.patient) == ("insert", cast.patient.pk)
    assert verify().problems == []


# The pages


def test_the_clinician_records_what_the_patient_said(cast, purpose):
    browser, where = cast.browser("clinician"), reverse("consent", args=[cast.patient.key])
    given = {"text": purpose.texts.get().pk, "decision": "given", "day": "2024-06-01"}
    assert browser.post(where, given).status_code == 302
    act = ConsentAct.objects.get()
    assert (act.entered_by, str(act.day)) == (cast.people["clinician"], "2024-06-01")
    page = browser.get(where).content.decode()
    assert "Registry research" in page
    assert "2024-06-01" in page


def test_no_decision_is_chosen_beforehand(cast, purpose):
    browser, where = cast.browser("clinician"), reverse("consent", args=[cast.patient.key])
    assert browser.get(where).context["form"]["decision"].value() in (None, "")
    assert '<option value="" selected>–</option>' in browser.get(where).content.decode()
    hasty = browser.post(where, {"text": purpose.texts.get().pk, "decision": "", "day": "2024-06-01"})
    assert hasty.status_code == 400
    assert standing_of(cast.patient, purpose) == "unknown"


def test_a_withdrawal_says_how_often_the_data_left_before(cast, purpose):
    browser, where = cast.browser("clinician"), reverse("consent", args=[cast.patient.key])
    says(cast.patient, purpose, "given")
    with acting("test"):
        for _table in range(2):
            record("export", patient=cast.patient.pk, subject="export", subject_key="7")
    assert "left in" not in browser.get(where).content.decode()
    says(cast.patient, purpose, "withdrawn", "2024-02-10")
    assert "left in 1 export: tell its recipient." in browser.get(where).content.decode()


def test_a_day_that_has_not_come_is_refused_at_its_field(cast, purpose):
    where = reverse("consent", args=[cast.patient.key])
    given = {"text": purpose.texts.get().pk, "decision": "given", "day": "2024-07-01"}
    answer = cast.browser("clinician").post(where, given)
    assert answer.status_code == 400
    assert b"id_day_error" in answer.content
    assert not ConsentAct.objects.exists()


def test_the_centres_page_counts_and_lists_own_patients_only(cast, purpose):
    says(cast.patient, purpose, "given")
    page = cast.browser("clinician").get(reverse("consents"), {"purpose": purpose.pk, "standing": "agreed"})
    assert page.context["purposes"][0][1].counts == {"in": 1, "out": 0, "unknown": 0}
    assert b"P-1" in page.content
    page = cast.browser("clinician").get(reverse("consents"), {"purpose": purpose.pk})
    assert b"P-2" not in page.content


def test_the_administrator_states_purposes_and_versions_and_sees_no_patient(cast):
    browser = cast.browser("administrator")
    given = {"code": "trial", "title": "A trial", "text": "First words."}
    assert browser.post(reverse("purposes"), given).status_code == 302
    made = Purpose.objects.get()
    browser.post(reverse("purpose", args=[made.pk]), {"text": "Second words.", "renewal": "on"})
    assert [(one.version, one.text, one.renewal) for one in made.texts.all()] == [
        (1, "First words.", False),
        (2, "Second words.", True),
    ]
    assert b"consent to version 2 and later" in browser.get(reverse("purpose", args=[made.pk])).content.lower()
    assert browser.get(reverse("consents")).status_code == 403
    assert verify().problems == []
