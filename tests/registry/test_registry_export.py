"""Exports: consented patients under pseudonyms, in every form, with a manifest, and an entry for each who went."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
from django.urls import reverse
from registry_cast import a_patient

from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.verify import verify
from hepatica.registry.exports.package import WRITERS
from hepatica.registry.exports.spreadsheet import safe
from hepatica.registry.identities.pseudonyms import pseudonym
from hepatica.registry.models import AuditEntry, ConsentAct, ConsentText, Event, Export, Measurement, Patient, Purpose
from hepatica.registry.privacy.release import release
from hepatica.sources import open_source
from hepatica.synthetic import is_synthetic
from hepatica.synthetic.people import PREFIX

pytestmark = pytest.mark.both_databases


@pytest.fixture
def purpose(cast) -> Purpose:
    """A purpose to which the patient here agreed, and the one there, but no second one here."""
    with acting("test"):
        made = Purpose.objects.create(code="registry", title="Registry research")
        text = ConsentText.objects.create(purpose=made, version=1, text="I agree.")
        for patient in (cast.patient, cast.other):
            ConsentAct.objects.create(patient=patient, text=text, decision="given", day="2024-01-01")
        a_patient(cast.here, "P-3")
    return made


def asked(cast, purpose, /, **changed):
    given = {
        "centre": cast.here.pk, "purpose": purpose.pk, "form": "csv", "name": "partner-a",
        "birth_years_only": "on", "without_free_text": "on",
    }  # fmt: skip
    return {name: value for name, value in {**given, **changed}.items() if value is not None}


def exported(cast, purpose, /, **changed) -> zipfile.ZipFile:
    answer = cast.browser("coordinator").post(reverse("exports"), asked(cast, purpose, **changed))
    assert answer.status_code == 200, answer.context["form"].errors
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(f"data/{name}.csv").decode("utf-8-sig"))))


def withdraw(patient) -> None:
    with acting("test"):
        text = ConsentText.objects.get()
        ConsentAct.objects.create(patient=patient, text=text, decision="withdrawn", day="2024-06-30")


def test_only_the_consented_patient_of_the_chosen_centre_leaves(cast, purpose):
    archive = exported(cast, purpose)
    rows = table(archive, "patients")
    assert [row["patient_id"] for row in rows] == [pseudonym(cast.patient.key, "registry:partner-a")]
    assert len(table(archive, "measurements")) == 9


@pytest.mark.parametrize("form", WRITERS)
def test_every_form_leaves_nothing_of_those_without_consent_and_no_own_name(cast, purpose, form):
    archive = exported(cast, purpose, form=form)
    content = b"".join(archive.read(name) for name in archive.namelist())
    for hidden in (b"P-1", b"P-2", b"P-3", str(cast.patient.key).encode()):
        assert hidden not in content
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["patients"] == {"consented": 1, "exported": 1, "own_row_cannot_be_used": 0}


@pytest.mark.parametrize("form", WRITERS)
def test_a_withdrawal_holds_for_every_form_at_once(cast, purpose, form):
    exported(cast, purpose, form=form)
    withdraw(cast.patient)
    manifest = json.loads(exported(cast, purpose, form=form).read("manifest.json"))
    assert manifest["patients"]["exported"] == 0
    assert manifest["consent"]["patients"] == {"in": 0, "out": 1, "out: withdrawn": 1, "unknown": 1}


def test_a_withdrawal_while_the_files_are_written_still_holds(cast, purpose, monkeypatch):
    written = WRITERS["csv"]

    def slowly(*given, **more):
        files = written(*given, **more)
        if not ConsentAct.objects.filter(decision="withdrawn").exists():
            withdraw(cast.patient)  # somebody else, meanwhile: nobody waits for an export
        return files

    monkeypatch.setitem(WRITERS, "csv", slowly)
    archive = exported(cast, purpose)
    assert table(archive, "patients") == []
    assert Export.objects.count() == 1
    assert not AuditEntry.objects.filter(act="export").exists()


def test_what_was_exported_reads_back_as_the_same_facts(cast, purpose, tmp_path):
    archive = exported(cast, purpose, birth_years_only=None)
    archive.extractall(tmp_path)
    record, reading = open_source(str(tmp_path / "data")).read()
    assert reading.quarantine.is_empty()
    facts = ["date", "analyte", "value", "unit", "upper_limit"]
    before = release(Patient.objects.filter(pk=cast.patient.pk), purpose, "x").record.measurements.select(facts)
    assert record.measurements.select(facts).sort(facts).equals(before.sort(facts))
    assert str(record.patients["birth_date"][0]) == "1980-03-05"


def test_the_manifest_says_purpose_consent_counts_fingerprint_who_and_when(cast, purpose):
    archive = exported(cast, purpose)
    told = json.loads(archive.read("manifest.json"))
    assert told["purpose"] == {"code": "registry", "title": "Registry research"}
    assert told["consent"]["patients"] == {"in": 1, "out": 0, "unknown": 1}
    assert told["rows"]["measurements"] == {"exported": 9, "in_quarantine": 0}
    assert (told["exported_by"], told["centre"], told["form"]) == ("coordinator", "HERE", "csv")
    assert told["exported_at"].startswith("20")
    assert len(told["fingerprint"]) == 64
    assert told["files"].keys() == {Path(name).name for name in archive.namelist() if name.startswith("data/")}
    kept = Export.objects.get()
    assert kept.manifest == told
    page = cast.browser("coordinator").get(reverse("export-manifest", args=[kept.pk]))
    assert page.json() == told


def test_the_fingerprint_is_of_the_facts(cast, purpose):
    def fingerprint():
        return json.loads(exported(cast, purpose).read("manifest.json"))["fingerprint"]

    first = fingerprint()
    assert fingerprint() == first
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient, analyte="ALT").update(value="77")
    assert fingerprint() != first


def test_a_row_in_quarantine_stays_and_is_counted(cast, purpose):
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient, analyte="ALT", date="2023-01-09").update(unit="apples")
    told = json.loads(exported(cast, purpose).read("manifest.json"))
    assert told["rows"]["measurements"] == {"exported": 8, "in_quarantine": 1}


def test_a_consented_patient_whose_own_row_cannot_be_used_is_counted(cast, purpose):
    with acting("test"):
        Patient.objects.filter(pk=cast.patient.pk).update(birth_date="no date")
    told = json.loads(exported(cast, purpose).read("manifest.json"))
    assert told["patients"] == {"consented": 1, "exported": 0, "own_row_cannot_be_used": 1}


def test_each_patient_who_went_is_in_the_audit_and_the_chain_holds(cast, purpose):
    exported(cast, purpose)
    made = Export.objects.get()
    entries = AuditEntry.objects.filter(act="export")
    assert [(one.patient, one.subject_key, one.detail) for one in entries] == [
        (cast.patient.pk, str(made.pk), "registry:partner-a")
    ]
    assert entries.get().actor == f"person {cast.people['coordinator'].pk}"
    assert verify().problems == []


def test_two_uses_cannot_be_joined_by_pseudonym_or_by_order(cast, purpose):
    with acting("test"):
        others = [a_patient(cast.here, f"Q-{number}") for number in range(12)]
        text = ConsentText.objects.get()
        for one in others:
            ConsentAct.objects.create(patient=one, text=text, decision="given", day="2024-01-01")
    patients = Patient.objects.filter(centre=cast.here)
    first, second = (release(patients, purpose, name) for name in ("a", "b"))
    assert not set(first.record.patients["patient_id"]) & set(second.record.patients["patient_id"])
    assert first.released != second.released
    assert sorted(first.released) == sorted(second.released)
    for one in (first, second):
        ids = one.record.measurements["patient_id"].to_list()
        assert ids == sorted(ids)


def test_the_same_name_in_two_purposes_is_two_domains(cast, purpose):
    with acting("test"):
        other = Purpose.objects.create(code="genetics", title="Genetics")
        text = ConsentText.objects.create(purpose=other, version=1, text="I agree.")
        ConsentAct.objects.create(patient=cast.patient, text=text, decision="given", day="2024-01-01")
    found = [release(Patient.objects.all(), one, "a").record.patients["patient_id"] for one in (purpose, other)]
    assert not set(found[0]) & set(found[1])


def test_no_origin_leaves(cast, purpose):
    with acting("test"):
        Measurement.objects.filter(patient=cast.patient).update(file="mueller.csv", line=3)
    record = release(Patient.objects.all(), purpose, "a").record
    for name in ("file", "line", "key"):
        assert record.measurements[name].null_count() == record.measurements.height


def test_day_of_birth_and_free_text_leave_only_when_asked_for(cast, purpose):
    with acting("test"):
        Event.objects.create(patient=cast.patient, date="2023-05-05", event="adverse_event", detail="met Dr X")
    least = exported(cast, purpose)
    assert table(least, "patients")[0]["birth_date"] == "1980"
    assert table(least, "events")[0]["detail"] == ""
    full = exported(cast, purpose, birth_years_only=None, without_free_text=None)
    assert table(full, "patients")[0]["birth_date"] == "1980-03-05"
    assert table(full, "events")[0]["detail"] == "met Dr X"
    assert json.loads(full.read("manifest.json"))["left_out"] == {
        "birth_years_only": False,
        "without_free_text": False,
    }


def test_an_invented_patient_stays_marked_as_invented(cast, purpose):
    with acting("test"):
        Patient.objects.filter(pk=cast.patient.pk).update(patient_id=f"{PREFIX}0001")
    archive = exported(cast, purpose)
    assert is_synthetic(table(archive, "patients")[0]["patient_id"])
    assert json.loads(archive.read("manifest.json"))["synthetic"]
    assert archive.read("data/README.txt").startswith(b"SYNTHETIC")


DANGEROUS = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\r=1", "-", "=", '=HYPERLINK("x")']
HARMLESS = ["thyroiditis", "-2.5", "-2", "1:80", "<30", "", None, "a=b", "1980-03", "-1e3"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_for_a_spreadsheet_can_be_a_formula(text):
    assert safe(pl.DataFrame({"cell": [text]})).item() == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_formula_stays_as_it_is(text):
    assert safe(pl.DataFrame({"cell": [text]}, schema={"cell": pl.String})).item() == text


def test_a_formula_in_an_events_detail_is_text_in_the_spreadsheet(cast, purpose):
    with acting("test"):
        Event.objects.create(
            patient=cast.patient, date="2023-05-05", event="adverse_event", detail='=HYPERLINK("http://x")'
        )
    archive = exported(cast, purpose, form="csv-spreadsheet", without_free_text=None)
    assert table(archive, "events")[0]["detail"] == '\'=HYPERLINK("http://x")'
    assert table(exported(cast, purpose, without_free_text=None), "events")[0]["detail"] == '=HYPERLINK("http://x")'


@pytest.mark.parametrize("wrong", [{"form": "exe"}, {"purpose": ""}, {"name": "../x"}, {"centre": "there"}])
def test_an_order_that_makes_no_sense_is_refused_and_nothing_leaves(cast, purpose, wrong):
    if wrong.get("centre") == "there":
        wrong = {"centre": cast.there.pk}
    answer = cast.browser("coordinator").post(reverse("exports"), asked(cast, purpose, **wrong))
    assert answer.status_code == 400
    assert not Export.objects.exists()


def test_another_centres_manifest_is_not_there(cast, purpose):
    with acting("test"):
        made = Export.objects.create(centre=cast.there, purpose=purpose, form="csv", domain="registry:x")
    assert cast.browser("coordinator").get(reverse("export-manifest", args=[made.pk])).status_code == 404
