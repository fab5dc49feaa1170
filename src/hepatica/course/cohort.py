"""The course of a cohort: the story of each patient, laid out as the derived tables."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import repeat
from operator import itemgetter
from typing import Any

import polars as pl

from hepatica.course.columns import DERIVED_TYPES, schema
from hepatica.course.compact import Compact
from hepatica.course.days import Days
from hepatica.course.definitions import Definitions, day_number, definitions
from hepatica.course.known import Cell, known_columns, known_table
from hepatica.course.one_patient import patient_of_record
from hepatica.course.patient import NOBODY
from hepatica.course.prepare import Prepared, prepared
from hepatica.course.protocol import Protocol, formulary, protocol
from hepatica.course.state import WORDS, response_columns, state, told_columns, treatment_free_days
from hepatica.course.story import Reader, Story, story
from hepatica.course.worklist import work_items
from hepatica.record import Record

Row = tuple[Cell, ...]
# What the state says without the story; of a whole bucket it comes from Polars, and only the rest is told.
_KNOWN = tuple(known_columns(NOBODY))
_TOLD = tuple(name for name in DERIVED_TYPES["state"] if name not in ("as_of", *_KNOWN))
# A row of the table from its named cells, in the order of the columns.
_STATE = itemgetter(*_TOLD)
_WHOLE_STATE = itemgetter(*DERIVED_TYPES["state"])
_RESPONSE = itemgetter(*DERIVED_TYPES["response"])


def derive(
    record: Record,
    defined: Definitions | None = None,
    as_of: date | None = None,
    practice: Protocol | None = None,
    *,
    tables: Iterable[str] = tuple(DERIVED_TYPES),
) -> dict[str, pl.DataFrame]:
    """Return the derived tables (state, regimens, response, evaluations, metabolites, outcomes, worklist) of a record.

    `as_of` is today where it is not given; rows dated after it do not exist. The defaults are the IAIHG set of 2022
    and the default protocol.
    """
    on = as_of if as_of is not None else date.today()  # noqa: DTZ011  (the centre's calendar day)
    reader = Reader(
        defined if defined is not None else definitions(),
        practice if practice is not None else protocol(),
        formulary(),
        day_number(on),
    )
    if record.patients.height == 1:
        return _of_one(record, reader, on, tuple(tables))
    wanted = tuple(tables)
    rows: dict[str, list[Row]] = {table: [] for table in wanted}
    with _without_collector():
        in_order = prepared(record, on)
        for told in _stories(in_order, reader):
            for table in wanted:
                rows[table].extend(_ROWS[table](told))
    return {
        table: _state(rows[table], in_order, on) if table == "state" else _frame(schema(table), rows[table])
        for table in wanted
    }


def _of_one(record: Record, reader: Reader, as_of: date, tables: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """Return the tables of a record of one patient, where starting Polars would cost more than the story."""
    told = story(patient_of_record(record, as_of), reader)
    rows = {table: [_WHOLE_STATE(state(told))] if table == "state" else _ROWS[table](told) for table in tables}
    return {table: _frame(schema(table), rows[table]) for table in tables}


def _stories(in_order: Prepared, reader: Reader) -> Iterator[Story]:
    """Yield the story of each patient, by patient_id."""
    compact, days = Compact(in_order, _looked_at(reader)), Days(in_order, reader.definitions)
    for places in compact.parts():
        patients = compact.patients(places)
        yield from map(story, patients, repeat(reader), days.of_each(places, compact, patients))


def _looked_at(reader: Reader) -> set[str]:
    """Return the analytes whose latest result a story looks at."""
    return {"WEIGHT", *(analyte for item in reader.protocol.monitoring for analyte in item.analytes)}


def _state(rows: list[Row], in_order: Prepared, as_of: date) -> pl.DataFrame:
    """Return the state: what is known of each patient beside what was told."""
    columns = schema("state")
    told = _frame(pl.Schema({name: columns[name] for name in _TOLD}), rows)
    whole = pl.concat([known_table(in_order), told], how="horizontal").with_columns(as_of=pl.lit(as_of))
    return whole.select(pl.col(name).cast(kind) for name, kind in columns.items())


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cycle collector: the story makes small objects and no cycles, and half the time went on looking."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _frame(columns: pl.Schema, rows: list[Row]) -> pl.DataFrame:
    """Return the rows as a frame; day numbers become dates."""
    cells: Iterable[Any] = zip(*rows, strict=True) if rows else ([] for _ in columns)
    # Day numbers are stored as whole numbers first: a Date series takes them without a detour through objects.
    return pl.DataFrame(
        [
            pl.Series(name, values, dtype=pl.Int32 if kind == pl.Date else kind, strict=False).cast(kind)
            for (name, kind), values in zip(columns.items(), cells, strict=True)
        ]
    )


def _state_rows(told: Story) -> list[Row]:
    return [_STATE(told_columns(told))]


def _regimen_rows(told: Story) -> list[Row]:
    who = told.patient.patient_id
    return [
        (who, number, r.start, None if r.ongoing else r.end, r.name, r.line, r.end - r.start + 1)
        for number, r in enumerate(told.regimens, start=1)
    ]


def _response_rows(told: Story) -> list[Row]:
    row = response_columns(told)
    row.update(
        patient_id=told.patient.patient_id,
        as_of=told.as_of,
        index_date=told.index,
        treatment_free_days=treatment_free_days(told),
    )
    return [_RESPONSE(row)]


def _evaluation_rows(told: Story) -> list[Row]:
    if told.response is None:
        return []
    return [
        (
            told.patient.patient_id,
            e.day,
            e.day - told.response.index,
            *(
                r.x_uln if r is not None and r.day == e.day else None
                for r in (e.alt_reading, e.ast_reading, e.igg_reading)
            ),
            WORDS[e.transaminases],
            WORDS[e.igg],
            WORDS[e.cbr],
        )
        for e in told.response.evaluations
    ]


def _metabolite_rows(told: Story) -> list[Row]:
    return [
        (
            told.patient.patient_id,
            pair.tgn.day,
            pair.tgn.value,
            pair.mmp.value if pair.mmp is not None else None,
            pair.tgn.unit,
            pair.ratio,
            WORDS[pair.steady],
            pair.pattern,
            pair.reason,
        )
        for pair in told.metabolites.pairs
    ]


def _outcome_rows(told: Story) -> list[Row]:
    found = told.outcomes
    first = (found.decompensation, found.hcc, found.transplant, found.death)
    return [
        (
            told.patient.patient_id,
            told.index,
            found.cirrhosis,
            found.cirrhosis_day,
            found.cirrhosis_at_diagnosis,
            *(event.day if event is not None else None for event in first),
            found.death.cause if found.death is not None else None,
            found.lost.day if found.lost is not None else None,
            told.patient.last_seen,
            found.follow_up_days,
            found.paediatric_onset,
        )
    ]


def _work_rows(told: Story) -> list[Row]:
    return list(work_items(told))


_ROWS = {
    "state": _state_rows,
    "regimens": _regimen_rows,
    "response": _response_rows,
    "evaluations": _evaluation_rows,
    "metabolites": _metabolite_rows,
    "outcomes": _outcome_rows,
    "worklist": _work_rows,
}
