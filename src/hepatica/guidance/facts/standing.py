"""Where patients stand: the state with what guidance reads of the record besides, one row per patient.

One definition for one patient and for a cohort: a patient alone is a cohort of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import polars as pl

from hepatica.course import Definitions, definitions
from hepatica.course.columns import schema
from hepatica.errors import UsageError
from hepatica.guidance.facts.columns import further_columns
from hepatica.guidance.facts.derived import derived, words_of_work
from hepatica.guidance.facts.measured import measured
from hepatica.guidance.facts.recorded import recorded, words_of_days
from hepatica.guidance.facts.treated import treated
from hepatica.guidance.scores.dose_equivalents import as_azathioprine
from hepatica.record import Record

# The derived tables that a standing needs.
STANDING_TABLES = ("state", "regimens", "evaluations", "worklist")


def standing(record: Record, tables: Mapping[str, pl.DataFrame], defined: Definitions | None = None) -> pl.DataFrame:
    """Return the state of the derived tables with guidance's further columns, in the state's order.

    The tables are those that the record was derived to (STANDING_TABLES), under the same definitions. Nothing of a
    patient's ancestry is read. UsageError where a table is missing.
    """
    lacking = [name for name in STANDING_TABLES if name not in tables]
    if lacking:
        raise UsageError("standing", f"lacks {', '.join(lacking)}", f"derive {', '.join(STANDING_TABLES)}")
    used = defined if defined is not None else definitions()
    state = tables["state"]
    base = state.select("patient_id", "as_of", "index_date", "in_cbr")
    parts = [
        *measured(record.measurements, base),
        *treated(record.treatments, state, used.gap_days, as_azathioprine()),
        *recorded(record, base, used.at_diagnosis_days),
        *derived(tables, base, used.carry_days),
    ]
    found = pl.collect_all([part.unique("patient_id") for part in parts])
    whole = _one_row(state, found) if state.height == 1 else _joined(state, found)
    return whole.with_columns(*words_of_days(), *words_of_work()).select(*state.columns, *_further_schema())


def _joined(state: pl.DataFrame, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the state with what the parts say of each patient."""
    for part in parts:
        known = [name for name in part.columns if name == "patient_id" or name in _further_schema()]
        state = state.join(part.select(known), on="patient_id", how="left", maintain_order="left")
    schema = _further_schema()
    absent = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in state.columns]
    return state.with_columns(absent).cast(schema)


def _one_row(state: pl.DataFrame, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the same of a state of one patient, where each join would cost more than all that it adds."""
    said: dict[str, Any] = {}
    for part in parts:
        for row in part.iter_rows(named=True):
            if row["patient_id"] == state["patient_id"][0]:
                said |= row
    return state.hstack(pl.DataFrame([said], schema=_further_schema()))


@cache
def _further_schema() -> pl.Schema:
    return pl.Schema({name: kind for name, (kind, _) in further_columns().items()})


def standing_schema() -> pl.Schema:
    """Return the columns of a standing: the state's, then guidance's."""
    return pl.Schema({**schema("state"), **_further_schema()})
