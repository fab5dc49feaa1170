"""Disclosure control: what of a result may leave the centre.

Counts are suppressed with their complements; curves stand on a grid in steps of at least the limit of patients; model
estimates need as many events; tables of single patients, dates, and notes with counts stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.release import Counts, CurveOf, Estimates, Open
from hepatica.studies.result import Figure, Number, Result, Sheet
from hepatica.studies.suppression_sums import Table
from hepatica.studies.suppression_together import rounds_to, suppressed_together

DIGITS = 3  # significant digits of an estimate that leaves
SHARE_DIGITS = 2  # of a share beside its rounded counts
# Items of checklists (STROBE, CONSORT) that ask why patients were lost at each step: the reasons stay in the centre.
REASONS_LOST = ("13b",)
WITHHELD = ("patient", "patient_id", "patients")  # keys of a definition that name patients


def shared(result: Result, least: int = 5) -> Result:
    """Return the result as it may leave the centre: no count from one to the limit, no single patient, no date.

    Raises UsageError for a limit below two, which would protect nobody.
    """
    if least < 2:
        raise UsageError("--least", f"{least} protects nobody", "take 5, or what your centre asks for")
    hidden = _hidden(result.sheets, least)
    released = {
        name: (_released(sheet, hidden.get(name, set()), least), sheet) for name, sheet in result.sheets.items()
    }
    sheets = {
        name: replace(sheet, frame=_without_dates(frame))
        for name, (frame, sheet) in released.items()
        if frame is not None
    }
    withheld = [name for name in result.sheets if name not in sheets]
    figures = {name: _told(one, hidden) for name, one in result.figures.items() if set(one.needs) <= set(sheets)}
    return replace(
        result,
        sheets=sheets,
        figures=figures,
        numbers=_numbers(result, least),
        attrition=None,
        items=[replace(one, filled_by=None) if one.item in REASONS_LOST else one for one in result.items],
        definition=_without_patients(result.definition),
        notes=_notes(least, withheld),
        shared=True,
    )


def _told(figure: Figure, hidden: Mapping[str, set[tuple[int, str]]]) -> Figure:
    """Return a picture whose words say that what is missing in it was suppressed, where anything was."""
    if not any(hidden.get(name) for name in figure.needs):
        return figure
    return replace(figure, note=f"{figure.note} Where there is no mark, the number is suppressed.".strip())


def _hidden(sheets: Mapping[str, Sheet], least: int) -> dict[str, set[tuple[int, str]]]:
    """Return the counts that no table of the result may show, looked at together: they leave as one."""
    tables = {}
    for name, sheet in sheets.items():
        if isinstance(sheet.release, Counts):
            ordered = _ordered(sheet.frame, sheet.release)
            tables[name] = Table(ordered, sheet.release, stands_in=sheet.release.chain is not None)
        elif isinstance(sheet.release, Estimates) and sheet.frame.height:
            behind = Counts(keys=(), cells=(sheet.release.count,))
            tables[name] = Table(sheet.frame, behind, least * sheet.release.times, stands_in=True)
    return suppressed_together(tables, least)


def _ordered(frame: pl.DataFrame, release: Counts) -> pl.DataFrame:
    """Return a table in the order of its keys: an order by counts would tell of those suppressed."""
    kept = frame.drop(release.left_out, strict=False)
    return kept if release.chain is not None else kept.sort(release.keys, maintain_order=True, nulls_last=True)


def _released(sheet: Sheet, hidden: set[tuple[int, str]], least: int) -> pl.DataFrame | None:
    """Return a table as it may leave, None where it may not."""
    match sheet.release:
        case Counts():
            return _counts(_ordered(sheet.frame, sheet.release), sheet.release, hidden, least)
        case CurveOf():
            return _curve(sheet.frame, sheet.release, least)
        case Estimates():
            return _estimates(sheet.frame, sheet.release, {row for row, _ in hidden}, least)
        case Open():
            return sheet.frame
    return None


def _counts(ordered: pl.DataFrame, release: Counts, hidden: set[tuple[int, str]], least: int) -> pl.DataFrame:
    """Return the table without the suppressed counts and what is computed in their rows, the others rounded.

    The counts shown are rounded to multiples of the limit, so that differences to last year's report tell of nobody.
    """
    rows = {row for row, _ in hidden}
    columns = []
    for column in ordered.columns:
        if column in release.keys:
            continue
        counted = column in release.cells
        gone = pl.Series([(row, column) in hidden if counted else row in rows for row in range(ordered.height)])
        shown = _to_multiple(pl.col(column), least).cast(pl.Int64) if counted else _estimate(ordered, column)
        columns.append(pl.when(~gone.cast(pl.Boolean)).then(shown).alias(column))
    return ordered.with_columns(columns)


def _estimate(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column of what is computed from counts: two digits, so that the exact counts cannot be had from it."""
    rounded = pl.col(column).round_sig_figs(SHARE_DIGITS)
    return rounded if frame.schema[column].is_float() else pl.col(column)


def _curve(frame: pl.DataFrame, release: CurveOf, least: int) -> pl.DataFrame:
    """Return each curve on its grid, as long as enough are at risk, in steps of at least the limit of patients."""
    words = [name for name, kind in frame.schema.items() if kind == pl.String]
    parts = []
    for _, curve in frame.group_by(release.group, maintain_order=True):
        start = int(curve[release.size].max() or 0)  # type: ignore[arg-type]  # nobody at risk: no curve
        if start < 2 * least:
            continue
        rounded = _to_multiple(pl.lit(start), least)
        steps = [_stepped(pl.col(share), rounded, least).alias(share) for share in release.shares]
        on_grid = _at_grid(curve.sort(release.time), release)
        parts.append(
            on_grid.filter(pl.col(release.size) >= least).select(
                *words, release.time, _to_multiple(pl.col(release.size), least).alias(release.size), *steps
            )
        )
    empty = frame.select(*words, release.time, pl.col(release.size).cast(pl.Float64), *release.shares).clear()
    return pl.concat([empty, *(part.cast(dict(empty.schema)) for part in parts)])  # type: ignore[arg-type]  # a schema


def _at_grid(curve: pl.DataFrame, release: CurveOf) -> pl.DataFrame:
    """Return the curve's value at each point of the grid; a table that stands on one already stays."""
    if release.grid is None:
        return curve
    last = float(curve[release.time].max() or 0)  # type: ignore[arg-type]  # a time is a number
    points = [release.grid * number for number in range(int(last / release.grid) + 1)]
    grid = pl.DataFrame({release.time: points}, schema={release.time: pl.Float64})
    first = curve.head(1).with_columns(
        pl.lit(0.0).alias(release.time), *(pl.lit(_start_of(share)).alias(share) for share in release.shares)
    )
    return grid.join_asof(pl.concat([first, curve]).sort(release.time, maintain_order=True), on=release.time)


def _start_of(share: str) -> float:
    """Return a curve's value at its start: everybody free of the event."""
    return 0.0 if "incidence" in share else 1.0


def _to_multiple(count: pl.Expr, least: int) -> pl.Expr:
    return (count / least + 0.5).floor().cast(pl.Float64) * least


def _stepped(share: pl.Expr, start: pl.Expr, least: int) -> pl.Expr:
    """Return a share rounded to steps of as many patients as the limit."""
    return ((share * start / least).round() * least / start).clip(0.0, 1.0)


def _estimates(frame: pl.DataFrame, release: Estimates, hidden: set[int], least: int) -> pl.DataFrame:
    """Return the estimates that rest on enough patients or events, rounded; their count to a multiple of the limit."""
    shown = pl.Series([row not in hidden for row in range(frame.height)], dtype=pl.Boolean)
    kept = frame.filter(shown & (frame[release.count] >= least * release.times))
    counts = [name for name, kind in frame.schema.items() if kind.is_integer()]
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    return kept.with_columns(
        *(_to_multiple(pl.col(name), least).cast(pl.Int64).alias(name) for name in counts),
        *(pl.col(name).round_sig_figs(DIGITS) for name in floats),
    )


def _without_dates(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.drop(name for name, kind in frame.schema.items() if kind.is_temporal())


def _numbers(result: Result, least: int) -> dict[str, Number]:
    """Return the numbers that say which count stands behind them, where it reaches the limit; counts rounded."""
    found: dict[str, Number] = {}
    for key, value in result.numbers.items():
        behind = [count for prefix, count in result.shared_numbers.items() if key.startswith(prefix)]
        enough = [count for count in behind if isinstance(n := result.numbers.get(count), int | float) and n >= least]
        if not behind or len(enough) < len(behind) or isinstance(value, str):
            continue
        found[key] = _rounded(value, least)
    return found


def _rounded(value: Number, least: int) -> Number:
    if isinstance(value, int):
        return rounds_to(value, least)
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _without_patients(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition without what names a patient."""
    return {
        key: "withheld" if key in WITHHELD else _without_patients(value) if isinstance(value, Mapping) else value
        for key, value in definition.items()
    }


def _notes(least: int, withheld: list[str]) -> list[str]:
    notes = [
        (
            f"Shared version: counts from 1 to {least - 1} are suppressed, and as many more as are needed so that none "
            "can be worked out from the others, of its own table or of another that leaves with it, with what is "
            f"computed from them. The counts shown are rounded to multiples of {least}."
        ),
        (
            f"Curves stand on a grid, in steps of at least {least} patients, without intervals. Estimates of models "
            f"have {DIGITS} digits, the counts behind them are rounded to multiples of {least}. Notes with counts are "
            "left out."
        ),
        (
            "Shared versions of the same study on other days, or by other definitions, are not looked at together: who "
            f"holds two of them can compare them. Share again only after at least {least} patients have been added or "
            "have had an event, on days fixed beforehand, and with the same definition."
        ),
    ]
    return [*notes, f"Tables that stay in the centre: {', '.join(withheld)}."] if withheld else notes
