"""One patient's compact record from rows already in memory: the answer in clinic, in well under a millisecond.

The rows are dictionaries with the canonical columns. The meaning is that of `prepare`; a property test holds the two
to the same patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from hepatica.course.definitions import EPOCH, RATIO_STEP
from hepatica.course.patient import Biopsy, Event, Genotype, Latest, Level, Patient, Reading, Treatment
from hepatica.course.prepare import FOLLOWED, INFINITY
from hepatica.record import Record

Row = Mapping[str, Any]
_FACTS = ("measurements", "treatments", "events", "biopsies", "genotypes")


def patient_of_record(record: Record, as_of: date) -> Patient:
    """Return the compact patient of a record of one patient; rows about anybody else are not read."""
    who = record.patients.row(0, named=True)
    own = {
        name: [row for row in record.table(name).to_dicts() if row["patient_id"] == who["patient_id"]]
        for name in _FACTS
    }
    return patient_of_rows(who, own, as_of)


def patient_of_rows(who: Row, tables: Mapping[str, Iterable[Row]], as_of: date) -> Patient:
    """Return the compact patient of a patients row and canonical rows of the other tables (a missing one is empty)."""
    measured = [row for row in tables.get("measurements", ()) if row["date"] <= as_of]
    treated = [row for row in tables.get("treatments", ()) if row["start"] <= as_of]
    dated = {
        name: [row for row in tables.get(name, ()) if row["date"] <= as_of]
        for name in ("events", "biopsies", "genotypes")
    }
    by_analyte: dict[str, list[Row]] = {}
    for row in measured:
        by_analyte.setdefault(row["analyte"], []).append(row)
    readings = {name: _readings(by_analyte.get(name, ())) for name in FOLLOWED}
    return Patient(
        patient_id=who["patient_id"],
        birth=_number(who["birth_date"]),
        birth_partial=who["birth_date_partial"],
        sex=who["sex"],
        centre=who["centre"],
        diagnosis=_number(who["diagnosis_date"]),
        aih_type=who["aih_type"],
        variant=who["variant"],
        row=who["row"],
        last_seen=_last_seen(who, measured, treated, dated, as_of),
        alt=readings["ALT"],
        ast=readings["AST"],
        igg=readings["IGG"],
        tgn=_levels(by_analyte.get("TGN", ())),
        mmp=_levels(by_analyte.get("MMP", ())),
        latest={analyte: _latest(rows) for analyte, rows in by_analyte.items()},
        treatments=_treatments(treated),
        events=_events(dated["events"]),
        biopsies=_biopsies(dated["biopsies"]),
        genotypes=_genotypes(dated["genotypes"]),
    )


def _number(day: date | None) -> int | None:
    return None if day is None else day.toordinal() - EPOCH


def _last_seen(
    who: Row, measured: list[Row], treated: list[Row], dated: dict[str, list[Row]], as_of: date
) -> int | None:
    days = [row["date"] for row in measured]
    days += [row["date"] for rows in dated.values() for row in rows]
    days += [row["start"] for row in treated]
    days += [row["end"] for row in treated if row["end"] is not None and row["end"] <= as_of]
    if who["diagnosis_date"] is not None and who["diagnosis_date"] <= as_of:
        days.append(who["diagnosis_date"])
    return _number(max(days, default=None))


def _null_first(value: Any) -> tuple[bool, Any]:
    """Return a sort key that puts unknown first, as the rows are sorted in bulk."""
    return (value is not None, value)


def _reading(row: Row) -> Reading:
    """Return the bounds of one row; without a limit the multiple may be anything."""
    x, sign, value = row["x_uln"], row["comparator"], row["value"]
    low, high, amount = x, x, value
    if sign in ("<", "<="):
        low, amount = 0.0, 0.0
        high = x - RATIO_STEP if sign == "<" and x is not None else x
    elif sign in (">", ">="):
        high = INFINITY
        if sign == ">":
            low = x + RATIO_STEP if x is not None else None
            amount = value + RATIO_STEP if value is not None else None
    if x is None:
        low, high = 0.0, INFINITY
    return Reading(row["date"].toordinal() - EPOCH, low, high, x, sign, amount, row["row"])


def _readings(rows: Iterable[Row]) -> list[Reading]:
    days: dict[date, list[Row]] = {}
    for row in rows:
        days.setdefault(row["date"], []).append(row)
    return [_worst(days[day]) for day in sorted(days)]


def _worst(rows: list[Row]) -> Reading:
    """Return the day's reading: bounds over all rows, the rest from the row with the highest multiple."""
    if len(rows) == 1:
        return _reading(rows[0])
    found = [_reading(row) for row in sorted(rows, key=_within_a_day)]
    return replace(found[-1], low=max(r.low for r in found), high=max(r.high for r in found))


def _within_a_day(row: Row) -> tuple[Any, ...]:
    return tuple(_null_first(row[column]) for column in ("x_uln", "value", "comparator", "text", "unit"))


def _levels(rows: Iterable[Row]) -> list[Level]:
    found = [
        Level(row["date"].toordinal() - EPOCH, row["value"], row["comparator"], row["unit"], row["row"])
        for row in rows
        if row["value"] is not None
    ]
    return sorted(found, key=lambda level: (level.day, level.value, level.unit, _null_first(level.comparator)))


def _latest(rows: list[Row]) -> Latest:
    row = rows[0] if len(rows) == 1 else max(rows, key=_latest_order)
    return Latest(
        row["date"].toordinal() - EPOCH, row["value"], row["comparator"], row["text"], row["unit"], row["row"]
    )


def _latest_order(row: Row) -> tuple[Any, ...]:
    return (row["date"], *_within_a_day(row))


def _treatments(rows: list[Row]) -> list[Treatment]:
    found = [
        Treatment(
            row["drug"],
            row["start"].toordinal() - EPOCH,
            _number(row["end"]),
            row["dose"],
            row["dose_unit"],
            row["stop_reason"],
            row["indication"],
            row["systemic"],
            row["row"],
        )
        for row in rows
    ]
    return sorted(found, key=_treatment_order)


def _treatment_order(treatment: Treatment) -> tuple[Any, ...]:
    """Return the order in which the rows are sorted in bulk: what is unknown, and an open end, last."""
    rest = (treatment.end, treatment.dose, treatment.dose_unit, treatment.indication, treatment.stop_reason)
    return (treatment.start, treatment.drug, *((value is None, value) for value in rest))


def _events(rows: list[Row]) -> list[Event]:
    found = [
        Event(row["date"].toordinal() - EPOCH, row["event"], row["detail"], row["cause"], row["row"]) for row in rows
    ]
    return sorted(found, key=lambda e: (e.day, e.event, _null_first(e.detail), _null_first(e.cause)))


def _biopsies(rows: list[Row]) -> list[Biopsy]:
    found = [
        Biopsy(
            row["date"].toordinal() - EPOCH,
            row["hai"],
            row["fibrosis_stage"],
            row["fibrosis_scale"],
            row["row"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda b: (b.day, _null_first(b.hai), _null_first(b.fibrosis_stage)))


def _genotypes(rows: list[Row]) -> list[Genotype]:
    found = [
        Genotype(row["date"].toordinal() - EPOCH, row["gene"], row["diplotype"], row["phenotype"], row["row"])
        for row in rows
    ]
    return sorted(found, key=lambda g: (g.day, g.gene, _null_first(g.diplotype), _null_first(g.phenotype)))
