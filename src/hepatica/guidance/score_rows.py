"""The rows of the record behind a score's items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from hepatica.guidance.facts.treated import of_class
from hepatica.guidance.finding import Finding
from hepatica.guidance.findings import findings
from hepatica.record import Record
from hepatica.record.tables import TABLES

_DATED = ("biopsies", "events", "genotypes")


@dataclass(frozen=True)
class EvidenceRow:
    """A row of the record behind an item: the table, what it says, and its place in the source."""

    table: str
    says: str
    file: str | None
    line: int | None
    key: str | None


def rows_behind(finding: Finding, record: Record, row: Mapping[str, Any]) -> tuple[EvidenceRow, ...]:
    """Return the rows of one patient's record behind a finding; `row` is the patient's standing."""
    return tuple(dict.fromkeys(_of_finding(finding, record, row)))


def _of_finding(finding: Finding, record: Record, row: Mapping[str, Any]) -> Iterator[EvidenceRow]:
    day = row.get(finding.date) if finding.date is not None else None
    for name in finding.rows:
        if name in findings():
            yield from _of_finding(findings()[name], record, row)
        elif name in TABLES:
            yield from _of_table(name, record, row, day)
        else:
            yield from _results(name, record, row["as_of"], day)


def _results(analyte: str, record: Record, as_of: date, day: date | None) -> Iterator[EvidenceRow]:
    """Yield the results of an analyte on a day; without a day, the latest."""
    own = record.measurements.filter(pl.col("analyte") == analyte, pl.col("date") <= as_of)
    latest = own.filter(pl.col("date") == (pl.col("date").max() if day is None else pl.lit(day)))
    for one in latest.iter_rows(named=True):
        said = one["text"] if one["value"] is None else f"{one['comparator'] or ''}{one['value']:g} {one['unit'] or ''}"
        yield _row("measurements", f"{analyte} {str(said).strip()} of {one['date'].isoformat()}", one)


def _of_table(table: str, record: Record, row: Mapping[str, Any], day: date | None) -> Iterator[EvidenceRow]:
    frame = record.table(table)
    if table in _DATED:
        frame = frame.filter(pl.col("date") == pl.lit(day, dtype=pl.Date))  # without a day, no row is behind it
    if table == "treatments":
        frame = frame.filter(pl.col("drug").is_in(of_class("anti_tnf")), pl.col("start") <= row["as_of"])
    for one in frame.iter_rows(named=True):
        yield _row(table, _told(table, one), one)


def _told(table: str, one: Mapping[str, Any]) -> str:
    if table == "patients":
        return "patient"
    if table == "treatments":
        return f"{one['drug']} from {one['start'].isoformat()}"
    return f"{one.get('event') or one.get('gene') or 'biopsy'} of {one['date'].isoformat()}"


def _row(table: str, says: str, one: Mapping[str, Any]) -> EvidenceRow:
    return EvidenceRow(table, says, one["file"], one["line"], one["key"])
