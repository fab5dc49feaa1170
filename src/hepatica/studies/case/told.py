"""How one patient is told without identity: months instead of dates, an age band, and one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from hepatica.studies.calendar import DAYS_A_MONTH
from hepatica.studies.cohort import Cohort

BAND = 5
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def months_from(day: pl.Expr, zero: date) -> pl.Expr:
    """Return months from the day zero, to a tenth: no more is needed, and less can be told from it."""
    # Adding zero makes of -0.0 the zero that people write.
    return ((day - pl.lit(zero)).dt.total_days() / DAYS_A_MONTH).round(1) + 0.0


@dataclass(frozen=True)
class Told:
    """The patient, the day from which months count, and the months that are told."""

    who: str
    zero: date
    months: dict[str, float | None]

    def month(self, day: date | None) -> float | None:
        """Return a day as months from the index date."""
        return None if day is None else round((day - self.zero).days / DAYS_A_MONTH, 1) + 0.0

    def dated(self, rows: pl.DataFrame, column: str) -> pl.DataFrame:
        """Return the rows with their months, within what is told."""
        return rows.with_columns(months=months_from(pl.col(column), self.zero)).filter(self.shown(pl.col("months")))

    def shown(self, months: pl.Expr, *, late_only: bool = False) -> pl.Expr:
        """Return whether months lie within what is told; `late_only` holds them to the end alone."""
        inside = pl.lit(value=True)
        if self.months["from"] is not None and not late_only:
            inside &= months >= self.months["from"]
        if self.months["to"] is not None:
            inside &= months <= self.months["to"]
        return inside

    def without_dates(self, text: str) -> str:
        """Return a text with every date as the month it lies in."""
        return _ISO.sub(lambda found: f"month {self.month(date.fromisoformat(found[0])):g}", text)


def sentence(cohort: Cohort, told: Told, definition: dict[str, Any]) -> str:
    """Return the first sentence of a case report: who, without identity."""
    row = cohort.record.patients.row(by_predicate=pl.col("patient_id") == told.who, named=True)
    sex = {"female": "female", "male": "male"}.get(row["sex"], "")
    kind = {"1": " type 1", "2": " type 2", "seronegative": " (seronegative)"}.get(row["aih_type"], "")
    variant = f" with features of {row['variant']}" if row["variant"] in ("PBC", "PSC") else ""
    age = age_words(row["birth_date"], told.zero, definition["age"], definition["ages_above"])
    return f"A {sex} patient{age} with autoimmune hepatitis{kind}{variant}.".replace("  ", " ")


def age_words(birth: date | None, zero: date, how: str, above: int) -> str:
    """Return the age at the index date as it may be told: nothing, a band of five years, or completed years."""
    if how == "none":
        return ""
    if birth is None:
        return " of unknown age"
    years = zero.year - birth.year - ((zero.month, zero.day) < (birth.month, birth.day))
    if years >= above:
        return f" aged {above} or more"
    if how == "years":
        return f" aged {years}"
    low = years // BAND * BAND
    return f" aged {low} to {low + BAND - 1}"
