"""The patients: one row each, born when people are born; the same pseudonym twice is one person or a mistake."""

from __future__ import annotations

import polars as pl

from hepatica.record.distinct import as_text, trimmed
from hepatica.record.facts import facts_of, what_is_emptied, what_is_missing, with_unknown_words
from hepatica.record.findings import Finding, remarks, set_aside, unreadable
from hepatica.record.folding import fold
from hepatica.record.people import place_in_words
from hepatica.record.tables import PATIENTS


def check_patients(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the patients that are kept, the quarantine, and the warnings."""
    rows = rows.with_columns(trimmed(as_text(rows["sent:patient_id"], "patient_id")).alias("patient_id"))
    kept, quarantine = set_aside(rows, PATIENTS.name, _findings())
    kept = fold(with_unknown_words(kept, PATIENTS), facts_of(PATIENTS.name))
    kept, twice = _once_each(kept)
    return kept, pl.concat([quarantine, twice]), remarks(kept, PATIENTS.name, what_is_emptied(PATIENTS))


def _findings() -> list[Finding]:
    # Of partial dates only what is certain counts.
    before_birth = pl.col("latest:diagnosis_date") < pl.col("earliest:birth_date")
    return [
        *what_is_missing(PATIENTS),
        unreadable("birth_date"),
        unreadable("diagnosis_date"),
        Finding("diagnosis_date", before_birth, "before_birth"),
    ]


def _once_each(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the first row of each patient, and the quarantine of later ones, which names both places."""
    first = rows.select("patient_id", first_place=place_in_words()).unique(
        "patient_id", keep="first", maintain_order=True
    )
    placed = rows.join(first, on="patient_id", how="left", maintain_order="left").with_columns(
        later=~pl.col("patient_id").is_first_distinct()
    )
    later = Finding(
        "patient_id",
        pl.col("later"),
        "duplicate_patient",
        pl.format("the first, {}, is kept; this is {}", "first_place", place_in_words()),
    )
    kept, twice = set_aside(placed, PATIENTS.name, [later])
    return kept, twice
