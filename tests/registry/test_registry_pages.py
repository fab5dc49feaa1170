"""The pages as their readers see them."""

from __future__ import annotations

from django.urls import reverse


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
