"""Table 1: the patients at randomisation by arm, with how many are unknown; without tests, as CONSORT asks."""

from __future__ import annotations

import polars as pl

from hepatica.studies.release import Counts
from hepatica.studies.result import Sheet
from hepatica.studies.trial.allocation import CONTROL, INTERVENTION

_NUMBERS = {"age": "age, years", "alt_xuln": "ALT, x upper limit", "igg_xuln": "IgG, x upper limit"}
_WORDS = {
    "sex": "sex",
    "cirrhosis_at_diagnosis": "cirrhosis at diagnosis",
    "variant": "variant",
    "aih_type": "serological type",
}


def table_one(patients: pl.DataFrame) -> Sheet:
    """Return the table: a row per level of a word (patients), or a number's median and quartiles."""
    rows = [
        {"characteristic": "patients", "level": "all", **_counts(patients, pl.lit(value=True))},
        *(row for column, label in _WORDS.items() for row in _levels(patients, column, label)),
        *(_number(patients, column, label) for column, label in _NUMBERS.items()),
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    release = Counts(
        keys=("characteristic", "level"),
        cells=("intervention", "control"),
        left_out=("intervention_median", "control_median"),
    )
    return Sheet(frame, "Patients at randomisation", release)


def _levels(patients: pl.DataFrame, column: str, label: str) -> list[dict[str, object]]:
    told = patients.with_columns(pl.col(column).fill_null("unknown"))  # not in the record: said as unknown
    return [
        {"characteristic": label, "level": level, **_counts(told, pl.col(column) == level)}
        for level in sorted(told[column].unique().to_list())
    ]


def _counts(patients: pl.DataFrame, has: pl.Expr) -> dict[str, object]:
    marked = patients.filter(has)
    return {
        "intervention": int((marked["arm"] == INTERVENTION).sum()),
        "control": int((marked["arm"] == CONTROL).sum()),
        "intervention_median": None,
        "control_median": None,
    }


def _number(patients: pl.DataFrame, column: str, label: str) -> dict[str, object]:
    row: dict[str, object] = {"characteristic": label, "level": "known: median (quartiles)"}
    for arm in (INTERVENTION, CONTROL):
        values = patients.filter(pl.col("arm") == arm)[column].drop_nulls()
        row[arm] = values.len()
        if values.len():
            low, middle, high = (values.quantile(share, "linear") for share in (0.25, 0.5, 0.75))
            row[f"{arm}_median"] = f"{middle:.1f} ({low:.1f} to {high:.1f})"
        else:
            row[f"{arm}_median"] = None
    return row
