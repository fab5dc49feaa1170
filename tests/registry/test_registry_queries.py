"""Queries between a data manager and a centre: asked without a patient, answered without one, settled, in the audit."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hepatica.registry.audit.verify import verify
from hepatica.registry.models import AuditEntry, Query

pytestmark = pytest.mark.both_databases


@pytest.fixture
def manager(cast):
    return cast.browser("data_manager")


@pytest.fixture
def centre(cast):
    return cast.browser("coordinator")


def ask(manager, where, about="weight_kg", question="Can the weights be had from the charts?"):
    answer = manager.post(reverse("queries"), {"centre": where.pk, "about": about, "question": question})
    assert answer.status_code == 302, answer.content.decode()
    return Query.objects.latest("pk")


def said(browser, page, *arguments):
    answer = browser.get(reverse(page, args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_query_is_asked_answered_and_settled(cast, manager, centre):
    query = ask(manager, cast.here)
    assert "Can the weights be had" in said(centre, "queries-here")
    where = reverse("query-here", args=[query.pk])
    assert centre.post(where, {"answer": "Yes, by the end of the month."}).status_code == 302
    told = said(manager, "queries")
    assert "by the end of the month" in told
    assert "The coordinator" in told
    assert manager.post(reverse("query-settle", args=[query.pk])).status_code == 302
    query.refresh_from_db()
    assert query.settled_at is not None
    assert centre.post(where, {"answer": "No."}).status_code == 200
    query.refresh_from_db()
    assert query.answer == "Yes, by the end of the month."
    acts = AuditEntry.objects.filter(subject="query").order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["insert", "update", "update"]
    assert not verify().problems


def test_the_centre_sees_which_of_its_patients_it_is_about_and_who_asks_does_not(cast, manager, centre):
    query = ask(manager, cast.here)
    page = said(centre, "query-here", query.pk)
    assert reverse("patient", args=[cast.patient.key]) in page
    assert "P-2" not in page
    known = ask(manager, cast.here, about="sex", question="Is the sex of all known?")
    assert "P-1" not in said(centre, "query-here", known.pk)
    assert "P-1" not in said(manager, "queries")


def test_an_answer_that_names_a_patient_of_the_centre_is_refused(cast, manager, centre):
    query = ask(manager, cast.here)
    answer = centre.post(reverse("query-here", args=[query.pk]), {"answer": "Only P-1, who weighs 70 kg."})
    assert answer.status_code == 400
    assert "names a patient" in answer.content.decode()
    query.refresh_from_db()
    assert query.answered_at is None


def test_another_centres_query_is_not_there(cast, manager, centre):
    query = ask(manager, cast.there)
    assert "Can the weights be had" not in said(centre, "queries-here")
    where = reverse("query-here", args=[query.pk])
    assert centre.get(where).status_code == 404
    assert centre.post(where, {"answer": "Yes."}).status_code == 404


def test_data_quality_leads_to_the_question(cast, manager):
    assert f"{reverse('queries')}?centre={cast.here.pk}&amp;about=weight_kg" in said(manager, "quality")
    page = manager.get(reverse("queries"), {"centre": cast.here.pk, "about": "weight_kg"}).content.decode()
    assert '<option value="weight_kg" selected>' in page
