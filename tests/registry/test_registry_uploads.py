"""Uploads that mean harm or are broken: refused or reported, and never a traceback, a lost row, or a file elsewhere."""

from __future__ import annotations

import io
import random
import shutil
import warnings
import zipfile
from contextlib import suppress

import pytest
from django.conf import settings as installed
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.errors import SourceError
from hepatica.registry.engine import kept_reports
from hepatica.registry.intake import unpacking
from hepatica.registry.intake.unpacking import KNOWN, unpack
from hepatica.registry.models import MODELS, Patient, Upload

HEADER = "patient_id,sex,birth_date,diagnosis_date"
PATIENTS = f"{HEADER}\nN-1,female,1970-01-01,2020-01-01\nN-2,male,1980,2021\n"
LABS = "patient_id,date,analyte,value,unit,upper_limit\nN-1,2020-02-01,ALT,300,U/L,40\n"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(kept_reports, "_reports", {})


@pytest.fixture
def browser(cast):
    return cast.browser("coordinator")


def rows():
    return {name: model.objects.count() for name, model in MODELS.items()}


def sent(cast, browser, name: str, content: bytes):
    """Send one file, look at its report if there is one, and throw it away; the test's browser raises any traceback."""
    before = rows()
    file = SimpleUploadedFile("plain", content)
    file._name = name  # as written: Django's own tidying of names is not relied on here
    answer = browser.post(reverse("imports"), {"centre": cast.here.pk, "files": file})
    assert answer.status_code in (302, 400)
    page = answer if answer.status_code == 400 else browser.get(answer["Location"])
    if answer.status_code == 302:
        assert page.status_code == 200
        browser.post(answer["Location"], {"discard": "1"})
    assert rows() == before
    return answer.status_code, page.content.decode()


def zipped(entries: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def encrypted(content: bytes) -> bytes:
    """The same zip with the mark of an encrypted one in both of its headers."""
    marked = bytearray(content)
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        marked[content.index(signature) + at] |= 1
    return bytes(marked)


WORKBOOK = zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", "xl/a.xml": b"0" * 3_000_000})
GOOD = zipped({"patients.csv": PATIENTS, "measurements.csv": LABS})
# What is told apart here: refused with a reason (400), or reported for a person to decide (302).
UPLOADS = {
    "a workbook that unpacks to a thousand times its size": ("patients.xlsx", WORKBOOK, 400),
    "a workbook under a table's name": ("patients.csv", WORKBOOK, None),
    "a zip within a zip": ("all.zip", zipped({"inner.zip": GOOD}), 400),
    "a zip that is cut off": ("all.zip", GOOD[:-30], 400),
    "a zip that is encrypted": ("all.zip", encrypted(GOOD), 400),
    "a zip with nothing in it": ("all.zip", zipped({}), 400),
    "a zip with two tables that differ by case": ("all.zip", zipped({"patients.csv": "", "PATIENTS.csv": ""}), 400),
    "a zip of very many files": ("all.zip", zipped({f"{number}.csv": "" for number in range(101)}), 400),
    "a zip that is none": ("all.zip", b"patients", 400),
    "nothing at all": ("patients.csv", b"", None),
    "no column, only NUL": ("patients.csv", b"\x00" * 1_000, None),
    "NUL within cells": ("patients.csv", PATIENTS.replace("N-1", "N\x00-1").encode(), None),
    "UTF-16 as a spreadsheet saves it": ("patients.csv", PATIENTS.encode("utf-16"), None),
    "UTF-32": ("patients.csv", PATIENTS.encode("utf-32"), None),
    "Latin-1": ("patients.csv", PATIENTS.replace("N-1", "Jos\u00e9").encode("latin-1"), None),
    "a byte that is no text": ("patients.csv", PATIENTS.replace("N-1", "N\x81").encode("latin-1"), None),
    "a mark at the beginning": ("patients.csv", PATIENTS.encode("utf-8-sig"), 302),
    "a header of a megabyte": ("patients.csv", b"patient_id," + b"x" * 1_000_000 + b"\nN-1,1\n", None),
    "a header of five thousand columns": ("patients.csv", b"patient_id" + b",a" * 5_000 + b"\nN-1\n", None),
    "a cell of a megabyte": ("patients.csv", f"{HEADER}\n{'N' * 1_000_000},female,,\n".encode(), None),
    "a quote that never ends": ("patients.csv", f'{HEADER}\n"N-1,female,,\n'.encode(), None),
    "more cells than columns": ("patients.csv", f"{HEADER}\nN-1,female,,,,,,,\n".encode(), None),
    "the same column twice": ("patients.csv", b"patient_id,patient_id\nN-1,N-2\n", None),
    "an old Mac's ends of lines": ("patients.csv", PATIENTS.replace("\n", "\r").encode(), None),
}


@pytest.mark.parametrize("what", UPLOADS)
def test_what_means_harm_or_is_broken_is_refused_or_reported(cast, browser, what):
    name, content, stated = UPLOADS[what]
    status, page = sent(cast, browser, name, content)
    assert stated in (None, status)
    assert "Traceback" not in page


NAMES = (
    *(
        "../../patients.csv",
        "..\\..\\patients.csv",
        "\x43:\\temp\\patients.csv",
        "/etc/patients.csv",
        "con",
        ".",
        "..",
        " ",
    ),
    *("patients.csv\x00.exe", "patients.csv\n.exe", "\u202epatients.csv", "p\u0430tients.csv", "a" * 3_000 + ".csv"),
    *("<script>alert(1)</script>.csv", "patients.csv;rm -rf", "=HYPERLINK(1).csv"),
)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_leads_anywhere(cast, browser, name, tmp_path):
    sent(cast, browser, name, PATIENTS.encode())
    _, page = sent(cast, browser, "all.zip", zipped({name: PATIENTS, "patients.csv": PATIENTS}))
    assert "<script>alert" not in page
    folder = tmp_path / "unpacked"
    folder.mkdir()
    with suppress(SourceError):
        unpack(zipped({name: PATIENTS}), folder)
    assert {path.name for path in folder.rglob("*")} <= set(KNOWN)
    assert not (tmp_path / "patients.csv").exists()


def test_a_zip_that_unpacks_to_more_than_agreed_is_stopped_on_the_way(cast, browser, monkeypatch, tmp_path):
    monkeypatch.setattr(unpacking, "MOST_UNPACKED_BYTES", 3 * 1024 * 1024)
    bomb = zipped({"patients.csv": b"\n" * 50_000_000})
    assert len(bomb) < 100_000
    folder = tmp_path / "unpacked"
    folder.mkdir()
    assert sent(cast, browser, "all.zip", bomb)[0] == 400
    with pytest.raises(SourceError, match="unpacks to more than"):
        unpack(bomb, folder)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= unpacking.MOST_UNPACKED_BYTES


def test_an_upload_beyond_the_limit_is_refused(cast, browser, monkeypatch):
    monkeypatch.setattr(installed, "UPLOAD_MOST_BYTES", 1_000)
    status, page = sent(cast, browser, "patients.csv", PATIENTS.encode() * 100)
    assert status == 400
    assert "is larger than" in page
    assert Upload.objects.count() == 0


def test_a_formula_in_a_cell_is_shown_as_text_and_kept_as_it_was_written(cast, browser):
    formula = "=HYPERLINK(1;2)"
    file = SimpleUploadedFile("patients.csv", f"{HEADER}\n{formula},female,@SUM(1),+1\n".encode())
    answer = browser.post(reverse("imports"), {"centre": cast.here.pk, "files": file})
    assert browser.get(answer["Location"]).status_code == 200
    browser.post(answer["Location"], {"confirm": "1"})
    assert Patient.objects.get(patient_id=formula).birth_date == "@SUM(1)"


LETTERS = ("", "\x00", '"', ",", "\r", "\n", "\t", "\ufeff", "é")


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(st.tuples(st.integers(0, len(PATIENTS)), st.sampled_from(LETTERS)), min_size=1, max_size=6))
def test_a_file_with_letters_lost_or_put_in_is_reported(cast, browser, cuts):
    text = PATIENTS
    for at, letter in cuts:
        text = text[:at] + letter + text[at + 1 :]
    sent(cast, browser, "patients.csv", text.encode())


@pytest.mark.slow
def test_ten_thousand_damaged_zips_are_unpacked_or_refused(tmp_path):
    """Bytes changed, lost, or doubled anywhere: the tables by their own names come out, or a reason; nothing else."""
    draw = random.Random(20)  # noqa: S311  (damage, no secret)
    folder, refused = tmp_path / "in" / "here", 0
    for _ in range(10_000):
        folder.mkdir(parents=True)
        refused += is_refused(damaged(GOOD, draw), folder)
        assert {path.name for path in tmp_path.glob("in/**/*.*")} <= set(KNOWN)
        shutil.rmtree(folder)
    assert 1_000 < refused < 10_000


def is_refused(content: bytes, folder) -> bool:
    try:
        unpack(content, folder)
    except SourceError as error:
        return bool(error.remedy)
    return False


def damaged(content: bytes, draw: random.Random) -> bytes:
    broken = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(broken))
        kind = draw.randrange(4)
        if kind == 0:
            broken[at] = draw.randrange(256)
        elif kind == 1:
            del broken[at : at + draw.randint(1, 8)]
        elif kind == 2:
            broken[at:at] = broken[at : at + 40]
        else:
            broken[at] ^= 1 << draw.randrange(8)
    return bytes(broken)
