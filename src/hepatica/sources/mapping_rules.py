"""The rules of a mapping: how each table is made from a centre's own files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hepatica.sources.declarations import Step


@dataclass(frozen=True)
class ColumnRule:
    """Where one column of a table comes from: a column, a constant, days after a date, or an age on a date.

    `if_empty` is the column that is read where the first is empty. `of` is for REDCap: the cell stands in another row
    of the same record, on a form of the same event (event) or anywhere (record).
    """

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
    if_empty: str = ""
    of: str = ""
    place: tuple[Step, ...] = ()

    def read_columns(self) -> list[str]:
        """Return the columns of the file that the rule reads for its cell."""
        if self.kind == "constant":
            return []
        return [self.source, self.if_empty] if self.if_empty else [self.source]


@dataclass(frozen=True)
class AnalyteRule:
    """Which analyte a local code or a column is, with its unit and limits: fixed, or from other columns of the row."""

    analyte: str
    unit: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    unit_column: str | None = None
    lower_limit_column: str | None = None
    upper_limit_column: str | None = None

    def columns(self) -> dict[str, str]:
        """Return the columns of the file that give a part of the result, by the key that names them."""
        named = {
            "unit_column": self.unit_column,
            "lower_limit_column": self.lower_limit_column,
            "upper_limit_column": self.upper_limit_column,
        }
        return {key: column for key, column in named.items() if column is not None}


@dataclass(frozen=True)
class CodeRule:
    """A local code table: the column that holds the codes, what they mean, and what becomes of the others."""

    column: str
    others: str
    table: Mapping[str, AnalyteRule]


@dataclass(frozen=True)
class TableRule:
    """How one of the six tables, or a part of it, is made from one file."""

    table: str
    file: str
    distinct: bool
    keep: Mapping[str, tuple[str, ...]]
    leave_out: Mapping[str, tuple[str, ...]]
    columns: tuple[ColumnRule, ...]
    codes: CodeRule | None
    wide: Mapping[str, AnalyteRule]
    place: tuple[Step, ...] = ()

    def identifying(self) -> frozenset[str]:
        """Return the columns of the file whose values name a patient; they are never shown in a report."""
        return frozenset(rule.source for rule in self.columns if rule.target == "patient_id")

    def sources(self) -> dict[str, tuple[Step, ...]]:
        """Return the columns of the file that the rule needs, each with the place in the mapping that names it."""
        found: dict[str, tuple[Step, ...]] = {}
        for rule in self.columns:
            for name in rule.read_columns():
                found.setdefault(name, rule.place)
            if rule.base and not is_date(rule.base):
                found.setdefault(rule.base, rule.place)
        for key, names in (("keep", self.keep), ("leave_out", self.leave_out), ("wide", self.wide)):
            found |= {name: (*self.place, key, name) for name in names if name not in found}
        for column, entry in self.wide.items():
            for key, name in entry.columns().items():
                found.setdefault(name, (*self.place, "wide", column, key))
        if self.codes is not None:
            found.setdefault(self.codes.column, (*self.place, "codes", "column"))
        return found

    def gives(self) -> list[str]:
        """Return the columns of the table that the rule gives."""
        given = [column.target for column in self.columns]
        if self.codes is not None:
            parts = [(one.unit, one.lower_limit, one.upper_limit) for one in self.codes.table.values()]
            named = zip(("unit", "lower_limit", "upper_limit"), zip(*parts, strict=True), strict=True)
            given += ["analyte", *(name for name, cells in named if any(cell is not None for cell in cells))]
        if self.wide:
            given += ["analyte", "value", "unit", "lower_limit", "upper_limit"]
        return list(dict.fromkeys(given))

    def elsewhere(self) -> list[tuple[str, str]]:
        """Return the columns whose cells stand in another row of the record: (event or record, column)."""
        return [(rule.of, name) for rule in self.columns if rule.of for name in rule.read_columns()]

    def own(self) -> list[str]:
        """Return the columns of the file whose cells make a row of this table, if any of them is filled."""
        patient = {name for rule in self.columns if rule.target == "patient_id" for name in rule.read_columns()}
        away = {name for rule in self.columns if rule.of for name in rule.read_columns()}
        return [name for name in self.sources() if name not in patient | away]


def is_date(text: str) -> bool:
    """Whether a text is a day in the ISO 8601 form; anything else names a column."""
    return len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdecimal()
