"""Entering in a real browser: the visit's laboratory values and what they change; two people at one row."""

from __future__ import annotations

import pytest


@pytest.fixture
def clinician(window):
    clinician = window()
    clinician.sign_in("clinician", "/patients/")
    clinician.page.get_by_role("link", name="P-1", exact=True).click()
    clinician.page.get_by_role("heading", name="Patient P-1").wait_for()
    return clinician


def open_rows(page):
    """Open the measurements among the data rows, and return them."""
    rows = page.locator("details", has=page.locator("summary", has_text="measurements"))
    rows.locator("summary").click()
    return rows


def enter(page, **cells: str) -> None:
    for name, value in cells.items():
        page.locator(f"[name={name}]").fill(value)


def standing(page) -> str:
    page.get_by_role("heading", name="Patient P-1").wait_for()
    return page.locator("ul.standing").inner_text()


def test_the_visits_values_change_what_the_page_says_of_the_response(clinician):
    page = clinician.page
    before = standing(page)
    patient = page.url
    visit = {"date": "2024-06-20", "unit": "U/L", "upper_limit": "40"}
    page.goto(f"{patient}measurements/new/")
    enter(page, **visit, analyte="ALT", value="-5")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".field.wrong [name=value]").wait_for()
    enter(page, value="400")
    page.get_by_role("button", name="Save and enter another").click()
    page.locator(".field.wrong").wait_for(state="detached")
    enter(page, **visit, analyte="AST", value="360")
    page.get_by_role("button", name="Save", exact=True).click()
    after = standing(page)
    assert after != before
    assert "10" in after, "ten times the upper limit"
    assert "2024-06-20" in after
    page.wait_for_selector(".live.drawn svg")


def test_two_people_at_one_row_the_second_is_shown_both_and_decides(clinician, window):
    colleague = window()
    colleague.sign_in("coordinator")
    page, second = clinician.page, colleague.page
    open_rows(page).get_by_role("link", name="Correct").first.click()
    page.locator("[name=value]").wait_for()
    second.goto(page.url)
    enter(second, value="31", reason="typing error")
    second.get_by_role("button", name="Save", exact=True).click()
    second.get_by_role("heading", name="Patient P-1").wait_for()
    enter(page, value="33", reason="read again")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Somebody else changed this row in the meantime").wait_for()
    told = page.get_by_role("region", name="Both versions").inner_text()
    assert "31" in told
    assert "33" in told
    second.reload()
    assert "33" not in open_rows(second).locator("td:nth-child(3)").all_inner_texts(), "nothing was overwritten"
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Patient P-1").wait_for()
    assert "33" in open_rows(page).locator("td:nth-child(3)").all_inner_texts()
