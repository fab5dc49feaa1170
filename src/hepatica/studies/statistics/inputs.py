"""The door of the statistics: what comes in is a known, finite number, or it is refused by name and row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from hepatica.errors import UsageError

Numbers: TypeAlias = npt.NDArray[np.float64]
Truths: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]
Labels: TypeAlias = npt.NDArray[np.str_]
Values: TypeAlias = Sequence[object] | pl.Series | npt.NDArray[np.generic]

REMEDY = "leave these patients out and count them, or impute; a statistic drops nobody in silence"
UNKNOWN = "unknown"
# Of the largest information a share so small is what rounding leaves of none.
VANISHED = 1e-13


def numbers(where: str, values: Values) -> Numbers:
    """The values as numbers; refuses an unknown (null, NaN), an infinite, and an empty column."""
    series = values if isinstance(values, pl.Series) else pl.Series(where, _plain(values), strict=False)
    if series.len() == 0:
        raise UsageError(where, "holds no patient", "give at least one")
    if not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise UsageError(where, f"holds {series.dtype}, no number", "give numbers")
    _refuse_unknown(where, series.null_count(), series.len())
    found = series.cast(pl.Float64).to_numpy().astype(np.float64)
    _refuse_unknown(where, int((~np.isfinite(found)).sum()), series.len())
    return found


def truths(where: str, values: Values) -> Truths:
    """The values as yes and no (true and false, or 1 and 0); refuses everything else, and the unknown."""
    found = numbers(where, values)
    if not np.isin(found, (0.0, 1.0)).all():
        raise UsageError(where, "holds more than yes and no", "give true and false, or 1 and 0")
    return np.asarray(found == 1.0, dtype=np.bool_)


def labels(where: str, values: Values, rows: int) -> Labels:
    """The values as names of groups; refuses an unknown (null) and a column of another length."""
    series = values if isinstance(values, pl.Series) else pl.Series(where, _plain(values), strict=False)
    _refuse_unknown(where, series.null_count(), series.len())
    if series.dtype.is_float():
        _refuse_unknown(where, int(series.is_nan().sum()), series.len())
    same_length(where, series.len(), rows)
    return series.cast(pl.String).to_numpy().astype(np.str_)


def _plain(values: Sequence[object] | npt.NDArray[np.generic]) -> list[object]:
    return list(values.tolist() if isinstance(values, np.ndarray) else values)


def _refuse_unknown(where: str, unknown: int, rows: int) -> None:
    if unknown:
        raise UsageError(where, f"{unknown} of {rows} values are unknown or no finite number", REMEDY)


def same_length(where: str, length: int, rows: int) -> None:
    """Refuses a column that has another number of rows than the others."""
    if length != rows:
        raise UsageError(where, f"has {length} rows, the others have {rows}", "give one value for each patient")


def share_of_one(where: str, value: float) -> float:
    """A share strictly between 0 and 1 (a confidence level, a power)."""
    if not 0 < value < 1:
        raise UsageError(where, f"{value} is not between 0 and 1", "give a fraction of one, e.g. 0.95")
    return value


@dataclass(frozen=True)
class FollowUp:
    """Follow-up of patients: time from entry to the event or the end of observation, and case weights."""

    entry: Numbers
    time: Numbers
    event: Truths
    weight: Numbers

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.time)


def follow_up(time: Values, event: Values, entry: Values | None = None, weights: Values | None = None) -> FollowUp:
    """Follow-up held to its rules: times not negative, entry before the end, weights not negative."""
    times, events = numbers("time", time), truths("event", event)
    same_length("event", len(events), len(times))
    # Nobody enters late unless it is said; a risk set then holds everybody whose time has not ended.
    entries = np.full(len(times), -np.inf) if entry is None else numbers("entry", entry)
    weight = np.ones(len(times)) if weights is None else numbers("weights", weights)
    same_length("entry", len(entries), len(times))
    same_length("weights", len(weight), len(times))
    if (times < 0).any():
        raise UsageError("time", f"{int((times < 0).sum())} times are negative", "count time from the index date")
    if (entries >= times).any():
        raise UsageError("entry", "is not before the end of follow-up", "leave these rows out and count them")
    if (weight < 0).any():
        raise UsageError("weights", "are negative", "give weights of 0 and more")
    return FollowUp(entries, times, events, weight)


def complete_cases(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows in which every column is known, and the others, so that the loss can be counted and shown."""
    known = pl.all_horizontal(_known(frame, column) for column in columns)
    return frame.filter(known), frame.filter(~known)


def _known(frame: pl.DataFrame, column: str) -> pl.Expr:
    if frame[column].dtype == pl.String:
        # An absent word is as unknown as the word "unknown".
        return pl.col(column).is_not_null() & (pl.col(column).fill_null(UNKNOWN) != UNKNOWN)
    if frame[column].dtype.is_float():
        return pl.col(column).is_not_null() & pl.col(column).is_not_nan().fill_null(value=False)
    return pl.col(column).is_not_null()


@dataclass(frozen=True)
class Design:
    """The covariates as a matrix: one column per number, and per level of a word but the reference level."""

    names: tuple[str, ...]
    matrix: Numbers


def design(frame: pl.DataFrame, covariates: Sequence[str], references: Mapping[str, str] | None = None) -> Design:
    """The model matrix of covariates; words become one column per level ("cirrhosis: yes") against a reference.

    The reference is the first level in alphabetical order unless named. Refuses unknown values and constant columns.
    """
    if not covariates:
        raise UsageError("covariates", "none is named", "name at least one")
    chosen = dict(references or {})
    names: list[str] = []
    columns: list[Numbers] = []
    for covariate in covariates:
        if covariate not in frame.columns:
            raise UsageError(covariate, "is no column", f"choose from {', '.join(frame.columns)}")
        for name, column in _columns(frame[covariate], chosen.get(covariate)):
            names.append(name)
            columns.append(column)
    constant = [name for name, column in zip(names, columns, strict=True) if np.ptp(column) == 0]
    if constant:
        raise UsageError(", ".join(constant), "is the same in everybody", "leave it out of the model")
    return Design(tuple(names), np.column_stack(columns))


def _columns(series: pl.Series, reference: str | None) -> list[tuple[str, Numbers]]:
    if series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return [(series.name, numbers(series.name, series))]
    words = labels(series.name, series, series.len())
    _refuse_unknown(series.name, int((words == UNKNOWN).sum()), series.len())
    levels = sorted({str(word) for word in words})
    first = levels[0] if reference is None else reference
    if first not in levels:
        raise UsageError(series.name, f"no patient is at the reference level {first}", f"choose from {levels}")
    if len(levels) == 1:
        raise UsageError(series.name, "is the same in everybody", "leave it out of the model")
    return [(f"{series.name}: {level}", (words == level).astype(np.float64)) for level in levels if level != first]


def summed(place: Places, value: Numbers | Truths, length: int) -> Numbers:
    """The values summed by place."""
    return np.bincount(place, value, length).astype(np.float64)


def grouped(value: Numbers, groups: Labels | None) -> Numbers:
    """The rows of a matrix summed within each group (a cluster, a patient with several rows)."""
    if groups is None:
        return value
    names, place = np.unique(groups, return_inverse=True)
    return np.column_stack([summed(place, column, len(names)) for column in value.T])


def inverse(matrix: Numbers) -> Numbers:
    """The inverse of a symmetric information matrix.

    Where a ratio grows without end the information on it vanishes: such a direction gets no variance, and is told as
    endless by whoever asks; the others keep theirs.
    """
    scale = np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
    if np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < VANISHED:
        size, along = np.linalg.eigh(matrix)
        kept = size > max(VANISHED * size[-1], 0.0)
        return np.asarray((along[:, kept] / size[kept]) @ along[:, kept].T, dtype=np.float64)
    return np.linalg.inv(matrix).astype(np.float64)


def vanished(information: Numbers, at_first: Numbers) -> Places:
    """The covariates of which the search for the best ratio has come so far out that no information is left.

    Together, as a direction, they tell everybody with the event from the others: no ratio of theirs is finite.
    """
    scale = np.sqrt(np.maximum(np.diag(at_first), np.finfo(float).tiny))
    left, along = np.linalg.eigh(information / np.outer(scale, scale))
    return np.flatnonzero(np.abs(along[:, 0]) > 0.1) if left[0] < 1e-12 else np.empty(0, dtype=np.intp)


def solved(matrix: Numbers, vector: Numbers) -> Numbers:
    """The solution of a symmetric system; the shortest one where directions have vanished."""
    try:
        return np.asarray(np.linalg.solve(matrix, vector), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, vector, rcond=VANISHED)[0], dtype=np.float64)
