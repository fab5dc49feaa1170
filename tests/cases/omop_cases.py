"""A small invented hospital as OMOP tables, and the forms in which such tables come (SYNTHETIC)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from sqlalchemy import BigInteger, Column, Date, Double, MetaData, String, Table, create_engine, insert

from hepatica.record import Reading, Record
from hepatica.sources import open_source
from hepatica.sources.account import Account
from hepatica.sources.omop.asking import PersonRange
from hepatica.sources.omop.model import is_number
from hepatica.sources.raw_tables import RawTables

TODAY = date(2024, 6, 1)
Tables = Mapping[str, pl.DataFrame]
AIH, AIH_BELOW, PBC, LUPUS, VIRAL = 200762, 1200762, 4135822, 257628, 4012113
OUTPATIENT, INPATIENT = 9202, 9201
PREDNISOLONE, PREDNISOLONE_TABLET, AZATHIOPRINE, NIVOLUMAB, NIVOLUMAB_VIAL = 1550557, 1550560, 19014878, 45892628, 1
ALT, IGG, UNITS_PER_LITRE = 3006923, 3005719, 8645


def frame(*names: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    """Return a table from its column names and rows."""
    return pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None)


def conditions(*rows: tuple[int, int, str, int]) -> pl.DataFrame:
    """Return condition_occurrence from (person, concept, day, visit)."""
    return frame(
        "condition_occurrence_id", "person_id", "condition_concept_id", "condition_start_date", "visit_occurrence_id",
        "condition_source_value",
        rows=[(100 + n, p, c, date.fromisoformat(d), v, "K75.4") for n, (p, c, d, v) in enumerate(rows)],
    )  # fmt: skip


def hospital() -> dict[str, pl.DataFrame]:
    """Return eight persons: who has autoimmune hepatitis depends on whom one asks.

    1 two outpatient codes; 2 one code in hospital (below the concept, and nothing else); 3 one outpatient code;
    4 as 1, and cholangitis; 5 as 1, and a checkpoint inhibitor two months before; 6 lupus half a year before;
    7 nothing; -8 (a negative number) two codes, the first two years before the second.
    """
    return _people() | _facts() | _vocabulary()


def _people() -> dict[str, pl.DataFrame]:
    persons = [1, 2, 3, 4, 5, 6, 7, -8]
    return {
        "person": frame(
            "person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth", "gender_source_value",
            "person_source_value", "race_source_value",
            rows=[(p, 8532 if p != 7 else 0, 1970, 5 if p != 2 else None, 1 if p == 1 else None, "M", f"MRN{p}", None)
                  for p in persons],
        ),
        "visit_occurrence": frame("visit_occurrence_id", "visit_concept_id", rows=[(1, OUTPATIENT), (2, INPATIENT)]),
        "condition_occurrence": conditions(
            (1, AIH, "2020-01-10", 1), (1, AIH, "2020-03-01", 1), (1, 4064161, "2021-02-03", 1),
            (2, AIH_BELOW, "2020-05-05", 2),
            (3, AIH, "2020-06-06", 1),
            (4, AIH, "2020-01-01", 1), (4, AIH, "2020-02-02", 1), (4, PBC, "2022-02-02", 1),
            (5, AIH, "2020-09-01", 1), (5, AIH, "2020-10-01", 1),
            (6, AIH, "2020-09-01", 1), (6, AIH, "2020-10-01", 1), (6, LUPUS, "2020-03-01", 1),
            (-8, AIH, "2018-01-01", 1), (-8, AIH, "2020-01-01", 1),
        ),
    }  # fmt: skip


def _facts() -> dict[str, pl.DataFrame]:
    return {
        "drug_exposure": frame(
            "drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_end_date",
            "quantity", "days_supply", "route_concept_id", "drug_source_value",
            rows=[
                (1, 1, PREDNISOLONE_TABLET, date(2020, 1, 15), date(2020, 2, 13), 60.0, 30, 0, "pred"),
                (2, 1, AZATHIOPRINE, date(2020, 2, 1), date(2020, 12, 31), None, None, 4132161, "aza"),
                (3, 5, NIVOLUMAB_VIAL, date(2020, 7, 1), date(2020, 7, 1), None, None, 4171047, "nivo"),
                (4, 1, 99, date(2020, 2, 1), date(2020, 12, 31), None, None, 0, "aspirin"),
            ],
        ),
        "measurement": frame(
            "measurement_id", "person_id", "measurement_concept_id", "measurement_date", "operator_concept_id",
            "value_as_number", "value_as_concept_id", "unit_concept_id", "range_low", "range_high",
            "measurement_source_value", "unit_source_value", "value_source_value",
            rows=[
                (-5, 1, ALT, date(2020, 1, 11), 4172703, 480.0, None, UNITS_PER_LITRE, None, 40.0, "ALT", "U/L", "480"),
                (6, 1, ALT, date(2020, 7, 11), 0, 22.0, 0, 0, None, 40.0, "ALT", "U/L", "22"),
                (7, 1, IGG, date(2020, 1, 11), 4172704, 30.0, None, 8636, 7.0, 16.0, "IgG", "g/L", ">30"),
                (8, 1, 0, date(2020, 1, 11), None, None, None, None, None, None, "1742-6", "U/L", "<10"),
                (9, 1, 3002971, date(2020, 1, 11), None, 80.0, None, None, None, None, "ANA", None, "1:80"),
                (10, 1, 3019510, date(2020, 1, 11), None, None, 9189, None, None, None, "HBsAg", None, None),
                (11, 1, ALT, date(2020, 8, 11), None, None, None, None, None, None, None, None, None),
                (12, 1, 3004249, date(2020, 1, 11), None, 120.0, None, 8876, None, None, "BP", "mmHg", "120"),
                (13, 7, ALT, date(2020, 1, 11), None, 20.0, None, UNITS_PER_LITRE, None, None, "ALT", "U/L", "20"),
            ],
        ),
        "death": frame("person_id", "death_date", "cause_source_value", rows=[(6, date(2023, 3, 4), "C22.0")]),
        "procedure_occurrence": frame(
            "procedure_occurrence_id", "person_id", "procedure_concept_id", "procedure_date", "procedure_source_value",
            rows=[(1, 4, 4076862, date(2022, 5, 5), "LTX"), (2, 1, 4230, date(2020, 1, 12), "biopsy")],
        ),
    }  # fmt: skip


def _vocabulary() -> dict[str, pl.DataFrame]:
    return {
        "concept": frame(
            "concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_code",
            rows=[
                (PREDNISOLONE_TABLET, "prednisolone 5 MG Oral Tablet", "Drug", "RxNorm", "312617"),
                (4230, "Biopsy of liver", "Procedure", "SNOMED", "86259008"),
                (UNITS_PER_LITRE, "unit per liter", "Unit", "UCUM", "[U]/L"),
            ],
        ),
        "concept_ancestor": frame(
            "ancestor_concept_id", "descendant_concept_id", "min_levels_of_separation",
            rows=[(AIH, AIH, 0), (AIH, AIH_BELOW, 1),
                  (PREDNISOLONE, PREDNISOLONE_TABLET, 2), (NIVOLUMAB, NIVOLUMAB_VIAL, 2)],
        ),
        "drug_strength": frame(
            "drug_concept_id", "ingredient_concept_id", "amount_value", "amount_unit_concept_id",
            rows=[(PREDNISOLONE_TABLET, PREDNISOLONE, 5.0, 8576)],
        ),
    }  # fmt: skip


def as_csv(folder: Path, tables: Tables, *, upper: bool = False) -> str:
    """Write a folder of CSV and return SOURCE."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        renamed = table.rename(str.upper) if upper else table
        renamed.write_csv(folder / f"{name.upper() if upper else name}.csv")
    return f"omop:{folder}"


def as_parquet(folder: Path, tables: Tables) -> str:
    """Write a folder of Parquet and return SOURCE."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    return f"omop:{folder}"


def as_duckdb(path: Path, tables: Tables, schema: str = "main") -> str:
    """Write a DuckDB file and return SOURCE."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {_quoted(schema)}")
        for name, table in tables.items():
            connection.register("given", table.to_arrow())
            connection.execute(f"create table {_quoted(schema)}.{_quoted(name)} as select * from given")  # noqa: S608
            connection.unregister("given")
    return f"omop:{path}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def as_postgres(url: str, tables: Tables) -> str:
    """Fill an empty PostgreSQL database and return SOURCE."""
    engine, known = create_engine(url), MetaData()
    with engine.begin() as connection:
        for name, table in tables.items():
            made = Table(name, known, *(Column(column, _kind(column, table)) for column in table.columns))
            made.create(connection)
            if table.height:
                connection.execute(insert(made), table.to_dicts())
    engine.dispose()
    return f"omop:{url}"


def _kind(column: str, table: pl.DataFrame) -> type:
    if is_number(column):
        return BigInteger
    if column.endswith("_date"):
        return Date
    return Double if table[column].dtype.is_numeric() else String


def read(source: str) -> tuple[Record, Reading]:
    with open_source(source, today=TODAY) as opened:
        return opened.read()


def patients_of(source: str) -> list[str]:
    """Return who is selected, without reading anything else."""
    with open_source(source, today=TODAY) as opened:
        return selected(opened.raw)


def selected(tables: RawTables) -> list[str]:
    blocks = tables.blocks("patients", Account(), PersonRange())
    return sorted(one for block in blocks for one in block["patient_id"])


def facts(record: Record) -> dict[str, list[tuple[object, ...]]]:
    """Return what a record holds, without how its rows are numbered."""
    return {
        name: sorted(record.table(name).drop("row").rows(), key=str)
        for name in ("patients", "measurements", "treatments", "events", "biopsies", "genotypes")
    }
