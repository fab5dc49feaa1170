"""Every page of every role in a real browser: no barrier for axe-core at a desk, on a phone, or on paper.

Nothing stands beyond a phone's edge or a sheet's, the console is silent, and nobody but the registry is asked.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_window import DESK, PATIENCE_MS, PHONE

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_FINGERS = "target-size"  # how large a link is counts where it is pressed, not on paper
ROLES = ["clinician", "coordinator", "researcher", "data_manager", "administrator", "auditor"]
# What a page answers that is not there, not for its reader, or cannot be made; the console says so too.
ANSWERS = {
    ("clinician", "/no-such-page/"): 404,
    ("clinician", "/audit/"): 403,
    ("researcher", "/studies/response/?purpose=registry"): 422,
}
# Reports are documents of their own; the walk through the words leaves them out.
REPORTS = {"clinician": ["/cohort/response/"], "researcher": ["/studies/response/?purpose=aih"]}
A4 = {"width": 680, "height": 1000}  # what is left of a sheet between its margins


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


def drawn(page) -> None:
    """Wait until every picture of a page is drawn."""
    from playwright.sync_api import expect

    expect(page.locator(".live:not(.drawn)")).to_have_count(0, timeout=PATIENCE_MS)


def looked_at(person, checked) -> tuple[list[str], list[str]]:
    """Look at a page at a desk, on a phone, and as it is printed: its barriers, and where it does not fit."""
    page, found, beyond = person.page, [], []
    for name, size, media in (("desk", DESK, "screen"), ("phone", PHONE, "screen"), ("paper", A4, "print")):
        page.set_viewport_size(size)
        page.emulate_media(media=media)
        drawn(page)
        found += [f"{name}: {one}" for one in checked(page) if media == "screen" or OF_FINGERS not in one]
        if not person.fits:
            beyond.append(f"{name}: {page.url}")
    page.emulate_media(media="screen")
    return found, beyond


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_role_has_a_barrier_or_stands_beyond_an_edge(window, everywhere, role, checked):
    served, pages = everywhere
    person = window(at=served)
    person.sign_in(role)
    found, beyond = [], []
    for address in [*pages[role], *REPORTS.get(role, [])]:
        person.page.set_viewport_size(DESK)
        answer = person.page.goto(served.address + address)
        assert answer.status == ANSWERS.get((role, address), 200), address
        if answer.status != 200:
            person.said.clear()
        more, too_wide = looked_at(person, checked)
        found += more
        beyond += too_wide
        assert person.said == [], address
    assert found == []
    assert beyond == []
    assert len(person.asked) > len(pages[role])
    assert person.asked_elsewhere == []


def test_the_six_roles_are_all_there_are(everywhere):
    assert set(everywhere[1]) == set(ROLES)


def test_the_way_in_has_no_barrier(window, checked):
    person = window()
    person.open("/sign-in/")
    found, beyond = looked_at(person, checked)
    assert found == beyond == []


def test_a_reader_who_prefers_dark_gets_the_pages_as_they_are_with_every_word_legible(window, checked):
    person = window()
    person.page.emulate_media(color_scheme="dark")
    person.sign_in("clinician", "/patients/")
    assert person.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert checked(person.page) == []
