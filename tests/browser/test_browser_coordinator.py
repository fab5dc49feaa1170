"""The coordinator's day in a real browser: a file with good and bad rows, its corrections, and the work list."""

from __future__ import annotations

import pytest

PATIENTS = "patient_id,sex,birth_date,diagnosis_date,aih_type\nN-1,female,1970-01-01,2020-01-01,1\n"
LABS = (
    "patient_id,date,analyte,value,unit,upper_limit\n"
    "N-1,2024-06-01,ALT,30,U/L,40\n"
    "N-1,2034-06-01,AST,31,U/L,40\n"
    "N-7,2024-06-01,ALT,30,U/L,40\n"
)


@pytest.fixture
def files(tmp_path):
    """A patient's file, and one of results: one good, one of a day to come, one of nobody."""
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "patients.csv").write_text(PATIENTS)
    (folder / "measurements.csv").write_text(LABS)
    return [folder / "patients.csv", folder / "measurements.csv"]


@pytest.fixture
def coordinator(window):
    coordinator = window()
    coordinator.sign_in("coordinator")
    return coordinator


def send(page, files) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Files").set_input_files(files)
    page.get_by_role("button", name="Look at the files").click()
    page.get_by_role("heading", name="Report:").wait_for()


def fits_on_a_phone(person) -> bool:
    """Say whether the page fits on a phone; the window is a desk's again afterwards."""
    desk = person.page.viewport_size
    person.page.set_viewport_size({"width": 390, "height": 844})
    fits = person.fits
    person.page.set_viewport_size(desk)
    return fits


def rows_to_correct(page):
    return page.locator("section", has=page.get_by_role("heading", name="Rows to correct"))


def rows_that_wait(page):
    return page.locator("section", has=page.get_by_role("heading", name="Rows that wait"))


def test_a_file_is_looked_at_taken_in_corrected_and_undone(coordinator, files):
    page = coordinator.page
    send(page, files)
    told = page.locator("main").inner_text()
    assert "measurements.csv 3" in told
    assert "2034-06-01" in told
    assert fits_on_a_phone(coordinator)
    page.get_by_role("button", name="Take in 3 new rows").click()

    rows_to_correct(page).wait_for()
    assert fits_on_a_phone(coordinator)

    # A result of a day to come counts for nothing until somebody says which day it was.
    rows_to_correct(page).get_by_role("link", name="measurements.csv 3").click()
    page.get_by_label("Day:", exact=True).fill("2024-06-01")
    page.get_by_label("Reason:", exact=True).fill("the year was mistyped")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Import of").wait_for()
    assert "None." in rows_to_correct(page).inner_text()

    # A result of nobody waits until somebody says whose it is.
    rows_that_wait(page).get_by_role("link", name="measurements.csv 4").click()
    page.get_by_role("button", name="Take it in").click()
    page.get_by_text("No patient with this pseudonym is at this centre.").wait_for()
    page.get_by_label("Pseudonym:", exact=True).fill("P-1")
    page.get_by_role("button", name="Take it in").click()
    page.get_by_role("heading", name="Import of").wait_for()
    assert "None." in rows_that_wait(page).inner_text()
    imported = page.url

    send(page, files)
    page.get_by_text("The same content was imported before").wait_for()
    assert page.get_by_role("button", name="Take in").count() == 0

    page.goto(imported)
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_text("The rows that it brought go.").wait_for()
    assert fits_on_a_phone(coordinator)
    page.get_by_role("button", name="Undo this import").click()
    undone = page.locator("p.notice", has_text="Undone").inner_text()
    assert "2 rows stay, because people worked on them since" in undone
    assert all("400" in one for one in coordinator.said), "of the one row that was refused"


def test_a_work_item_is_gone_once_the_missing_results_are_entered(coordinator):
    page = coordinator.page
    page.get_by_label("Kind").select_option(label="Overdue")
    page.wait_for_url("**kind=overdue**")
    item = page.locator("#items tbody tr", has_text="IgG")
    assert item.count() == 1
    item.get_by_role("link", name="Enter for P-1: ALT, AST, IgG").focus()
    page.keyboard.press("Enter")
    # By keyboard only: the day once, then value and unit, and Enter goes on to the next analyte that is needed.
    page.locator("[name=date]:focus").fill("2024-06-28")
    for analyte, value, unit, needed in (("ALT", "30", "U/L", 3), ("AST", "28", "U/L", 2), ("IGG", "13", "g/L", 1)):
        page.locator(f"[name=analyte][value={analyte}]").wait_for()
        assert fits_on_a_phone(coordinator)
        for cell in (value, unit):
            if page.evaluate("document.activeElement.name") in ("date", "analyte"):
                page.locator("[name=value]").focus()
            page.keyboard.type(cell)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_text("Saved:").wait_for()
        if needed > 1:
            page.locator(f"[name=analyte]:not([value={analyte}])").wait_for()
    page.get_by_role("heading", name="Work list").wait_for()
    assert "kind=overdue" in page.url
    assert page.locator("#items tbody tr", has_text="IgG").count() == 0
    assert coordinator.said == []
