"""The check of the record: tables as sent go in, a record and the account of how it was read come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from hepatica.errors import SourceError
from hepatica.record import biopsies, events, genotypes, measurements, treatments
from hepatica.record.cells import Cells, read_cells
from hepatica.record.facts import canonical, days_of, facts_of, what_is_late, with_people
from hepatica.record.findings import Finding, remarks, set_aside
from hepatica.record.folding import fold_suspects, person_and_day
from hepatica.record.jumps import with_jumps
from hepatica.record.limit_tables import LimitTable, limit_table
from hepatica.record.multiples import with_multiples
from hepatica.record.patients import check_patients
from hepatica.record.people import People
from hepatica.record.record import UNKNOWN_CODE_SCHEMA, Reading, Record, TableCount
from hepatica.record.settings import ReadingSettings
from hepatica.record.tables import ORIGIN, TABLES

Rows = pl.DataFrame
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class _Checked:
    """One table after its checks: its rows, which of them are kept, the quarantine, and the warnings."""

    rows: Rows
    kept: pl.Series
    quarantine: pl.DataFrame
    warnings: pl.DataFrame


@dataclass(frozen=True)
class _Checks:
    """How one table of facts is checked: what cannot be used, what is made of the rest, and what is odd about it."""

    findings: Callable[[People], Sequence[Finding]]
    prepare: Callable[[Rows], Rows]
    remarks: Callable[[], Sequence[Finding]]


# Events come first: they tell the deaths.
_CHECKS = {
    "events": _Checks(events.findings, events.prepare, events.remarks),
    "measurements": _Checks(measurements.findings, measurements.prepare, measurements.remarks),
    "treatments": _Checks(treatments.findings, treatments.prepare, treatments.remarks),
    "biopsies": _Checks(biopsies.findings, biopsies.prepare, biopsies.remarks),
    "genotypes": _Checks(genotypes.findings, genotypes.prepare, genotypes.remarks),
}


def check_tables(
    raw: dict[str, pl.DataFrame], *, today: date, settings: ReadingSettings | None = None
) -> tuple[Record, Reading]:
    """Return the record of the tables as sent, and the account of what was kept, folded, and set aside, and why.

    `raw` holds for each table its columns as sent (text, or typed where the file is typed) and file, line, key.
    Raises SourceError if patients is missing, a table is not one of the six, or a required column is missing, and
    UsageError if the centre's limits cannot be used.
    """
    settings = settings if settings is not None else ReadingSettings()
    _require_tables(raw)
    limits = limit_table(settings.limits, "the centre's limits") if settings.limits.height else None
    empty = {name for name, frame in raw.items() if _is_plainly_empty(name, frame)}
    cells = {
        name: _read_empty(name) if name in empty else read_cells(raw[name], TABLES[name], settings, today)
        for name in TABLES
        if name in raw
    }
    checked = {"patients": _Checked(*check_patients(cells["patients"].rows))}
    patients = checked["patients"]
    people = People.of(patients.rows.filter(patients.kept), patients.quarantine)
    for name in _CHECKS:
        if name in cells:
            checked[name] = _checked_empty(name) if name in empty else _check(name, cells[name].rows, people, limits)
            if name == "events" and name not in empty:
                people = people.with_deaths(checked[name].rows.filter(checked[name].kept))
    return _record(checked), _reading(raw, cells, checked)


def _is_plainly_empty(name: str, frame: pl.DataFrame) -> bool:
    """Say whether a table of facts has no rows and all its columns: of one patient, half of the tables are so."""
    return name in _CHECKS and frame.is_empty() and set(TABLES[name].names) <= set(frame.columns)


@cache
def _read_empty(name: str) -> Cells:
    """Return the cells of a table without rows, which neither the day nor any setting changes."""
    raw = pl.DataFrame(schema=dict.fromkeys(TABLES[name].names, pl.String))
    return read_cells(raw, TABLES[name], ReadingSettings(), _ANY_DAY)


@cache
def _checked_empty(name: str) -> _Checked:
    """Return a table without rows, checked: nobody and no limit changes it."""
    nobody = check_patients(_read_no_patients().rows)
    return _check(name, _read_empty(name).rows, People.of(nobody[0], nobody[2]), None)


def _read_no_patients() -> Cells:
    raw = pl.DataFrame(schema=dict.fromkeys(TABLES["patients"].names, pl.String))
    return read_cells(raw, TABLES["patients"], ReadingSettings(), _ANY_DAY)


def _require_tables(raw: dict[str, pl.DataFrame]) -> None:
    for name in raw:
        if name not in TABLES:
            raise SourceError(name, "is not a table of the record", f"the tables are {', '.join(TABLES)}")
    if "patients" not in raw:
        raise SourceError("patients", "the table is missing", "add patients: one row per patient with patient_id")


def _check(name: str, rows: Rows, people: People, limits: LimitTable | None) -> _Checked:
    """Return one table of facts, checked. Rows are only marked on the way; what is left out is left out at the end."""
    checks = _CHECKS[name]
    rows = with_people(rows, people)
    if name == "measurements":
        rows = measurements.with_quantities(rows)
    usable, quarantine = set_aside(rows, name, checks.findings(people))
    rows = checks.prepare(rows)
    if name == "measurements":
        rows = with_multiples(rows, usable, people, limits)
        kept = fold_suspects(rows, facts_of(name), measurements.suspect_key(rows), usable)
        rows = with_jumps(measurements.with_other_units(rows, kept), kept)
    else:
        kept = fold_suspects(rows, facts_of(name), person_and_day(rows, days_of(TABLES[name])[0]), usable)
    return _Checked(rows, kept, quarantine, _warnings(name, rows, kept, people))


def _warnings(name: str, rows: Rows, kept: pl.Series, people: People) -> pl.DataFrame:
    if name == "events":  # these rows tell the deaths themselves
        people = people.with_deaths(rows.filter(kept))
        rows = rows.with_columns(sex=people.told("sex", rows["person"]))
    dated = rows.with_columns(died=people.told("died", rows["person"]))
    return remarks(dated, name, [*_CHECKS[name].remarks(), *what_is_late(TABLES[name])], kept)


def _record(checked: dict[str, _Checked]) -> Record:
    return Record.of(**{name: canonical(one.rows, one.kept, name) for name, one in checked.items()})


def _reading(raw: dict[str, Rows], cells: dict[str, Cells], checked: dict[str, _Checked]) -> Reading:
    tables = [name for name in TABLES if name in checked]
    return Reading(
        counts={name: _count(raw[name], checked[name]) for name in tables},
        quarantine=pl.concat((checked[name].quarantine for name in tables), rechunk=True),
        warnings=pl.concat((checked[name].warnings for name in tables), rechunk=True),
        unknown_codes=_unknown_codes(cells),
        ignored_columns=_ignored_columns(raw),
        notes=[note for name in tables for note in cells[name].notes],
    )


def _count(raw: Rows, one: _Checked) -> TableCount:
    kept, quarantined = int(one.kept.sum()), one.quarantine.height
    return TableCount(raw.height, kept, raw.height - kept - quarantined, quarantined)


def _unknown_codes(cells: dict[str, Cells]) -> pl.DataFrame:
    found = [
        codes.select(table=pl.lit(name), column=pl.lit(column), code="code", count="count")
        for name, one in cells.items()
        for column, codes in one.unknown_codes.items()
    ]
    return pl.concat([UNKNOWN_CODE_SCHEMA.to_frame(), *found], rechunk=True)


def _ignored_columns(raw: dict[str, Rows]) -> dict[str, list[str]]:
    ignored = {
        name: [column for column in frame.columns if column not in (*TABLES[name].names, *ORIGIN)]
        for name, frame in raw.items()
    }
    return {name: columns for name, columns in ignored.items() if columns}
