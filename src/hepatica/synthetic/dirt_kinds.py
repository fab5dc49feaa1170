"""What can be wrong with a row, one kind at a time, and what reading must make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Row = dict[str, str | None]

QUARANTINED, FOLDED, WARNED, KEPT, EMPTIED = "quarantined", "folded", "warned", "kept", "emptied"
_BRANDS = {
    "azathioprine": ("Imurek", "Azathioprin", "azatioprina"),
    "mycophenolate": ("CellCept", "Mycophenolat-Mofetil", "micofenolato"),
    "prednisolone": ("Decortin H", "prednisolona", "Prednisolon"),
    "tacrolimus": ("Prograf", "Advagraf"),
    "mercaptopurine": ("Puri-Nethol", "6-MP"),
    "infliximab": ("Remicade", "Inflectra"),
    "ursodeoxycholic_acid": ("Ursofalk", "UDCA"),
    "allopurinol": ("Zyloric",),
}
# Analyte and unit: the unit that is printed instead, and from and to which value it is implausible then.
_WRONG_UNITS: dict[tuple[str, str], tuple[str, float, float]] = {
    ("IGG", "mg/dL"): ("g/L", 160, 1e9),
    ("IGG", "g/L"): ("mg/dL", 0, 29),
    ("ALBUMIN", "g/L"): ("g/dL", 9, 1e9),
    ("ALBUMIN", "g/dL"): ("g/L", 0, 7.9),
    ("HAEMOGLOBIN", "g/L"): ("g/dL", 30, 1e9),
    ("HAEMOGLOBIN", "g/dL"): ("g/L", 0, 14.9),
    ("CREATININE", "umol/L"): ("mg/dL", 50, 1e9),
}
_TYPING = {"PLATELETS": ("000", 10.0), "SODIUM": ("0", 30.0), "INR": ("00", 0.3)}


@dataclass
class Spoiled:
    """What was done to a row: the rows that stand in its place, and what reading must make of the last of them."""

    rows: list[Row]
    column: str
    fate: str
    reason: str = ""
    before: str | None = field(default=None)


Kind = Callable[[Row, float], Spoiled | None]


def _set(row: Row, column: str, value: str | None, fate: str, reason: str = "") -> Spoiled:
    """Return the row with one cell changed."""
    return Spoiled([{**row, column: value}], column, fate, reason, row[column])


def _number(row: Row) -> float | None:
    """Return a plain number, null for a titre, a word, or a value below a limit."""
    try:
        return float(row["value"] or "")
    except ValueError:
        return None


def wrong_unit(row: Row, chance: float) -> Spoiled | None:
    """Return a result printed with another unit, or with digits too many, which makes it implausible."""
    del chance
    value, analyte, unit = _number(row), row["analyte"] or "", row["unit"] or ""
    if value is None:
        return None
    if analyte in _TYPING and value >= _TYPING[analyte][1]:
        digits = (row["value"] or "").split(".")[0] + _TYPING[analyte][0]
        return _set(row, "value", digits, QUARANTINED, "implausible")
    other = _WRONG_UNITS.get((analyte, unit))
    if other is None or not other[1] <= value <= other[2]:
        return None
    return _set(row, "unit", other[0], QUARANTINED, "implausible")


def missing_unit(row: Row, chance: float) -> Spoiled | None:
    """Return a number without its unit."""
    del chance
    needs_unit = row["unit"] not in {None, "1"} and _number(row) is not None
    return _set(row, "unit", None, QUARANTINED, "missing_unit") if needs_unit else None


def no_result(row: Row, chance: float) -> Spoiled | None:
    """Return a remark where a result should be."""
    words = ("haemolysed", "not enough material", "see letter")
    return _set(row, "value", words[int(chance * len(words))], QUARANTINED, "not_a_result")


def unknown_analyte(row: Row, chance: float) -> Spoiled | None:
    """Return a test that no vocabulary knows."""
    words = ("SYNTHETIC TEST A", "loinc:99999-9", "LAB-4711")
    return _set(row, "analyte", words[int(chance * len(words))], QUARANTINED, "unknown_analyte")


def twice(row: Row, chance: float) -> Spoiled | None:
    """Return the same row twice."""
    del chance
    return Spoiled([row, dict(row)], "", FOLDED)


def twice_with_other_value(row: Row, chance: float) -> Spoiled | None:
    """Return a second, different value of the same analyte on the same day; both are facts."""
    value = row["value"] or ""
    if not value.isdigit() or int(value) < 10:
        return None
    second = str(int(value) + 1 + int(chance * 5))
    return Spoiled([row, {**row, "value": second}], "value", KEPT, before=value)


def unknown_patient(row: Row, chance: float) -> Spoiled | None:
    """Return a row of somebody who is not among the patients."""
    return _set(row, "patient_id", f"SYN-X{int(chance * 1e6):07d}", QUARANTINED, "unknown_patient")


def impossible_day(column: str) -> Kind:
    """Return the kind that puts a day into a column that no calendar has."""

    def spoil(row: Row, chance: float) -> Spoiled | None:
        if row[column] is None:
            return None
        day = ("02-30", "04-31", "13-05")[int(chance * 3)]
        return _set(row, column, f"{(row[column] or '')[:4]}-{day}", QUARANTINED, "impossible_date")

    return spoil


def future_day(column: str) -> Kind:
    """Return the kind that puts a day of a year far ahead into a column."""

    def spoil(row: Row, chance: float) -> Spoiled | None:
        return _set(row, column, f"{2085 + int(chance * 10)}-06-15", QUARANTINED, "in_future")

    return spoil


def before_birth(row: Row, chance: float) -> Spoiled | None:
    """Return a fact dated before the patient was born (the year of birth comes with the row)."""
    year = int((row["birth_date"] or "0")[:4]) - 2 - int(chance * 3)
    return _set(row, "date", f"{year}-06-15", QUARANTINED, "before_birth") if year >= 1950 else None


def end_before_start(row: Row, chance: float) -> Spoiled | None:
    """Return a treatment that ended before it began."""
    start = row["start"] or ""
    end = f"{int(start[:4]) - 1}-{1 + int(chance * 12):02d}-15"
    return _set(row, "end", end, QUARANTINED, "end_before_start")


def brand_name(row: Row, chance: float) -> Spoiled | None:
    """Return a drug by its brand or by its name in another language, which reading must know."""
    names = _BRANDS.get(row["drug"] or "")
    return _set(row, "drug", names[int(chance * len(names))], KEPT) if names else None


def unknown_drug(row: Row, chance: float) -> Spoiled | None:
    """Return a drug that nobody knows."""
    words = ("Syntheticum forte", "study drug 7", "atc:Z99ZZ99")
    return _set(row, "drug", words[int(chance * len(words))], QUARANTINED, "unknown_drug")


def unknown_event(row: Row, chance: float) -> Spoiled | None:
    """Return an event that is no word of the list."""
    words = ("felt unwell", "phone call", "see letter")
    return _set(row, "event", words[int(chance * len(words))], QUARANTINED, "unknown_word")


def grade_out_of_scale(row: Row, chance: float) -> Spoiled | None:
    """Return a histological activity index that its scale does not have: the biopsy is kept, the index unknown."""
    return _set(row, "hai", str(19 + int(chance * 20)), EMPTIED, "out_of_range")


def unknown_type(row: Row, chance: float) -> Spoiled | None:
    """Return a type of the disease that there is not: the patient is kept, the type unknown."""
    return _set(row, "aih_type", ("3", "4b")[int(chance * 2)], EMPTIED, "unknown_word")


def contradicting_patient(row: Row, chance: float) -> Spoiled | None:
    """Return the same patient a second time with the other sex."""
    del chance
    other = "male" if row["sex"] == "female" else "female"
    return Spoiled([row, {**row, "sex": other}], "sex", QUARANTINED, "duplicate_patient", row["sex"])


KINDS: dict[str, dict[str, Kind]] = {
    "patients": {"twice": twice, "unknown_type": unknown_type, "contradicting_patient": contradicting_patient},
    "measurements": {
        "wrong_unit": wrong_unit,
        "missing_unit": missing_unit,
        "no_result": no_result,
        "unknown_analyte": unknown_analyte,
        "twice": twice,
        "twice_with_other_value": twice_with_other_value,
        "unknown_patient": unknown_patient,
        "impossible_day": impossible_day("date"),
        "future_day": future_day("date"),
        "before_birth": before_birth,
    },
    "treatments": {
        "twice": twice,
        "unknown_patient": unknown_patient,
        "impossible_start": impossible_day("start"),
        "impossible_end": impossible_day("end"),
        "end_before_start": end_before_start,
        "brand_name": brand_name,
        "unknown_drug": unknown_drug,
    },
    "events": {
        "twice": twice,
        "unknown_patient": unknown_patient,
        "impossible_day": impossible_day("date"),
        "future_day": future_day("date"),
        "unknown_event": unknown_event,
    },
    "biopsies": {"twice": twice, "impossible_day": impossible_day("date"), "grade_out_of_scale": grade_out_of_scale},
    "genotypes": {"twice": twice, "unknown_patient": unknown_patient},
}
