"""Multiples of the upper limit of normal: the row's own limit, else the centre's, else the default for age and sex."""

from __future__ import annotations

import polars as pl

from hepatica.record.limit_tables import LimitTable, default_table
from hepatica.record.people import People

LIMIT_FROM = pl.Enum(["row", "centre", "default"])
X_ULN_DECIMALS = 9


def with_multiples(
    rows: pl.DataFrame, usable: pl.Series, people: People, centre_limits: LimitTable | None
) -> pl.DataFrame:
    """Return results with the limits that count, where they are from, and x_uln (a ratio, rounded to 9 decimals).

    A row whose own upper limit cannot be used has no multiple: another limit would not be the laboratory's.
    """
    own = pl.when(pl.col("upper_limit").is_not_null()).then(pl.lit("row", LIMIT_FROM))
    rows = rows.with_columns(limit_from=own)
    wanting = (rows["wants_limit"] & usable).arg_true()
    if wanting.len():
        rows = _with_other_limits(rows, wanting, people, centre_limits)
    ratio = (pl.col("value") / pl.col("upper_limit")).round(X_ULN_DECIMALS)
    return rows.with_columns(x_uln=pl.when("has_multiple").then(ratio))


def _with_other_limits(
    rows: pl.DataFrame, places: pl.Series, people: People, centre_limits: LimitTable | None
) -> pl.DataFrame:
    """Return the rows with the centre's or the default limits where `places` says that their own are missing."""
    person, day, quantity = (rows[name].gather(places) for name in ("person", "date", "quantity"))
    months = completed_months(people.told("birth_date", person), day)
    found = default_table().find(people, person, quantity, months, day)
    found = found.with_columns(limit_from=pl.lit("default", LIMIT_FROM))
    if centre_limits is not None:
        centre = centre_limits.find(people, person, quantity, months, day)
        has = centre["upper"].is_not_null()
        found = found.select(
            lower=centre["lower"].zip_with(has, found["lower"]),
            upper=centre["upper"].zip_with(has, found["upper"]),
            limit_from=pl.when(has).then(pl.lit("centre", LIMIT_FROM)).otherwise("limit_from"),
        )
    known = found["upper"].is_not_null()
    at, found = places.filter(known), found.filter(known)
    lower = rows["lower_limit"].gather(at)
    return rows.with_columns(
        rows["lower_limit"].scatter(at, lower.zip_with(lower.is_not_null(), found["lower"])),
        rows["upper_limit"].scatter(at, found["upper"]),
        rows["limit_from"].scatter(at, found["limit_from"]),
    )


def completed_months(birth: pl.Series, day: pl.Series) -> pl.Series:
    """Return the age in completed calendar months; null if the birth date is unknown.

    The middle day of a partial birth date can be after a day in the same year: that age counts as 0.
    """
    born, then = _month_and_day(birth), _month_and_day(day)
    months = then["month"] - born["month"] - (then["day"] < born["day"]).cast(pl.Int32)
    return months.clip(lower_bound=0)


def _month_and_day(days: pl.Series) -> pl.DataFrame:
    """Return months since the year 0, and the day of the month; looked up in a calendar of the days that occur."""
    numbers = days.to_physical()
    first, last = numbers.min(), numbers.max()
    if not isinstance(first, int) or not isinstance(last, int):  # no day is known
        return pl.DataFrame({"month": days.cast(pl.Int32), "day": days.cast(pl.Int8)})
    day = pl.col("date").dt
    calendar = pl.select(date=pl.int_range(first, last + 1, dtype=pl.Int32).cast(pl.Date)).select(
        month=day.year() * 12 + day.month().cast(pl.Int32), day=day.day()
    )
    return pl.DataFrame([column.gather(numbers - first) for column in calendar])
