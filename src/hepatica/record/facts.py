"""What holds for every table: cells that are needed, dates that can be, a patient who is known, words or unknown."""

from __future__ import annotations

import polars as pl

from hepatica.record.findings import Finding, missing, unreadable
from hepatica.record.people import People
from hepatica.record.tables import CANONICAL, ORIGIN, Column, Kind, Table

_DATES = (Kind.DATE, Kind.PARTIAL_DATE)
# Cells of these kinds are read by rules of their own table.
_ELSEWHERE = (Kind.TEXT, Kind.UNIT)


def days_of(table: Table) -> list[str]:
    """Return the columns of a table that say when something was: the end of a treatment may lie ahead."""
    return [column.name for column in table.columns if column.kind in _DATES and column.name != "end"]


def with_people(rows: pl.DataFrame, people: People) -> pl.DataFrame:
    """Return rows with their patient_id, their person, and the earliest day on which that person can be born."""
    patient_id, person = people.find(rows["sent:patient_id"])
    born = people.told("earliest:birth_date", person)
    return rows.with_columns(patient_id=patient_id, person=person, born=born)


def what_is_missing(table: Table) -> list[Finding]:
    """Return the findings that a required cell is empty."""
    return [_missing(column) for column in table.columns if column.required]


def _missing(column: Column) -> Finding:
    if column.kind is Kind.TEXT:
        return missing(column.name, column.name)
    if column.kind is Kind.RESULT:
        return missing(column.name, "form", f"problem:{column.name}")
    return missing(column.name)


def what_cannot_be(table: Table, people: People) -> list[Finding]:
    """Return the findings that a date cannot be read or cannot be, that the patient or a code is not known.

    A date that is given and cannot be used puts its row in quarantine even where it is optional: an end that is
    emptied would say that the drug is still taken.
    """
    dates = [unreadable(column.name) for column in table.columns if column.kind in _DATES]
    who = Finding("patient_id", pl.col("person").is_null(), "unknown_patient", people.why_unknown)
    birth = [Finding(name, pl.col(name) < pl.col("born"), "before_birth") for name in days_of(table)]
    required = [
        unreadable(column.name, _accepted(column))
        for column in table.columns
        if column.required and column.kind not in (*_DATES, *_ELSEWHERE)
    ]
    return [*dates, who, *birth, *required]


def what_is_emptied(table: Table) -> list[Finding]:
    """Return the findings that an optional cell could not be read: it counts as unknown, the row is kept."""
    return [
        unreadable(column.name, _accepted(column))
        for column in table.columns
        if not column.required and column.kind not in (*_DATES, *_ELSEWHERE)
    ]


def what_is_late(table: Table) -> list[Finding]:
    """Return the findings that something was after the patient's death (`died`)."""
    return [Finding(name, pl.col(name) > pl.col("died"), "after_death") for name in days_of(table)]


def _accepted(column: Column) -> pl.Expr | None:
    return pl.lit("one of " + ", ".join(column.choices)) if column.choices else None


def with_unknown_words(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return rows with the word "unknown" where a choice that can be unknown was not given or not understood."""
    # Not a silent fallback: nothing given is the choice "unknown" by the record's definition.
    return rows.with_columns(
        pl.col(column.name).fill_null("unknown") for column in table.columns if "unknown" in column.choices
    )


def facts_of(name: str) -> list[str]:
    """Return the canonical columns of a table that say something, without row number and origin."""
    return [column for column in CANONICAL[name] if column not in ("row", *ORIGIN)]


def canonical(rows: pl.DataFrame, kept: pl.Series, name: str) -> pl.DataFrame:
    """Return the rows that are kept as the canonical frame of a table, numbered in their order."""
    columns = [column for column in CANONICAL[name] if column != "row"]
    facts = rows.select(columns)
    if not kept.all():
        facts = facts.filter(kept)
    words = [
        column.dtype.categories.gather(column.to_physical()).alias(column.name)  # much faster than a cast
        for column in facts
        if isinstance(column.dtype, pl.Enum)
    ]
    return facts.with_columns(words).with_row_index("row").cast(CANONICAL[name])
