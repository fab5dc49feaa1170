"""Sudden changes: a result that is unusual in itself and far from the patient's results around it."""

from __future__ import annotations

from functools import cache

import polars as pl

from hepatica.record.codes import ANALYTE
from hepatica.record.distinct import nothing, only_at
from hepatica.record.words import words


@cache
def _factors() -> pl.Series:
    """Return from which factor on a change is sudden, in the order of the analytes; null where none is stated."""
    stated = words()["sudden_changes"]["factors"]
    return pl.Series([stated.get(code) for code in ANALYTE.categories], dtype=pl.Float64)


def with_jumps(rows: pl.DataFrame, among: pl.Series) -> pl.DataFrame:
    """Return results with `jump`: in words, from or to which other result the value changed suddenly; null if not.

    Only the results of patients with an unusual one of the analyte are looked at: one in a hundred.
    """
    exact = among & rows["comparator"].is_null() & (rows["value"] > 0)
    group = rows["person"].cast(pl.Int64) * len(ANALYTE.categories) + rows["analyte"].to_physical().cast(pl.Int64)
    odd = group.filter(exact & rows["unusual"] & _factors().gather(rows["analyte"].to_physical()).is_not_null())
    if odd.is_empty():
        return rows.with_columns(nothing(rows.height, pl.String()).alias("jump"))
    at = (exact & group.is_in(odd.unique().implode())).arg_true()
    near = rows.select("person", "analyte", "date", "value", "unit", "unusual")[at].with_columns(at=at)
    found = _told(near.sort("person", "analyte", "date", "value", "unit", "at"))
    jumped = found.drop_nulls("jump").sort("at")
    return rows.with_columns(only_at(jumped["at"], jumped["jump"], rows.height).alias("jump"))


def _told(near: pl.DataFrame) -> pl.DataFrame:
    """Return results in the order of time with the change to the one before, else to the one after, in words."""
    factor = pl.lit(_factors()).gather(pl.col("analyte").to_physical())
    within = words()["sudden_changes"]["within_days"]
    jumps = []
    for step, when in ((1, "before"), (-1, "after")):
        other, day = (pl.col(name).shift(step).over("person", "analyte", "unit") for name in ("value", "date"))
        times = pl.max_horizontal(other / pl.col("value"), pl.col("value") / other)
        days = (pl.col("date") - day).dt.total_days().abs()
        said = pl.format(f"{{}} times apart from {{}} on {{}}, {{}} days {when}", times.round(1), other, day, days)
        jumps.append(pl.when(pl.col("unusual") & (times >= factor) & (days <= within)).then(said))
    return near.with_columns(jump=pl.coalesce(jumps))
