"""The language of the pages in a real browser: chosen before signing in, kept, and a comma in a number."""

from __future__ import annotations

from browser_window import PASSWORD


def test_a_clinician_works_in_german_from_the_sign_in_to_the_visits_values(window):
    clinician = window()
    clinician.open("/sign-in/?next=/patients/")
    page = clinician.page
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Anmelden").wait_for()
    assert "next=/patients/" in page.url, "the way on is not lost"
    page.get_by_label("Benutzername").fill("clinician")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_role("link", name="P-1", exact=True).click()
    page.get_by_role("heading", name="Wo steht der Patient?").wait_for()
    patient = page.url
    page.goto(f"{patient}measurements/new/")
    visit = {"date": "2024-06-20", "analyte": "IGG", "value": "12,5", "unit": "g/L", "upper_limit": "16"}
    for name, value in visit.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Speichern", exact=True).click()
    page.get_by_role("heading", name="Patient P-1").wait_for()
    assert "IgG 0,78 ×ULN am 20.06.2024" in page.locator("ul.standing").inner_text()
    page.wait_for_selector(".live.drawn svg")
    assert "Als SVG speichern" in page.locator(".vega-actions").first.inner_text()
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Where does the patient stand?").wait_for()
    assert page.url.split("?")[0] == patient, "the language changes, the page stays"
    assert clinician.said == []
