"""The rules of a mapping: how each table is made from a centre's own file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hepatica.sources.declarations import Step


@dataclass(frozen=True)
class ColumnRule:
    """Where one column of a table comes from: a column, a constant, days after a date, or an age on a date."""

    target: str
    kind: str
    source: str
    base: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    others: str = "keep"
    prefix: str = ""
    suffix: str = ""
    shift_years: int = 0
    because: str = ""
    place: tuple[Step, ...] = ()


@dataclass(frozen=True)
class AnalyteRule:
    """Which analyte a local code or a column is, with its unit and limits where the file does not have them."""

    analyte: str
    unit: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None


@dataclass(frozen=True)
class CodeRule:
    """A local code table: the column that holds the codes, what they mean, and what becomes of the others."""

    column: str
    others: str
    table: Mapping[str, AnalyteRule]


@dataclass(frozen=True)
class TableRule:
    """How one of the six tables is made from one file."""

    table: str
    file: str
    distinct: bool
    keep: Mapping[str, tuple[str, ...]]
    leave_out: Mapping[str, tuple[str, ...]]
    columns: tuple[ColumnRule, ...]
    codes: CodeRule | None
    wide: Mapping[str, AnalyteRule]

    def identifying(self) -> frozenset[str]:
        """Return the columns of the file whose values name a patient; they are never shown in a report."""
        return frozenset(rule.source for rule in self.columns if rule.target == "patient_id")

    def sources(self) -> dict[str, tuple[Step, ...]]:
        """Return the columns of the file that the rule needs, each with the place in the mapping that names it."""
        at: tuple[Step, ...] = ("tables", self.table)
        found: dict[str, tuple[Step, ...]] = {}
        for rule in self.columns:
            if rule.kind != "constant":
                found.setdefault(rule.source, rule.place)
            if rule.base and not is_date(rule.base):
                found.setdefault(rule.base, rule.place)
        for key, names in (("keep", self.keep), ("leave_out", self.leave_out), ("wide", self.wide)):
            found |= {name: (*at, key, name) for name in names if name not in found}
        if self.codes is not None:
            found.setdefault(self.codes.column, (*at, "codes", "column"))
        return found


def is_date(text: str) -> bool:
    """Whether a text is a day in the ISO 8601 form; anything else names a column."""
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdecimal()
