"""The pages as their readers see them."""

from __future__ import annotations

import shutil

import pytest
from django.urls import reverse
from registry_cast import PASSWORD


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


def test_the_pages_draw_in_a_real_browser_without_breaking_their_own_policy(live_address, cast):
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian package chromium)")
    said = []
    with api.sync_playwright() as tool:
        window = tool.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
        window.set_default_timeout(120_000)
        window.on("console", lambda message: said.append(message.text))
        window.goto(f"{live_address}/patients/{cast.patient.key}/")
        window.fill("input[name=username]", "clinician")
        window.fill("input[name=password]", PASSWORD)
        window.click("main button")
        window.wait_for_selector(".live.drawn svg")
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert said == []
