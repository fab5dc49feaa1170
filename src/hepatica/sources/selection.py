"""Which patients of a source are read: one, or a range of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from hepatica.record.distinct import Distinct, as_text

LAST_SIGN = "\U0010ffff"


class Selection(Protocol):
    """Some of a source's patients."""

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of these patients."""

    def may_be_in(self, lowest: Any, highest: Any) -> bool:
        """Whether a stretch of rows with these bounds of patient_id may hold one of them (True if unknown)."""


def patient_ids(frame: pl.DataFrame) -> pl.Series:
    """Return each row's patient_id as the record knows it: as text, without blanks around it."""
    cells = frame["patient_id"]
    if isinstance(cells.dtype, pl.Enum):  # each different text once
        found = Distinct.of(cells)
        return found.spread(found.texts.str.strip_chars())
    return as_text(cells, "patient_id").str.strip_chars()


@dataclass(frozen=True)
class OnePatient:
    """The rows of one patient."""

    patient_id: str

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the patient's rows."""
        return frame.filter(patient_ids(frame) == self.patient_id)  # rows without a patient_id are nobody's

    def may_be_in(self, lowest: Any, highest: Any) -> bool:
        """Whether the patient may be between these bounds."""
        if not isinstance(lowest, str) or not isinstance(highest, str):
            return True
        # An id may be padded in the file: blanks in front put it elsewhere, blanks behind put it just after its place.
        if lowest[:1].isspace() or not highest[:1].isascii():
            return True
        return lowest <= self.patient_id + LAST_SIGN and self.patient_id <= highest


@dataclass(frozen=True)
class PatientRange:
    """The patients from one id up to, not including, another, in the order of text; None is without end."""

    first: str | None
    end: str | None

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of these patients; rows without a patient_id belong to the range without a beginning."""
        ids = patient_ids(frame).fill_null("")  # "" sorts first: such a row is in exactly one range, and told there
        keep = pl.Series([True]).new_from_index(0, frame.height)
        if self.first is not None:
            keep &= ids >= self.first
        if self.end is not None:
            keep &= ids < self.end
        return frame.filter(keep)

    def may_be_in(self, lowest: Any, highest: Any) -> bool:
        """Whether these bounds overlap the range."""
        if not isinstance(lowest, str) or not isinstance(highest, str):
            return True
        return (self.end is None or lowest < self.end) and (self.first is None or highest >= self.first)

    def holds_all(self, lowest: Any, highest: Any) -> bool:
        """Whether these bounds lie in the range. Tables that are cut into ranges hold no padded or missing id."""
        if not isinstance(lowest, str) or not isinstance(highest, str):
            return False
        return (self.first is None or lowest >= self.first) and (self.end is None or highest < self.end)
