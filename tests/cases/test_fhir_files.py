"""Bundles, folders, bulk exports with their manifest; references of every kind; versions, deletions, double ids."""

from __future__ import annotations

import gzip
import json
import pickle

import polars as pl
import pytest
from fhir_cases import (
    ANNA,
    TODAY,
    bundle,
    coded,
    medication,
    not_used,
    observation,
    only,
    quantity,
    read,
    read_document,
    read_source,
    set_aside,
)

from hepatica.errors import SourceError, UsageError
from hepatica.sources import open_source
from hepatica.sources.fhir import holds

BERT = {"resourceType": "Patient", "id": "bert", "gender": "male", "birthDate": "1980-01-01"}
URN_ANNA, URN_O1 = "urn:uuid:11111111-1111-1111-1111-111111111111", "urn:uuid:22222222-2222-2222-2222-222222222222"


def lines(*resources):
    return "".join(json.dumps(one) + "\n" for one in resources)


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return folder


def manifest(*names, **more):
    output = [{"type": name.split(".")[0], "url": f"https://server.example/files/{name}", "count": 1} for name in names]
    return json.dumps({"transactionTime": "2024-01-01T00:00:00Z", "output": output, "error": []} | more)


def entry(resource, url=None, **more):
    return {"resource": resource} | ({"fullUrl": url} if url else {}) | more


# Kinds of files


@pytest.mark.parametrize("kind", ["transaction", "collection", "searchset", "batch", "document"])
def test_kinds_of_bundles(tmp_path, kind):
    record, _ = read_document(tmp_path, bundle(ANNA, observation(), kind=kind))
    assert record.measurements.height == 1


@pytest.mark.parametrize("kind", ["history", "transaction-response"])
def test_bundles_that_hold_no_present_data_are_refused(tmp_path, kind):
    with pytest.raises(SourceError, match=f"bundle of type {kind}"):
        read_document(tmp_path, bundle(ANNA, kind=kind))


def test_a_folder_of_single_resources_and_packed_bundles(tmp_path):
    write(tmp_path, anna__json=json.dumps(ANNA), rest__json__gz=json.dumps(bundle(observation())))
    record, _ = read_source(tmp_path)
    assert only(record, "measurements", "patient_id", "file") == ("anna", "rest.json.gz")


def test_one_file_is_a_source_and_so_is_a_bundle_in_a_bundle(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(bundle(ANNA, bundle(observation()))))
    record, _ = read_source(tmp_path / "a.json")
    assert record.measurements.height == 1


def test_a_bare_path_is_recognised_by_what_it_holds(tmp_path):
    write(tmp_path, a__json=json.dumps(bundle(ANNA)))
    assert holds(tmp_path)
    assert open_source(str(tmp_path), today=TODAY).read()[0].patients.height == 1
    other = tmp_path / "other"
    other.mkdir()
    write(other, settings__json='{"colour": "blue"}')
    assert not holds(other)
    assert not holds(tmp_path / "missing")


def test_the_next_page_of_a_search_is_asked_for(tmp_path):
    page = bundle(ANNA, kind="searchset") | {"link": [{"relation": "next", "url": "x"}]}
    _, reading = read_document(tmp_path, page)
    assert "bundle.json: a page of a search that has a next one: see that all pages are there" in reading.notes


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"resourceType":"Bundle","entry":[{"resource":', "ends in the middle"),
        ('{"resourceType":"Bundle","entry":[{]}', "is not JSON"),
        ('{"a": NaN}', "is not JSON"),
        ("", "ends in the middle"),
        ("resourceType", "does not begin like JSON"),
        ('{"colour": "blue"}', "no FHIR resource"),
        ("[" * 100_000 + '{"resourceType":"Patient"', "nested too deeply|ends in the middle"),
        ('{"resourceType":"Observation","id":"o1"}', "holds no Patient"),
    ],
)
def test_what_is_no_fhir_is_an_error_with_a_remedy(tmp_path, text, what):
    write(tmp_path, a__json=text)
    with pytest.raises(SourceError, match=what):
        read_source(tmp_path)


def test_a_bundle_that_is_not_utf8(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"resourceType":"Patient","id":"J\xf6rg"}')
    with pytest.raises(SourceError, match="not UTF-8"):
        read_source(tmp_path)


def test_a_missing_path(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        read_source(tmp_path / "nothing")


# A hospital's own codes

LOCAL = "analytes: {'urn:lab|ALTX': ALT}\ndrugs: {'urn:drugs|77': azathioprine}\n"


def test_local_codes_that_are_declared_count(tmp_path):
    taken = medication(medicationCodeableConcept=coded("urn:drugs", "77"))
    (tmp_path / "a.json").write_text(json.dumps(bundle(ANNA, observation(coded("urn:lab", "ALTX")), taken)))
    _, reading = read_source(tmp_path)
    assert sorted(reading.unknown_codes["code"]) == ["urn:drugs|77", "urn:lab|ALTX"]
    mapping = tmp_path / "codes.yaml"
    mapping.write_text(LOCAL)
    record, reading = open_source(f"fhir:{tmp_path}", mapping=mapping, today=TODAY).read()
    assert only(record, "measurements", "analyte") == ("ALT",)
    assert only(record, "treatments", "drug") == ("azathioprine",)
    assert reading.unknown_codes.is_empty()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("analytes: {'urn:lab|X': NONSENSE}", "not in the vocabulary"),
        ("drugs: [1, 2]", "no list of codes"),
        ("colours: {a: b}", "other parts"),
        ("{", "not YAML"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path, text, what):
    mapping = tmp_path / "codes.yaml"
    mapping.write_text(text)
    with pytest.raises(UsageError, match=what):
        open_source(f"fhir:{tmp_path}", mapping=mapping, today=TODAY)


# Bulk exports


def test_a_bulk_export_with_its_manifest(tmp_path):
    write(
        tmp_path,
        Patient__ndjson=lines(ANNA),
        Observation__ndjson__gz=lines(observation()),
        Extra__ndjson=lines(observation(id="o9")),
        manifest__json=manifest("Patient.ndjson", "Observation.ndjson", "Condition.ndjson", error=[{"url": "x"}]),
    )
    record, reading = read_source(tmp_path)
    assert record.measurements.height == 1
    notes = [note for note in reading.notes if note.startswith("manifest.json: ")]
    assert notes == [
        "manifest.json: 1 files of the export are missing: Condition.ndjson",
        "manifest.json: the server reports 1 files of errors for this export",
        "manifest.json: not of this export, not read: Extra.ndjson",
    ]


def test_a_file_shorter_than_its_manifest_says_is_told(tmp_path):
    text = manifest("Patient.ndjson").replace('"count": 1', '"count": 7')
    write(tmp_path, Patient__ndjson=lines(ANNA), manifest__json=text)
    _, reading = read_source(tmp_path)
    assert "Patient.ndjson: the manifest tells of 7 resources, the file has 1" in reading.notes


def test_an_address_in_a_manifest_leads_nowhere_else(tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    (tmp_path / "secret.ndjson").write_text(lines(BERT))
    output = [
        {"type": "Patient", "url": url} for url in ("../secret.ndjson", "file:///etc/passwd", "..\\secret.ndjson")
    ]
    write(folder, Patient__ndjson=lines(ANNA), manifest__json=manifest("Patient.ndjson", output=output))
    with pytest.raises(SourceError, match="holds no FHIR"):
        read_source(folder)


def test_broken_lines_are_set_aside_with_their_place(tmp_path):
    text = lines(ANNA) + "\n{broken\n" + lines(observation()) + "\x00\n"
    write(tmp_path, all__ndjson=text)
    record, reading = read_source(tmp_path)
    assert record.measurements.height == 1
    assert reading.quarantine.select("file", "line", "reason").rows() == [
        ("all.ndjson", 3, "not_json"),
        ("all.ndjson", 5, "not_json"),
    ]
    assert all(c.read == c.kept + c.folded + c.quarantined for c in reading.counts.values())


# References


@pytest.mark.parametrize(
    ("patient_url", "result_url", "reference"),
    [
        (URN_ANNA, URN_O1, URN_ANNA),
        (None, None, "Patient/anna"),
        (None, None, "Patient/anna/_history/4"),
        (None, None, "https://a.example/fhir/Patient/anna"),
        ("https://a.example/fhir/Patient/anna", "https://a.example/fhir/Observation/o1", "Patient/anna"),
        ("https://a.example/fhir/Patient/anna/_history/2", URN_O1, "https://a.example/fhir/Patient/anna"),
    ],
)
def test_every_kind_of_reference_finds_the_patient(tmp_path, patient_url, result_url, reference):
    made = observation(subject={"reference": reference})
    document = {"resourceType": "Bundle", "type": "collection"}
    document["entry"] = [entry(made, result_url), entry(ANNA, patient_url)]
    record, _ = read_document(tmp_path, document)
    assert only(record, "measurements", "patient_id") == ("anna",)


def test_a_reference_by_identifier(tmp_path):
    numbered = ANNA | {"identifier": [{"system": "urn:a", "value": "17"}]}
    made = observation(subject={"identifier": {"system": "urn:a", "value": "17"}})
    record, _ = read(tmp_path, made, patient=numbered)
    assert only(record, "measurements", "patient_id") == ("anna",)


def test_a_patient_who_is_not_there_is_said(tmp_path):
    _, reading = read(tmp_path, observation(subject={"reference": "Patient/gone"}))
    assert set_aside(reading) == [("measurements", "patient_id", "unknown_patient")]


def test_references_that_go_in_circles_end(tmp_path):
    one = {"resourceType": "Medication", "id": "a", "ingredient": [{"itemReference": {"reference": "Medication/a"}}]}
    given = medication(medicationReference={"reference": "#m"}, contained=[{"id": "m", "resourceType": "Medication"}])
    record, _ = read(
        tmp_path, one, given, medication(id="m2", reasonReference=[{"reference": "MedicationStatement/m2"}])
    )
    assert record.treatments.height == 1


def test_two_servers_patients_of_one_id_are_not_one_person(tmp_path):
    document = {"resourceType": "Bundle", "type": "collection"}
    document["entry"] = [
        entry(ANNA, "https://a.example/Patient/anna"),
        entry(BERT | {"id": "anna"}, "https://b.example/Patient/anna"),
        entry(observation(), "https://a.example/Observation/o1"),
    ]
    record, reading = read_document(tmp_path, document)
    assert record.measurements.is_empty()
    assert ("patients", "patient_id", "duplicate_patient") in set_aside(reading)
    assert ("measurements", "patient_id", "unknown_patient") in set_aside(reading)


def test_a_patient_told_twice_is_one_person_unless_two_birth_dates_say_otherwise(tmp_path):
    shorter, another = ANNA | {"birthDate": "1970"}, ANNA | {"birthDate": "1971-05-01"}
    record, _ = read(tmp_path, shorter, observation())
    assert record.measurements.height == 1
    record, reading = read(tmp_path, another, observation())
    assert record.measurements.is_empty()
    assert ("measurements", "patient_id", "unknown_patient") in set_aside(reading)


# Versions


def stamped(resource, second, version="1"):
    return resource | {"meta": {"versionId": version, "lastUpdated": f"2024-02-01T10:00:{second:02}+01:00"}}


def test_of_two_versions_of_a_result_the_later_counts(tmp_path):
    older, newer = stamped(observation(), 1), stamped(observation(valueQuantity=quantity(99)), 2)
    for order in ((older, newer), (newer, older)):
        record, reading = read(tmp_path, *order)
        assert only(record, "measurements", "value") == (99.0,)
        assert any("in a later version as well" in note for note in reading.notes)


def test_a_result_that_was_later_entered_in_error_is_gone(tmp_path):
    record, _ = read(tmp_path, stamped(observation(), 1), stamped(observation(status="entered-in-error"), 2))
    assert record.measurements.is_empty()


def test_a_deleted_resource_is_gone(tmp_path):
    document = bundle(ANNA, observation(), observation(id="o2", valueQuantity=quantity(50)), kind="batch")
    document["entry"].append({"request": {"method": "DELETE", "url": "Observation/o1"}})
    record, reading = read_document(tmp_path, document)
    assert only(record, "measurements", "value") == (50.0,)
    assert "1 entry: deletes a resource" in not_used(reading)


def test_one_id_with_two_values_and_no_version_is_two_results(tmp_path):
    record, _ = read(tmp_path, observation(), observation(valueQuantity=quantity(99)))
    assert record.measurements["value"].to_list() == [80.0, 99.0]


# The source as any other


def test_one_patient_and_buckets_of_patients(tmp_path):
    berts = observation(id="o2", subject={"reference": "Patient/bert"}, valueQuantity=quantity(50))
    (tmp_path / "a.json").write_text(json.dumps(bundle(ANNA, BERT, observation(), berts, observation("9999-9"))))
    with open_source(f"fhir:{tmp_path}", today=TODAY) as source:
        record, _ = source.read_patient("bert")
        assert only(record, "measurements", "value") == (50.0,)
        whole, reading = source.read()
        parts = [bucket.read() for bucket in source.buckets(1, one_read_below=0)]
    joined = pl.concat([part.measurements for part, _ in parts])
    assert sorted(joined["value"]) == sorted(whole.measurements["value"])
    told = pl.concat([account.unknown_codes for _, account in parts])
    assert told.rows() == reading.unknown_codes.rows() == [("measurements", "analyte", "loinc:9999-9", 1)]


def test_a_bucket_can_be_read_by_another_process(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(bundle(ANNA, observation())))
    (bucket,) = open_source(f"fhir:{tmp_path}", today=TODAY).buckets()
    record, _ = pickle.loads(pickle.dumps(bucket)).read()  # noqa: S301 - our own
    assert record.measurements.height == 1


def test_nothing_is_left_on_the_disk(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    (tmp_path / "a.json").write_text(json.dumps(bundle(ANNA, observation())))
    source = open_source(f"fhir:{tmp_path / 'a.json'}", today=TODAY)
    assert list(folder.iterdir())
    del source
    assert not list(folder.iterdir())
