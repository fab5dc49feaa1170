"""Late results entered one after the other: from the work list, by keyboard, and what is odd is said once saved."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from hepatica.registry.engine import freshness
from hepatica.registry.entry.series import needed_by
from hepatica.registry.models import Event, Measurement

ALT = {"date": "2024-01-05", "analyte": "ALT", "value": "35", "unit": "U/L", "upper_limit": "40"}


@pytest.fixture
def browser(cast):
    return cast.browser("coordinator")


def entry(cast, **query):
    return reverse("row-new", args=[cast.patient.key, "measurements"], query=query)


def save(browser, address, cells, **more):
    answer = browser.post(address, {**cells, **more})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def asked_by(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_what_was_saved_is_said_and_the_next_result_begins_with_its_day(cast, browser):
    onward = save(browser, entry(cast), ALT, another="1")
    said = browser.get(onward).content.decode()
    assert "Saved:" in said
    assert "2024-01-05 · ALT · 35 · U/L · 40" in said
    assert 'value="2024-01-05"' in said
    assert 'value="35"' not in said
    # The first button is the one that Enter presses.
    assert said.index('name="another"') < said.index("<button>Save</button>")


def test_the_cursor_stands_where_typing_begins(cast, browser):
    def where(answer):
        [field] = [line for line in answer.content.decode().splitlines() if "autofocus" in line]
        return field.partition('name="')[2].partition('"')[0]

    assert where(browser.get(entry(cast))) == "date"
    assert where(browser.post(entry(cast), {**ALT, "unit": "g/L"})) == "unit"


def test_a_work_item_leads_to_its_results_one_after_the_other_and_back_to_the_list(cast, browser):
    freshness.current(cast.here)
    page = browser.get(reverse("worklist"), {"kind": "overdue"})
    item = next(one for one in page.context["page"].object_list if len(needed_by(one.what)) > 1)
    first, second, *_ = needed = needed_by(item.what)
    assert asked_by(item.entry) == {"need": ",".join(needed), "list": "kind=overdue"}
    assert f'href="{item.entry.replace("&", "&amp;")}"' in page.content.decode()
    assert f'value="{first}"' in browser.get(item.entry).content.decode()
    onward = save(browser, item.entry, {**ALT, "analyte": first}, another="1")
    assert asked_by(onward)["need"] == ",".join(needed[1:])
    assert f'value="{second}"' in browser.get(onward).content.decode()
    back = save(browser, onward, {**ALT, "analyte": second, "date": "2024-01-06"})
    assert urlsplit(back).path == reverse("worklist")
    assert asked_by(back)["kind"] == "overdue"
    assert "Saved:" in browser.get(back).content.decode()


@pytest.mark.parametrize(
    ("what", "needed"),
    [
        ("ALT and IgG", ("ALT", "IGG")),
        ("LEUKOCYTES, PLATELETS", ("LEUKOCYTES", "PLATELETS")),
        ("HBsAg positive under immunosuppression.", ()),
        ("ALT, and a word with the family", ()),
    ],
)
def test_only_what_is_an_analyte_is_asked_for(what, needed):
    assert needed_by(what) == needed


def test_a_result_of_after_the_death_says_so_although_nobody_waited_for_the_check(cast, browser):
    Event.objects.all().delete()
    save(browser, reverse("row-new", args=[cast.patient.key, "events"]), {"date": "2024-01-01", "event": "death"})
    onward = save(browser, entry(cast), ALT)
    assert "after the recorded death" in browser.get(onward).content.decode()


def test_the_same_row_again_is_asked_about_and_kept_only_when_that_is_wanted(cast, browser):
    save(browser, entry(cast), ALT)
    before = Measurement.objects.count()
    again = browser.post(entry(cast), {**ALT, "analyte": "GPT", "value": "35.0"})
    assert (again.status_code, Measurement.objects.count()) == (400, before)
    assert "The same row is here already" in again.content.decode()
    save(browser, entry(cast), ALT, keep_anyway="on")
    assert Measurement.objects.count() == before + 1


def test_another_result_of_the_same_day_is_kept_and_said(cast, browser):
    save(browser, entry(cast), ALT)
    said = browser.get(save(browser, entry(cast), {**ALT, "value": "53"})).content.decode()
    assert "Another result of this day is here already: 35 U/L." in said
    other_day = browser.get(save(browser, entry(cast), {**ALT, "date": "2024-02-05"})).content.decode()
    assert "Another result" not in other_day


def test_a_row_of_another_centre_is_never_told_as_saved(cast, browser):
    row = cast.other.measurements.first()
    for who in (cast.other, cast.patient):
        said = browser.get(entry(cast, saved=f"{who.key}/measurements/{row.pk}")).content.decode()
        assert "Saved:" not in said
