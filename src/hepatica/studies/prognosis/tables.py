"""The tables of prognosis: survival at the horizons, cumulative incidence, response, characteristics."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from hepatica.studies.prognosis.landmark import CENSORED, COVARIATES, NO_RESPONSE, RESPONSE
from hepatica.studies.statistics.competing import CumulativeIncidence, aalen_johansen
from hepatica.studies.statistics.proportions import wilson
from hepatica.studies.statistics.survival import Curve, kaplan_meier

GROUPS = (RESPONSE, NO_RESPONSE)
AT = pl.Schema(
    {
        "group": pl.String(),
        "years": pl.Float64(),
        "at_risk": pl.Int64(),
        "survival": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
    }
)
INCIDENCE = pl.Schema(
    {
        "group": pl.String(),
        "cause": pl.String(),
        "time": pl.Float64(),
        "at_risk": pl.Float64(),
        "incidence": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
    }
)


def survival_curves(frame: pl.DataFrame, groups: Sequence[str], confidence: float) -> dict[str, Curve]:
    """Return the Kaplan-Meier curve of each group that has patients, in the order given."""
    found = {}
    for group in groups:
        mine = frame.filter(pl.col("group") == group)
        if mine.height:
            found[group] = kaplan_meier(mine["years"], mine["event"], interval="log-log", confidence=confidence)
    return found


def survival_at(curves: dict[str, Curve], horizons: Sequence[float]) -> pl.DataFrame:
    """Return survival at the horizons; null beyond the last follow-up, where it is unknown."""
    rows: list[tuple[object, ...]] = []
    for group, curve in curves.items():
        for years in sorted(horizons):
            point = curve.at(years)
            told = (point.survival, point.lower, point.upper) if point else (None, None, None)
            rows.append((group, float(years), round(curve.at_risk_at(years)), *told))
    return pl.DataFrame(rows, schema=AT, orient="row").with_columns(pl.col("lower", "upper").fill_nan(None))


def incidence_curves(
    frame: pl.DataFrame, groups: Sequence[str], confidence: float
) -> dict[str, dict[str, CumulativeIncidence]]:
    """Return each group's cumulative incidence of each cause, where any event was seen."""
    found = {}
    for group in groups:
        mine = frame.filter(pl.col("group") == group)
        if mine.height and (mine["cause"] != CENSORED).any():
            found[group] = aalen_johansen(mine["years"], mine["cause"], censored=CENSORED, confidence=confidence)
    return found


def incidence_frame(curves: dict[str, dict[str, CumulativeIncidence]]) -> pl.DataFrame:
    """Return cumulative incidence as a table: the steps of each cause, from zero on."""
    parts = [INCIDENCE.to_frame()]
    for group, causes in curves.items():
        for cause, curve in causes.items():
            start = {"time": [0.0], "at_risk": [float(curve.n)], "incidence": [0.0], "lower": [0.0], "upper": [0.0]}
            steps = {name: getattr(curve, name) for name in ("time", "at_risk", "incidence", "lower", "upper")}
            both = pl.concat([pl.DataFrame(start), pl.DataFrame(steps)])
            named = both.with_columns(group=pl.lit(group), cause=pl.lit(cause)).select(*INCIDENCE)
            parts.append(named.with_columns(pl.col("lower", "upper").fill_nan(None)))
    return pl.concat(parts)


INCIDENCE_AT = pl.Schema(
    {
        "group": pl.String(),
        "cause": pl.String(),
        "years": pl.Float64(),
        "at_risk": pl.Int64(),
        "incidence": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
    }
)


def incidence_at(curves: dict[str, dict[str, CumulativeIncidence]], horizons: Sequence[float]) -> pl.DataFrame:
    """Return cumulative incidence at the horizons; null beyond the last follow-up, where it is unknown."""
    rows: list[tuple[object, ...]] = []
    for group, causes in curves.items():
        for cause, curve in causes.items():
            for years in sorted(horizons):
                point = curve.at(years)
                told = (point.incidence, point.lower, point.upper) if point else (None, None, None)
                rows.append((group, cause, float(years), round(point.at_risk) if point else 0, *told))
    frame = pl.DataFrame(rows, schema=INCIDENCE_AT, orient="row")
    return frame.with_columns(pl.col("lower", "upper").fill_nan(None))


def at_risk_of_any(frame: pl.DataFrame, groups: Sequence[str], grid: Sequence[float]) -> pl.DataFrame:
    """Return how many patients of each group are still followed without any of the competing events, by years."""
    rows = [
        (group, at, frame.filter((pl.col("group") == group) & (pl.col("years") >= at)).height)
        for group in groups
        for at in grid
    ]
    return pl.DataFrame(rows, schema={"group": pl.String, "time": pl.Float64, "at_risk": pl.Int64}, orient="row")


def response_table(attrition: dict[str, int], confidence: float) -> pl.DataFrame:
    """Return the share in complete response by 6 months of the assessable, and its bounds over the not assessable.

    The bounds say what the share would be if none, or all, of the patients not assessable had responded.
    """
    achieved, of, unknown = attrition["achieved"], attrition["assessable"], attrition["unknown"]
    share = wilson(achieved, of, confidence=confidence) if of else None
    everybody = of + unknown
    return pl.DataFrame(
        {
            "group": ["all"],
            "followed": [everybody],
            "not_assessable": [unknown],
            "assessable": [of],
            "achieved": [achieved],
            "not_achieved": [of - achieved],
            "share": [share.share if share else None],
            "lower": [share.lower if share else None],
            "upper": [share.upper if share else None],
            "if_no_unknown_responded": [achieved / everybody if everybody else None],
            "if_all_unknown_responded": [(achieved + unknown) / everybody if everybody else None],
        },
        schema_overrides=dict.fromkeys(
            ("share", "lower", "upper", "if_no_unknown_responded", "if_all_unknown_responded"), pl.Float64
        ),
    )


def characteristics(frame: pl.DataFrame) -> pl.DataFrame:
    """Return who the responders and the others are: yes, no, and unknown of each yes-no characteristic."""
    names = [name for name in COVARIATES if name not in ("age", "no_response")]
    return pl.concat(
        [
            frame.group_by("group")
            .agg(
                pl.len().cast(pl.Int64).alias("patients"),
                (pl.col(name) == 1).sum().cast(pl.Int64).alias("yes"),
                (pl.col(name) == 0).sum().cast(pl.Int64).alias("no"),
                pl.col(name).is_null().sum().cast(pl.Int64).alias("unknown"),
            )
            .with_columns(characteristic=pl.lit(COVARIATES[name]))
            .with_columns(share_of_known=pl.col("yes") / (pl.col("yes") + pl.col("no")))
            .sort("group", descending=True)
            for name in names
        ]
    ).select("characteristic", "group", "patients", "yes", "no", "unknown", "share_of_known")


def ages(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the age at the index date by group: median and quartiles, in years, of those whose age is known."""
    known = frame.drop_nulls("age_at_index")
    return (
        known.group_by("group")
        .agg(
            patients=pl.len().cast(pl.Int64),
            lower_quartile=pl.col("age_at_index").quantile(0.25, "linear"),
            median=pl.col("age_at_index").median(),
            upper_quartile=pl.col("age_at_index").quantile(0.75, "linear"),
        )
        .sort("group", descending=True)
    )
