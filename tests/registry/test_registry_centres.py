"""The administrator's centres: from an empty installation to a clinician at work, and what a closed centre means."""

from __future__ import annotations

import re

from django.test import Client
from django.urls import reverse
from registry_cast import PASSWORD

from hepatica.registry.access.invitations import invite
from hepatica.registry.audit.acting import acting
from hepatica.registry.models import AuditEntry, Centre, Membership, Patient, Person

NEW = {"code": "HH", "name": "Hamburg", "definitions": "iaihg_2022", "protocol": "default"}


def an_administrator() -> Person:
    """The only person of a fresh installation."""
    with acting("test"):
        person = Person(username="first", name="The first administrator")
        person.set_unusable_password()
        person.save()
        Membership.objects.create(person=person, role="administrator")
    return person


def set_up(link: str) -> Client:
    """A browser in which the reader of a one-time link has set the password and is signed in."""
    browser = Client()
    answer = browser.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def test_a_fresh_installation_comes_to_a_clinician_at_work(registry):
    with acting("test"):
        token = invite(an_administrator())
    administrator = set_up(reverse("set-up", args=[token]))
    assert administrator.get(reverse("home"))["Location"] == reverse("centres")
    assert "There is no centre yet" in administrator.get(reverse("centres")).content.decode()
    offered = administrator.get(reverse("centres")).content.decode()
    assert '<option value="iaihg_2022" selected>' in offered
    assert '<option value="default" selected>' in offered
    assert administrator.post(reverse("centres"), NEW).status_code == 302
    centre = Centre.objects.get(code="HH")
    invited = administrator.post(
        reverse("people"),
        {"username": "ada", "name": "Ada", "email": "", "role": "clinician", "centre": centre.pk},
    )
    link = re.search(r"/set-up/[^/<\"]+/", invited.content.decode())
    assert link is not None
    clinician = set_up(link.group())
    assert clinician.get(reverse("home"), follow=True).status_code == 200
    assert clinician.get(reverse("worklist")).status_code == 200
    assert clinician.get(reverse("centres")).status_code == 403


def test_a_centre_is_renamed_and_its_code_stays(cast):
    browser = cast.browser("administrator")
    where = reverse("centre", args=[cast.here.pk])
    told = {"name": "Here and now", "definitions": "iaihg_2022", "protocol": "easl_2025", "code": "OTHER"}
    assert browser.post(where, told).status_code == 302
    cast.here.refresh_from_db()
    assert (cast.here.name, cast.here.code, cast.here.protocol) == ("Here and now", "HERE", "easl_2025")
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry.actor == f"person {cast.people['administrator'].pk}"


def test_a_wrong_centre_is_refused_at_its_field(cast):
    browser = cast.browser("administrator")
    taken = browser.post(reverse("centres"), NEW | {"code": "HERE"})
    odd = browser.post(reverse("centres"), NEW | {"code": "a b; DROP"})
    unknown = browser.post(reverse("centre", args=[cast.here.pk]), NEW | {"protocol": "nonsense"})
    assert [one.status_code for one in (taken, odd, unknown)] == [400, 400, 400]
    assert 'id="id_code_error"' in odd.content.decode()
    assert Centre.objects.count() == 2
    assert "<h1>Here</h1>" in unknown.content.decode()


def test_a_closed_centre_is_opened_by_no_role_and_loses_nothing(cast):
    administrator, clinician = cast.browser("administrator"), cast.browser("clinician")
    change = reverse("centre-change", args=[cast.here.pk])
    patient = reverse("patient", args=[cast.patient.key])
    before = Patient.objects.count()
    assert administrator.post(change, {"do": "close"}).status_code == 302
    assert clinician.get(reverse("worklist")).status_code == 403
    assert clinician.get(patient).status_code == 403
    assert Patient.objects.count() == before
    assert "no role opens it" in administrator.get(reverse("centre", args=[cast.here.pk])).content.decode()
    administrator.post(change, {"do": "open"})
    assert clinician.get(patient).status_code == 200


def test_somebody_of_two_centres_sees_only_the_open_one(cast):
    with acting("test"):
        Membership.objects.create(person=cast.people["clinician"], role="clinician", centre=cast.there)
        Centre.objects.filter(pk=cast.there.pk).update(closed=True)
    browser = cast.browser("clinician")
    assert browser.get(reverse("patient", args=[cast.patient.key])).status_code == 200
    assert browser.get(reverse("patient", args=[cast.other.key])).status_code == 404
