"""What a page must not do to its reader: lose who is invented, name two things alike, draw with another language."""

from __future__ import annotations

import re
from importlib.resources import files

import altair as alt
import pytest
from django.urls import reverse
from registry_cast import a_patient

from hepatica.registry.audit.acting import acting
from hepatica.registry.language.said import in_plain_english


@pytest.mark.parametrize("page", ["patient", "identity", "consent", "history", "erasure"])
def test_every_page_of_an_invented_patient_says_so(cast, page):
    with acting("test"):
        invented = a_patient(cast.here, "SYN-00000001")
    browser = cast.browser("coordinator")
    assert "SYNTHETIC DATA" in browser.get(reverse(page, args=[invented.key])).content.decode()
    assert "SYNTHETIC DATA" not in browser.get(reverse(page, args=[cast.patient.key])).content.decode()


def test_entering_a_row_of_an_invented_patient_says_so(cast):
    with acting("test"):
        invented = a_patient(cast.here, "SYN-00000001")
    where = reverse("row-new", args=[invented.key, "measurements"])
    assert "SYNTHETIC DATA" in cast.browser("clinician").get(where).content.decode()


def test_a_refused_form_ties_each_error_to_its_field_by_a_name_of_its_own(cast):
    where = reverse("row-new", args=[cast.patient.key, "measurements"])
    cells = {"date": "2034-01-01", "analyte": "ALT", "value": "-5", "unit": "U/L"}
    said = cast.browser("clinician").post(where, cells).content.decode()
    names = re.findall(r'\bid="([^"]+)"', said)
    assert len(names) == len(set(names))
    tied = [name for group in re.findall(r'aria-describedby="([^"]+)"', said) for name in group.split()]
    assert any(name.endswith("_error") for name in tied)
    assert set(tied) <= set(names)


def test_the_pictures_are_drawn_by_the_version_that_they_are_written_for():
    # A later one drew the colours and the shapes of one legend as two.
    script = files("hepatica.registry") / "static" / "registry" / "vendor" / "vega-lite.min.js"
    found = re.search(r'"(\d+\.\d+\.\d+)"', script.read_text(encoding="utf-8")[:500])
    assert found is not None
    assert found[1] == alt.SCHEMA_VERSION.removeprefix("v")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("LEUKOCYTES, NEUTROPHILS", "leukocytes, neutrophils"),
        ("Is IGG up to date?", "Is IgG up to date?"),
        ("ALT, AST", "ALT, AST"),
        ("not_applicable", "not applicable"),
        ("azathioprine+ursodeoxycholic_acid", "azathioprine+ursodeoxycholic acid"),
        ("birth_date", "Date of birth"),
        ("SYN_ABC_1", "SYN_ABC_1"),
    ],
)
def test_codes_of_the_engine_are_written_as_people_write_them(said, written):
    assert in_plain_english(said) == written


def test_the_patients_page_shows_no_code_of_an_answer(cast):
    with acting("test"):
        cast.patient.treatments.all().delete()
    page = cast.browser("clinician").get(reverse("patient", args=[cast.patient.key])).content.decode()
    assert re.findall(r"<td[^>]*>(not_applicable|non_response|not_assessable)", page) == []
    assert "not applicable" in page


@pytest.mark.parametrize("page", ["consents", "exports", "quality"])
def test_pages_on_a_centre_with_invented_patients_say_so(cast, page):
    browser = cast.browser("data_manager" if page == "quality" else "coordinator")
    assert "SYNTHETIC DATA" not in browser.get(reverse(page)).content.decode()
    with acting("test"):
        a_patient(cast.here, "SYN-00000001")
    assert "SYNTHETIC DATA" in browser.get(reverse(page)).content.decode()
