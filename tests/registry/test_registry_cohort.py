"""The cohort page, studies for researchers, and data quality: right numbers, and no more than each role may see."""

from __future__ import annotations

import html
import io
import json
import zipfile

import pytest
from django.urls import reverse
from registry_cast import a_patient

from hepatica.registry.audit.acting import acting
from hepatica.registry.engine import kept_reports
from hepatica.registry.engine.centre_cohort import cohort_of_centre, native_liver_survival
from hepatica.registry.models import (
    AuditEntry,
    Centre,
    ConsentAct,
    ConsentText,
    Measurement,
    Membership,
    Patient,
    Purpose,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test begins without a report of another."""
    monkeypatch.setattr(kept_reports, "_reports", {})


def several(cast, count: int) -> None:
    with acting("test"):
        for number in range(count):
            a_patient(cast.here, f"N-{number:02d}")


def words(response) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return html.unescape(response.content.decode())


def test_the_cohort_page_counts_the_centres_own_patients(cast):
    several(cast, 3)
    page = words(cast.browser("clinician").get(reverse("cohort")))
    assert "4 of 4" in page
    assert "Complete biochemical response" in page or "CBR by" in page
    assert "Survival without a transplant" in page
    assert "Recorded practice beside the protocol" in page
    assert "azathioprine" in page
    entry = AuditEntry.objects.order_by("-seq").first()
    assert (entry.act, entry.detail) == ("read", "cohort")


def test_a_changed_row_makes_other_figures_and_an_unchanged_centre_is_not_counted_again(cast, monkeypatch):
    browser = cast.browser("clinician")
    assert "1 of 1 (" in words(browser.get(reverse("cohort"))) or "1 of 1" in words(browser.get(reverse("cohort")))
    made = []
    from hepatica.registry.views import cohort as page

    whole = page.figures
    monkeypatch.setattr(page, "figures", lambda centre: made.append(centre) or whole(centre))
    browser.get(reverse("cohort"))
    assert made == []
    with acting("test"):
        Measurement.objects.filter(patient=cast.other).delete()
    browser.get(reverse("cohort"))
    assert made == []
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).delete()
    browser.get(reverse("cohort"))
    assert made == [cast.here]


def test_figures_of_many_patients_are_made_behind_the_page_which_says_so(cast, monkeypatch):
    monkeypatch.setattr(kept_reports, "AT_ONCE", 0)
    browser = cast.browser("clinician")
    assert "The figures are being made" in words(browser.get(reverse("cohort")))
    for thread in kept_reports.threading.enumerate():
        if thread.name == "report":
            thread.join(120)
    part = words(browser.get(reverse("cohort"), headers={"HX-Request": "true"}))
    assert "Survival without a transplant" in part
    assert "<html" not in part


def test_figures_that_cannot_be_made_are_said_to_be_so(cast, monkeypatch):
    monkeypatch.setattr(kept_reports, "AT_ONCE", 0)
    from hepatica.registry.views import cohort as page

    def broken(centre):
        raise OSError("disk")

    monkeypatch.setattr(page, "figures", broken)
    browser = cast.browser("clinician")
    browser.get(reverse("cohort"))
    for thread in kept_reports.threading.enumerate():
        if thread.name == "report":
            thread.join(60)
    assert "could not be made" in words(browser.get(reverse("cohort")))


def test_another_centres_cohort_is_not_there(cast):
    browser = cast.browser("clinician")
    assert browser.get(reverse("cohort"), {"centre": "THERE"}).status_code == 404
    assert browser.get(reverse("cohort-study", args=["response"]), {"centre": "THERE"}).status_code == 404
    assert browser.get(reverse("cohort-study", args=["nonsense"])).status_code == 404


def test_a_centre_without_patients_has_a_page(cast):
    with acting("test"):
        empty = Centre.objects.create(code="NEW", name="New")
        Membership.objects.create(person=cast.people["clinician"], role="clinician", centre=empty)
    assert "0 of 0" in words(cast.browser("clinician").get(reverse("cohort"), {"centre": "NEW"}))


@pytest.mark.parametrize("study", ["response", "prognosis", "safety"])
def test_a_studys_full_report_is_a_page_without_scripts_or_says_why_not(cast, study):
    several(cast, 6)
    answer = cast.browser("coordinator").get(reverse("cohort-study", args=[study]))
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert "<script" not in answer.content.decode()
        assert "script-src" not in answer["Content-Security-Policy"]


def test_survival_counts_from_the_index_date_to_death_or_transplant(cast):
    cohort = cohort_of_centre(cast.here)
    curve = native_liver_survival(cohort.table("outcomes"))
    assert curve is not None
    assert (curve.n, curve.events.sum()) == (1, 0)
    assert curve.time[-1] == pytest.approx(146 / 365.25)  # 10 January to 5 June 2023


def agree(cast, patients) -> Purpose:
    with acting("test"):
        purpose, _ = Purpose.objects.get_or_create(code="aih", defaults={"title": "Course of AIH"})
        text, _ = ConsentText.objects.get_or_create(purpose=purpose, version=1, defaults={"text": "Yes?"})
        for patient in patients:
            ConsentAct.objects.create(patient=patient, text=text, decision="given", day="2024-01-01")
    return purpose


def test_a_researchers_study_is_of_those_who_agreed_and_names_nobody(cast):
    several(cast, 7)
    agree(cast, Patient.objects.filter(patient_id__startswith="N-"))
    browser = cast.browser("researcher")
    assert "Course of AIH" in words(browser.get(reverse("studies")))
    page = words(browser.get(reverse("study-of-agreed", args=["response"]), {"purpose": "aih"}))
    assert "Shared version: counts from 1 to 4 are suppressed" in page
    assert "N-0" not in page
    assert "P-1" not in page
    assert "2023-01-1" not in page
    assert browser.get(reverse("cohort")).status_code == 403
    assert browser.get(reverse("cohort-study", args=["response"])).status_code == 403


def test_a_study_is_taken_along_as_files_under_the_same_disclosure_control(cast):
    several(cast, 7)
    agree(cast, Patient.objects.filter(patient_id__startswith="N-"))
    answer = cast.browser("researcher").get(reverse("study-files", args=["response"]), {"purpose": "aih"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {"response/report.html", "response/numbers.json", "response/definition.yaml"} <= set(files)
    assert any(name.startswith("response/tables/") for name in files)
    assert json.loads(files["response/numbers.json"])["shared"] is True
    for name, content in files.items():
        assert b"N-0" not in content, name
        assert b"2023-01-1" not in content, name


def test_a_study_of_fewer_than_five_who_agreed_is_refused(cast):
    several(cast, 7)
    agree(cast, Patient.objects.filter(patient_id__in=["N-00", "N-01", "N-02", "N-03"]))
    answer = cast.browser("researcher").get(reverse("study-of-agreed", args=["response"]), {"purpose": "aih"})
    assert answer.status_code == 422


def test_a_centre_that_takes_no_part_is_in_no_study_whatever_its_patients_said(cast):
    with acting("test"):
        for number in range(8):
            a_patient(cast.there, f"T-{number}")
    agree(cast, Patient.objects.filter(centre=cast.there))
    answer = cast.browser("researcher").get(reverse("study-of-agreed", args=["response"]), {"purpose": "aih"})
    assert answer.status_code == 422


def test_a_withdrawal_counts_at_once(cast):
    several(cast, 5)
    purpose = agree(cast, Patient.objects.filter(patient_id__startswith="N-"))
    browser = cast.browser("researcher")
    where = reverse("study-of-agreed", args=["response"])
    assert browser.get(where, {"purpose": "aih"}).status_code == 200
    with acting("test"):
        ConsentAct.objects.create(
            patient=Patient.objects.get(patient_id="N-00"), text=purpose.texts.get(), decision="withdrawn",
            day="2024-02-01",
        )  # fmt: skip
    assert browser.get(where, {"purpose": "aih"}).status_code == 422


def test_the_data_manager_sees_every_centres_completeness_and_no_patient(cast):
    page = words(cast.browser("data_manager").get(reverse("quality")))
    assert "Here" in page
    assert "There" in page
    assert "P-1" not in page
    assert "P-2" not in page
    assert "1 of 1" in page
    assert "Safety" not in page


def test_the_cohort_draws_in_a_real_browser(as_clinician, cast):
    with as_clinician("/cohort/") as window:
        window.wait_for_selector("[data-picture=survival].drawn svg")
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert window.locator(".live.drawn svg").count() == window.locator(".live").count()
