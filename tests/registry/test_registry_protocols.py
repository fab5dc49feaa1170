"""Protocols of the centres: copied, edited line by line, compared, and used for the courses of a centre."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from hepatica.course.protocol import protocol_files
from hepatica.guidance.protocols import practice
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.verify import verify
from hepatica.registry.engine.patient_course import patient_course
from hepatica.registry.engine.standards import standards_of
from hepatica.registry.models import Centre, CentreProtocol, History
from hepatica.registry.protocols.kept import copy_text, path_of, shipped_text
from hepatica.registry.protocols.lines import check_text

pytestmark = pytest.mark.both_databases

OURS = copy_text("easl_2025", "ours", "Our clinic")


def own(cast, text=OURS, name="ours", centre=None) -> CentreProtocol:
    with acting("test"):
        return CentreProtocol.objects.create(centre=centre or cast.here, name=name, text=text)


def saved(cast, kept, text, version=None):
    given = {"text": text, "version": kept.version if version is None else version}
    return cast.browser("coordinator").post(reverse("protocol-edit", args=[kept.pk]), given)


# What is wrong, and in which line


@pytest.mark.parametrize("name", protocol_files())
def test_nothing_is_wrong_with_what_comes_with_hepatica(name):
    assert check_text(shipped_text(name)) == []


def test_nothing_is_wrong_with_a_copy_and_it_takes_over_everything():
    assert check_text(OURS) == []


WRONG = {
    "relapse: {answer: sometimes}\n": ("relapse", 8),
    "\nfirst_line:\n  answer: [steroid_alone, prayer]\n": ("first_line", 10),
    "no_such_question: {answer: unknown}\n": ("the file", 8),
    "steroid_start:\n  answer:\n    - {for: adults, low: 2, high: 1, unit: mg/kg/day}\n": ("steroid_start", 10),
}


@pytest.mark.parametrize("added", WRONG)
def test_what_is_wrong_is_said_with_its_line_and_a_remedy(added):
    place, line = WRONG[added]
    (problem,) = check_text(OURS + added)
    assert problem.place.startswith(place)
    assert problem.remedy
    assert problem.line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: ours\n  title: x: y\n", 2),
        ("- a\n- b\n", 1),
        ("just words", 1),
        ("", 1),
        ("name: ours\nname: twice\n", None),
        ("name: \x00", None),
    ],
)
def test_a_text_that_is_no_protocol_is_refused(text, line):
    problems = check_text(text)
    assert problems
    if line is not None:
        assert problems[0].line == line


def test_no_other_file_of_the_server_can_be_read(tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2: x\n", encoding="utf-8")
    for base in (str(secret), "/etc/passwd", "../secrets.json"):
        (problem,) = check_text(OURS.replace("extends: easl_2025", f"extends: {base}"))
        assert (problem.place, problem.line) == ("extends", 2)
        assert "hunter2" not in f"{problem.what}{problem.remedy}"


def test_a_text_that_would_blow_up_is_refused_unread():
    bomb = "a: &a [x, x, x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(30))
    assert "by *" in check_text(OURS + bomb)[0].what
    assert "nested" in check_text(OURS + "deep: " + "[" * 5_000 + "]" * 5_000)[0].what
    assert "longer" in check_text(OURS + "#" * 300_000)[0].what
    assert "type" in check_text(OURS + "x: !!python/object/apply:os.system [id]\n")[0].what


# Copying, editing, using


def test_a_copy_is_made_and_opened_for_editing(cast):
    given = {"centre": cast.here.pk, "of": "easl_2025", "name": "ours", "title": "Our clinic"}
    answer = cast.browser("coordinator").post(reverse("protocol-copy"), given)
    kept = CentreProtocol.objects.get()
    assert answer["Location"] == reverse("protocol-edit", args=[kept.pk])
    assert practice(path_of(kept)).extends[0] == "easl_2025"
    again = cast.browser("coordinator").post(reverse("protocol-copy"), given)
    assert again.status_code == 400
    assert b"This name is taken" in again.content


def test_a_good_text_is_saved_and_the_former_one_stays_in_the_history(cast):
    kept = own(cast)
    changed = OURS + "relapse: {answer: {transaminases_xuln_above: 5}}\n"
    assert saved(cast, kept, changed.replace("\n", "\r\n")).status_code == 302
    kept.refresh_from_db()
    assert (kept.text, kept.version) == (changed, 2)
    assert "Our clinic" in History.objects.order_by("-seq").first().content
    assert verify().problems == []


def test_a_wrong_text_is_not_saved_and_stays_in_the_form(cast):
    kept = own(cast)
    answer = saved(cast, kept, OURS + "relapse: {answer: sometimes}\n")
    assert answer.status_code == 400
    assert b"line 8" in answer.content
    assert b"answer: sometimes" in answer.content
    kept.refresh_from_db()
    assert kept.text == OURS


def test_a_protocol_keeps_its_name(cast):
    answer = saved(cast, own(cast), OURS.replace("name: ours", "name: easl_2025"))
    assert answer.status_code == 400
    assert b"write name: ours" in answer.content


def test_the_second_of_two_editors_is_told_and_sees_both_texts(cast):
    kept = own(cast)
    first, second = OURS + "# the first\n", OURS + "# the second\n"
    assert saved(cast, kept, first, version=1).status_code == 302
    answer = saved(cast, kept, second, version=1)
    assert answer.status_code == 409
    assert b"# the first" in answer.content
    assert b"# the second" in answer.content
    kept.refresh_from_db()
    assert kept.text == first


def test_the_courses_of_a_centre_are_read_by_its_own_protocol(cast):
    kept = own(cast, OURS + "monitoring: []\n")
    before = standards_of(cast.here)
    browser = cast.browser("coordinator")
    assert browser.post(reverse("protocol-use"), {"centre": cast.here.pk, "protocol": "own:ours"}).status_code == 302
    here = Centre.objects.get(pk=cast.here.pk)
    used = standards_of(here)
    assert used.practice.monitoring == ()
    assert used.key != before.key
    cast.patient.centre = here
    assert patient_course(cast.patient).used.practice.title == "Our clinic"
    assert standards_of(cast.there).practice.name == "default"
    with acting("test"):
        CentreProtocol.objects.filter(pk=kept.pk).update(text=OURS, version=2)
    assert standards_of(here).practice.monitoring == before.practice.monitoring


def test_the_file_of_a_protocol_is_made_again_from_the_database(cast):
    kept = own(cast)
    path = Path(path_of(kept))
    assert path.is_relative_to(settings.INSTALLATION.data)
    path.unlink()
    assert path_of(kept) == str(path)
    assert path.read_text(encoding="utf-8") == kept.text


@pytest.mark.parametrize("word", ["own:theirs", "no_such", "/etc/passwd", "own:"])
def test_a_centre_uses_no_protocol_but_its_own_or_a_known_one(cast, word):
    own(cast, name="theirs", centre=cast.there)
    given = {"centre": cast.here.pk, "protocol": word}
    assert cast.browser("coordinator").post(reverse("protocol-use"), given).status_code == 404
    given = {"centre": cast.there.pk, "protocol": "easl_2025"}
    assert cast.browser("coordinator").post(reverse("protocol-use"), given).status_code == 404


# Reading and comparing


def test_protocols_are_listed_and_shown_with_sources(cast):
    kept = own(cast)
    browser = cast.browser("clinician")
    page = browser.get(reverse("protocols")).content.decode()
    assert "Our clinic" in page
    assert "EASL 2025" in page
    assert "Copy and edit" not in page
    shown = browser.get(reverse("protocol", args=[f"own:{kept.pk}"])).content.decode()
    assert "taken over from easl_2025" in shown
    assert browser.get(reverse("protocol", args=["no_such"])).status_code == 404


def test_another_centres_protocol_is_not_there_and_the_researcher_may_read_all(cast):
    kept = own(cast, centre=cast.there)
    word = f"own:{kept.pk}"
    assert cast.browser("clinician").get(reverse("protocol", args=[word])).status_code == 404
    assert cast.browser("clinician").get(reverse("protocols-compared"), {"with": word}).status_code == 404
    assert cast.browser("coordinator").get(reverse("protocol-edit", args=[kept.pk])).status_code == 404
    assert cast.browser("researcher").get(reverse("protocol", args=[word])).status_code == 200


def test_protocols_are_compared_as_picture_and_table(cast):
    first, second = own(cast), own(cast, centre=cast.there)
    asked = {"with": ["easl_2025", "aasld_2019", f"own:{first.pk}", f"own:{second.pk}"]}
    page = cast.browser("researcher").get(reverse("protocols-compared"), asked)
    text = page.content.decode()
    assert 'data-picture="comparison"' in text
    assert page.context["data"].headings[2:] == ("easl_2025", "aasld_2019", "ours", "ours (2)")
    assert "comparison-narrow" in text
    assert "<script>" not in text
