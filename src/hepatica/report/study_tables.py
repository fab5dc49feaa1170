"""A study's tables as people read them: estimate with interval, count with denominator, words for codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from hepatica.report.page import PageTable
from hepatica.report.wording import UNKNOWN, analyte, heading, number, ordinal, reason, said, unit_words
from hepatica.studies import Result
from hepatica.studies.release import Counts
from hepatica.studies.result import Sheet

# A longer table is cut, and says where the rest is.
MOST_ROWS, FIRST_ROWS = 60, 20
NOTHING = "–"
SUPPRESSED = "suppressed"
# What a machine needs of a table and no reader, or what the report says among its notes.
MACHINE = ("key", "order", "curve", "why_not", "remark")
# A code beside the words for it.
CODE_OF_LABEL = "covariate"
# Shares are told in per cent wherever they stand; of other columns a sheet's `units` says what they are in.
SHARES = (
    "share",
    "survival",
    "incidence",
    "share_of_known",
    "if_no_unknown_responded",
    "if_all_unknown_responded",
    "sensitivity",
    "specificity",
    "false_positive_rate",
    "prevalence",
    "positive_predictive_value",
    "negative_predictive_value",
)
POINTS = "percentage points"
# Read as they are written: they name, and are no codes of ours.
VERBATIM = ("patient", "patient_id", "sample", "metabolite", "source", "came_from", "definitions")
# Words that are missing because there is nothing to say, not because it is unknown.
SAYS_NOTHING = (
    "comparator",
    "text",
    "out_reasons",
    "unknown_reasons",
    "printed",
    "intervention_median",
    "control_median",
    "stop_reason",
    "unit",
)
# Words that a clinic writes otherwise than the record has them.
WRITTEN = {"analyte": analyte, "unit": unit_words}
CODE = re.compile(r"(?<![\w.])[a-z]+(?:_[a-z0-9]+)+(?![\w.])")
NAMED_WITH_YEAR = re.compile(r"_\d{4}(_|$)")
DRUG_PLUS = re.compile(r"(?<=[a-z])\+(?=[a-z])")


@dataclass(frozen=True)
class Column:
    """A column for people: its heading, and how a row says it."""

    heading: str
    said: Callable[[Mapping[str, Any]], str]


def page_tables(result: Result) -> list[PageTable]:
    """Return the result's tables as people read them, numbered; those behind pictures alone are listed last."""
    read = [(name, sheet) for name, sheet in result.sheets.items() if not sheet.drawn]
    drawn = [(name, sheet) for name, sheet in result.sheets.items() if sheet.drawn]
    tables = [_page_table(number, result, name, sheet) for number, (name, sheet) in enumerate(read, 1)]
    if drawn:
        rows = [(f"tables/{name}.csv", sheet.frame.height, _words(sheet.caption)) for name, sheet in drawn]
        tables.append(PageTable("Numbers behind the pictures", ("File", "Rows", "What"), [_plain(row) for row in rows]))
    return tables


def dictionary(result: Result) -> pl.DataFrame:
    """Return what each column of each table file is: its table, its heading, what it is in, and what kind of value.

    Files hold shares and differences of shares as fractions of one, where the report tells per cent and points.
    """
    arms = _arms(result.definition)
    rows = [
        (
            f"tables/{name}.csv", _words(sheet.caption), column, _heading(column, arms), _kind(kind),
            _file_unit(column, sheet),
        )
        for name, sheet in result.sheets.items()
        for column, kind in sheet.frame.schema.items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=["file", "what", "column", "heading", "kind", "unit"], orient="row")


def _file_unit(column: str, sheet: Sheet) -> str:
    """Return what a column of a file is in: empty where its name or the caption says it."""
    columns = sheet.frame.columns
    units = {**dict.fromkeys(SHARES, "%"), **sheet.units}
    bounded = next((name for name in columns if column in (_bounds(name, columns) or ())), column)
    unit = units.get(bounded, "")
    return "fraction of one" if unit in ("%", POINTS) else unit


def _kind(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "whole number"
    if kind.is_float():
        return "number"
    if kind == pl.Boolean:
        return "true or false"
    return "date (ISO 8601)" if kind.is_temporal() else "words"


def _plain(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(f"{value:,}" if isinstance(value, int) else str(value) for value in row)


def _page_table(place: int, result: Result, name: str, sheet: Sheet) -> PageTable:
    frame = _steps_named(_across(sheet.frame))
    cut = frame.height > MOST_ROWS
    more = f" (first {FIRST_ROWS} of {frame.height:,} rows; all in tables/{name}.csv)" if cut else ""
    columns = _columns(frame, sheet, result)
    shown = (frame.head(FIRST_ROWS) if cut else frame).to_dicts()
    rows = [tuple(column.said(row) for column in columns) for row in shown]
    empty = sheet.empty or ("nothing of it may leave." if result.shared else "nothing is recorded.")
    return PageTable(f"Table {place}. {sheet.caption}{more}", [column.heading for column in columns], rows, empty)


def _across(frame: pl.DataFrame) -> pl.DataFrame:
    """Return numbers at risk with a column per time, as under a curve; any other table as it is."""
    if frame.columns != ["group", "time", "at_risk"] or frame.is_empty():
        return frame
    named = frame.with_columns(pl.col("time").map_elements(number, return_dtype=pl.String))
    return named.pivot("time", index="group", values="at_risk", maintain_order=True)


def _steps_named(frame: pl.DataFrame) -> pl.DataFrame:
    """Return how patients go from treatment to treatment in words; any other table as it is."""
    if frame.columns != ["stage", "source", "target", "patients"]:
        return frame
    step = [f"{ordinal(stage + 1)} to {ordinal(stage + 2)} treatment" for stage in frame["stage"]]
    return frame.select(
        pl.Series("step", step, dtype=pl.String),
        pl.col("source").alias("from"),
        pl.col("target").alias("to"),
        "patients",
    )


def _columns(frame: pl.DataFrame, sheet: Sheet, result: Result) -> list[Column]:
    """Return the columns for people: intervals beside their estimate, denominators beside their count."""
    interval = f"{100 * result.definition.get('confidence', 0.95):g} % interval"
    arms = _arms(result.definition)
    units = {**dict.fromkeys(SHARES, "%"), **sheet.units}
    counted = sheet.release.cells if isinstance(sheet.release, Counts) and result.shared else ()
    # What is computed from counts leaves with two digits.
    decimals = 0 if counted else 1
    taken: set[str] = {*MACHINE, *([CODE_OF_LABEL] if "label" in frame.columns else [])}
    columns = []
    for name in frame.columns:
        if name in taken:
            continue
        unit = units.get(name, "")
        title = _heading(name, arms)
        bounds = _bounds(name, frame.columns)
        of = _denominator(name, frame.columns)
        say = _sayer(name, unit, counted, decimals, numeric=frame.schema[name].is_numeric())
        if bounds is not None:
            taken |= set(bounds)
            columns.append(Column(f"{title}{_in_unit(unit, interval)}", _with_interval(name, bounds, unit, decimals)))
        elif of is not None:
            taken.add(of)
            columns.append(Column(f"{title}, n\u00a0of\u00a0N", _with_denominator(name, of)))
        else:
            columns.append(Column(f"{title}{_in_unit(unit)}", say))
    return columns


def _heading(name: str, arms: Mapping[str, str]) -> str:
    """Return a column's heading; a column of an arm begins with the arm's own name."""
    for arm, label in arms.items():
        if name == arm or name.startswith(f"{arm}_"):
            rest = name.removeprefix(arm).strip("_").replace("_", " ")
            return f"{label[:1].upper()}{label[1:]}{f', {rest}' if rest else ''}"
    return heading(name)


def _arms(definition: Mapping[str, Any]) -> dict[str, str]:
    arms = definition.get("arms") or {}  # most studies have no arms
    return {name: arm["label"] if isinstance(arm, Mapping) else str(arm) for name, arm in arms.items()}


def _in_unit(unit: str, interval: str = "") -> str:
    told = f", {unit}" if unit else ""
    return f"{told} ({interval})" if interval else told


def _bounds(name: str, columns: list[str]) -> tuple[str, str] | None:
    """Return the columns of an estimate's interval: the next two, or those of its own name."""
    after = columns[columns.index(name) + 1 :]
    for pair in (("lower", "upper"), ("wilson_low", "wilson_high"), (f"{name}_lower", f"{name}_upper")):
        if tuple(after[:2]) == pair:
            return pair
    return None


def _denominator(name: str, columns: list[str]) -> str | None:
    for of in (f"{name}_of", f"{name.removesuffix('_events')}_of"):
        if of in columns:
            return of
    after = columns[columns.index(name) + 1 :]
    return "of" if name in ("count", "above", "events") and after[:1] == ["of"] else None


def _sayer(
    name: str, unit: str, counted: tuple[str, ...], decimals: int, *, numeric: bool
) -> Callable[[Mapping[str, Any]], str]:
    if name in counted:
        return lambda row: SUPPRESSED if row[name] is None else f"{row[name]:,}"
    if name == "p" or name.startswith(("p_", "q_")):
        return lambda row: p_value(row[name])
    if name in VERBATIM:
        return lambda row: said(row[name])
    # A number that is missing could not be computed; a word that is missing is unknown, unless it would say nothing.
    missing = NOTHING if numeric or name in SAYS_NOTHING else UNKNOWN
    return lambda row: missing if row[name] is None else _value(name, row[name], unit, decimals)


def _value(name: str, value: object, told_in: str, decimals: int) -> str:
    if isinstance(value, str):
        say = WRITTEN.get(name, _words)
        return say(value) if value else NOTHING
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if name == "year" else f"{value:,}"
    return _estimate(value, told_in, decimals) if isinstance(value, float) else said(value)


def _words(text: str) -> str:
    """Return a text with our codes in it as words, but not names of definition sets, protocols, and sources."""

    def said_code(found: re.Match[str]) -> str:
        code = found[0]
        return code if NAMED_WITH_YEAR.search(code) else reason(code)

    return DRUG_PLUS.sub(" + ", CODE.sub(said_code, text))


def _estimate(value: float | None, unit: str, decimals: int) -> str:
    """Return an estimate in its unit: per cent and points with so many decimals, others with three digits."""
    if value is None or value != value:  # noqa: PLR0124 - the definition of not-a-number
        return NOTHING
    if unit in ("%", POINTS):
        return _signed(f"{100 * value:.{decimals}f}")
    return _signed(f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}")


def _decimal(value: float | None, unit: str, decimals: int) -> str:
    """Return an estimate that stands with its interval: all three with as many decimals as their size asks for."""
    if value is None or value != value or unit or abs(value) < 0.01:  # noqa: PLR0124 - not-a-number
        return _estimate(value, unit, decimals)
    return _signed(f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}")


def _signed(text: str) -> str:
    if not any(digit in text for digit in "123456789"):
        return text.removeprefix("-")
    return text.replace("-", "−") if text.startswith("-") else text


def p_value(value: float | None) -> str:
    """Return a p-value as journals print it: two digits, and none below 0.001."""
    if value is None or value != value:  # noqa: PLR0124 - the definition of not-a-number
        return NOTHING
    if value < 0.001:
        return "<0.001"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _with_interval(name: str, bounds: tuple[str, str], unit: str, decimals: int) -> Callable[[Mapping[str, Any]], str]:
    def told(row: Mapping[str, Any]) -> str:
        low, high = (_decimal(row[bound], unit, decimals) for bound in bounds)
        middle = _decimal(row[name], unit, decimals)
        if low == high == NOTHING:
            return middle
        return f"{middle} ({low} to {high})".replace(" ", "\u00a0")

    return told


def _with_denominator(name: str, of: str) -> Callable[[Mapping[str, Any]], str]:
    def told(row: Mapping[str, Any]) -> str:
        parts = [NOTHING if row[part] is None else f"{row[part]:,}" for part in (name, of)]
        return NOTHING if parts == [NOTHING, NOTHING] else "\u00a0of\u00a0".join(parts)

    return told
