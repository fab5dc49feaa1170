"""Two courses cell by cell, and the facts of the patient in whom they differ, told so that a person can judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from hepatica.record import Record

KEYS = {"regimens": "regimen_no", "evaluations": "date"}
FACTS = {
    "measurements": ("date", "analyte", "comparator", "value", "unit", "x_uln"),
    "treatments": ("drug", "start", "end", "dose", "dose_unit", "indication", "systemic"),
    "events": ("date", "event"),
    "biopsies": ("date", "hai"),
}


def same(left: object, right: object) -> bool:
    """Whether two cells are equal; numbers to 6 decimals."""
    if isinstance(left, float) and isinstance(right, float | int):
        return abs(left - right) <= 5.1e-7
    return left == right


def _rows(frame: pl.DataFrame, second_key: str | None) -> dict[Any, dict[str, Any]]:
    return {(row["patient_id"], row.get(second_key)): row for row in frame.to_dicts()}


def differences(check: dict[str, pl.DataFrame], engine: dict[str, pl.DataFrame]) -> Iterator[tuple[str, str]]:
    """Yield patient and sentence for every cell of the check that the engine gives differently."""
    for table, frame in check.items():
        ours, theirs = _rows(frame, KEYS.get(table)), _rows(engine[table], KEYS.get(table))
        for key in sorted(ours.keys() ^ theirs.keys(), key=str):
            yield key[0], f"{table} {key[1]}: only in {'SQL' if key in ours else 'the engine'}"
        for key in ours.keys() & theirs.keys():
            for column, value in ours[key].items():
                if not same(value, theirs[key][column]):
                    yield (
                        key[0],
                        f"{table} {key[1] or ''} {column}: SQL {value!r}, engine {theirs[key][column]!r}",
                    )


def told(record: Record, patient: str) -> str:
    """Return a patient's facts, one a line."""
    of_patient = record.of_patients([patient])
    lines = [
        f"  {table[:-1]} {' '.join('-' if cell is None else str(cell) for cell in row)}"
        for table, columns in FACTS.items()
        for row in of_patient.table(table).select(columns).rows()
    ]
    return "\n".join([f"  born {of_patient.patients['birth_date'].item()}", *lines])
