"""A record as OMOP CDM 5.4: the tables that hold what it knows, with the columns of the model."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from hepatica import __version__
from hepatica.errors import UsageError
from hepatica.interop.new_folder import new_folder
from hepatica.interop.omop import happenings, results
from hepatica.interop.omop.columns import COLUMNS
from hepatica.interop.omop.happenings import Observations
from hepatica.interop.omop.people import People
from hepatica.interop.readme import readme
from hepatica.interop.sent_tables import sent_tables
from hepatica.record import Record
from hepatica.sources.omop.codes import WRITTEN_BY_US
from hepatica.vocabulary import omop_concepts

FORMS = ("csv", "parquet", "duckdb")
DUCKDB_FILE = "cdm.duckdb"
_WHAT = """OMOP CDM 5.4. Read it again with: hepatica check omop:FOLDER
What the model has no column for stands in observation with observation_source_value hepatica:... (see docs/omop.md).
No vocabulary is included: concepts are named by their numbers alone.
"""


def write(record: Record, out: Path, *, synthetic: bool, form: str = "csv") -> list[Path]:
    """Write a record as OMOP CDM 5.4 into a new folder, whole or not at all, and return the files.

    Raises:
        UsageError: the folder holds something already, cannot be written, or the form is unknown.
    """
    if form not in FORMS:
        raise UsageError(f"form {form}", "is not known", f"choose one of {', '.join(FORMS)}")
    tables = cdm_tables(record, synthetic=synthetic)
    with new_folder(out) as scratch:
        rows = {name: table.height for name, table in tables.items()}
        (scratch / "README.txt").write_text(readme(rows, synthetic=synthetic, what=_WHAT), encoding="utf-8")
        _write(tables, scratch, form)
        names = sorted(path.name for path in scratch.iterdir())
    return [out / name for name in names]


def cdm_tables(record: Record, *, synthetic: bool) -> dict[str, pl.DataFrame]:
    """Return a record as the tables of OMOP CDM 5.4, every column of the model in its order."""
    sent = sent_tables(record)
    kind = omop_concepts("model")["type_registry"]
    people, observations = People.of(record, sent["patients"]), Observations()
    happenings.person_facts(people, observations)
    events = happenings.placed_events(sent["events"], people)
    procedures = _happened(events, "procedure")
    biopsies = happenings.biopsies(sent["biopsies"], people, procedures.height + 1, observations)
    death = happenings.deaths(events, kind, observations)
    happenings.told_events(events.filter(place="observation"), observations)
    happenings.genotypes(sent["genotypes"], people, observations)
    conditions = pl.concat([people.diagnoses(), _happened(events, "condition")])
    tables = {
        "cdm_source": _about(record, synthetic=synthetic),
        "care_site": people.sites(),
        "person": people.persons(),
        "observation_period": people.periods(kind),
        "condition_occurrence": _occurrences(conditions, "condition", "condition_start_date", kind),
        "drug_exposure": results.exposures(record, sent["treatments"], people, kind),
        "procedure_occurrence": _occurrences(pl.concat([procedures, biopsies]), "procedure", "procedure_date", kind),
        "measurement": results.measurements(record, sent["measurements"], people, kind),
        "observation": observations.table(kind),
        "death": death,
        "note": observations.notes(kind),
    }
    return {name: _complete(name, table) for name, table in tables.items()}


def _happened(events: pl.DataFrame, place: str) -> pl.DataFrame:
    return events.filter(place=place).select("person_id", "date", "concept", source_value="event")


def _occurrences(rows: pl.DataFrame, kind: str, date_column: str, type_concept: int) -> pl.DataFrame:
    """Return the table of conditions or procedures."""
    return rows.with_row_index(f"{kind}_occurrence_id", offset=1).select(
        f"{kind}_occurrence_id",
        "person_id",
        pl.col("concept").alias(f"{kind}_concept_id"),
        pl.col("date").alias(date_column),
        pl.lit(type_concept).alias(f"{kind}_type_concept_id"),
        pl.col("source_value").alias(f"{kind}_source_value"),
        pl.lit(0).alias(f"{kind}_source_concept_id"),
    )


def _about(record: Record, *, synthetic: bool) -> pl.DataFrame:
    """Return the table cdm_source, which says first of all whether anybody in it exists."""
    told = "SYNTHETIC: no person in these tables exists" if synthetic else "a centre's autoimmune hepatitis record"
    day = date.today()  # noqa: DTZ011 - the centre's own calendar day
    return pl.DataFrame(
        {
            "cdm_source_name": [f"Hepatica, {told}"],
            "cdm_source_abbreviation": ["Hepatica"],
            "cdm_holder": ["synthetic" if synthetic else "the centre"],
            "source_description": [f"{told}; {record.patients.height:,} patients, written by hepatica {__version__}"],
            "cdm_etl_reference": [WRITTEN_BY_US],
            "source_release_date": [day],
            "cdm_release_date": [day],
            "cdm_version": ["5.4"],
            "cdm_version_concept_id": [omop_concepts("model")["cdm_version"]],
            "vocabulary_version": ["none included"],
        }
    )


def _complete(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with every column of the model, those that say nothing empty."""
    given = set(table.columns)
    return table.select(
        pl.col(column) if column in given else pl.lit(None, pl.String).alias(column) for column in COLUMNS[name]
    )


def _write(tables: dict[str, pl.DataFrame], folder: Path, form: str) -> None:
    for name, table in tables.items():
        if form == "csv":
            table.write_csv(folder / f"{name}.csv")
        else:
            table.write_parquet(folder / f"{name}.parquet")
    if form == "duckdb":
        _as_duckdb(tables, folder)


def _as_duckdb(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """Put the Parquet files into one DuckDB file."""
    with duckdb.connect(str(folder / DUCKDB_FILE)) as connection:
        connection.execute("set enable_progress_bar = false")  # standard output is the caller's
        for name in tables:
            path = folder / f"{name}.parquet"
            connection.read_parquet(str(path)).create(name)
            path.unlink()
