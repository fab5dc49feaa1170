"""Reference limits laid out by centre, quantity, sex, age, and day, so that a row's limit is one look-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from hepatica.errors import UsageError
from hepatica.record.people import People
from hepatica.record.settings import LIMITS_SCHEMA
from hepatica.record.tables import TABLES
from hepatica.record.units import quantities
from hepatica.record.words import plain, synonyms
from hepatica.vocabulary import analyte_codes, default_limits, unit_conversions, unit_spelling

Whole = npt.NDArray[np.int64]

# A limit of one sex says nothing about a patient whose sex is not known to be that one: the third place.
_SEXES = {"female": 0, "male": 1}
_SEX_PLACES = 3
_NO_LIMIT = -1
_ANY_SEX = ("", "any", "all", "both")
_SPAN_OF_EMPTY = slice(None)


@dataclass(frozen=True)
class LimitTable:
    """Reference limits: `limits` has lower and upper in the canonical unit, `places` which of them holds where.

    Ages are completed months; the last place of that axis is an unknown age, which only a limit for all ages covers.
    """

    limits: pl.DataFrame
    places: Whole
    centres: dict[str, int]
    ages: Whole
    days: Whole

    def find(
        self, people: People, person: pl.Series, quantity: pl.Series, months: pl.Series, day: pl.Series
    ) -> pl.DataFrame:
        """Return the lower and upper limit of some results, null where there is none.

        `months` are the completed months of age, null if unknown.
        """
        # A centre without limits of its own has the last place, as has a sex that is not known.
        centre = people.frame["centre"].replace_strict(self.centres, default=len(self.centres), return_dtype=pl.Int64)
        sex = people.frame["sex"].replace_strict(_SEXES, default=_SEX_PLACES - 1, return_dtype=pl.Int64)
        age = np.searchsorted(self.ages, months.fill_null(0).to_numpy(), side="right")  # the unknown are set below
        age = np.where(months.is_null().to_numpy(), self.places.shape[3] - 1, age)
        of_day = np.searchsorted(self.days, day.to_physical().to_numpy(), side="right")
        at = (
            centre.gather(person).to_numpy(),
            quantity.to_numpy(),
            sex.gather(person).to_numpy(),
            age,
            of_day,
        )
        found = pl.Series(self.places.ravel()[np.ravel_multi_index(at, self.places.shape)])
        number = found.set(found == _NO_LIMIT, None)
        return pl.DataFrame([column.gather(number) for column in self.limits])


@cache
def default_table() -> LimitTable:
    """Return the vocabulary's default limits as a table."""
    limits = default_limits().with_columns(
        centre=pl.lit(None, pl.String), valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date)
    )
    return limit_table(limits.select(*LIMITS_SCHEMA), "the default limits")


def limit_table(limits: pl.DataFrame, where: str) -> LimitTable:
    """Return limits as a table. A limit of a centre goes before one of every centre.

    Raises UsageError for an unknown analyte, sex, or unit, for limits in the wrong order, and for two that overlap.
    """
    canonical = _canonical(limits, where)
    centres = canonical["centre"].drop_nulls().unique(maintain_order=True).to_list()
    ages = _steps(month for name in ("from_month", "to_month") for month in canonical[name].drop_nulls())
    days = _steps(day for name in ("first_day", "after_day") for day in canonical[name].drop_nulls())
    shape = (len(centres) + 1, quantities().height, _SEX_PLACES, len(ages) + 2, len(days) + 1)
    table = LimitTable(
        canonical.select("lower", "upper"),
        np.full(shape, _NO_LIMIT, dtype=np.int64),
        {name: number for number, name in enumerate(centres)},
        ages,
        days,
    )
    _lay_out(table, canonical, where)
    return table


def _lay_out(table: LimitTable, canonical: pl.DataFrame, where: str) -> None:
    """Write each limit to every place where it holds, those of every centre first."""
    general = np.zeros_like(table.places, dtype=bool)
    ordered = canonical.with_row_index("number").sort(pl.col("centre").is_not_null(), maintain_order=True)
    for limit in ordered.iter_rows(named=True):
        for place in _places(table, limit):
            taken = (table.places[place] != _NO_LIMIT) & (general[place] == (limit["centre"] is None))
            if taken.any():
                raise UsageError(
                    where,
                    f"two limits of {limit['analyte']} hold for the same patients at the same time",
                    "limit their ages, sexes, or validity so that only one holds",
                )
            table.places[place] = limit["number"]
            general[place] = limit["centre"] is None


def _places(table: LimitTable, limit: dict[str, object]) -> Iterator[tuple[slice | int, ...]]:
    """Yield where a limit holds; an unknown age only where it holds for all ages."""
    centre = _SPAN_OF_EMPTY if limit["centre"] is None else table.centres[str(limit["centre"])]
    sex = _SPAN_OF_EMPTY if limit["sex"] is None else _SEXES[str(limit["sex"])]
    quantity = int(str(limit["quantity"]))
    days = _span(table.days, limit["first_day"], limit["after_day"], len(table.days) + 1)
    ages = _span(table.ages, limit["from_month"], limit["to_month"], len(table.ages) + 1)
    yield centre, quantity, sex, ages, days
    if limit["from_month"] is None and limit["to_month"] is None:
        yield centre, quantity, sex, len(table.ages) + 1, days


def _span(steps: Whole, first: object, after: object, end: int) -> slice:
    """Return the places on an axis from one step to before another; None is without end."""
    start = 0 if first is None else int(np.searchsorted(steps, int(str(first)))) + 1
    stop = end if after is None else int(np.searchsorted(steps, int(str(after)))) + 1
    return slice(start, stop)


def _steps(values: Iterator[int]) -> Whole:
    return np.array(sorted(set(values)), dtype=np.int64)


def _canonical(limits: pl.DataFrame, where: str) -> pl.DataFrame:
    """Return limits in canonical analytes and units: quantity, sex (null = any), months of age, days, lower, upper."""
    sexes = synonyms(TABLES["patients"].columns[2])
    spelling = unit_spelling(pl.col("unit").str.strip_chars()).fill_null("")  # dimensionless: INR has no unit
    read = (
        limits.select(LIMITS_SCHEMA.names())
        .cast(LIMITS_SCHEMA)
        .with_columns(
            pl.col("centre").str.strip_chars().replace("", None),
            key=pl.col("analyte").str.strip_chars().str.to_lowercase(),
            spelling=spelling,
            sex_word=pl.col("sex").fill_null("").map_elements(plain, return_dtype=pl.String),  # empty: any sex
        )
        .drop("unit", "sex")
        .rename({"analyte": "said"})
        .join(analyte_codes(), on="key", how="left", maintain_order="left", validate="m:1")
        .join(unit_conversions(), on=["analyte", "spelling"], how="left", maintain_order="left")
        .join(
            quantities().select("analyte", "unit", "quantity"),
            on=["analyte", "unit"],
            how="left",
            maintain_order="left",
        )
        .with_columns(sex=pl.col("sex_word").replace_strict(sexes, default=None, return_dtype=pl.String))
    )
    _refuse_what_cannot_hold(read, where)
    return read.select(
        "centre", "analyte", "quantity", "sex",
        from_month=_month("age_from"), to_month=_month("age_to"),
        first_day=pl.col("valid_from").to_physical(), after_day=pl.col("valid_to").to_physical() + 1,
        lower=pl.col("lower") * pl.col("factor"), upper=pl.col("upper") * pl.col("factor"),
    )  # fmt: skip


def _month(age: str) -> pl.Expr:
    """Return an age in years as completed months; from birth on is no bound."""
    return pl.when(pl.col(age) > 0).then((pl.col(age) * 12).ceil().cast(pl.Int64))


def _refuse_what_cannot_hold(read: pl.DataFrame, where: str) -> None:
    """Raise UsageError for the first limit that cannot be used: a limit that is skipped would silently mean another."""
    any_sex = pl.col("sex_word").is_in(_ANY_SEX)
    faults = {
        "the analyte {said} is not known": pl.col("analyte").is_null(),
        "{said} is not accepted in the unit that is given": pl.col("quantity").is_null(),
        "the sex of a limit of {said} is not female, male, or any": ~any_sex
        & ~pl.col("sex").is_in(list(_SEXES)).fill_null(value=False),
        "a limit of {said} has no upper limit above zero": ~(pl.col("upper") > 0).fill_null(value=False),
        "a limit of {said} has its lower limit above the upper": pl.col("lower") > pl.col("upper"),
        "a limit of {said} ends before it begins": (pl.col("age_from") >= pl.col("age_to"))
        | (pl.col("valid_from") > pl.col("valid_to")),
    }
    for what, wrong in faults.items():
        bad = read.filter(wrong)
        if bad.height:
            raise UsageError(where, what.format(said=bad["said"][0]), "correct the limit, or remove it")
