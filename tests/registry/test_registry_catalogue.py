"""The catalogue of every language is complete: each text of the pages, translated, with its parts, in both files."""

from __future__ import annotations

import gettext
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from hepatica.course import definitions, derive, protocol
from hepatica.course.columns import DERIVED_TYPES
from hepatica.course.explain import explain
from hepatica.registry.language import extraction
from hepatica.registry.language.catalogue import (
    LOCALE,
    PLURAL_END,
    Text,
    mo_bytes,
    mo_file,
    po_file,
    po_text,
    read_po,
)
from hepatica.registry.language.engine_words import CONTEXT
from hepatica.registry.language.said import in_language, said_in_language
from hepatica.registry.language.update import update
from hepatica.report.course_words import standing, unknowns
from hepatica.report.patient_view import Standards, view_of
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

LANGUAGES = sorted(path.name for path in LOCALE.iterdir())
REMEDY = "python -m hepatica.registry.language.update LANGUAGE, translate what it names, and run it again"
PART = re.compile(r"%\(\w+\)s|</?\w+>")


def catalogue(language):
    return read_po(po_file(language).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def texts():
    return extraction.texts()


def test_every_language_but_english_has_a_catalogue_and_each_is_offered():
    assert [code for code, _ in settings.LANGUAGES if code != "en"] == LANGUAGES == ["de"]


def test_the_pages_say_many_things(texts):
    assert len(texts) > 900
    assert {Text("Work list"), Text("Clinician"), Text("relapse", context=CONTEXT)} <= set(texts)
    assert Text("%(patients)s patient", "%(patients)s patients") in texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_text_and_no_other(language, texts):
    _, said = catalogue(language)
    assert set(texts) - set(said) == set(), REMEDY
    assert set(said) - set(texts) == set(), REMEDY


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated_or_fuzzy(language):
    header, said = catalogue(language)
    assert [text for text, words in said.items() if not all(words)] == []
    assert "fuzzy" not in po_file(language).read_text(encoding="utf-8")
    plurals = int(re.search(r"nplurals=(\d)", header)[1])
    assert {len(words) for text, words in said.items() if text.many} == {plurals}
    assert {len(words) for text, words in said.items() if not text.many} == {1}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_parts_of_its_text_and_begins_and_ends_like_it(language):
    for text, words in catalogue(language)[1].items():
        for form, said in zip((text.one, text.many), words, strict=False):
            assert Counter(PART.findall(form)) == Counter(PART.findall(said)), (form, said)
            assert (form[:1].isspace(), form[-1:].isspace()) == (said[:1].isspace(), said[-1:].isspace()), (form, said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_that_django_reads_is_that_which_people_edit(language):
    header, said = catalogue(language)
    with mo_file(language).open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    wanted = {"": header}
    for text, words in said.items():
        own = text.key.split(PLURAL_END)[0]
        wanted |= {(own, number): form for number, form in enumerate(words)} if text.many else {own: words[0]}
    assert compiled == wanted, REMEDY
    assert mo_file(language).read_bytes() == mo_bytes(header, said)


def test_a_catalogue_is_written_as_it_is_read():
    said = {
        Text("one\ntwo", context="here"): ('eins\n"zwei"\\',),
        Text("%(n)s row", "%(n)s rows"): ("%(n)s Zeile", "%(n)s Zeilen"),
        Text("not yet"): ("",),
    }
    written = po_text("de", said, {Text("not yet"): ["a.html"]})
    assert "#: a.html" in written
    assert read_po(written)[1] == said
    marked = written.replace('msgctxt "here"', '#, fuzzy\nmsgctxt "here"')
    assert read_po(marked)[1][Text("one\ntwo", context="here")] == ("",)
    with pytest.raises(ValueError, match="twice"):
        read_po(written + "\n" + written.split("\n\n", 1)[1])


def test_a_new_text_is_added_and_named_and_an_old_one_goes(tmp_path, monkeypatch):
    shutil.copytree(LOCALE, tmp_path / "locale")
    monkeypatch.setattr("hepatica.registry.language.catalogue.LOCALE", tmp_path / "locale")
    found = {text: ["a.html"] for text in (Text("Work list"), Text("A text of today"))}
    monkeypatch.setattr("hepatica.registry.language.update.texts", lambda: found)
    assert update("de") == [Text("A text of today")]
    assert catalogue("de")[1] == {Text("Work list"): ("Arbeitsliste",), Text("A text of today"): ("",)}
    assert update("fr") == list(found)


# GNU gettext as a referee, where it is installed


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="GNU gettext is not installed (Debian package gettext)")
@pytest.mark.parametrize("language", LANGUAGES)
def test_gettext_finds_no_mistake_and_compiles_the_same(language, tmp_path):
    out = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", out, po_file(language)], check=True)
    with out.open("rb") as theirs, mo_file(language).open("rb") as ours:
        assert gettext.GNUTranslations(theirs)._catalog == gettext.GNUTranslations(ours)._catalog


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed (Debian package gettext)")
def test_gettext_finds_the_same_texts_in_templates_and_code(texts, tmp_path):
    copy = tmp_path / "registry"
    shutil.copytree(Path(extraction.__file__).parents[1], copy, ignore=shutil.ignore_patterns("locale", "__pycache__"))
    (copy / "locale").mkdir()
    line = [sys.executable, "-m", "django", "makemessages", "--locale", "de", "--no-location"]
    subprocess.run(line, cwd=copy, check=True, capture_output=True)
    _, theirs = read_po((copy / "locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8"))
    elsewhere = ("access/permissions.yaml", "language/engine_words.py")
    ours = {text for text, places in texts.items() if not all(place in elsewhere for place in places)}
    assert set(theirs) == ours


# What the engine says


@pytest.fixture
def german():
    with translation.override("de"):
        yield


@pytest.mark.usefixtures("german")
def test_where_the_patients_of_an_invented_centre_stand_is_said_in_german(tmp_path):
    synthesize(out=tmp_path / "centre", patients=25, seed=7)
    record, _ = open_source(str(tmp_path / "centre")).read()
    defined, practice, day = definitions(), protocol(), date(2024, 6, 30)
    tables = derive(record, defined, day, practice, tables=tuple(DERIVED_TYPES))
    told = [cell for row in tables["worklist"].iter_rows(named=True) for cell in (row["what"], row["why"])]
    for patient in record.patients["patient_id"].to_list():
        view = view_of(record, tables, patient, Standards(defined, practice))
        told += [*standing(view), *unknowns(view)]
        for one in explain(record, patient, defined, day, practice):
            told += [one.name, one.value, *one.because, *([one.unknown_needs] if one.unknown_needs else [])]
    english = {words for words in told if in_language(words) is None}
    assert len(set(told)) > 300
    # Where a protocol's monitoring is from is said as its source says it.
    assert {words for words in english if not words.startswith("source: ")} == set()


SAID = {
    "ALT and IgG": "ALT und IgG",
    "monitoring: leukocytes, neutrophils and platelets": "Kontrolle: Leukozyten, Neutrophile und Thrombozyten",
    "not_assessable": "nicht beurteilbar",
    "Is LEUKOCYTES up to date?": "Kontrolle aktuell: Leukozyten?",
    "every 14 days until day 28, then every 92 days, 14 days of grace": (
        "alle 14 Tage bis Tag 28, dann alle 92 Tage, 14 Tage Kulanz"
    ),
    "2024-06-30": "30.06.2024",
    "Latest results: ALT <0.25 ×ULN on 2024-01-05; AST unknown; IgG 1.5 ×ULN on 2024-01-05.": (
        "Letzte Befunde: ALT <0,25 ×ULN am 05.01.2024; AST unbekannt; IgG 1,5 ×ULN am 05.01.2024."
    ),
    "Doses: azathioprine 75 mg/day (1.07 mg/kg/day). Besides: omeprazole (other drug) 7.5 mg/day.": (
        "Dosen: Azathioprin 75 mg/Tag (1,07 mg/kg/Tag). Daneben: omeprazole (anderes Medikament) 7,5 mg/Tag."
    ),
}  # fmt: skip


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("words", SAID)
def test_days_numbers_and_drugs_are_written_as_the_language_writes_them(words):
    assert in_language(words) == SAID[words]


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    "words",
    [
        "Ask for the TPMT phenotype before azathioprine.",
        "Liver: cirrhosis no; histological remission something new; latest HAI 3.",
        "monitoring: the moon",
        "Treatment: azathioprine, 1st line, since 2023-01-10 (5 days); and a new part.",
    ],
)
def test_a_sentence_of_which_any_part_is_not_known_stays_english_as_a_whole_and_says_so(words):
    assert in_language(words) is None
    assert said_in_language(words) == f'<span lang="en">{words}</span>'


@pytest.mark.usefixtures("german")
def test_what_the_engine_says_is_no_markup():
    assert said_in_language("<b>ALT</b>") == '<span lang="en">&lt;b&gt;ALT&lt;/b&gt;</span>'
    assert said_in_language("<5") == "&lt;5"


def test_what_stays_english_is_said_without_codes():
    with translation.override("en"):
        assert said_in_language("not_assessable & more") == "not assessable &amp; more"
    with translation.override("de"):
        assert said_in_language("not_assessable & more") == '<span lang="en">not assessable &amp; more</span>'


HOSTILE = ("CBR by " + "a, " * 330, "Who: " + "x; " * 330 + ".", "In CBR " + "and " * 240, "fell by 3; " * 90)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("words", HOSTILE, ids=[words[:6] for words in HOSTILE])
def test_a_text_that_resembles_a_sentence_keeps_no_reader_waiting(words):
    before = time.process_time()
    assert in_language(words) is None
    assert time.process_time() - before < 1
