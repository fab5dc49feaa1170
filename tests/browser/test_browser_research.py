"""The researcher's study in a real browser, by keyboard alone: choose, run, read, take it along; and see nobody."""

from __future__ import annotations

import zipfile

import pytest
from browser_window import focused, tab_to

STUDY = "Response by line of therapy"


@pytest.fixture
def researcher(window, served):
    served.run("agree")
    researcher = window()
    researcher.sign_in("researcher")
    return researcher


def test_a_study_is_chosen_run_and_read_by_keyboard(researcher):
    page = researcher.page
    assert researcher.heading == "Studies"
    assert "Here" in page.locator("main").inner_text()
    assert "There" not in page.locator("main").inner_text(), "that centre takes no part"
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, STUDY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/studies/response/**")
    said = page.content()
    assert "Shared version: counts from 1 to 4 are suppressed" in said
    tab_to(page, "The whole definition")
    page.keyboard.press("Enter")
    assert "iaihg_2022" in page.locator("details[open] pre").inner_text()
    for somebody in ("N-1", "P-1", "1980-03-05", "2023-01-10"):
        assert somebody not in said
    page.set_viewport_size({"width": 390, "height": 844})
    assert researcher.fits
    assert researcher.said == []


def test_a_study_is_taken_along_as_files(researcher, tmp_path):
    page = researcher.page
    with page.expect_download() as download:
        page.get_by_role("link", name=f"{STUDY} as files").click()
    download.value.save_as(tmp_path / "study.zip")
    with zipfile.ZipFile(tmp_path / "study.zip") as archive:
        assert "response/report.pdf" in archive.namelist()
        assert "N-1" not in archive.read("response/numbers.json").decode()


def test_no_page_with_a_patient_opens_for_a_researcher(researcher):
    page = researcher.page
    offered = page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert offered == ["Studies", "Protocols", "Evidence", "Rules"]
    for path in ("/patients/", "/worklist/", "/cohort/", "/consent/", "/exports/"):
        assert page.goto(researcher.served.address + path).status == 403
