"""What the check made of a patient's rows, kept beside the state, so that a page need not check every row again.

It belongs to one version of the patient's data and one basis, and is never the truth: a property test holds it to a
fresh check of the rows as they are.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from hepatica.guidance.facts import standing_schema
from hepatica.record import Reading, Record
from hepatica.record.record import PROBLEM_SCHEMA
from hepatica.record.tables import CANONICAL, TABLES

_PROBLEMS = ("quarantine", "warnings")
_SCHEMAS = {**CANONICAL, **dict.fromkeys(_PROBLEMS, PROBLEM_SCHEMA)}
# Of a content a fifth is left, in half a millisecond.
_QUICKLY = 1


@dataclass(frozen=True)
class KeptReading:
    """A patient's record, what is in quarantine and what is odd, and where the patient stands if that was asked."""

    record: Record
    quarantine: pl.DataFrame
    warnings: pl.DataFrame
    stands: dict[str, Any] | None

    def packed(self) -> bytes:
        """Return it as it is stored."""
        return _packed(_streams(_frames(self.record, self.quarantine, self.warnings)), self.stands)

    @classmethod
    def unpacked(cls, content: bytes) -> KeptReading:
        """Return what was stored."""
        plain = zlib.decompress(content)
        first_line = plain.index(b"\n")
        told = json.loads(plain[:first_line])
        frames, place = {name: schema.to_frame() for name, schema in _SCHEMAS.items()}, first_line + 1
        for name, length in told["parts"].items():
            frames[name] = pl.read_ipc_stream(io.BytesIO(plain[place : place + length]))
            place += length
        problems = {name: frames.pop(name) for name in _PROBLEMS}
        stands = None if told["stands"] is None else _read_standing(told["stands"])
        return cls(Record.of(**frames), **problems, stands=stands)


def packed_of_each(
    record: Record, reading: Reading, stands: pl.DataFrame | None, names: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the readings of many patients as they are stored, by number; `names` has their pseudonyms by number.

    In the record, the reading, and the standing the patients go by their number.
    """
    parts: dict[str, dict[str, bytes]] = {number: {} for number in names}
    pseudonym = pl.col("patient_id").replace_strict(names, return_dtype=pl.String)
    for table, frame in _frames(record, reading.quarantine, reading.warnings).items():
        own = frame.filter(pl.col("patient_id").is_in(list(names))).with_columns(number="patient_id")
        if table in TABLES:  # each patient's rows are numbered on their own
            row = pl.int_range(pl.len()).over("number").cast(CANONICAL[table]["row"])
            own = own.with_columns(row=row)
        named = own.with_columns(patient_id=pseudonym)
        for (number,), rows in named.partition_by("number", include_key=False, as_dict=True).items():
            parts[str(number)][table] = _stream(rows)
    rows_of = {} if stands is None else {row["patient_id"]: row for row in stands.iter_rows(named=True)}
    standing = {number: {**row, "patient_id": names[number]} for number, row in rows_of.items() if number in names}
    return {number: _packed(streams, standing.get(number)) for number, streams in parts.items()}


def _frames(record: Record, quarantine: pl.DataFrame, warnings: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {**{name: record.table(name) for name in TABLES}, "quarantine": quarantine, "warnings": warnings}


def _streams(frames: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    """Return the frames that have rows, each as an Arrow stream."""
    return {name: _stream(frame) for name, frame in frames.items() if not frame.is_empty()}


def _stream(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.rechunk().write_ipc_stream(written)
    return written.getvalue()


def _packed(streams: Mapping[str, bytes], stands: Mapping[str, Any] | None) -> bytes:
    """Return parts one after the other, behind a line that says which they are; of a standing only what is known."""
    said = None if stands is None else dict(_written_standing(stands))
    first_line = json.dumps({"parts": {name: len(part) for name, part in streams.items()}, "stands": said})
    return zlib.compress(b"\n".join((first_line.encode(), b"".join(streams.values()))), _QUICKLY)


def _written_standing(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if value is not None:
            yield name, value.isoformat() if isinstance(value, date) else value


def _read_standing(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a standing's row; what was not written is unknown."""
    kinds = _kinds()
    row: dict[str, Any] = dict.fromkeys(kinds)
    for name, value in told.items():
        row[name] = date.fromisoformat(value) if kinds[name] == pl.Date else value
    return row


@cache
def _kinds() -> dict[str, pl.DataType]:
    return dict(standing_schema())
