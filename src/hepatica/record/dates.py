"""Days as centres write them: ISO 8601, or a declared format. `03/04/2024` without a declaration is no day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from hepatica.record.distinct import Distinct, as_text, nothing, trimmed
from hepatica.record.reasons import PROBLEM
from hepatica.record.settings import DATE_FORMATS, EXCEL_FORMATS, ReadingSettings
from hepatica.record.words import words

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = (
    r"^(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?\s?(Z|z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_TIME_AFTER_DECLARED_DAY = r"[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AaPp][Mm])?$"
_YEAR, _YEAR_MONTH = r"^[0-9]{4}$", r"^[0-9]{4}-[0-9]{2}$"
_LIKE_A_DATE = r"^[0-9]+(?:\.[0-9]+)?$|^[0-9]{1,4}[./ -][0-9A-Za-z]{1,9}[./ -][0-9]{1,4}"
# Five digits and more: 1987 is a year, not the serial number of a day in 1905.
_SERIAL = r"^[0-9]{5,7}(?:\.[0-9]+)?$"

_NO_DAYS = pl.DataFrame(
    schema={"day": pl.Date, "partial": pl.Boolean, "earliest": pl.Date, "latest": pl.Date, "problem": PROBLEM}
)


@dataclass(frozen=True)
class Bounds:
    """Between which days a column's dates must lie, what a later one is called, and whether 1987 or 1987-06 will do."""

    first: dt.date
    last: dt.date
    if_later: str
    partial: bool = False

    @classmethod
    def of(cls, column: str, today: dt.date, *, partial: bool) -> Bounds:
        """Return the bounds of a date column of the record."""
        years = words()["years"]
        first = dt.date(years["first_birth" if column == "birth_date" else "first_fact"], 1, 1)
        if column == "end":  # a planned end may lie ahead; 9999-12-31 and its like are placeholders
            return cls(first, dt.date(today.year + years["years_ahead"], 12, 31), "impossible_year", partial)
        return cls(first, today, "in_future", partial)


def date_column(cells: pl.Series, bounds: Bounds, settings: ReadingSettings) -> pl.DataFrame:
    """Return a column's days: day, problem; where dates may be partial also partial, earliest, latest.

    A partial date counts as its middle day; earliest and latest are the first and last day that it can mean.
    """
    if isinstance(cells.dtype, pl.Datetime):
        cells = _day_of(cells, settings.time_zone)
    if cells.dtype == pl.Date:
        days = _within(_exact(cells.alias("day").to_frame(), nothing(cells.len(), PROBLEM)), bounds)
        return days if bounds.partial else days.select("day", "problem")
    found = Distinct.of(as_text(cells, cells.name))
    per_text = read_dates(found.texts, bounds, settings) if found.texts.len() else _NO_DAYS
    return pl.DataFrame(found.spread_all(per_text if bounds.partial else per_text.select("day", "problem")))


def read_dates(texts: pl.Series, bounds: Bounds, settings: ReadingSettings) -> pl.DataFrame:
    """Return for each text its day: day, partial, earliest, latest, problem."""
    frame = pl.DataFrame({"text": trimmed(texts)})
    frame = frame.with_columns(_iso_days(frame["text"], settings.time_zone))
    if frame["day"].null_count() > frame["text"].null_count():
        frame = frame.with_columns(day=pl.coalesce("day", *_declared_days(settings.date_formats)))
    if frame["day"].null_count() == frame["text"].null_count():
        return _within(_exact(frame.select("day"), nothing(frame.height, PROBLEM)), bounds)
    days = _exact(frame.select("day"), _problem_of(frame))
    return _within(_with_partial_days(frame["text"], days) if bounds.partial else days, bounds)


def _day_of(cells: pl.Series, time_zone: str | None) -> pl.Series:
    if getattr(cells.dtype, "time_zone", None) is not None and time_zone is not None:
        cells = cells.dt.convert_time_zone(time_zone)
    return cells.dt.date()


def _exact(days: pl.DataFrame, problem: pl.Series) -> pl.DataFrame:
    """Return days that are known to the day: all that they can mean is the day itself."""
    return days.select(
        "day",
        partial=pl.when(pl.col("day").is_not_null()).then(pl.lit(value=False)),
        earliest="day",
        latest="day",
        problem=problem,
    )


def _iso_days(texts: pl.Series, time_zone: str | None) -> pl.Series:
    """Return the day of each ISO date or timestamp, in the centre's time zone if it is declared; null for other text.

    Day and time are looked at apart: a million timestamps hold few days and few times.
    """
    days = Distinct.of(texts.str.slice(0, 10))
    day = days.spread(_if_shape(days.texts, _DAY).str.to_date("%Y-%m-%d", strict=False)).alias("day")
    rest = texts.str.slice(10)
    if (rest == "").all():
        return day
    times = Distinct.of(rest)
    is_time = times.spread(times.texts.str.contains(_TIME))
    days_with_time = day.set(~is_time, None)
    return days_with_time if time_zone is None else _in_centre(days_with_time, times, time_zone)


def _in_centre(day: pl.Series, times: Distinct, time_zone: str) -> pl.Series:
    """Return the days of timestamps in the centre's time zone; a time without a zone is the centre's already."""
    hour, minute, zone = times.texts.str.extract_groups(_TIME).struct.unnest().get_columns()
    utc = hour.cast(pl.Int32) * 60 + minute.cast(pl.Int32) - _minutes_ahead(zone)
    frame = pl.DataFrame({"day": day, "minutes": times.spread(utc)})
    shifted = (
        (pl.col("day").cast(pl.Datetime("us")) + pl.duration(minutes="minutes"))
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(time_zone)
        .dt.date()
    )
    return frame.select(day=pl.when(pl.col("minutes").is_null()).then("day").otherwise(shifted))["day"]


def _minutes_ahead(zone: pl.Series) -> pl.Series:
    """Return by how many minutes a zone (+02:00, -0530, Z) is ahead of UTC; null without a zone."""
    digits = zone.str.replace_all(r"[^0-9]", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int32, strict=False) * 60 + digits.str.slice(2, 2).cast(
        pl.Int32, strict=False
    )
    sign = zone.str.starts_with("-").cast(pl.Int32) * -2 + 1
    return (minutes * sign).set(zone.str.to_lowercase() == "z", 0)


def _if_shape(texts: pl.Series, shape: str) -> pl.Series:
    return texts.set(~texts.str.contains(shape), None)


def _declared_days(formats: tuple[str, ...]) -> list[pl.Expr]:
    """Return how to read the declared formats, in their order; a time after the day is left aside."""
    text = pl.col("text").str.replace(_TIME_AFTER_DECLARED_DAY, "")
    serial = pl.when(text.str.contains(_SERIAL)).then(text.cast(pl.Float64, strict=False).floor().cast(pl.Int64))
    readers = []
    for name in (name.upper() for name in formats):
        if name in EXCEL_FORMATS:
            readers.append((pl.lit(EXCEL_FORMATS[name]).str.to_date() + pl.duration(days=serial)).cast(pl.Date))
        else:
            shaped = pl.when(text.str.contains(r"[0-9]{4}")).then(text)  # "24" is no year: which century?
            readers.append(shaped.str.to_date(DATE_FORMATS[name], strict=False))
    return readers


def _problem_of(frame: pl.DataFrame) -> pl.Series:
    """Return why a text is no day; null where it is one or is empty."""
    text = pl.col("text")
    iso_day, iso_time = text.str.slice(0, 10).str.contains(_DAY), text.str.slice(10).str.contains(_TIME)
    return frame.select(
        problem=pl.when(text.is_null() | pl.col("day").is_not_null())
        .then(None)
        .when(iso_day & iso_time)
        .then(pl.lit("impossible_date", PROBLEM))
        .when(text.str.contains(_YEAR) | text.str.contains(_YEAR_MONTH))
        .then(pl.lit("partial_date", PROBLEM))
        .when(text.str.contains(_LIKE_A_DATE) & ~iso_day)
        .then(pl.lit("date_format_undeclared", PROBLEM))
        .otherwise(pl.lit("not_a_date", PROBLEM))
    )["problem"]


def _with_partial_days(texts: pl.Series, days: pl.DataFrame) -> pl.DataFrame:
    """Return the days with 1987 and 1987-06 counted as the middle day of the year or month, marked partial."""
    text, first, after = pl.col("text"), pl.col("first"), pl.col("after")
    is_year = text.str.contains(_YEAR)
    start = pl.when(is_year).then(text + "-01-01").when(text.str.contains(_YEAR_MONTH)).then(text + "-01")
    middle = first + pl.duration(days=(after - first).dt.total_days() // 2)
    return (
        days.with_columns(text=texts)
        .with_columns(first=start.str.to_date("%Y-%m-%d", strict=False))
        .with_columns(after=pl.when(is_year).then(first.dt.offset_by("1y")).otherwise(first.dt.offset_by("1mo")))
        .select(
            day=pl.coalesce("day", middle.cast(pl.Date)),
            partial=pl.when(first.is_not_null()).then(pl.lit(value=True)).otherwise("partial"),
            earliest=pl.coalesce("earliest", "first"),
            latest=pl.coalesce("latest", after - pl.duration(days=1)),
            problem=pl.when(first.is_not_null())
            .then(None)
            .when(pl.col("problem") == "partial_date")  # 1987-13
            .then(pl.lit("impossible_date", PROBLEM))
            .otherwise("problem"),
        )
    )


def _within(days: pl.DataFrame, bounds: Bounds) -> pl.DataFrame:
    """Return the days with those outside the bounds emptied and named; a partial date is late only if it must be."""
    too_early, too_late = pl.col("day") < bounds.first, pl.col("earliest") > bounds.last
    outside = days.select(too_early=too_early.any(), too_late=too_late.any()).row(0)
    if not any(outside):
        return days
    problem = (
        pl.when(too_early)
        .then(pl.lit("impossible_year", PROBLEM))
        .when(too_late)
        .then(pl.lit(bounds.if_later, PROBLEM))
        .otherwise("problem")
    )
    fits = ~(too_early | too_late)
    return days.select(
        day=pl.when(fits).then("day"),
        partial=pl.when(fits).then("partial"),
        earliest=pl.when(fits).then("earliest"),
        latest=pl.when(fits).then("latest"),
        problem=problem,
    )
