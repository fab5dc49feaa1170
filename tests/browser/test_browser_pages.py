"""Every page in a real browser: no barrier for axe-core, nothing beyond a phone's edge, a silent console."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_window import PATIENCE_MS

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENT = "PATIENT"
# The pages of each role; PATIENT stands for the address of the patient.
PAGES = {
    "clinician": [
        "/worklist/", "/patients/", "/patients/new/", PATIENT, f"{PATIENT}measurements/new/",
        f"{PATIENT}treatments/new/", f"{PATIENT}consent/", f"{PATIENT}identity/", "/consent/", "/cohort/",
        "/evidence/", "/rules/", "/protocols/", "/second-factor/",
    ],
    "coordinator": [
        "/imports/", "/queries/here/", "/exports/", f"{PATIENT}erasure/", "/protocols/compared/", "/erasures/",
    ],
    "administrator": ["/people/", "/people/1/", "/centres/", "/centres/1/", "/purposes/"],
    "data_manager": ["/quality/", "/queries/"],
    "researcher": ["/studies/"],
    "auditor": ["/audit/"],
}  # fmt: skip


def barriers(page) -> list[str]:
    """Return what axe-core finds on a page, each with the element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{page.url} {one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


@pytest.fixture
def checked():
    """Return the check of the page that is shown; skips where axe-core is not installed."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (scripts/node_packages.sh)")
    return barriers


def addresses(person, role: str) -> list[str]:
    """Return the addresses of a role's pages, with the patient's own."""
    if not any(one.startswith(PATIENT) for one in PAGES[role]):
        return PAGES[role]
    person.open("/patients/")
    own = person.page.get_by_role("link", name="P-1").get_attribute("href")
    return [one.replace(PATIENT, own) for one in PAGES[role]]


def drawn(page) -> None:
    """Wait until every picture of a page is drawn."""
    from playwright.sync_api import expect

    expect(page.locator(".live:not(.drawn)")).to_have_count(0, timeout=PATIENCE_MS)


@pytest.mark.parametrize("role", list(PAGES))
def test_no_page_of_a_role_has_a_barrier_or_stands_beyond_a_phones_edge(window, role, checked):
    person = window()
    person.open("/sign-in/")
    found = checked(person.page)
    person.sign_in(role)
    beyond = []
    for address in addresses(person, role):
        person.page.set_viewport_size({"width": 1280, "height": 900})
        answer = person.page.goto(person.served.address + address)
        assert answer.status == 200, address
        drawn(person.page)
        found += checked(person.page)
        person.page.set_viewport_size({"width": 390, "height": 844})
        drawn(person.page)
        if not person.fits:
            beyond.append(address)
    assert found == []
    assert beyond == []
    assert person.said == []
