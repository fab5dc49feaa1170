"""The same hospital as CSV, Parquet, DuckDB, and PostgreSQL is the same record; every row keeps its OMOP key."""

from __future__ import annotations

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from omop_cases import (
    TODAY,
    as_csv,
    as_duckdb,
    as_parquet,
    as_postgres,
    facts,
    hospital,
    patients_of,
    read,
    selected,
)

from hepatica.errors import SourceError, UsageError
from hepatica.sources import open_source
from hepatica.sources.omop import holds
from hepatica.sources.omop.duckdb_database import DuckDatabase
from hepatica.sources.omop.phenotypes import phenotype_named

FORMS = ("csv", "upper", "parquet", "duckdb", "zip", "postgres")


@pytest.fixture(scope="module")
def sources(tmp_path_factory, request):
    """SOURCE of the hospital in each form (PostgreSQL only where it is asked for)."""
    folder = tmp_path_factory.mktemp("forms")
    tables = hospital()
    found = {
        "csv": as_csv(folder / "lower", tables),
        "upper": as_csv(folder / "upper", tables, upper=True),
        "parquet": as_parquet(folder / "parquet", tables),
        "duckdb": as_duckdb(folder / "cdm.duckdb", tables),
    }
    with zipfile.ZipFile(folder / "cdm.zip", "w") as archive:
        for path in sorted((folder / "upper").iterdir()):
            archive.write(path, f"export/{path.name}")
    found["zip"] = f"omop:{folder / 'cdm.zip'}"
    return found


@pytest.fixture(params=FORMS)
def source(request, sources):
    if request.param == "postgres" and "postgres" not in sources:
        server = request.getfixturevalue("postgres_server")
        sources["postgres"] = as_postgres(server.database("omop_forms"), hospital())
    return sources[request.param]


def test_every_form_gives_the_same_record(source, sources):
    expected, counted = read(sources["parquet"] + "?phenotype=all")
    record, reading = read(source + "?phenotype=all")
    assert facts(record) == facts(expected)
    assert reading.counts == counted.counts
    assert reading.unknown_codes.equals(counted.unknown_codes)


WHO = {
    "all": ["-8", "1", "2", "3", "4", "5", "6", "7"],
    "any_code": ["-8", "1", "2", "3", "4", "5", "6"],
    "icd_only": ["-8", "1", "2", "4", "5", "6"],
    "without_pbc_psc": ["-8", "1", "2", "5", "6"],
    "without_checkpoint_inhibitors": ["-8", "1", "2", "6"],
    "ohdsi_230": ["-8", "1", "2", "3", "4", "5"],
    "ohdsi_729": ["-8", "1", "2", "3", "4", "5"],
}


@pytest.mark.parametrize("source", ["upper", "parquet", "postgres"], indirect=True)
def test_a_phenotype_selects_the_same_patients_in_every_form(source):
    with open_source(source + "?phenotype=all", today=TODAY) as opened:
        asked = {name: replace(opened.raw, phenotype=phenotype_named(name, ours=False)) for name in WHO}
        assert {name: selected(tables) for name, tables in asked.items()} == WHO


def test_without_a_name_the_default_phenotype_counts(sources):
    assert patients_of(sources["parquet"]) == ["-8", "1", "2", "4", "5", "6"]


@pytest.mark.parametrize("source", ["csv", "duckdb", "postgres"], indirect=True)
def test_buckets_by_ranges_of_persons_are_the_whole(source):
    whole, told = read(source + "?phenotype=any_code")
    with open_source(source + "?phenotype=any_code", today=TODAY) as opened:
        buckets = [pickle.loads(pickle.dumps(one)) for one in opened.buckets(2, one_read_below=0)]  # noqa: S301
        parts = [one.read() for one in buckets]
    assert len(parts) > 2
    for table in ("patients", "measurements", "treatments", "events", "biopsies"):
        columns = whole.table(table).drop("row").columns
        joined = pl.concat([record.table(table) for record, _ in parts]).select(columns)
        assert joined.sort(columns).equals(whole.table(table).select(columns).sort(columns)), table
    assert sum(reading.counts["measurements"].read for _, reading in parts) == told.counts["measurements"].read


@pytest.mark.parametrize("source", ["csv", "postgres"], indirect=True)
def test_one_patient_is_read_alone(source):
    with open_source(source, today=TODAY) as opened:
        record, reading = opened.read_patient("1")
        assert record.patients["patient_id"].to_list() == ["1"]
        assert reading.counts["measurements"].read == 7
        with pytest.raises(UsageError, match="not in patients"):
            opened.read_patient("7")  # has no code of autoimmune hepatitis
        with pytest.raises(UsageError, match="not in patients"):
            opened.read_patient("1' or '1'='1")


def test_every_row_says_which_omop_row_it_was(sources):
    record, _ = read(sources["csv"])
    alt = record.measurements.filter(analyte="ALT", value=480)
    assert alt.select("file", "key").row(0) == ("measurement", "measurement/-5")
    assert record.treatments["key"].to_list() == ["drug_exposure/1", "drug_exposure/2"]
    assert "condition_occurrence/102" in record.events["key"].to_list()
    assert record.patients["key"][0].startswith("person/")


def test_a_pseudonym_in_person_source_value_is_used_only_if_asked_for(sources):
    assert "MRN1" not in patients_of(sources["csv"])
    assert patients_of(sources["csv"] + "?patient=person_source_value")[0] == "MRN-8"


def test_a_duckdb_file_with_two_schemas_asks_which(tmp_path):
    source = as_duckdb(tmp_path / "two.duckdb", hospital(), "cdm_one")
    as_duckdb(tmp_path / "two.duckdb", hospital(), "cdm two")
    with pytest.raises(SourceError, match="in two places"):
        read(source)
    assert len(patients_of(source + "?schema=cdm two&phenotype=all")) == 8


def test_a_bare_path_is_recognised_by_its_person_table(sources, tmp_path):
    for form in ("csv", "upper", "parquet", "duckdb", "zip"):
        path = sources[form].removeprefix("omop:")
        assert holds(type(tmp_path)(path)), form
    (tmp_path / "labs.csv").write_text("a,b\n")
    assert not holds(tmp_path)
    assert not holds(tmp_path / "labs.csv")
    record, _ = read(sources["upper"].removeprefix("omop:"))
    assert record.patients.height == 6


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("phenotype=nobody", "choose one of all, icd_only"),
        ("colour=red", "is not known"),
        ("phenotype=", "given twice, or empty"),
        ("patient=name", "person_id, person_source_value"),
    ],
)
def test_a_wrong_option_is_refused_with_what_there_is(sources, option, what):
    with pytest.raises(UsageError, match=what):
        open_source(f"{sources['csv']}?{option}")


def test_no_bar_is_drawn_on_standard_output(sources):
    """DuckDB draws one there once a question takes seconds; it would stand in the middle of a JSON document."""
    database = DuckDatabase.of_folder(Path(sources["parquet"].removeprefix("omop:")), "here")
    drawn = database._run("select current_setting('enable_progress_bar')").fetchone()
    database.close()
    assert drawn == (False,)


def test_an_unreachable_database_is_an_error_without_its_password():
    with pytest.raises(SourceError, match="cannot be read") as trouble:
        open_source("omop:postgresql+psycopg://someone:hush@127.0.0.1:1/none?schema=cdm")
    assert "hush" not in str(trouble.value)
    with pytest.raises(SourceError, match="has no driver"):
        open_source("omop:nosuchdialect://someone:hush@127.0.0.1/none")
