"""Multiple imputation: what is unknown is drawn several times from patients like them, and the answers are pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import normal_two_sided, t_quantile, t_two_sided, z_of
from hepatica.studies.statistics.inputs import UNKNOWN, Labels, Numbers, Places, Truths, Values, numbers, same_length

DONORS = 5  # as many as R's mice takes
RIDGE = 1e-5  # as mice: keeps covariates that say nearly the same from breaking the regression


@dataclass(frozen=True)
class PooledEstimate:
    """An estimate from several imputed data sets, by Rubin's rules; `missing_information` is a share of one."""

    estimate: float
    std_error: float
    lower: float
    upper: float
    df: float
    p: float
    within: float
    between: float
    missing_information: float
    imputations: int


def rubin(
    estimates: Values, std_errors: Values, *, complete_df: float | None = None, confidence: float = 0.95
) -> PooledEstimate:
    """The estimates of several imputed data sets pooled by Rubin's rules.

    With `complete_df` (the degrees of freedom had nothing been missing) those of Barnard and Rubin
    (Biometrika 1999;86:948-955), which small studies need. Refuses fewer than two imputations.
    """
    value, error = numbers("estimates", estimates), numbers("standard errors", std_errors)
    same_length("standard errors", len(error), len(value))
    m = len(value)
    if m < 2:
        raise UsageError("imputations", "are fewer than two", "impute several times")
    within, between = float((error**2).mean()), float(value.var(ddof=1))
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total
    df = (m - 1) / share**2 if share > 0 else inf
    if complete_df is not None:
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = observed if df == inf else df * observed / (df + observed)
    estimate, spread = float(value.mean()), sqrt(total)
    half = (z_of(confidence) if df == inf else t_quantile(confidence, df)) * spread
    statistic = estimate / spread
    p = normal_two_sided(statistic) if df == inf else t_two_sided(statistic, df)
    r = (1 + 1 / m) * between / within
    information = share if df == inf else (r + 2 / (df + 3)) / (r + 1)
    return PooledEstimate(estimate, spread, estimate - half, estimate + half, df, p, within, between, information, m)


def impute(
    frame: pl.DataFrame, columns: Sequence[str], *, imputations: int = 20, rounds: int = 10, seed: int = 1
) -> tuple[pl.DataFrame, ...]:
    """The frame with the unknown cells of `columns` filled in, several times, by chained predictive mean matching.

    Each column with unknown cells is regressed on the others (with coefficients drawn from their distribution); an
    unknown cell takes the value of one of the five patients whose predicted value is nearest, so only values that
    occur are filled in. Words are predicted level by level. The outcome belongs among the columns: without it
    effects are drawn towards none. "unknown" and null are unknown. The same seed gives the same frames.
    Source: van Buuren S, Groothuis-Oudshoorn K. J Stat Softw 2011;45(3).
    """
    if imputations < 2 or rounds < 1:
        raise UsageError("imputations", "are fewer than two, or without a round", "impute several times")
    cells = [_column(frame, name) for name in columns]
    gaps = [cell for cell in cells if cell.unknown.any()]
    if not gaps:
        raise UsageError("columns", "nothing is unknown in them", "analyse the patients as they are")
    streams = np.random.SeedSequence(seed).spawn(imputations)
    return tuple(_one(frame, cells, rounds, np.random.default_rng(stream)) for stream in streams)


@dataclass(frozen=True)
class _Column:
    """One column: its cells, which of them are unknown, and as numbers to predict with (words level by level)."""

    name: str
    series: pl.Series
    unknown: Truths
    levels: Labels | None
    value: Numbers  # per row one number, or the place of the level; 0 where unknown

    def coded(self, value: Numbers) -> Numbers:
        """The columns that stand for these cells in a regression."""
        if self.levels is None:
            return value[:, None]
        return np.asarray(value[:, None] == np.arange(1, len(self.levels)), dtype=np.float64)


def _column(frame: pl.DataFrame, name: str) -> _Column:
    if name not in frame.columns:
        raise UsageError(name, "is no column", f"choose from {', '.join(frame.columns)}")
    series = frame[name]
    word = not (series.dtype.is_numeric() or series.dtype == pl.Boolean)
    text = series.cast(pl.String) if word else series.cast(pl.Float64)
    missing = text.is_null() | ((text == UNKNOWN) if word else text.is_nan())
    # A null is unknown already, whatever the second comparison says of it.
    unknown = np.array([gap is None or gap for gap in missing.to_list()], dtype=np.bool_)
    if unknown.all():
        raise UsageError(name, "is unknown in everybody", "leave it out")
    if not word:
        return _Column(name, series, unknown, None, np.where(unknown, 0.0, text.to_numpy().astype(np.float64)))
    words = np.array(
        [cell if not gap else "" for cell, gap in zip(text.to_list(), unknown, strict=True)], dtype=np.str_
    )
    levels = np.unique(words[~unknown])
    return _Column(
        name, series, unknown, levels, np.where(unknown, 0, np.searchsorted(levels, words)).astype(np.float64)
    )


def _one(frame: pl.DataFrame, cells: list[_Column], rounds: int, random: np.random.Generator) -> pl.DataFrame:
    filled = {cell.name: _start(cell, random) for cell in cells}
    gaps = sorted((cell for cell in cells if cell.unknown.any()), key=lambda cell: (cell.unknown.sum(), cell.name))
    for _ in range(rounds):
        for cell in gaps:
            others = [other.coded(filled[other.name]) for other in cells if other.name != cell.name]
            matrix = np.column_stack((np.ones(frame.height), *others))
            donors = _donors(matrix, cell.coded(cell.value), cell.unknown, random)
            filled[cell.name][cell.unknown] = cell.value[~cell.unknown][donors]
    return frame.with_columns(_told(cell, filled[cell.name]) for cell in gaps)


def _start(cell: _Column, random: np.random.Generator) -> Numbers:
    value, known = cell.value.copy(), cell.value[~cell.unknown]
    value[cell.unknown] = known[random.integers(len(known), size=int(cell.unknown.sum()))]
    return value


def _donors(matrix: Numbers, target: Numbers, unknown: Truths, random: np.random.Generator) -> Places:
    """For each unknown cell the place (among the known) of a donor with a near predicted value.

    The known are predicted with the estimated coefficients, the unknown with drawn ones (matching of type 1).
    """
    x, y = matrix[~unknown], target[~unknown]
    inner = x.T @ x
    inverse = np.linalg.inv(inner + np.diag(np.diag(inner) * RIDGE + (np.diag(inner) == 0)))
    estimated = inverse @ (x.T @ y)
    rest = y - x @ estimated
    df = max(len(x) - x.shape[1], 1)
    spread = np.sqrt((rest**2).sum(axis=0) / random.chisquare(df))
    drawn = estimated + np.linalg.cholesky((inverse + inverse.T) / 2) @ random.standard_normal(estimated.shape) * spread
    known, wanted = x @ estimated, matrix[unknown] @ drawn
    most = min(DONORS, len(known))
    chosen = random.integers(most, size=len(wanted))
    if known.shape[1] == 1:
        return _nearest_on_a_line(known[:, 0], wanted[:, 0], most, chosen)
    far = ((wanted[:, None, :] - known[None, :, :]) ** 2).sum(axis=2)
    near = np.argsort(far, axis=1, kind="stable")[:, :most]
    return near[np.arange(len(wanted)), chosen]


def _nearest_on_a_line(known: Numbers, wanted: Numbers, most: int, chosen: Places) -> Places:
    """The chosen one of the nearest few, found among the neighbours in order of size."""
    order = np.argsort(known, kind="stable")
    place = np.searchsorted(known[order], wanted)
    window = np.clip(place[:, None] + np.arange(-most, most), 0, len(known) - 1)
    far = np.abs(known[order][window] - wanted[:, None])
    # A neighbour that the edge repeats counts once.
    far[:, 1:][window[:, 1:] == window[:, :-1]] = np.inf
    near = np.argsort(far, axis=1, kind="stable")[:, :most]
    rows = np.arange(len(wanted))
    return np.asarray(order[window[rows, near[rows, chosen]]])


def _told(cell: _Column, value: Numbers) -> pl.Series:
    """The column with its unknown cells filled in, in its own type."""
    if cell.levels is None:
        found: Sequence[object] = value.tolist()
        return pl.Series(cell.name, found, dtype=pl.Float64).cast(cell.series.dtype)
    words = [str(cell.levels[int(place)]) for place in value]
    return pl.Series(cell.name, words, dtype=pl.String).cast(cell.series.dtype)
