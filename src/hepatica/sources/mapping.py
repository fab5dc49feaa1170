"""Reads a mapping file: how a centre's own files become the six tables. Checked before any row is read.

docs/mapping.md describes every key. The format is poor on purpose: what it cannot say belongs into the export.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hepatica.errors import UsageError
from hepatica.record import TABLES
from hepatica.sources.declarations import Declaration
from hepatica.sources.mapping_rules import AnalyteRule, CodeRule, ColumnRule, TableRule
from hepatica.vocabulary import analyte_codes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hepatica.sources.declarations import Step

# Each kind of column rule, and the key that it needs besides.
KINDS = {"column": None, "constant": None, "days": "after", "age": "on"}
ONLY_WITH_COLUMN = ("values", "others", "prefix", "suffix", "shift_years", "if_empty", "of")
# Codes of these vocabularies may stand in a mapping although we do not know them: their rows are told as unknown codes.
OPEN_VOCABULARIES = ("loinc:", "omop:")
# What a code table or wide columns supply, so that no column rule has to.
FROM_CODES = frozenset({"analyte"})
FROM_WIDE = frozenset({"analyte", "value", "unit", "lower_limit", "upper_limit"})


@dataclass(frozen=True)
class CentreMapping:
    """A mapping file: its declaration (for errors and reading settings) and the rules of each table, part by part."""

    declaration: Declaration
    rules: dict[str, tuple[TableRule, ...]]

    def every_rule(self) -> list[TableRule]:
        """Return the rules of all tables."""
        return [rule for parts in self.rules.values() for rule in parts]


def read_mapping(path: Path) -> CentreMapping:
    """Return a mapping file, checked as far as that is possible without the data.

    Raises:
        UsageError: with the file, the line, the path inside it, and the remedy.
    """
    declaration = Declaration(path, "mapping", UsageError)
    tables: dict[str, Any] = declaration.content["tables"]
    return CentreMapping(
        declaration, {name: _parts(declaration, name, tables[name]) for name in TABLES if name in tables}
    )


def _parts(declaration: Declaration, table: str, entry: dict[str, Any] | list[dict[str, Any]]) -> tuple[TableRule, ...]:
    if isinstance(entry, dict):
        return (_table_rule(declaration, table, entry, ("tables", table)),)
    if table == "patients" and len(entry) > 1:
        raise declaration.fault(("tables", table), "has several parts", "make patients from one of them")
    return tuple(_table_rule(declaration, table, part, ("tables", table, number)) for number, part in enumerate(entry))


def _table_rule(declaration: Declaration, table: str, entry: dict[str, Any], at: tuple[Step, ...]) -> TableRule:
    codes = _code_rule(declaration, (*at, "codes"), entry.get("codes"))
    wide = {
        column: _analyte_rule(declaration, (*at, "wide", column), rule)
        for column, rule in entry.get("wide", {}).items()
    }
    for key in ("codes", "wide"):
        if key in entry and table != "measurements":
            raise declaration.fault((*at, key), "is only for measurements", "move it there")
    if codes is not None and wide:
        raise declaration.fault((*at, "wide"), "stands beside codes", "use one of them")
    rule = TableRule(
        table=table,
        file=_file(declaration, at, entry.get("from")),
        distinct=entry.get("distinct") == "true",
        keep={column: tuple(words) for column, words in entry.get("keep", {}).items()},
        leave_out={column: tuple(words) for column, words in entry.get("leave_out", {}).items()},
        columns=tuple(_column_rule(declaration, at, target, rule) for target, rule in entry["columns"].items()),
        codes=codes,
        wide=wide,
        place=at,
    )
    _check_targets(declaration, rule)
    return rule


def _file(declaration: Declaration, at: tuple[Step, ...], name: str | None) -> str:
    files: dict[str, Any] = declaration.content["files"]
    if name is None and len(files) == 1:
        return next(iter(files))
    if name is None:
        raise declaration.fault(at, "does not say from which file", f"add from: one of {', '.join(files)}")
    if name not in files:
        raise declaration.fault((*at, "from"), f"there is no file {name}", f"write one of {', '.join(files)}")
    return name


def _column_rule(
    declaration: Declaration, part: tuple[Step, ...], target: str, rule: str | dict[str, Any]
) -> ColumnRule:
    at: tuple[Step, ...] = (*part, "columns", target)
    table = str(part[1])
    entry: dict[str, Any] = {"column": rule} if isinstance(rule, str) else rule
    if target not in TABLES[table].names:
        raise declaration.fault(at, f"{table} has no column {target}", _nearest(target, TABLES[table].names))
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise declaration.fault(at, f"has {len(kinds)} of {', '.join(KINDS)}", "give exactly one of them")
    base = KINDS[kinds[0]]
    if base is not None and base not in entry:
        raise declaration.fault(at, f"{kinds[0]} needs {base}", f"add {base}: a date (1974-01-01) or a column of dates")
    for key in entry:
        if key in ("after", "on") and key != base:
            raise declaration.fault((*at, key), f"does not go with {kinds[0]}", "remove it")
        if key in ONLY_WITH_COLUMN and kinds[0] != "column":
            raise declaration.fault((*at, key), "only goes with column", "remove it")
    if ("shift_years" in entry) != ("because" in entry):
        raise declaration.fault(at, "shift_years and because go together", "say why the dates have to be shifted")
    return ColumnRule(
        target,
        kinds[0],
        entry[kinds[0]],
        base=entry[base] if base is not None else "",
        values=entry.get("values", {}),
        others=entry.get("others", "keep"),
        prefix=entry.get("prefix", ""),
        suffix=entry.get("suffix", ""),
        shift_years=int(entry.get("shift_years", "0")),
        because=entry.get("because", ""),
        if_empty=entry.get("if_empty", ""),
        of=entry.get("of", ""),
        place=at,
    )


def _code_rule(declaration: Declaration, at: tuple[Step, ...], entry: dict[str, Any] | None) -> CodeRule | None:
    if entry is None:
        return None
    table = {code: _analyte_rule(declaration, (*at, "table", code), rule) for code, rule in entry["table"].items()}
    for code, named in ((code, named) for code, one in table.items() for named in one.columns()):
        raise declaration.fault((*at, "table", code, named), "is only for wide columns", "add a rule to columns")
    return CodeRule(entry["column"], entry.get("others", "keep"), table)


def _analyte_rule(declaration: Declaration, at: tuple[Step, ...], rule: str | dict[str, Any]) -> AnalyteRule:
    entry = {"analyte": rule} if isinstance(rule, str) else rule
    known = analyte_codes()["key"]
    code = entry["analyte"].strip().casefold()
    if code not in known and not code.startswith(OPEN_VOCABULARIES):
        what = f"{entry['analyte']} is not an analyte of the vocabulary"
        raise declaration.fault(at, what, _nearest(entry["analyte"].casefold(), known.to_list()))
    twice = [part for part in ("unit", "lower_limit", "upper_limit") if part in entry and f"{part}_column" in entry]
    if twice:
        raise declaration.fault((*at, twice[0]), f"stands beside {twice[0]}_column", "use one of them")
    return AnalyteRule(**entry)


def _check_targets(declaration: Declaration, rule: TableRule) -> None:
    """Hold a table's rules to the record: every required column comes from somewhere, and from one place."""
    at = (*rule.place, "columns")
    supplied = FROM_CODES if rule.codes is not None else FROM_WIDE if rule.wide else frozenset()
    targets = {column.target for column in rule.columns}
    twice = sorted(targets & supplied)
    if twice:
        by = "codes" if rule.codes is not None else "wide"
        raise declaration.fault((*at, twice[0]), f"is already given by {by}", "remove it here")
    lacking = [name for name in TABLES[rule.table].required if name not in targets | supplied]
    if lacking:
        raise declaration.fault(at, f"nothing gives {', '.join(lacking)}", f"add a rule for {lacking[0]}")


def _nearest(word: str, known: Iterable[str]) -> str:
    """Return a remedy that names the nearest known words."""
    near = difflib.get_close_matches(word, list(known), 3)
    return f"write {' or '.join(near)}" if near else "see docs/mapping.md"
