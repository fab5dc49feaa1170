"""What is written as FHIR passes two independent validators, a warning counting as an error; they do find faults."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from hepatica.interop import fhir
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

FOLDER = Path(__file__).resolve().parents[1] / "fhir_validator"
TODAY = date(2026, 11, 22)


def problems(*files: Path) -> list[dict[str, str]]:
    """What the validators say of bundles."""
    if shutil.which("node") is None:
        pytest.skip("Node is not on this machine")
    if not (FOLDER / "node_modules" / "@medplum").is_dir():
        pytest.skip("the FHIR validators are not installed (bash scripts/node_packages.sh)")
    command = ["node", str(FOLDER / "validate.mjs"), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    return json.loads(done.stdout)["problems"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The bundles of an invented centre (SYNTHETIC)."""
    folder = tmp_path_factory.mktemp("fhir")
    synthesize(patients=30, seed=11, dirt="light", out=folder / "centre")
    with open_source(str(folder / "centre"), today=TODAY) as source:
        record, _ = source.read()
    return [path for path in fhir.write(record, folder / "fhir", synthetic=True) if path.suffix == ".json"]


def test_an_invented_centre_is_valid_fhir(written):
    kinds = {one["resource"]["resourceType"] for path in written for one in json.loads(path.read_text())["entry"]}
    wanted = {"Patient", "Condition", "Observation", "MedicationStatement", "AdverseEvent", "DiagnosticReport"}
    assert wanted <= kinds
    assert problems(*written) == []


def test_invented_data_say_so_in_every_resource(written):
    for path in written:
        bundle = json.loads(path.read_text())
        marked = [bundle, *(one["resource"] for one in bundle["entry"])]
        assert all(one["meta"]["security"][0]["code"] == "HTEST" for one in marked)
    readme = (written[0].parent / "README.txt").read_text()
    assert readme.startswith("SYNTHETIC")


def patient(**more):
    return {"resourceType": "Patient", "id": "a", "gender": "female"} | more


def result(**more):
    code = {"coding": [{"system": "http://loinc.org", "code": "1742-6"}]}
    about = {"subject": {"reference": "Patient/a"}, "valueQuantity": {"value": 1}}
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": code} | about | more


FAULTS = {
    "a status that is none": result(status="bogus"),
    "a comparator that is none": result(valueQuantity={"value": 1, "comparator": "~"}),
    "two values": result(valueString="1"),
    "a value and the reason of its absence": result(dataAbsentReason={"text": "none"}),
    "a reference to the wrong kind": result(subject={"reference": "Encounter/a"}),
    "no code": {name: value for name, value in result().items() if name != "code"},
    "an element that there is not": result(colour="blue"),
    "a sex that is none": patient(gender="girl"),
    "a date that is none": patient(birthDate="1970-13-45x"),
}


def test_the_validators_find_faults(tmp_path):
    for number, fault in enumerate(FAULTS.values()):
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": fault}]}
        (tmp_path / f"{number}.json").write_text(json.dumps(bundle))
    found = {one["file"] for one in problems(*(tmp_path / f"{number}.json" for number in range(len(FAULTS))))}
    assert [name for number, name in enumerate(FAULTS) if f"{number}.json" not in found] == []


def test_the_validators_are_locked_and_no_address_is_in_the_lock():
    lock = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    packages = {
        name: entry for name, entry in json.loads(lock)["packages"].items() if name and not entry.get("inBundle")
    }
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
