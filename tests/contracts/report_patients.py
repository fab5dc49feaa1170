"""Invented patients for the pictures and pages: a long course, a hostile one, and one without a single result."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from hepatica.record import CANONICAL, Record

LONG, EMPTY, HOSTILE = "P-017", "P-000", "<script>alert(1)</script>"
AS_OF = date(2024, 6, 1)
INDEX = date(2020, 3, 10)
_LIMITS = {"ALT": (45.0, "U/L"), "AST": (40.0, "U/L"), "IGG": (16.0, "g/L")}

Row = dict[str, Any]


def frame(table: str, rows: list[Row]) -> pl.DataFrame:
    """Return canonical rows; what a row does not say is unknown, and its origin is a line of a CSV file."""
    words = {"sex", "aih_type", "variant", "stop_reason", "indication", "serious"}
    blank = {name: "unknown" if name in words else None for name in CANONICAL[table]}
    taken = {"systemic": True, "route": "oral"} if table == "treatments" else {}
    filled = [
        {**blank, **taken, **row, "row": number, "file": f"{table}.csv", "line": number + 2}
        for number, row in enumerate(rows)
    ]
    return pl.DataFrame(filled, schema=CANONICAL[table])


def result(day: date, analyte: str, x_uln: float, comparator: str | None = None) -> Row:
    limit, unit = _LIMITS[analyte]
    return {
        "date": day,
        "analyte": analyte,
        "comparator": comparator,
        "value": round(x_uln * limit, 1),
        "unit": unit,
        "upper_limit": limit,
        "x_uln": round(x_uln, 9),
        "limit_from": "row",
    }


def metabolite(day: date, analyte: str, value: float, unit: str = "pmol/8x10^8 RBC") -> Row:
    return {"date": day, "analyte": analyte, "value": value, "unit": unit}


def _biochemistry() -> list[Row]:
    course = [
        (-20, 18.0, 15.0, 2.1), (0, 22.0, 19.0, 2.3), (14, 9.0, 7.0, None), (28, 4.1, 3.0, 1.8), (56, 1.9, 1.4, None),
        (90, 1.2, 1.1, 1.3), (140, 0.9, 0.8, None), (172, 0.8, 0.7, 0.98), (260, 0.6, 0.6, 0.9),
        (350, 0.7, 0.6, 0.85), (610, 0.9, 0.7, 0.95), (700, 4.4, 3.1, 1.3), (720, 3.3, 2.5, None),
        (780, 1.4, 1.2, 1.1), (860, 0.8, 0.7, 0.9), (980, 0.7, 0.8, 0.8), (1100, 0.6, 0.5, 0.85),
        (1280, 0.9, 0.8, None), (1400, 1.0, 0.9, 0.97),
    ]  # fmt: skip
    rows = []
    for days, alt, ast, igg in course:
        day = INDEX + timedelta(days=days)
        rows += [result(day, "ALT", alt), result(day, "AST", ast)]
        rows += [] if igg is None else [result(day, "IGG", igg)]
    bound = INDEX + timedelta(days=1500)
    return [*rows, result(bound, "ALT", 10 / 45, "<"), result(bound, "IGG", 1.1, ">")]


def _metabolites() -> list[Row]:
    pairs = ((200, 150, 6200), (420, 170, 6900), (800, 260, 900), (1120, 301, 640), (1410, 284, 700))
    return [
        metabolite(INDEX + timedelta(days=days), analyte, value)
        for days, tgn, mmp in pairs
        for analyte, value in (("TGN", float(tgn)), ("MMP", float(mmp)))
    ]


def _treatments() -> list[Row]:
    def row(drug: str, start: int, end: int | None, dose: float | None, **more: Any) -> Row:
        last = None if end is None else INDEX + timedelta(days=end)
        first = INDEX + timedelta(days=start)
        given = {
            "drug": drug,
            "start": first,
            "end": last,
            "dose": dose,
            "dose_unit": "mg/day",
            "indication": "AIH",
        }
        return {**given, **more}

    taper = ((0, 14, 60), (15, 28, 40), (29, 42, 30), (43, 60, 20), (61, 100, 10), (101, 300, 5))
    return [
        *(row("prednisolone", a, b, float(dose), stop_reason="planned") for a, b, dose in taper),
        row("prednisolone", 702, 760, 30.0, stop_reason="planned"),
        row("prednisolone", 761, 840, 10.0, stop_reason="planned"),
        row("azathioprine", 20, 430, 100.0, stop_reason="planned"),
        row("azathioprine", 431, 900, 50.0, stop_reason="intolerance"),
        row("allopurinol", 431, 900, 100.0, indication="unknown"),
        row("mycophenolate", 901, 1200, 1000.0),
        row("mycophenolate", 1201, None, None),
        row("budesonide", 500, 800, 0.4, route="inhaled", systemic=False, indication="extrahepatic"),
    ]


def _events() -> list[Row]:
    def after(days: int, event: str, **more: Any) -> Row:
        return {"date": INDEX + timedelta(days=days), "event": event, **more}

    return [
        after(-10, "acute_severe_presentation"),
        after(60, "infection", detail="pneumonia, grade 3", serious="yes"),
        after(899, "adverse_event", detail="nausea, grade 2", related_drug="azathioprine"),
        after(1000, "pregnancy_start"),
    ]


def _biopsies() -> list[Row]:
    stage = {"fibrosis_stage": 2, "fibrosis_scale": "ishak"}
    first = {"date": INDEX - timedelta(days=9), "interface_hepatitis": "yes", "hai": 11, **stage}
    return [first, {"date": INDEX + timedelta(days=1120), "hai": 2, **stage}]


def _patients() -> list[Row]:
    born = {"birth_date": date(1981, 7, 2), "birth_date_partial": False, "diagnosis_date_partial": False}
    known = {**born, "sex": "female", "centre": "A", "diagnosis_date": INDEX - timedelta(days=8)}
    return [
        {"patient_id": LONG, **known},
        {"patient_id": EMPTY, "centre": "A"},
        {"patient_id": HOSTILE, "centre": "<img src=x onerror=alert(2)>"},
    ]


def invented() -> Record:
    """Return the three patients' record."""

    def of(rows: list[Row], patient: str = LONG) -> list[Row]:
        return [{"patient_id": patient, **row} for row in rows]

    hostile = [{"date": INDEX, "event": "adverse_event", "detail": "</script><script>alert(3)</script>"}]
    drug = [{"drug": "azathioprine", "start": INDEX, "dose": 50.0, "dose_unit": "mg/day"}]
    results = [*of([*_biochemistry(), *_metabolites()]), *of([result(INDEX, "ALT", 3.0)], HOSTILE)]
    return Record.of(
        patients=frame("patients", _patients()),
        measurements=frame("measurements", results),
        treatments=frame("treatments", [*of(_treatments()), *of(drug, HOSTILE)]),
        events=frame("events", [*of(_events()), *of(hostile, HOSTILE)]),
        biopsies=frame("biopsies", of(_biopsies())),
    )
