"""The pages as their readers see them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hepatica.registry.audit.acting import acting
from hepatica.registry.models import Treatment

pytestmark = pytest.mark.both_databases


def test_the_clinician_sees_the_work_list_and_the_patient(cast):
    browser = cast.browser("clinician")
    work = browser.get(reverse("worklist"))
    assert work.status_code == 200
    assert b"P-1" in work.content
    assert b"P-2" not in work.content
    page = browser.get(reverse("patient", args=[cast.patient.key]))
    assert page.status_code == 200
    assert "Where does the patient stand?" in page.content.decode()
    assert "What does the evidence offer next?" in page.content.decode()


def test_the_picture_of_the_course_is_asked_for_by_the_page_in_the_width_that_it_needs(cast):
    browser = cast.browser("clinician")
    page = browser.get(reverse("patient", args=[cast.patient.key])).content.decode()
    address = reverse("patient-chart", args=[cast.patient.key])
    assert f'data-source="{address}"' in page
    wide, narrow = (browser.get(f"{address}?width={width}").json() for width in ("wide", "narrow"))
    assert wide["vconcat"]
    assert narrow["vconcat"]
    assert wide["vconcat"] != narrow["vconcat"]


def test_the_pages_draw_in_a_real_browser_without_breaking_their_own_policy(as_clinician, cast):
    with as_clinician(f"/patients/{cast.patient.key}/") as window:
        window.wait_for_selector(".live.drawn svg")
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_cannot_wait_stands_before_the_course(cast):
    with acting("test"):
        Treatment.objects.create(patient=cast.patient, drug="allopurinol", start="2023-02-01")
    page = cast.browser("clinician").get(reverse("patient", args=[cast.patient.key])).content.decode()
    short = page[page.index("In short, from the") : page.index('id="missing"')]
    assert 'class="level stop"' in short
    assert "allopurinol" in short


def test_who_may_not_read_advice_is_told_nothing_of_it(cast):
    page = cast.browser("data_manager").get(reverse("patient", args=[cast.patient.key]))
    assert "In short, from the" not in page.content.decode()
