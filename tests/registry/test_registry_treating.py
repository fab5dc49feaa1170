"""Who treats a patient: named, changed, and taken back at the centre, and the work list of one clinician."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse
from registry_cast import Cast, a_patient

from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.verify import verify
from hepatica.registry.engine.derived_cache import basis_of
from hepatica.registry.engine.freshness import bring_up_to_date
from hepatica.registry.intake.undoing import Undoing, undo
from hepatica.registry.models import (
    AuditEntry,
    DerivedItem,
    DerivedState,
    History,
    Import,
    Membership,
    Patient,
    PatientSeal,
    Person,
    TreatingClinician,
)
from hepatica.registry.operation.invented import NOT_NAMED, invented_centre
from hepatica.registry.treating import name, named, treated_by, who_treat
from hepatica.registry.writing import OverwriteError
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

pytestmark = pytest.mark.both_databases
GONE = "(no longer here)"


def a_clinician(cast, username, centre) -> Person:
    with acting("test"):
        person = Person.objects.create(username=username, name=f"Dr {username}", password="")
        Membership.objects.create(person=person, role="clinician", centre=centre)
    return person


def names(browser, patient, clinician, version):
    chosen = {"clinician": "" if clinician is None else clinician.pk, "version": version}
    return browser.post(reverse("clinician", args=[patient.key]), chosen)


def page(browser, patient) -> str:
    return browser.get(reverse("patient", args=[patient.key])).content.decode()


def listed(browser, **asked) -> set[str]:
    """The pseudonyms of all pages of the work list that a filter gives."""
    found, number = set(), 1
    while True:
        shown = browser.get(reverse("worklist"), {**asked, "page": number}).context["page"]
        found |= {item.patient.patient_id for item in shown}
        if not shown.has_next():
            return found
        number += 1


def test_nobody_is_named_until_somebody_says_who_treats_a_patient(cast):
    browser, clinician = cast.browser("clinician"), cast.people["clinician"]
    assert "Treating clinician: not named" in page(browser, cast.patient)
    assert names(browser, cast.patient, clinician, 0).status_code == 302
    assert "Treating clinician: The clinician" in page(browser, cast.patient)
    assert named(cast.other).clinician is None


def test_who_is_named_is_changed_and_taken_back_and_each_change_is_in_the_audit(cast):
    browser, first = cast.browser("coordinator"), cast.people["clinician"]
    second = a_clinician(cast, "second", cast.here)
    for version, one in enumerate((first, second, None, first)):
        assert names(browser, cast.patient, one, version).status_code == 302
        assert named(cast.patient).clinician == one
    entries = AuditEntry.objects.filter(subject="treatingclinician").order_by("seq")
    assert [one.act for one in entries] == ["insert", "update", "update", "update"]
    assert {(one.actor, one.patient) for one in entries} == {
        (f"person {cast.people['coordinator'].pk}", cast.patient.pk)
    }
    assert History.objects.filter(seq__in=[one.seq for one in entries]).count() == 3
    assert verify().problems == []


def test_the_history_of_a_patient_tells_each_change_of_who_treats_them(cast):
    browser, first = cast.browser("coordinator"), cast.people["clinician"]
    second = a_clinician(cast, "second", cast.here)
    for version, one in enumerate((first, second, None)):
        names(browser, cast.patient, one, version)
    shown = browser.get(reverse("history", args=[cast.patient.key])).context["page"].object_list
    told = [one["cells"][0][1:] for one in shown if one["table"] == "Treating clinician"]
    assert told == [("Dr second", "not named"), ("The clinician", "Dr second"), (None, "The clinician")]
    said = browser.get(reverse("history", args=[cast.patient.key])).content.decode()
    assert "<del>Dr second</del> → <ins>not named</ins>" in said


def test_naming_the_same_clinician_again_changes_nothing(cast):
    browser, clinician = cast.browser("clinician"), cast.people["clinician"]
    names(browser, cast.patient, clinician, 0)
    assert names(browser, cast.patient, clinician, 1).status_code == 302
    assert AuditEntry.objects.filter(subject="treatingclinician").count() == 1


@pytest.mark.parametrize("version", [0, 1])
def test_of_two_who_name_at_once_the_second_is_shown_both(cast, version):
    browser, mine = cast.browser("coordinator"), a_clinician(cast, "mine", cast.here)
    with acting("test"):
        if version:
            name(cast.patient, mine, version=0)
            name(cast.patient, None, version=1)
        name(cast.patient, cast.people["clinician"], version=2 * version)
    answer = names(browser, cast.patient, mine, version)
    told = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed this in the meantime" in told
    assert "The clinician" in told
    assert "<dd>Dr mine</dd>" in told
    assert named(cast.patient).clinician == cast.people["clinician"]
    again = answer.context["treating"].initial
    assert again == {"clinician": mine, "version": named(cast.patient).version}
    assert names(browser, cast.patient, mine, again["version"]).status_code == 302
    assert named(cast.patient).clinician == mine
    assert verify().problems == []


def test_a_name_that_was_read_in_an_older_version_is_not_written(cast):
    with acting("test"):
        name(cast.patient, cast.people["clinician"], version=0)
    for version in (0, 2):
        with acting("test"), pytest.raises(OverwriteError):
            name(cast.patient, None, version=version)
    assert named(cast.patient).clinician == cast.people["clinician"]


def test_only_the_clinicians_of_the_patients_centre_can_be_named(cast):
    elsewhere = a_clinician(cast, "elsewhere", cast.there)
    browser = cast.browser("clinician")
    assert "Dr elsewhere" not in page(browser, cast.patient)
    for one in (elsewhere, cast.people["coordinator"], cast.people["administrator"]):
        assert names(browser, cast.patient, one, 0).status_code == 400
    for odd in ("x", "-1", "9" * 40):
        answer = browser.post(reverse("clinician", args=[cast.patient.key]), {"clinician": odd, "version": "0"})
        assert answer.status_code == 400
    assert not TreatingClinician.objects.exists()


@pytest.mark.parametrize("why", ["closed", "moved"])
def test_a_clinician_who_is_gone_stays_shown_and_cannot_be_named_anew(cast, why):
    gone, browser = a_clinician(cast, "gone", cast.here), cast.browser("clinician")
    with acting("test"):
        name(cast.patient, gone, version=0)
        another = a_patient(cast.here, "P-3")
        if why == "closed":
            Person.objects.filter(pk=gone.pk).update(is_active=False)
        else:
            gone.memberships.update(centre=cast.there)
    assert f"Treating clinician: Dr gone {GONE}" in page(browser, cast.patient)
    assert "Dr gone" not in page(browser, another)
    assert names(browser, another, gone, 0).status_code == 400
    # What the form shows unchanged is no new choice, and changes nothing.
    assert names(browser, cast.patient, gone, 1).status_code == 302
    assert named(cast.patient).version == 1
    assert names(browser, cast.patient, cast.people["clinician"], 1).status_code == 302
    assert names(browser, cast.patient, gone, 2).status_code == 400


def a_work_list(cast) -> None:
    """Three patients: one of the reader, one of a colleague who is gone, one for whom nobody is named."""
    colleague = a_clinician(cast, "colleague", cast.here)
    with acting("test"):
        name(cast.patient, cast.people["clinician"], version=0)
        name(a_patient(cast.here, "P-3"), colleague, version=0)
        a_patient(cast.here, "P-4")
        taken_back = a_patient(cast.here, "P-5")
        name(taken_back, colleague, version=0)
        name(taken_back, None, version=1)
        Person.objects.filter(pk=colleague.pk).update(is_active=False)
    bring_up_to_date(cast.here)


def test_the_work_list_is_of_all_of_one_of_the_reader_or_of_nobody_named(cast):
    a_work_list(cast)
    browser, colleague = cast.browser("clinician"), Person.objects.get(username="colleague")
    assert listed(browser) == {"P-1", "P-3", "P-4", "P-5"}
    assert listed(browser, clinician="me") == listed(browser, clinician=cast.people["clinician"].pk) == {"P-1"}
    assert listed(browser, clinician=colleague.pk) == {"P-3"}
    assert listed(browser, clinician="none") == {"P-4", "P-5"}
    for odd in ("999999", "x", "9" * 40, "²"):
        assert listed(browser, clinician=odd) == set()
    shown = browser.get(reverse("worklist"), {"clinician": "me"}).content.decode()
    assert '<option value="me" selected>' in shown
    assert f"Dr colleague {GONE}" in shown


def test_the_filter_works_with_the_others_and_turns_pages(cast):
    a_work_list(cast)
    browser = cast.browser("coordinator")
    kinds = set(DerivedItem.objects.values_list("kind", flat=True))
    for kind in kinds:
        shown = browser.get(reverse("worklist"), {"kind": kind, "clinician": "none", "centre": "HERE"}).context
        assert {(item.kind, item.patient.patient_id) for item in shown["page"]} == {(kind, "P-4"), (kind, "P-5")}
    assert listed(browser, centre="THERE", clinician="none") == set()
    assert listed(browser, protocol="no-such", clinician="none") == set()
    copies = list(DerivedItem.objects.filter(patient__patient_id="P-4"))
    DerivedItem.objects.bulk_create(
        DerivedItem(**{field.attname: getattr(one, field.attname) for field in one._meta.fields if field.name != "id"})
        for one in copies * 60
    )
    assert "clinician=none&amp;page=2" in browser.get(reverse("worklist"), {"clinician": "none"}).content.decode()
    assert listed(browser, clinician="none") == {"P-4", "P-5"}


def test_the_interface_takes_the_filters_of_the_page(cast):
    a_work_list(cast)
    browser = cast.browser("clinician")

    def told(**asked):
        items = browser.get(reverse("api:worklist"), {**asked, "limit": 500}).json()["items"]
        return {item["patient_id"] for item in items}

    assert told() == told(centre="HERE") == {"P-1", "P-3", "P-4", "P-5"}
    assert (told(clinician="me"), told(clinician="none")) == ({"P-1"}, {"P-4", "P-5"})
    assert told(kind="overdue", clinician="none") == listed(browser, kind="overdue", clinician="none") != set()
    for nobodys in ({"centre": "THERE"}, {"centre": "nowhere"}, {"protocol": "another"}, {"clinician": "x"}):
        assert told(**nobodys) == set()
    assert browser.get(reverse("api:worklist"), {"kind": "urgent"}).status_code == 422


def test_me_is_offered_to_clinicians_only_and_no_name_of_another_centre(cast):
    with acting("test"):
        name(cast.other, a_clinician(cast, "elsewhere", cast.there), version=0)
    for role, offered in (("clinician", True), ("coordinator", False)):
        shown = cast.browser(role).get(reverse("worklist")).content.decode()
        assert ('<option value="me"' in shown) is offered
        assert "Dr elsewhere" not in shown
    assert listed(cast.browser("coordinator"), clinician="me") == set()


def test_an_import_is_not_undone_for_a_patient_whose_clinician_was_named(cast):
    with acting("test"):
        brought = Import.objects.create(centre=cast.here, name="a file", content_digest="x")
        kept, gone = (
            Patient.objects.create(centre=cast.here, patient_id=one, brought_by=brought) for one in ("K", "G")
        )
        name(kept, cast.people["clinician"], version=0)
        assert undo(brought) == Undoing(gone=1, stay=1, handed=0)
    assert list(Patient.objects.filter(pk__in=[kept.pk, gone.pk])) == [kept]


def test_the_invented_centre_names_its_clinician_for_most_patients(registry, tmp_path):
    synthesize(patients=20, seed=7, out=tmp_path / "centre", file_format="csv")
    invented_centre(open_source(str(tmp_path / "centre")))
    assert TreatingClinician.objects.count() == 20 - 20 // NOT_NAMED
    assert {one.clinician.username for one in TreatingClinician.objects.all()} == {"clinician"}
    assert verify().problems == []


def test_the_list_of_one_clinician_among_ten_thousand_patients_is_quick(registry):
    cast = Cast()
    one = cast.people["clinician"]
    basis = basis_of(cast.here)
    with acting("test"):
        Patient.objects.bulk_create(
            (Patient(centre=cast.here, patient_id=f"B-{number}") for number in range(10_000)), batch_size=500
        )
        patients = list(Patient.objects.filter(centre=cast.here).values_list("pk", flat=True))
        TreatingClinician.objects.bulk_create(
            (TreatingClinician(patient_id=number, clinician=one) for number in patients[::3]), batch_size=500
        )
    seals = dict(PatientSeal.objects.values_list("patient_id", "version"))
    DerivedState.objects.bulk_create(
        (DerivedState(patient_id=number, basis=basis, version=seals[number], state="") for number in patients),
        batch_size=150,
    )
    DerivedItem.objects.bulk_create(
        (DerivedItem(patient_id=number, basis=basis, kind="overdue", what="ALT", why="", urgency=2, nearness=-near)
         for near in range(3) for number in patients),
        batch_size=90,
    )  # fmt: skip
    type(basis).objects.filter(pk=basis.pk).update(complete=True)
    browser = cast.browser("clinician")
    counted = {"": 30_003, "me": 10_002, str(one.pk): 10_002, "none": 20_001}
    for asked, many in counted.items():
        taken = []
        for _ in range(3):
            begun = time.perf_counter()
            shown = browser.get(reverse("worklist"), {"clinician": asked, "page": 40}).context["page"]
            taken.append(time.perf_counter() - begun)
        assert shown.paginator.count == many
        assert min(taken) < 1, f"{asked}: {taken}"


def test_the_numbers_of_the_filter_are_those_of_the_list(cast):
    a_work_list(cast)
    people = dict(who_treat([cast.here]))
    items = DerivedItem.objects.all()
    split = [treated_by(items, asked, cast.people["clinician"]).count() for asked in (*people, "none")]
    assert sum(split) == items.count()
