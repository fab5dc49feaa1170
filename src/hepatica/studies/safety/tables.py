"""The tables of the study of liver injury: what happened, how often for the time on the drug, and what caused it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from hepatica.studies.calendar import DAYS_A_YEAR
from hepatica.studies.release import Counts, CurveOf
from hepatica.studies.result import Sheet
from hepatica.studies.statistics.distributions import chi_square_quantile
from hepatica.studies.statistics.proportions import exact
from hepatica.studies.statistics.survival import Curve


def years_on_drug(at_risk: pl.DataFrame) -> pl.Series:
    """Return each patient's years until the rise, else until the last ALT that counts."""
    until = pl.coalesce("rise", "seen")  # the rise, else the last look: both are known here
    return at_risk.select(years=(until - pl.col("start")).dt.total_days() / DAYS_A_YEAR).to_series()


def rate(at_risk: pl.DataFrame, risen: pl.DataFrame, confidence: float) -> Sheet:
    """Return rises per 100 patient-years with the exact interval of a Poisson count, and how soon they came."""
    years, rises = float(years_on_drug(at_risk).sum()), risen.height
    tail = (1 - confidence) / 2
    low = chi_square_quantile(tail, 2 * rises) / 2 if rises else 0.0
    high = chi_square_quantile(1 - tail, 2 * rises + 2) / 2
    per = 100 / years if years else None
    days = risen["onset_days"].drop_nulls()
    row = {
        "patients": at_risk.height,
        "years": years,
        "rises": rises,
        "per_100_years": None if per is None else rises * per,
        "lower": None if per is None else low * per,
        "upper": None if per is None else high * per,
        "onset_median_days": median(days),
        "onset_earliest_days": days.min(),
        "onset_latest_days": days.max(),
    }
    whole = dict.fromkeys(("patients", "rises", "onset_earliest_days", "onset_latest_days"), pl.Int64)
    schema = {name: whole.get(name, pl.Float64()) for name in row}
    return Sheet(
        pl.DataFrame([row], schema=schema, orient="row"),
        "Rises for the time on the drug (exact interval of a Poisson count), and days from the first dose to them",
        None,  # the earliest and the latest are single patients
    )


def by_years(curve: dict[str, Curve], horizons: list[float]) -> Sheet:
    """Return the share with a rise by so many years on the drug; null beyond the last follow-up: it is unknown."""
    rows: list[tuple[object, ...]] = []
    for group, found in curve.items():
        for years in horizons:
            point = found.at(years)
            told = (1 - point.survival, 1 - point.upper, 1 - point.lower) if point else (None, None, None)
            rows.append((group, float(years), round(found.at_risk_at(years)), *told))
    shares = dict.fromkeys(("incidence", "lower", "upper"), pl.Float64)
    schema = {"group": pl.String, "years": pl.Float64, "at_risk": pl.Int64, **shares}
    return Sheet(
        pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("lower", "upper").fill_nan(None)),
        "Share with a new rise by years on the drug (Kaplan-Meier)",
        CurveOf(time="years", group="group", size="at_risk", shares=("incidence",), grid=None),
    )


def median(values: pl.Series) -> float | None:
    """Return the median, or None of nothing."""
    return float(np.median(values.to_numpy())) if values.len() else None


def outcomes(at_risk: pl.DataFrame, definition: dict[str, Any]) -> Sheet:
    """Return how many had a rise, in how many it lasted, what followed stopping, and of how many that is unknown."""
    risen = at_risk.filter(pl.col("rise").is_not_null())
    stopped = risen.filter(pl.col("after").is_not_null())
    rows = [
        _row("new ALT rise", risen.height, at_risk.height - risen.height, 0, definition),
        _words("persistent, of those with a rise", risen, "persistent", "yes", "no", definition),
        _words("ALT normal after stopping, of those who stopped", stopped, "after", "normal", "raised", definition),
    ]
    release = Counts(keys=("outcome",), cells=("n", "yes", "no", "unknown"), sums=(("n", ("yes", "no", "unknown")),))
    return Sheet(pl.DataFrame(rows, infer_schema_length=None), "What happened on the drug", release)


def _words(
    label: str, rows: pl.DataFrame, column: str, yes: str, no: str, definition: dict[str, Any]
) -> dict[str, Any]:
    counts = dict(rows[column].value_counts().iter_rows())
    known = counts.get(yes, 0) + counts.get(no, 0)
    return _row(label, counts.get(yes, 0), counts.get(no, 0), rows.height - known, definition)


def _row(label: str, yes: int, no: int, unknown: int, definition: dict[str, Any]) -> dict[str, Any]:
    """Return a count with its exact interval (rises are few); the share is of those of whom it is known."""
    found = exact(yes, yes + no, confidence=definition["confidence"]) if yes + no else None
    return {
        "outcome": label,
        "n": yes + no + unknown,
        "yes": yes,
        "no": no,
        "unknown": unknown,
        "share": found.share if found else None,
        "lower": found.lower if found else None,
        "upper": found.upper if found else None,
    }


def by_drug(at_risk: pl.DataFrame, definition: dict[str, Any]) -> Sheet:
    """Return the rises by drug, of the patients followed on it."""
    rows = []
    for name in sorted(at_risk["drug"].unique().to_list()):
        part = at_risk.filter(pl.col("drug") == name)
        risen = int(part["rise"].is_not_null().sum())
        rows.append(_row(name, risen, part.height - risen, 0, definition))
    frame = pl.DataFrame(rows, infer_schema_length=None) if rows else _empty()
    release = Counts(keys=("outcome",), cells=("n", "yes", "no"), sums=(("n", ("yes", "no")),), left_out=("unknown",))
    return Sheet(frame, "New ALT rises by drug", release)


def _empty() -> pl.DataFrame:
    whole = {"outcome": pl.String, **dict.fromkeys(("n", "yes", "no", "unknown"), pl.Int64)}
    return pl.DataFrame(schema=whole | dict.fromkeys(("share", "lower", "upper"), pl.Float64))


def causality_sheet(judged: pl.DataFrame) -> Sheet:
    """Return how many rises have which pattern of injury and which answer of RUCAM."""
    counted = judged.group_by("pattern", "rucam").agg(rises=pl.len().cast(pl.Int64)).sort("pattern", "rucam")
    return Sheet(counted, "Pattern of the rises, and RUCAM", Counts(keys=("pattern", "rucam"), cells=("rises",)))
