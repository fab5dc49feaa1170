"""The evidence and the rules as their readers see them: whole, with what is not verified said, and no patient."""

from __future__ import annotations

import pytest
from django.urls import reverse

from hepatica.evidence.audit import check_figure
from hepatica.evidence.library import studies
from hepatica.evidence.recomputation import VERDICT_WORDS
from hepatica.guidance.rule_text import rule_in_english
from hepatica.guidance.rules import rules

pytestmark = pytest.mark.both_databases


def text_of(response) -> str:
    """The page as a reader sees its words."""
    import html

    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_every_study_of_the_library_is_listed_with_its_verdicts(cast):
    page = text_of(cast.browser("clinician").get(reverse("evidence")))
    for study in studies().values():
        assert study.subject[1:] in page
    assert page.count("not verified") == sum(not one.verified for one in studies().values())


@pytest.mark.parametrize("role", ["clinician", "coordinator", "researcher", "data_manager"])
def test_a_study_shows_every_figure_as_printed_and_as_judged(cast, role):
    study = max(studies().values(), key=lambda one: len(one.figures))
    page = text_of(cast.browser(role).get(reverse("evidence-study", args=[study.id])))
    for figure in study.figures:
        judged = check_figure(figure)
        assert figure.printed in page
        assert VERDICT_WORDS[judged.verdict] in page
        assert judged.explanation in page


def test_every_rule_is_listed_and_a_rules_page_gives_all_of_its_cases(cast):
    browser = cast.browser("researcher")
    listed = text_of(browser.get(reverse("rules")))
    for name in rules():
        assert reverse("rule", args=[name]) in listed
    name = max(rules(), key=lambda one: len(rules()[one].cases))
    page = text_of(browser.get(reverse("rule", args=[name])))
    told = rule_in_english(rules()[name])
    for sentence in (*told.rows, *told.outcomes, *told.cases, *told.limits):
        assert sentence in page
    assert ("not verified" in page) is not told.verified or "not verified" in " ".join(told.limits)


def test_a_rule_is_shown_under_the_limits_of_the_protocol_that_is_asked_for(cast):
    browser = cast.browser("clinician")
    name = next(iter(rules()))
    assert "easl_2025" in text_of(browser.get(reverse("rule", args=[name]), {"protocol": "easl_2025"}))
    assert browser.get(reverse("rules"), {"protocol": "../../etc/passwd"}).status_code == 404
    assert browser.get(reverse("rule", args=["no.such"])).status_code == 404
    assert browser.get(reverse("evidence-study", args=["no-such"])).status_code == 404
