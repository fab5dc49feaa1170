"""The course in DuckDB SQL: an independent check of `hepatica.course`, written from its definitions' text.

It shares no code with the engine, not even the list of tiers. Its steps are the .sql files beside this one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from hepatica.record import TABLES, Record

if TYPE_CHECKING:
    from datetime import date

STEPS = ("facts", "regimens", "response", "state", "tables")
TABLES_OUT = ("regimens", "evaluations", "response", "state")

# The default definition set, as its text gives it. Days are days; relapse_xuln is a multiple of the upper limit.
PARAMETERS: dict[str, object] = {
    "gap_days": 30,
    "ignore_days": 14,
    "short_beginnings_add_up": False,  # True: two of 7 days before anything longer are a regimen of 14
    "initial_days": 42,
    "pair_days": 30,
    "limit_is_normal": True,
    "ast_required": False,
    "response_months": 6,
    "assess_days": 92,
    "baseline_days": 90,
    "confirm_days": 92,
    "change_days": 42,
    "relapse_xuln": 3,
    "relapse_igg": 20,
    "carry_days": 183,
    "steady_days": 28,
    "metabolite_pair_days": 14,
    "metabolite_unit": "pmol/8x10^8 RBC",
    "tgn_from": 223,
    "tgn_to": 450,
    "mmp_high": 5700,
    "ratio_high": 20,
}
TIERS = {
    1: ("prednisone", "prednisolone", "methylprednisolone", "budesonide", "azathioprine"),
    2: ("mycophenolate", "mercaptopurine", "tioguanine"),
    3: (
        *("tacrolimus", "ciclosporin", "infliximab", "adalimumab", "rituximab", "sirolimus", "everolimus"),
        *("belimumab", "baricitinib", "tofacitinib", "ruxolitinib", "upadacitinib"),
    ),
}
COMPANIONS = ("allopurinol", "ursodeoxycholic_acid")
# Below this many measurements a run is all planning, which is then switched off.
SMALL = 10_000
# Patients are independent of each other: one bucket at a time keeps memory bounded.
PATIENTS_AT_ONCE = 50_000


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One database in memory for the whole run, with the list of drugs and the two spellings of answers."""
    connection = duckdb.connect()
    connection.execute("CREATE MACRO as_date(day) AS DATE '1970-01-01' + CAST(day AS INTEGER)")
    connection.execute("CREATE MACRO as_word(x) AS CASE WHEN x THEN 'yes' WHEN NOT x THEN 'no' ELSE 'unknown' END")
    connection.execute("CREATE TABLE drug (drug VARCHAR, tier INTEGER, kind VARCHAR, bit BIGINT)")
    rows = [(drug, tier, "immunosuppressant") for tier, drugs in TIERS.items() for drug in drugs]
    rows += [(drug, None, "companion") for drug in COMPANIONS]
    connection.executemany(
        "INSERT INTO drug VALUES (?, ?, ?, ?)", [(*row, 1 << place) for place, row in enumerate(rows)]
    )
    return connection


@cache
def _statements() -> tuple[str, ...]:
    """Each statement of each step, in order."""
    texts = [Path(__file__).with_name(f"{step}.sql").read_text("utf-8") for step in STEPS]
    return tuple(one.query for text in texts for one in _connection().extract_statements(text))


def _one_bucket(record: Record, as_of: date, parameters: dict[str, object]) -> dict[str, pl.DataFrame]:
    """Run the steps on some patients."""
    connection = _connection()
    small = record.measurements.height < SMALL
    connection.execute("PRAGMA disable_optimizer" if small else "PRAGMA enable_optimizer")
    connection.execute("SET threads = 1" if small else "RESET threads")
    connection.execute("SET VARIABLE as_of = CAST(? AS DATE)", [as_of])
    connection.execute("SET VARIABLE today = getvariable('as_of') - DATE '1970-01-01'")
    for name, value in parameters.items():
        connection.execute(f"SET VARIABLE {name} = ?", [value])
    for name in TABLES:
        connection.register(f"{name}_in", record.table(name).to_arrow())
    for statement in _statements():
        connection.execute(statement)
    return {name: pl.DataFrame(connection.table(f"{name}_out").to_arrow_table()) for name in TABLES_OUT}


def course_in_sql(
    record: Record, as_of: date, *, parameters: dict[str, object] | None = None
) -> dict[str, pl.DataFrame]:
    """Return regimens, evaluations, response, and state of every patient as of a date, derived in SQL.

    Words are yes / no / unknown / not_applicable; numbers and dates are null where there is nothing to say.
    `parameters` changes single parameters of the default definition set (see PARAMETERS).
    """
    unknown = set(parameters or {}) - set(PARAMETERS)
    if unknown:
        raise KeyError(f"not a parameter of this check: {', '.join(sorted(unknown))}")
    settings = PARAMETERS | (parameters or {})
    ids = record.patients["patient_id"].sort()
    parts = [
        _one_bucket(record.of_patients(ids[first : first + PATIENTS_AT_ONCE].to_list()), as_of, settings)
        for first in range(0, max(ids.len(), 1), PATIENTS_AT_ONCE)
    ]
    return {name: pl.concat([part[name] for part in parts]) for name in TABLES_OUT}
