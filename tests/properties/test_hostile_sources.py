"""Small files made to fill a machine, types that are none of the table's, circles: refused, or read in bounds."""

from __future__ import annotations

import gzip
import zlib
from datetime import date
from pathlib import Path

import fhir_cases
import omop_cases
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile_cases import read_apart

from hepatica.errors import SourceError
from hepatica.sources import open_source

PERSON = b"person_id,gender_concept_id,year_of_birth\n1,8532,1970\n"
PATIENTS = b"patient_id,birth_date,sex\nP1,1970-05-01,female\n"
MEASUREMENTS = b"patient_id,date,analyte,value,unit,upper_limit\n"
FORMS = ("folder", "omop")


def source(form: str, folder: Path) -> str:
    return f"omop:{folder}?phenotype=all" if form == "omop" else str(folder)


def repeated(path: Path, row: dict[str, object], rows: int) -> None:
    """Write a Parquet file of one row again and again: it takes hardly any room."""
    block = pa.table({name: pa.array([value] * 500_000) for name, value in row.items()})
    with pq.ParquetWriter(path, block.schema, compression="zstd") as file:
        for _ in range(rows // 500_000):
            file.write_table(block)


@pytest.mark.parametrize(
    ("form", "name", "row"),
    [
        ("folder", "patients", {"patient_id": "P1", "sex": "female"}),
        ("omop", "person", {"person_id": 1, "year_of_birth": 1970}),
    ],
)
def test_a_parquet_file_that_claims_more_rows_than_it_can_hold_is_refused(tmp_path, form, name, row):
    repeated(tmp_path / f"{name}.parquet", row, 5_000_000)
    with pytest.raises(SourceError, match=rf"{name}.parquet: claims 5,000,000 rows in [0-9,]+ bytes"):
        open_source(source(form, tmp_path)).read()


@pytest.mark.parametrize("form", FORMS)
def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path, form):
    table, row = ("person", b"1,8532,1970\n") if form == "omop" else ("patients", b"P1,1970-05-01,female\n")
    with gzip.open(tmp_path / f"{table}.csv.gz", "wb", compresslevel=9) as stream:
        stream.write((PERSON if form == "omop" else PATIENTS).partition(b"\n")[0] + b"\n")
        for _ in range(300):
            stream.write(row * 50_000)
    with pytest.raises(SourceError, match="unpacks to more than 300 times its size"):
        open_source(source(form, tmp_path)).read()


@pytest.mark.parametrize("form", FORMS)
def test_a_packed_table_that_is_torn_is_an_error(tmp_path, form):
    table, content = ("person", PERSON) if form == "omop" else ("patients", PATIENTS)
    (tmp_path / f"{table}.csv.gz").write_bytes(gzip.compress(content * 999)[:-20])
    with pytest.raises(SourceError, match="damaged"):
        open_source(source(form, tmp_path)).read()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_line_of_a_hundred_megabytes_costs_little_memory_and_time(tmp_path, form):
    """Incompressible or not, it is refused or costs itself: never many times its length, and no minutes."""
    if form == "omop":
        head = b"measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_source_value\n"
        (tmp_path / "person.csv").write_bytes(PERSON)
        (tmp_path / "measurement.csv").write_bytes(head + b"1,1,3006923,2020-01-01,30," + b"x" * (100 << 20))
    else:
        (tmp_path / "patients.csv").write_bytes(PATIENTS)
        (tmp_path / "measurements.csv").write_bytes(MEASUREMENTS + b"P1,2020-01-01,ALT,30," + b"x" * (100 << 20))
    outcome = read_apart(source(form, tmp_path))
    assert "1 patients 0 results" in outcome.said or "never ends" in outcome.said
    assert outcome.grown < 700
    assert outcome.seconds < 60


# Types that are none of the table's: a list, a structure, bytes, lists of lists of lists.


def nested(levels: int) -> pa.Array:
    value: object = 80.0
    kind = pa.float64()
    for _ in range(levels):
        value, kind = [value], pa.list_(kind)
    return pa.array([value], kind)


ODD = {
    "a list": pa.array([[80.0, 90.0]]),
    "a structure": pa.array([{"value": 80.0, "unit": "U/L"}]),
    "bytes": pa.array([b"\xff\xfe\x00"]),
    "yes or no": pa.array([True]),
    "a time": pa.array([zlib.crc32(b"")], pa.timestamp("ns", "UTC")),
    "sixty lists in one another": nested(60),
    "an integer of 64 bits": pa.array([2**63 - 1]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("odd", sorted(ODD))
def test_a_column_of_another_type_is_set_aside_or_refused(tmp_path, form, odd):
    if form == "omop":
        person = pa.table({"person_id": [1], "year_of_birth": [1970]})
        known = {"measurement_id": [1], "person_id": [1], "measurement_concept_id": [3006923]}
        known |= {"measurement_date": [date(2020, 1, 1)], "unit_source_value": ["U/L"]}
        pq.write_table(person, tmp_path / "person.parquet")
        pq.write_table(pa.table(known | {"value_as_number": ODD[odd]}), tmp_path / "measurement.parquet")
    else:
        (tmp_path / "patients.csv").write_bytes(PATIENTS)
        known = {"patient_id": ["P1"], "date": [date(2020, 1, 1)], "analyte": ["ALT"], "unit": ["U/L"]}
        pq.write_table(pa.table(known | {"value": ODD[odd]}), tmp_path / "measurements.parquet")
    try:
        with open_source(source(form, tmp_path), today=date(2024, 6, 1)) as opened:
            record, reading = opened.read()
    except SourceError:
        return
    count = reading.counts["measurements"]
    assert (count.read, count.kept, count.quarantined) == (1, 0, 1)
    assert record.measurements.is_empty()


# Circles


def test_fhir_that_refers_to_itself_in_a_circle_is_read_once(tmp_path):
    """A medication inside itself, orders that are based on each other, results that are members of one another."""
    circle = {"reference": "Medication/a"}
    medication = {"resourceType": "Medication", "id": "a", "ingredient": [{"itemReference": circle}]}
    orders = [
        fhir_cases.medication(
            "MedicationRequest",
            id=one,
            medicationReference=circle,
            basedOn=[{"reference": f"MedicationRequest/{other}"}],
        )
        for one, other in ("pq", "qp")
    ]
    results = [
        fhir_cases.observation(id=one, hasMember=[{"reference": f"Observation/{other}"}]) for one, other in ("xy", "yx")
    ]
    patient = fhir_cases.ANNA | {"link": [{"other": {"reference": "Patient/anna"}, "type": "refer"}]}
    record, reading = fhir_cases.read(tmp_path, medication, *orders, *results, patient=patient)
    assert record.patients.height == 1
    assert record.measurements.height == 1  # the two say the same and are folded
    assert reading.counts["measurements"].read == 2


def test_bundles_within_bundles_end(tmp_path):
    inner = fhir_cases.bundle(fhir_cases.observation())
    for _ in range(50):
        inner = fhir_cases.bundle(inner)
    record, reading = fhir_cases.read(tmp_path, inner)
    assert record.measurements.is_empty()
    assert any("1 Bundle" in note for note in reading.notes)


def test_concepts_that_are_their_own_ancestors_are_read(tmp_path):
    """A vocabulary whose concepts are below one another in a circle selects each patient once."""
    tables = omop_cases.hospital()
    circle = pl.DataFrame(
        {
            "ancestor_concept_id": [omop_cases.AIH, omop_cases.AIH_BELOW, omop_cases.ALT],
            "descendant_concept_id": [omop_cases.AIH_BELOW, omop_cases.AIH, omop_cases.ALT],
            "min_levels_of_separation": [1, 1, 0],
        }
    )
    found = omop_cases.patients_of(omop_cases.as_csv(tmp_path, tables | {"concept_ancestor": circle}))
    assert found == sorted(set(found))
    assert "2" in found  # known only by a code below the concept
