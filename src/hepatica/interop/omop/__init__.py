"""A record as OMOP CDM 5.4: the tables that hold what it knows, with the columns of the model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl
import polars.selectors as cs

from hepatica import __version__
from hepatica.errors import UsageError
from hepatica.interop.new_folder import new_folder
from hepatica.interop.omop import happenings, results
from hepatica.interop.omop.columns import COLUMNS
from hepatica.interop.omop.happenings import Observations
from hepatica.interop.omop.numbers import RowNumbers
from hepatica.interop.omop.people import People
from hepatica.interop.readme import readme
from hepatica.interop.sent_tables import sent_tables
from hepatica.interop.table_file import DuckDbTables, TableFiles, Tables
from hepatica.interop.table_folder import write_limits
from hepatica.record import Record
from hepatica.sources.omop.codes import WRITTEN_BY_US
from hepatica.vocabulary import omop_concepts

FORMS = ("csv", "parquet", "duckdb")
DUCKDB_FILE = "cdm.duckdb"
_WHAT = """OMOP CDM 5.4. Read it again with: hepatica check omop:FOLDER
What the model has no column for stands in observation with observation_source_value hepatica:... (see docs/omop.md).
No vocabulary is included: concepts are named by their numbers alone.
limits.csv, if it is there, holds the centre's own reference limits.
"""


def write(record: Record, out: Path, *, synthetic: bool, form: str = "csv") -> list[Path]:
    """Write a record as OMOP CDM 5.4 into a new folder, whole or not at all, and return the files.

    Raises:
        UsageError: the folder holds something already, cannot be written, or the form is unknown.
    """
    return write_parts([record], out, synthetic=synthetic, form=form)


def write_parts(
    records: Iterable[Record],
    out: Path,
    *,
    synthetic: bool,
    form: str = "csv",
    limits: pl.DataFrame | None = None,
) -> list[Path]:
    """Write the parts of a record (buckets of its patients) one after the other; only one is in memory.

    `limits` are the centre's own reference limits that the record was read with; they go with the tables.
    """
    if form not in FORMS:
        raise UsageError(f"form {form}", "is not known", f"choose one of {', '.join(FORMS)}")
    with new_folder(out) as folder:
        rows = dict.fromkeys(COLUMNS, 0)
        numbers = RowNumbers()
        with _opened(folder, form) as tables:
            for record in records:
                for name, table in _tables(record, numbers).items():
                    tables.write(name, table)
                    rows[name] += table.height
            tables.write("cdm_source", _complete("cdm_source", _about(rows["person"], synthetic=synthetic)))
            rows["cdm_source"] = 1
        write_limits(limits, folder)
        (folder / "README.txt").write_text(readme(rows, synthetic=synthetic, what=_WHAT), encoding="utf-8")
    return sorted(out.iterdir())


def _opened(folder: Path, form: str) -> Tables:
    return DuckDbTables(folder / DUCKDB_FILE) if form == "duckdb" else TableFiles(folder, form)


def _tables(record: Record, numbers: RowNumbers) -> dict[str, pl.DataFrame]:
    """Return a part of a record as tables of OMOP CDM 5.4, every column of the model in its order."""
    sent = sent_tables(record)
    kind = omop_concepts("model")["type_registry"]
    people = People.of(record, sent["patients"], numbers)
    observations = Observations(numbers.next_of("observation"))
    happenings.person_facts(people, observations)
    events = happenings.placed_events(sent["events"], people)
    procedures = _happened(events, "procedure")
    first_biopsy = numbers.next_of("procedure_occurrence") + procedures.height
    biopsies = happenings.biopsies(sent["biopsies"], people, first_biopsy, observations)
    death = happenings.deaths(events, kind, observations)
    happenings.told_events(events.filter(place="observation"), observations)
    happenings.genotypes(sent["genotypes"], people, observations)
    conditions = pl.concat([people.diagnoses(), _happened(events, "condition")])
    procedures = pl.concat([procedures, biopsies])
    tables = {
        "care_site": people.new_sites,
        "person": people.persons(),
        "observation_period": people.periods(kind),
        "condition_occurrence": _occurrences(conditions, "condition", "condition_start_date", kind, numbers),
        "drug_exposure": results.exposures(record, sent["treatments"], people, kind),
        "procedure_occurrence": _occurrences(procedures, "procedure", "procedure_date", kind, numbers),
        "measurement": results.measurements(record, sent["measurements"], people, kind),
        "observation": observations.table(kind),
        "death": death,
        "note": numbers.numbered("note", observations.notes(kind)),
    }
    numbers.used["observation"] += tables["observation"].height
    return {name: _complete(name, table) for name, table in tables.items()}


def _happened(events: pl.DataFrame, place: str) -> pl.DataFrame:
    return events.filter(place=place).select("person_id", "date", "concept", source_value="event")


def _occurrences(
    rows: pl.DataFrame, kind: str, date_column: str, type_concept: int, numbers: RowNumbers
) -> pl.DataFrame:
    """Return the table of conditions or procedures."""
    return numbers.numbered(f"{kind}_occurrence", rows).select(
        f"{kind}_occurrence_id",
        "person_id",
        pl.col("concept").alias(f"{kind}_concept_id"),
        pl.col("date").alias(date_column),
        pl.lit(type_concept).alias(f"{kind}_type_concept_id"),
        pl.col("source_value").alias(f"{kind}_source_value"),
        pl.lit(0).alias(f"{kind}_source_concept_id"),
    )


def _about(patients: int, *, synthetic: bool) -> pl.DataFrame:
    """Return the table cdm_source, which says first of all whether anybody in it exists."""
    told = "SYNTHETIC: no person in these tables exists" if synthetic else "a centre's autoimmune hepatitis record"
    day = date.today()  # noqa: DTZ011 - the centre's own calendar day
    return pl.DataFrame(
        {
            "cdm_source_name": [f"Hepatica, {told}"],
            "cdm_source_abbreviation": ["Hepatica"],
            "cdm_holder": ["synthetic" if synthetic else "the centre"],
            "source_description": [f"{told}; {patients:,} patients, written by hepatica {__version__}"],
            "cdm_etl_reference": [WRITTEN_BY_US],
            "source_release_date": [day],
            "cdm_release_date": [day],
            "cdm_version": ["5.4"],
            "cdm_version_concept_id": [omop_concepts("model")["cdm_version"]],
            "vocabulary_version": ["none included"],
        }
    )


def _complete(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with every column of the model, those that say nothing empty; all whole numbers of one kind."""
    given = set(table.columns)
    return table.select(
        pl.col(column) if column in given else pl.lit(None, pl.String).alias(column) for column in COLUMNS[name]
    ).with_columns(cs.integer().cast(pl.Int64))
