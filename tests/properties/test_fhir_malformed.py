"""Whatever FHIR files hold, reading ends in an error with a remedy or an account that adds up, in little memory."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import pytest
from fhir_cases import ANNA, bundle, coded, condition, medication, observation, read_source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.errors import HepaticaError, SourceError
from hepatica.sources.fhir import documents, streams
from hepatica.sources.fhir.documents import Number, Reader, TooLong
from hepatica.sources.fhir.streams import opened

relaxed = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
GOOD = [
    ANNA | {"deceasedDateTime": "2024-02-01", "managingOrganization": {"display": "C"}},
    observation(referenceRange=[{"low": {"value": 1}, "high": {"value": 40}}], component=[{"code": coded("x", "y")}]),
    observation("69548-6", id="g", component=[{"code": coded("http://loinc.org", "48018-6"), "valueString": "TPMT"}]),
    medication("MedicationRequest", dosageInstruction=[{"timing": {"repeat": {"frequency": 1}}, "doseAndRate": [{}]}]),
    medication("MedicationAdministration", status="completed", dosage={"dose": {"value": 1}}, contained=[{}]),
    condition(coded("http://snomed.info/sct", "408335007"), extension=[{"url": "x"}]),
    {"resourceType": "Procedure", "id": "p", "status": "completed", "code": coded("x", "y")},
    {"resourceType": "AdverseEvent", "id": "a", "actuality": "actual", "suspectEntity": [{"instance": {}}]},
]
WRONG = [
    None,
    True,
    7,
    -1.5,
    1e300,
    "",
    " ",
    "\x00",
    "\ud800",
    "9" * 5000,
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    "Patient/anna",
]


def account_adds_up(folder):
    """Read a folder; anything but an error with a remedy or counts that add up fails."""
    with contextlib.suppress(HepaticaError):
        record, reading = read_source(folder)
        for table, count in reading.counts.items():
            assert count.read == count.kept + count.folded + count.quarantined
            assert record.table(table).height == count.kept


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, step))


def changed(value, path, new):
    """The value with something else at one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


ALL_PLACES = [(number, path) for number, one in enumerate(GOOD) for path in places(one) if path]


@relaxed
@given(st.lists(st.tuples(st.sampled_from(ALL_PLACES), st.sampled_from(WRONG)), min_size=1, max_size=60))
def test_wrong_types_anywhere(changes):
    made = [ANNA]
    for (number, path), new in changes:
        made.append(changed(GOOD[number], path, new))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.ndjson").write_text("".join(json.dumps(one) + "\n" for one in [*GOOD, *made]))
        account_adds_up(Path(folder))


@relaxed
@given(st.data())
def test_a_bundle_cut_off_or_with_changed_bytes(data):
    content = bytearray(json.dumps(bundle(*GOOD)).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    packed = data.draw(st.booleans())
    with tempfile.TemporaryDirectory() as folder:
        whole = bytes(content[:cut])
        path = Path(folder) / ("a.json.gz" if packed else "a.json")
        path.write_bytes(gzip.compress(whole)[: data.draw(st.integers(1, 2000))] if packed else whole)
        account_adds_up(Path(folder))


@relaxed
@given(st.binary(max_size=300), st.sampled_from(["a.json", "a.ndjson", "a.json.gz", "a.ndjson.gz"]))
def test_any_bytes(content, name):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        account_adds_up(Path(folder))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


@many
@given(st.lists(json_values, max_size=6), json_values, st.integers(1, 40), st.integers(60, 400))
def test_entries_come_out_as_they_went_in_whatever_the_pieces(entries, other, piece, longest):
    document = {"first": other, "entry": entries, "last": other}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        with (
            mock.patch.object(documents, "LONGEST_RESOURCE", longest),
            mock.patch.object(documents, "PIECE", piece),
            mock.patch.object(streams.Text.more, "__defaults__", (piece,)),
            opened(path, "a.json") as stream,
        ):
            reader = Reader(stream)
            found = list(reader.entries())
        for one, entry in zip(found, entries, strict=True):
            if isinstance(one, TooLong):
                assert len(json.dumps(entry)) > longest - 10
                assert json.dumps(entry).startswith(one.head[:100])
            else:
                assert one == as_read(entry)


def as_read(value):
    """A JSON value with its numbers as they are written."""
    if isinstance(value, dict):
        return {name: as_read(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_read(inner) for inner in value]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Number(json.dumps(value)) if is_number else value


# Large and deep. Each is read in a process of its own, whose memory is measured.

READ = """
import resource, sys
from datetime import date
from hepatica.errors import HepaticaError
from hepatica.sources import open_source
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    record, reading = open_source('fhir:' + sys.argv[1], today=date(2024, 6, 1)).read()
    print(record.measurements.height, [n for n in reading.notes if 'too long' in n], reading.quarantine.height)
except HepaticaError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def read_apart(path):
    """Read a file in another process; returns what it said and by how many MiB its memory grew."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said, _, grown = done.stdout.strip().rpartition("\n")
    return said, int(grown)


def test_a_line_of_a_hundred_megabytes_is_passed_over(tmp_path):
    path = tmp_path / "a.ndjson"
    with path.open("w") as file:
        file.write(json.dumps(ANNA) + "\n")
        file.write('{"resourceType":"DocumentReference","content":"')
        for _ in range(100):
            file.write("A" * (1 << 20))
        file.write('"}\n' + json.dumps(observation()) + "\n")
    said, grown = read_apart(path)
    assert said.startswith("1 ['FHIR: not used: 1 DocumentReference: too long to be read'] 0")
    assert grown < 260


def test_an_entry_of_a_hundred_megabytes_is_passed_over(tmp_path):
    path = tmp_path / "a.json"
    with path.open("w") as file:
        file.write('{"resourceType":"Bundle","type":"collection","entry":[{"resource":')
        file.write(json.dumps(ANNA) + '},{"resource":{"resourceType":"Binary","data":"')
        for _ in range(100):
            file.write("A\\n" * (1 << 18) + "A" * (1 << 18))
        file.write('"}},{"resource":' + json.dumps(observation()) + "}]}")
    said, grown = read_apart(path)
    assert said.startswith("1 ['FHIR: not used: 1 Binary: too long to be read'] 0")
    assert grown < 320


def test_memory_does_not_grow_with_the_file(tmp_path):
    grown = {}
    for number in (1_000, 16_000):
        path = tmp_path / f"{number}.ndjson"
        padding = "x" * 3000
        with path.open("w") as file:
            file.write(json.dumps(ANNA) + "\n")
            for place in range(number):
                made = observation("1751-7", id=f"o{place}", category=[coded("x", "survey")], note=[{"text": padding}])
                file.write(json.dumps(made | {"status": "preliminary"}) + "\n")
        _, grown[number] = read_apart(path)
    assert grown[16_000] < grown[1_000] + 20, grown


def test_a_bomb_is_refused(tmp_path):
    path = tmp_path / "a.ndjson.gz"
    line = json.dumps(ANNA).encode() + b"\n"
    with gzip.open(path, "wb") as file:
        file.write(line)
        for _ in range(8):
            file.write(b" " * (1 << 20) + b"\n")
    with mock.patch.object(streams, "SUSPECT_FROM", 1 << 20), pytest.raises(SourceError, match="times its size"):
        read_source(path)


@pytest.mark.parametrize("deep", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_a_hundred_thousand_levels(tmp_path, deep):
    (tmp_path / "a.ndjson").write_text(json.dumps(ANNA) + "\n" + '{"resourceType":"Observation","x":' + deep + "}\n")
    _, reading = read_source(tmp_path)
    assert reading.quarantine.select("line", "reason").rows() == [(2, "not_json")]
    (tmp_path / "b.json").write_text('{"resourceType":"Bundle","entry":[' + deep + "]}")
    with pytest.raises(SourceError, match="nested too deeply"):
        read_source(tmp_path)


def test_a_hundred_thousand_dates_and_numbers_beyond_reason(tmp_path):
    huge = [observation(id=f"o{n}", valueQuantity={"value": 10**n, "unit": "U/L"}) for n in range(0, 4000, 500)]
    text = "".join(json.dumps(one) + "\n" for one in [ANNA, *huge])
    (tmp_path / "a.ndjson").write_text(text)
    began = time.monotonic()
    _, reading = read_source(tmp_path)
    assert time.monotonic() - began < 20
    assert set(reading.quarantine["reason"]) <= {"implausible", "not_finite"}


def test_nothing_in_a_file_is_executed(tmp_path):
    trap = "'; DROP TABLE patients; --"
    names = [trap, "__import__('os').system('true')", "{{7*7}}", "$(touch x)"]
    made = [observation(id=name, code=coded(name, name), subject={"reference": name}) for name in names]
    made += [medication(id=name, medicationReference={"reference": name}) for name in names]
    (tmp_path / "a.json").write_text(json.dumps(bundle(ANNA, *made)))
    record, reading = read_source(tmp_path)
    assert record.patients.height == 1
    assert reading.unknown_codes.height == 2 * len(names)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json"]
