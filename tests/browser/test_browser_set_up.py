"""The administrator's set-up in a real browser: from the terminal's one-time link to a clinician who signs in."""

from __future__ import annotations

from browser_window import PASSWORD, a_window


def set_password(page) -> None:
    page.get_by_label("New password:", exact=True).fill(PASSWORD)
    page.get_by_label("New password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()


def test_from_the_first_link_to_a_clinician_at_work(chromium, first_start):
    administrator = a_window(chromium, first_start)
    page = administrator.page
    page.goto(first_start.set_up)
    set_password(page)
    page.get_by_role("link", name="Centres", exact=True).click()
    page.get_by_label("Code:", exact=True).fill("HH")
    page.get_by_label("Name:", exact=True).fill("Hamburg")
    page.get_by_role("button", name="Add the centre").click()
    page.get_by_role("cell", name="HH", exact=True).wait_for()
    page.get_by_role("link", name="People and roles").click()
    page.get_by_label("User name:", exact=True).fill("ada")
    page.get_by_label("Name:", exact=True).fill("Ada Doe")
    page.get_by_label("Role:", exact=True).select_option("clinician")
    page.get_by_label("Centre:", exact=True).select_option(label="Hamburg")
    page.get_by_role("button", name="Add and show the one-time link").click()
    link = page.locator("code.link").inner_text()
    assert page.goto(f"{first_start.address}/worklist/").status == 403
    clinician = a_window(chromium, first_start)
    clinician.page.goto(link)
    assert "Ada Doe" in clinician.page.locator("main").inner_text()
    set_password(clinician.page)
    clinician.page.get_by_text("Nothing is on the work list.").wait_for()
    assert clinician.page.get_by_role("navigation").get_by_role("link", name="People").count() == 0
    assert a_window(chromium, first_start).page.goto(link).status == 404, "the link counts once"
    assert administrator.page.goto(first_start.set_up).status == 404, "and so does the first one"
    assert clinician.said == []
