"""A small language for course cases: results and drugs by day after the index date, as in a clinic letter."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from hepatica.course import definitions, derive
from hepatica.record import CANONICAL, Record

INDEX = date(2023, 1, 1)
SIX_MONTHS = (date(2023, 7, 1) - INDEX).days
LIMITS = {"ALT": 40.0, "AST": 40.0, "IGG": 16.0}
UNITS = {"ALT": "U/L", "AST": "U/L", "IGG": "g/L"}


def on(day: int) -> date:
    return INDEX + timedelta(days=day)


def canonical(table: str, rows: list[dict]) -> pl.DataFrame:
    schema = CANONICAL[table]
    empty = dict.fromkeys(schema)
    placed = [
        {**empty, "patient_id": "p", "row": n, "file": f"{table}.csv", "line": n + 2, **r} for n, r in enumerate(rows)
    ]
    return pl.DataFrame(placed, schema=schema)


def result(
    analyte: str, day: int, value: float, *, limit: float | None = 0.0, sign: str | None = None, unit: str | None = None
) -> dict:
    upper = LIMITS.get(analyte) if limit == 0.0 else limit
    return {
        "date": on(day),
        "analyte": analyte,
        "comparator": sign,
        "value": float(value),
        "unit": unit or UNITS.get(analyte, "1"),
        "upper_limit": upper,
        "x_uln": None if upper is None else round(value / upper, 9),
        "limit_from": None if upper is None else "row",
    }


def alt(day: int, value: float, **more) -> dict:
    return result("ALT", day, value, **more)


def ast(day: int, value: float, **more) -> dict:
    return result("AST", day, value, **more)


def igg(day: int, value: float, **more) -> dict:
    return result("IGG", day, value, **more)


def tgn(day: int, value: float, unit: str = "pmol/8x10^8 RBC", **more) -> dict:
    return result("TGN", day, value, unit=unit, limit=None, **more)


def mmp(day: int, value: float, unit: str = "pmol/8x10^8 RBC", **more) -> dict:
    return result("MMP", day, value, unit=unit, limit=None, **more)


def drug(name: str, start: int, end: int | None = None, dose: float | None = None, **more) -> dict:
    return {
        "drug": name,
        "start": on(start),
        "end": None if end is None else on(end),
        "dose": dose,
        "dose_unit": None if dose is None else "mg/day",
        "stop_reason": "unknown",
        "indication": "AIH",
        "route": "oral",
        "systemic": True,
        **more,
    }


def event(name: str, day: int, **more) -> dict:
    return {"event": name, "date": on(day), "serious": "unknown", "cause": "unknown", **more}


def biopsy(day: int, **more) -> dict:
    return {"date": on(day), **more}


def record(
    results: list[dict] = (), drugs: list[dict] = (), events: list[dict] = (), biopsies: list[dict] = (), **who
) -> Record:
    patient = {
        "birth_date": date(1970, 5, 1),
        "birth_date_partial": False,
        "diagnosis_date_partial": False,
        "sex": "female",
        "aih_type": "1",
        "variant": "none",
        **who,
    }
    return Record.of(
        patients=canonical("patients", [patient]),
        measurements=canonical("measurements", list(results)),
        treatments=canonical("treatments", list(drugs)),
        events=canonical("events", list(events)),
        biopsies=canonical("biopsies", list(biopsies)),
    )


def state(told: Record, day: int, definition_set: str = "iaihg_2022") -> dict:
    return derive(told, definitions(definition_set), on(day), tables=["state"])["state"].row(0, named=True)


def table(name: str, told: Record, day: int, definition_set: str = "iaihg_2022") -> list[dict]:
    return derive(told, definitions(definition_set), on(day), tables=[name])[name].to_dicts()


def regimens(told: Record, day: int) -> list[tuple]:
    """Regimens as (first day, last day, drugs, line), days after the index date; an open end is None."""
    return [
        (
            (row["start"] - INDEX).days,
            None if row["end"] is None else (row["end"] - INDEX).days,
            row["drugs"],
            row["line"],
        )
        for row in table("regimens", told, day)
    ]


PREDNISOLONE = drug("prednisolone", 0)
