"""A record written and read again gives the same course for every patient, row by row and number by number."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepatica.course import definitions, derive, protocol
from hepatica.course.columns import schema
from hepatica.interop import redcap, table_folder
from hepatica.record import TABLES, Record
from hepatica.record.tables import ORIGIN
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from independent.records import cohorts

TODAY = date(2026, 11, 22)
AS_OF = date(2026, 1, 1)
DERIVED = ("state", "regimens", "response", "metabolites", "outcomes", "evaluations")
FORMS = ("csv", "parquet", "redcap")
few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def there_and_back(record: Record, form: str) -> Record:
    """Write a record in a form and read that as any centre's source."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        if form == "redcap":
            redcap.write(record, out, synthetic=True)
        else:
            table_folder.write(record, out, synthetic=True, form=form)
        back, reading = open_source(f"redcap:{out}" if form == "redcap" else str(out), today=TODAY).read()
        assert reading.quarantine.is_empty(), reading.quarantine
        return back


def facts(record: Record, table: str) -> pl.DataFrame:
    """Return what a table says, without where it stands: forms bring a patient's rows in another order."""
    said = record.table(table).drop("row", *ORIGIN)
    return said.sort(said.columns)


def courses(record: Record, as_of: date) -> dict[str, pl.DataFrame]:
    """Derive the tables of a record, without the row numbers that stand behind an answer."""
    tables = derive(record, definitions(), as_of, protocol("default"), tables=list(DERIVED))
    return {name: tables[name].select(schema(name).names()) for name in DERIVED}


def assert_same_course(one: Record, other: Record, as_of: date) -> None:
    expected, found = courses(one, as_of), courses(other, as_of)
    for name in DERIVED:
        keys = [key for key in ("patient_id", "date", "regimen_no") if key in expected[name].columns]
        assert expected[name].sort(keys).equals(found[name].sort(keys)), name


@pytest.mark.parametrize("form", FORMS)
@few
@given(st.integers(0, 10_000), st.sampled_from(["none", "light", "heavy"]))
def test_an_invented_cohort_comes_back_exactly(form, seed, dirt):
    with tempfile.TemporaryDirectory() as folder:
        invented = Path(folder) / "invented"
        synthesize(patients=8, seed=seed, dirt=dirt, out=invented)
        record, _ = open_source(str(invented), today=TODAY).read()
    back = there_and_back(record, form)
    for table in TABLES:
        assert facts(record, table).equals(facts(back, table)), table
    assert_same_course(record, back, AS_OF)


@pytest.mark.parametrize("form", FORMS)
@few
@given(cohorts())
def test_records_at_every_boundary_keep_their_course(form, drawn):
    record, as_of = drawn
    assert_same_course(record, there_and_back(record, form), as_of)
