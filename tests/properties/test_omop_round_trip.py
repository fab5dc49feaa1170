"""A record written as OMOP CDM 5.4 and read again is the same record, and every patient has the same course."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from hepatica.course import definitions, derive
from hepatica.interop.omop import write, write_parts
from hepatica.record import TABLES, Record
from hepatica.record.checking import check_tables
from hepatica.record.tables import EVENTS, FIBROSIS_SCALES, INDICATIONS, ROUTES, STOP_REASONS, VARIANTS
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from hepatica.vocabulary import analytes, conditions, drugs

TODAY = date(2025, 1, 1)


def same_record(one: Record, other: Record) -> None:
    for table in TABLES:
        columns = [name for name in one.table(table).columns if name not in {"row", "file", "line", "key"}]
        left, right = (found.table(table).select(columns).sort(columns) for found in (one, other))
        assert_frame_equal(left, right)


def same_course(one: Record, other: Record) -> None:
    left, right = (derive(found, definitions(), TODAY) for found in (one, other))
    for table, frame in left.items():
        keys = frame.columns[:3]
        assert_frame_equal(frame.sort(keys), right[table].sort(keys))


def raw(table: str, rows: list[dict[str, str | None]]) -> pl.DataFrame:
    """Rows of a table as they are read, all text."""
    schema = dict.fromkeys(TABLES[table].names, pl.String) | {"file": pl.String, "line": pl.Int64, "key": pl.String}
    return pl.DataFrame(rows, schema=schema)


def back(record: Record, form: str = "csv") -> Record:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cdm"
        write(record, out, synthetic=True, form=form)
        place = out / "cdm.duckdb" if form == "duckdb" else out
        with open_source(f"omop:{place}", today=TODAY) as source:
            read, reading = source.read()
    assert reading.quarantine.is_empty()
    assert reading.unknown_codes.is_empty()
    return read


@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb"])
def test_an_invented_centre_comes_back_whole(tmp_path, form):
    synthesize(patients=40, seed=11, centres=2, dirt="light", out=tmp_path / "centre")
    with open_source(str(tmp_path / "centre"), today=TODAY) as source:
        record, _ = source.read()
    read = back(record, form)
    same_record(record, read)
    same_course(record, read)


@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb"])
def test_parts_written_one_after_the_other_are_the_same_record(tmp_path, form):
    synthesize(patients=30, seed=12, centres=3, dirt="heavy", out=tmp_path / "centre")
    with open_source(str(tmp_path / "centre"), today=TODAY) as source:
        record, _ = source.read()
    ids = record.patients["patient_id"].to_list()
    parts = [record.of_patients(ids[first : first + 7]) for first in range(0, len(ids), 7)]
    write_parts(parts, tmp_path / "cdm", synthetic=True, form=form)
    place = tmp_path / "cdm" / ("cdm.duckdb" if form == "duckdb" else "")
    with open_source(f"omop:{place}", today=TODAY) as source:
        read, reading = source.read()
    assert reading.quarantine.is_empty()
    same_record(record, read)
    same_course(record, read)


def test_no_two_rows_of_parts_have_one_number(tmp_path):
    synthesize(patients=30, seed=12, centres=3, out=tmp_path / "centre")
    with open_source(str(tmp_path / "centre"), today=TODAY) as source:
        record, _ = source.read()
    ids = record.patients["patient_id"].to_list()
    write_parts([record.of_patients([one]) for one in ids], tmp_path / "cdm", synthetic=True, form="parquet")
    tables = {path.stem: pl.read_parquet(path) for path in (tmp_path / "cdm").glob("*.parquet")}
    for name, table in tables.items():
        if f"{name}_id" in table.columns:
            numbers = table[f"{name}_id"]
            assert sorted(numbers) == list(range(1, table.height + 1)), name
    sites = (
        tables["care_site"].join(tables["person"], on="care_site_id").select("care_site_name", "person_source_value")
    )
    told = record.patients.drop_nulls("centre").select("centre", "patient_id")
    assert sorted(sites.rows()) == sorted(told.rows())
    assert tables["cdm_source"]["source_description"].str.contains("30 patients").all()


def test_a_limit_that_could_not_be_used_is_no_number_in_omop(tmp_path):
    result = {"date": "2020-01-01", "analyte": "ALT", "value": "80", "unit": "U/L", "upper_limit": "n/a"}
    rows = {name: [] for name in TABLES}
    rows["patients"] = [{"patient_id": "P", "birth_date": "1970-05-01", "sex": "female"}]
    rows["measurements"] = [{"patient_id": "P"} | result]
    whole = {name: raw(name, found) for name, found in rows.items()}
    record, _ = check_tables(whole, today=TODAY)
    assert record.measurements.select("upper_limit", "x_uln").rows() == [(None, None)]
    write(record, tmp_path / "cdm", synthetic=True, form="parquet")
    written = pl.read_parquet(tmp_path / "cdm" / "measurement.parquet")
    assert written.select("range_high", "value_as_number", "value_source_value").rows() == [
        (None, 80.0, "80 (upper limit not usable)")
    ]
    with open_source(f"omop:{tmp_path / 'cdm'}", today=TODAY) as source:
        read, _ = source.read()
    same_record(record, read)


DAYS = st.dates(date(1990, 1, 1), date(2024, 12, 1)).map(date.isoformat)
WORD = st.text("abcdefgh éü,;\"'%|\n1:.", min_size=1, max_size=90).map(str.strip).filter(bool)
UNKNOWN_OR = lambda values: st.none() | st.sampled_from(sorted(values))  # noqa: E731
QUANTITIES = sorted(
    (code, one.units[0]) for code, one in analytes().items() if one.kind == "quantity" and one.plausible
)
EVENT_DETAILS = sorted({(one.event, one.detail) for one in conditions().values() if one.event}, key=str)


@st.composite
def measurements(draw):
    code, unit = draw(st.sampled_from(QUANTITIES))
    low, high = analytes()[code].plausible
    number = draw(st.floats(max(low, 0), high, allow_nan=False))
    kind = draw(st.sampled_from(["number", "below", "above", "titre", "word"]))
    if kind == "titre":
        return {"analyte": "ANA", "value": draw(st.sampled_from(["1:40", ">1:640", "1:80 speckled"])), "unit": None}
    if kind == "word":
        return {"analyte": "HBSAG", "value": draw(st.sampled_from(["positive", "negative"])), "unit": None}
    sign = {"number": "", "below": "<", "above": ">="}[kind]
    limit = draw(st.none() | st.floats(1, 1000))
    return {"analyte": code, "value": f"{sign}{number}", "unit": unit, "upper_limit": limit and str(limit)}


TREATMENTS = st.fixed_dictionaries(
    {
        "drug": st.sampled_from(sorted(drugs())) | st.just("omop:939259") | st.just("rxnorm:19831"),
        "start": DAYS,
        "end": st.none(),
        "dose": st.none() | st.floats(0.001, 4000).map(str),
        "dose_unit": UNKNOWN_OR(["mg/day", "mg/kg/day", "mg/kg"]),
        "stop_reason": UNKNOWN_OR(STOP_REASONS),
        "indication": UNKNOWN_OR(INDICATIONS),
        "route": UNKNOWN_OR(ROUTES),
    }
)
EVENT = st.tuples(
    st.sampled_from(EVENTS).map(lambda one: (one, None)) | st.sampled_from(EVENT_DETAILS), WORD | st.none()
)
EVENTS_DRAWN = st.builds(
    lambda known, serious, drug, cause, day: {
        "date": day, "event": known[0][0], "detail": known[0][1] or known[1], "serious": serious, "related_drug": drug,
        "cause": cause,
    },
    EVENT, UNKNOWN_OR(["yes", "no"]), UNKNOWN_OR(drugs()), UNKNOWN_OR(["liver", "other"]), DAYS,
)  # fmt: skip
BIOPSIES = st.fixed_dictionaries(
    {
        "date": DAYS,
        "interface_hepatitis": UNKNOWN_OR(["yes", "no"]),
        "rosettes": UNKNOWN_OR(["yes", "no"]),
        "hai": st.none() | st.integers(0, 18).map(str),
        "fibrosis_stage": st.none() | st.integers(0, 4).map(str),
        "fibrosis_scale": UNKNOWN_OR(FIBROSIS_SCALES),
    }
)
GENOTYPES = st.fixed_dictionaries(
    {
        "date": DAYS,
        "gene": st.sampled_from(["TPMT", "STAT1"]),
        "variant": st.none() | WORD,
        "diplotype": st.none() | WORD,
    }
)
PATIENTS = st.fixed_dictionaries(
    {
        "birth_date": st.sampled_from(["1970-05-01", "1970", "1970-05", "1970-07-02", None]),
        "sex": UNKNOWN_OR(["female", "male", "other"]),
        "centre": st.none() | WORD,
        "ethnicity": st.none() | WORD,
        "diagnosis_date": st.sampled_from(["2001-02-03", "2001", "2001-07", None]),
        "aih_type": UNKNOWN_OR(["1", "2", "seronegative"]),
        "variant": UNKNOWN_OR(VARIANTS),
    }
)


@st.composite
def records(draw):
    """A record of two patients, checked, with whatever the six tables can hold."""
    drawn = {
        "patients": [draw(PATIENTS), draw(PATIENTS)],
        "measurements": [row | {"date": draw(DAYS)} for row in draw(st.lists(measurements(), max_size=6))],
        "treatments": draw(st.lists(TREATMENTS, max_size=5)),
        "events": draw(st.lists(EVENTS_DRAWN, max_size=5)),
        "biopsies": draw(st.lists(BIOPSIES, max_size=3)),
        "genotypes": draw(st.lists(GENOTYPES, max_size=3)),
    }
    made = {}
    for table, rows in drawn.items():
        owners = ["P,1", "P 2"] if table == "patients" else [draw(st.sampled_from(["P,1", "P 2"])) for _ in rows]
        made[table] = raw(table, [{"patient_id": owner} | row for owner, row in zip(owners, rows, strict=True)])
    return check_tables(made, today=TODAY)[0]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_whatever_a_record_holds_comes_back(record):
    read = back(record)
    same_record(record, read)
    same_course(record, read)
