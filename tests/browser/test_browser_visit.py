"""A clinician's visit in a real browser: sign in, find the patient, read the course; by keyboard; and leave."""

from __future__ import annotations

import re

from browser_window import focused, tab_to


def test_a_clinician_finds_a_patient_and_reads_course_and_advice(window):
    clinician = window()
    clinician.sign_in("clinician")
    assert clinician.heading == "Work list"
    page = clinician.page
    page.get_by_role("link", name="Patients").click()
    page.get_by_label("Pseudonym").press_sequentially("P-")
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("link", name="P-2").count() == 0, "of another centre"
    page.get_by_role("link", name="P-1", exact=True).click()
    page.wait_for_selector(".live.drawn svg")
    text = page.locator("main").inner_text()
    assert "azathioprine" in text
    assert "Where does the patient stand?" in text
    assert "What does the evidence offer next?" in text
    assert page.locator(".live svg").bounding_box()["width"] > 300
    assert clinician.said == []


def test_the_visit_by_keyboard_alone(window):
    clinician = window()
    clinician.open("/")
    page = clinician.page
    assert focused(page) == "username"
    page.keyboard.type("clinician")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, "Patients")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/")
    tab_to(page, "P-1")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Patient P-1").wait_for()
    tab_to(page, "The course in words")
    page.keyboard.press("Enter")
    assert page.locator("details[open]", has_text="The course in words").count() == 1


def test_after_signing_out_nothing_of_the_patient_is_left_to_see(window):
    clinician = window()
    clinician.sign_in("clinician", "/patients/")
    page = clinician.page
    page.get_by_role("link", name="P-1", exact=True).click()
    page.get_by_role("heading", name="Patient P-1").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.go_back()
    page.wait_for_load_state()
    assert "P-1" not in page.locator("main").inner_text()


def test_a_session_that_was_idle_is_over_and_signing_in_leads_back(window, served):
    clinician = window()
    clinician.sign_in("clinician", "/patients/")
    served.run("age")
    clinician.page.get_by_role("link", name="P-1", exact=True).click()
    clinician.page.get_by_role("heading", name="Sign in").wait_for()
    address = clinician.page.url
    assert "next=/patients/" in address
    clinician.sign_in("clinician", address.removeprefix(served.address))
    assert clinician.heading == "Patient P-1"


def test_a_patient_is_printed_on_two_sheets_and_with_everything_on_more(window):
    clinician = window()
    clinician.sign_in("clinician", "/patients/")
    page = clinician.page
    page.get_by_role("link", name="P-1", exact=True).click()
    page.wait_for_selector(".live.drawn svg")
    short = sheets(page)
    assert short <= 2
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name="What does the evidence offer next?").is_visible()
    assert page.get_by_text("Left out on this paper").is_visible()
    assert not page.locator("#rows").is_visible()
    page.emulate_media(media="null")
    page.get_by_label("On paper with everything").check()
    assert sheets(page) > short
    page.emulate_media(media="print")
    assert page.locator("#rows").is_visible()
    assert page.locator("#milestones").is_visible()
    assert not page.get_by_text("Left out on this paper").is_visible()


def sheets(page) -> int:
    """How many sheets of A4 a page is printed on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
