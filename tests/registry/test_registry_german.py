"""The pages in German: nothing of ours stays English, days and numbers are German, and each page offers the choice."""

from __future__ import annotations

import re
from collections import defaultdict
from urllib.parse import urlsplit

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.translation import trans_real
from language_pages import OTHER, PAGES, filled, visible
from test_registry_roles import patterns

from hepatica.course import definition_sets, protocol_files
from hepatica.errors import UsageError
from hepatica.evidence.library import studies
from hepatica.guidance.protocols import practices
from hepatica.guidance.rules import rules
from hepatica.registry.installation import installation
from hepatica.registry.intake.declared import DAYS
from hepatica.registry.language.catalogue import po_file, read_po
from hepatica.registry.models import Measurement
from hepatica.registry.views import errors

# For an address without a registry: any number, and a patient as addresses name one.
PLACES = defaultdict(
    lambda: "1", patient="0" * 8 + "-0000-0000-0000-" + "0" * 12, upload="0" * 8 + "-0000-0000-0000-" + "0" * 12
)
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}
# What stands on the pages in no language of ours, each with its reason.
ALLOWED = {
    "titles of publications": [re.escape(one.title) for one in practices().values()]
    + [re.escape(one.subject[0].upper() + one.subject[1:]) for one in studies().values()],
    "codes of rules": [re.escape(name) for name in rules()],
    "the name of the software": ["Hepatica", "HEPATICA"],
    "a language calls itself by its own name": ["English"],
    "people, centres, and what the tests entered": [
        r"The \w+", "Here", "There", "HERE", "THERE", r"P-\d", "p-1", "ours", "registry", "clinician", "coordinator",
        "researcher", "data_manager", "administrator", "auditor", "test", r"labs\.csv", r"measurements\.csv",
    ],
    "abbreviations": ["HAI"],
    "days as files of laboratories write them": [*DAYS.values()],
    "a row stands as it was written": ["ALT", "AST", "IGG", "U/L", "g/L", "mg/day", "female", "none", "azathioprine",
                                       "prednisolone"],
    "codes of protocols, definition sets, and forms of export": [*protocol_files(), *definition_sets(), "csv"],
}  # fmt: skip
OURS = re.compile(
    "|".join(rf"(?<!\w)(?:{one})(?!\w)" for words in ALLOWED.values() for one in sorted(words, key=len, reverse=True))
)


@pytest.fixture(autouse=True)
def nothing_left():
    """Give the language of the last request back: it stays with the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def places(cast):
    return filled(cast)


def in_german(browser, address):
    answer = browser.get(address, headers=GERMAN)
    assert answer.status_code < 500, address
    assert answer["Content-Language"] == "de", address
    return answer.content.decode()


def test_the_walk_leaves_no_page_out():
    known = {
        resolve(urlsplit(page.format_map(PLACES)).path).view_name
        for pages in PAGES.values()
        for page in pages
        if "no-such" not in page
    }
    elsewhere = {name for names in OTHER.values() for name in names}
    pages = {name for name, _ in patterns() if not name.startswith("api:")}
    assert known | elsewhere == pages
    assert known & elsewhere == set()


@pytest.mark.slow
def test_everything_that_a_page_says_goes_through_the_catalogue(cast, places, monkeypatch):
    """Every translation is put between brackets: what then stands outside of them was never asked for."""
    bare = r"⟦[^⟦⟧]*⟧"
    monkeypatch.setattr(trans_real.DjangoTranslation, "gettext", lambda _, text: f"⟦{text.split(chr(4))[-1]}⟧")
    monkeypatch.setattr(
        trans_real.DjangoTranslation, "ngettext", lambda _, one, many, count: f"⟦{one if count == 1 else many}⟧"
    )
    found = set()
    for role, pages in PAGES.items():
        browser = cast.browser(role)
        for page in pages:
            left = "\n".join(visible(in_german(browser, page.format(**places))))
            while (less := re.sub(bare, " ", left)) != left:
                left = less
            found |= {(page, said) for said in OURS.sub(" ", left).split("\n") if re.search(r"[^\W\d_]{2,}", said)}
    assert found == set()


def english_words():
    """What the pages say in English, as whole words; without words that are German too, and without parts to fill."""
    _, said = read_po(po_file("de").read_text(encoding="utf-8"))
    german = set(re.findall(r"\w+", " ".join(" ".join(words) for words in said.values()).casefold()))
    words = {text.one for text, told in said.items() if "%(" not in text.one and text.one != told[0]}
    return {word for word in words if not set(re.findall(r"\w+", word.casefold())) <= german}


@pytest.mark.slow
def test_a_clinician_and_an_administrator_read_no_english_word_of_ours(cast, places):
    words = english_words()
    assert len(words) > 700
    pattern = re.compile(
        "|".join(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in sorted(words, key=len, reverse=True))
    )
    found = set()
    for role in ("clinician", "administrator"):
        browser = cast.browser(role)
        for page in PAGES[role]:
            html = in_german(browser, page.format(**places))
            assert '<html lang="de">' in html, page
            assert "erscheint auf Englisch" in html, page
            found |= {(page, word) for said in visible(html) for word in pattern.findall(OURS.sub(" ", said))}
    assert found == set()


def test_the_sign_in_is_german_for_a_german_browser(cast, client):
    page = client.get(reverse("sign-in"), headers=GERMAN).content.decode()
    assert '<html lang="de">' in page
    said = visible(page)
    assert {"Anmelden", "Benutzername:", "Passwort:", "Zum Inhalt springen"} <= set(said)
    assert not {"Sign in", "Password:"} & set(said)
    wrong = client.post(reverse("sign-in"), {"username": "nobody", "password": "x"}, headers=GERMAN)
    assert "gehören nicht zusammen" in wrong.content.decode()


def test_english_comes_first_and_says_nothing_of_german(client):
    page = client.get(reverse("sign-in"), headers={"accept-language": "fr"}).content.decode()
    assert '<html lang="en">' in page
    assert '<button class="plain" name="language" value="de" lang="de">Deutsch</button>' in page
    assert "in English" not in page


def test_who_chooses_a_language_keeps_it_before_and_after_signing_in(cast):
    browser = cast.browser("clinician")
    answer = browser.post(reverse("language"), {"language": "de", "back": "/patients/?q=P"})
    assert (answer.status_code, answer["Location"]) == (302, "/patients/?q=P")
    cookie = answer.cookies["hepatica_language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("de", "Lax", True)
    page = browser.get("/patients/", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="de">' in page
    assert 'value="en" lang="en">English</button>' in page
    anonymous = Client()
    anonymous.post(reverse("language"), {"language": "de"})
    assert "Anmelden" in anonymous.get(reverse("sign-in")).content.decode()


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_the_way_back_leads_nowhere_else(client, back):
    assert client.post(reverse("language"), {"language": "de", "back": back})["Location"] == "/"


@pytest.mark.parametrize("chosen", ["xx", "", "en-GB; secure", "de\r\nSet-Cookie: a=b"])
def test_a_language_that_is_not_offered_is_not_there(client, chosen):
    answer = client.post(reverse("language"), {"language": chosen})
    assert answer.status_code == 404
    assert "hepatica_language" not in answer.cookies


def test_the_choice_asks_for_the_forms_own_token(cast):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(reverse("language"), {"language": "de"}).status_code == 403


def test_the_pages_that_say_no_are_german(cast, client):
    browser = cast.browser("clinician")
    assert "Diese Seite gibt es nicht" in in_german(browser, "/no-such-page/")
    assert "Nicht mit Ihrer Rolle" in in_german(browser, "/audit/")
    assert "das Prüfprotokoll lesen und verifizieren" in in_german(browser, "/audit/")
    with translation.override("de"):
        broken = errors.broken(RequestFactory().get("/")).content.decode()
    assert '<html lang="de">' in broken
    assert "Es ist ein Fehler aufgetreten" in broken


def test_days_are_written_in_the_language_of_the_page(cast):
    browser = cast.browser("clinician")
    address = reverse("patient", args=[cast.patient.key])
    german = in_german(browser, address)
    assert "Stand: 30.06.2024." in german
    assert "behandelt seit 10.01.2023" in german
    english = browser.get(address).content.decode()
    assert "As of 2024-06-30." in english
    assert "treated since 2023-01-10" in english


def test_a_count_of_one_is_said_in_the_singular(cast):
    browser = cast.browser("clinician")
    assert '<p class="lead">1 Patient</p>' in in_german(browser, "/patients/")
    assert '<p class="lead">0 Patienten</p>' in in_german(browser, "/patients/?q=nobody")


def entered(cast, value, **headers):
    """Enter a result as the clinician; returns what is kept of it, or None where the form said no."""
    cells = {"date": "2024-01-05", "analyte": "ALT", "value": value, "unit": "U/L", "upper_limit": "40"}
    address = reverse("row-new", args=[cast.patient.key, "measurements"])
    answer = cast.browser("clinician").post(address, cells, headers=headers)
    if answer.status_code == 400:
        return None
    assert answer.status_code == 302
    return Measurement.objects.latest("pk").value


KEPT = {"12,5": "12.5", "1.012,5": "1012.5", "<0,5": "<0.5", "12.5": "12.5", "13": "13", ">30": ">30"}


@pytest.mark.parametrize("written", KEPT)
def test_a_decimal_comma_is_a_point_to_the_record_on_a_german_page(cast, written):
    assert entered(cast, written, **GERMAN) == KEPT[written]


def test_on_an_english_page_a_comma_is_asked_about_and_never_guessed(cast):
    assert entered(cast, "12,5") is None


def test_the_day_field_of_a_german_page_still_holds_what_a_browser_shows(cast, places):
    page = in_german(cast.browser("clinician"), reverse("consent", args=[cast.patient.key]))
    assert 'type="date" name="day" value="2024-06-30"' in page.replace("\n", " ")


def test_a_problem_of_a_row_is_marked_as_english_at_its_field(cast):
    cells = {"date": "2031-01-05", "analyte": "IGG", "value": "12", "unit": "g/L", "upper_limit": "16"}
    address = reverse("row-new", args=[cast.patient.key, "measurements"])
    page = cast.browser("clinician").post(address, cells, headers=GERMAN).content.decode()
    assert re.search(r'id="id_date_error"[^>]*>\s*(<ul[^>]*>)?<li><span lang="en">', page)
    assert "Die Zeile behalten, obwohl sie so nicht verwendbar ist" in page


def test_an_installation_speaks_a_language_that_there_is(monkeypatch):
    monkeypatch.setenv("HEPATICA_LANGUAGE", "de")
    assert installation().language == "de"
    monkeypatch.setenv("HEPATICA_LANGUAGE", "german")
    with pytest.raises(UsageError, match="use one of en, de"):
        installation()
