"""The patients: one row each, born when people are born; the same pseudonym twice is one person or a mistake."""

from __future__ import annotations

import polars as pl

from hepatica.record.distinct import trimmed_column
from hepatica.record.facts import facts_of, what_is_emptied, what_is_missing, with_unknown_words
from hepatica.record.findings import Finding, remarks, set_aside, unreadable
from hepatica.record.folding import fold
from hepatica.record.people import place_in_words
from hepatica.record.tables import PATIENTS


def check_patients(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame, pl.DataFrame]:
    """Return the patients, which of them are kept, the quarantine, and the warnings."""
    rows = rows.with_columns(trimmed_column(rows["sent:patient_id"]).alias("patient_id"))
    usable, quarantine = set_aside(rows, PATIENTS.name, _findings())
    rows = with_unknown_words(rows, PATIENTS)
    once = fold(rows, facts_of(PATIENTS.name), usable)
    rows, later = _with_first_places(rows, once)
    kept, twice = set_aside(rows, PATIENTS.name, [later], once)
    warnings = remarks(rows, PATIENTS.name, what_is_emptied(PATIENTS), kept)
    return rows, kept, pl.concat([quarantine, twice], rechunk=True), warnings


def _findings() -> list[Finding]:
    # Of partial dates only what is certain counts.
    before_birth = pl.col("latest:diagnosis_date") < pl.col("earliest:birth_date")
    return [
        *what_is_missing(PATIENTS),
        unreadable("birth_date"),
        unreadable("diagnosis_date"),
        Finding("diagnosis_date", before_birth, "before_birth"),
    ]


def _with_first_places(rows: pl.DataFrame, among: pl.Series) -> tuple[pl.DataFrame, Finding]:
    """Return the rows with the place of their patient's first row, and the finding that a row is a later one."""
    first = (
        rows.select("patient_id", first_place=place_in_words())
        .with_row_index("first_row")
        .filter(among)
        .unique("patient_id", keep="first", maintain_order=True)
    )
    placed = rows.with_row_index("this_row").join(first, on="patient_id", how="left", maintain_order="left")
    explained = pl.format("the first, {}, is kept; this is {}", "first_place", place_in_words())
    return placed, Finding("patient_id", pl.col("this_row") > pl.col("first_row"), "duplicate_patient", explained)
