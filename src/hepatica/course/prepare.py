"""The record's rows made ready for the story: as of a date, the worst of a day, in the order of patients.

What is about rows is done here in Polars for a whole bucket of patients, and `compact` makes patients of it;
`patient_of_rows` does the same for the rows of one patient already in memory, where starting Polars would cost more
than the answer. Both give the same patients (a property test holds them to it).

A patient is known by `place`, the number in the order of patient_id: whole numbers are sorted, compared, and grouped
several times faster than texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from hepatica.course.definitions import RATIO_STEP, day_number
from hepatica.record import Record
from hepatica.record.distinct import Distinct

FOLLOWED = ("ALT", "AST", "IGG")
INFINITY = float("inf")
# More days than lie between any two dates of a record, so that patient, analyte, and day fit in one whole number.
DAYS_KEPT_APART = 1_000_000
MIDDLE = DAYS_KEPT_APART // 2


@dataclass(slots=True)
class Prepared:
    """The rows of some patients up to a day, in order, with each patient's `place`.

    `who` has one row per patient, with `last_seen`. `results` has for each analyte its rows by patient and day, the
    highest of a day last; `readings` one row a day of what is followed.
    """

    who: pl.DataFrame
    results: dict[str, pl.DataFrame]
    readings: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]


def prepared(record: Record, as_of: date) -> Prepared:
    """Return the record's rows dated on or before the as-of date, in order."""
    who = record.patients.sort("patient_id").with_row_index("place")
    ids = who.select("patient_id", "place")
    tables = {name: _until(record.table(name), name, ids, as_of) for name in _COLUMNS}
    results = _by_analyte(tables["measurements"], who.height)
    readings = {analyte: _readings(results[analyte]) for analyte in FOLLOWED if analyte in results}
    return Prepared(
        who=_with_last_seen(who, tables, as_of),
        results=results,
        readings=readings,
        tables={name: _facts_in_order(name, tables[name]) for name in _TIES},
    )


# By which day a row counts, where it is not its date.
_DAY_OF = {"treatments": "start"}


def _until(table: pl.DataFrame, name: str, ids: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return what the story reads of the rows of known patients up to the as-of date: place, day, and facts."""
    found = Distinct.of(table["patient_id"])
    places = found.texts.to_frame("patient_id").join(ids, on="patient_id", how="left", maintain_order="left")
    place = found.spread(places["place"]).cast(pl.UInt32).alias("place")
    placed = table.with_columns(place, day=_number(_DAY_OF.get(name, "date"))).select("place", *_COLUMNS[name])
    counts = place.is_not_null() & (placed["day"] <= day_number(as_of))
    return placed if counts.all() else placed.filter(counts)


def _with_last_seen(who: pl.DataFrame, tables: dict[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """Return the patients with their days as numbers, and the latest dated fact of each.

    Facts are results, drugs begun or ended, events, biopsies, genotypes, and the diagnosis.
    """
    facts = [table.select("place", "day") for table in tables.values()]
    facts.append(tables["treatments"].filter(pl.col("end") <= as_of).select("place", day=_number("end")))
    facts.append(who.filter(pl.col("diagnosis_date") <= as_of).select("place", day=_number("diagnosis_date")))
    seen = pl.concat(facts).group_by("place").agg(last_seen=pl.col("day").max())
    return who.join(seen, on="place", how="left", maintain_order="left").with_columns(
        birth=_number("birth_date"), diagnosis=_number("diagnosis_date")
    )


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32)


def _by_analyte(measured: pl.DataFrame, patients: int) -> dict[str, pl.DataFrame]:
    """Return each analyte's results by patient and day; within a day the highest multiple, then value, stands last."""
    codes = Distinct.of(measured["analyte"])
    group = codes.places.cast(pl.Int64) * patients + measured["place"].cast(pl.Int64)
    rows = measured.drop("analyte").with_columns(code=codes.places, group=group)
    ordered = _in_order(rows, "group", ("x_uln", "value", "comparator", "text", "unit"), nulls_last=False)
    lengths = ordered["code"].rle().struct.unnest()
    starts = lengths["len"].cum_sum() - lengths["len"]
    return {
        codes.texts[code]: ordered.slice(start, length).drop("code", "group")
        for code, start, length in zip(lengths["value"], starts, lengths["len"], strict=True)
    }


def _in_order(rows: pl.DataFrame, group: str, ties: tuple[str, ...], *, nulls_last: bool) -> pl.DataFrame:
    """Return rows by group and day; where these are the same, by the columns `ties`.

    Group and day make one whole number, and that is all that most rows are sorted by: sorting by several columns, some
    of them text, takes several times as long, and few rows share patient and day.
    """
    key = rows[group].cast(pl.Int64) * DAYS_KEPT_APART + (rows["day"].cast(pl.Int64) + MIDDLE)
    order = key.arg_sort()
    key = key.gather(order)
    again = key.shift() == key
    if again.any():
        # A row that is not like the one before may be like the one after; the first and the last have none.
        tied = (again | again.shift(-1)).arg_true()
        at = order.gather(tied)
        settled = rows[at].select(*ties).with_columns(key=key.gather(tied), at=at)
        order = order.scatter(tied, settled.sort("key", *ties, nulls_last=nulls_last)["at"])
    return rows[order]


def _readings(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one reading a day: bounds of the multiple over all rows of the day, and the row with the highest."""
    rows = rows.with_columns(**_bounds())
    same_day = (rows["day"] == rows["day"].shift()) & (rows["place"] == rows["place"].shift())
    if same_day.any():
        shown = ("x_uln", "comparator", "amount", "row")
        rows = rows.group_by("place", "day", maintain_order=True).agg(
            pl.col("low", "high").max(), *(pl.col(name).last() for name in shown)
        )
    return rows.select("place", "day", "low", "high", "x_uln", "comparator", "amount", "row")


def _bounds() -> dict[str, pl.Expr]:
    """Return the least and the greatest multiple that a row may stand for, and its least amount.

    The branches are the whole table of comparators (a null one is an exact value); without a limit the multiple
    may be anything.
    """
    x, sign, value = pl.col("x_uln"), pl.col("comparator"), pl.col("value")
    less, more = sign.is_in(["<", "<="]), sign.is_in([">", ">="])
    beyond = pl.when(sign == ">").then(RATIO_STEP).when(sign == "<").then(-RATIO_STEP).otherwise(0.0)
    low = pl.when(x.is_null() | less).then(0.0).otherwise(x + beyond)
    high = pl.when(x.is_null() | more).then(INFINITY).otherwise(x + beyond)
    return {"low": low, "high": high, "amount": pl.when(less).then(0.0).otherwise(value + beyond)}


def latest_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each patient's latest result of an analyte; of several that day the highest."""
    place = rows["place"]
    return rows.filter((place != place.shift(-1)).fill_null(value=True))  # the very last row has no next


# What of a table's rows the story reads, in the order of the facts' fields.
_COLUMNS = {
    "measurements": ("day", "analyte", "value", "comparator", "text", "unit", "x_uln", "row"),
    "treatments": ("drug", "day", "end", "dose", "dose_unit", "stop_reason", "indication", "systemic", "row"),
    "events": ("day", "event", "detail", "cause", "row"),
    "biopsies": ("day", "hai", "fibrosis_stage", "fibrosis_scale", "row"),
    "genotypes": ("day", "gene", "diplotype", "phenotype", "row"),
}
# By what rows of one patient and day are ordered.
_TIES = {
    "treatments": ("drug", "end", "dose", "dose_unit", "indication", "stop_reason"),
    "events": ("event", "detail", "cause"),
    "biopsies": ("hai", "fibrosis_stage"),
    "genotypes": ("gene", "diplotype", "phenotype"),
}


def _facts_in_order(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return a table's rows by patient and day, with the columns of its facts. Of treatments an open end comes last."""
    ordered = _in_order(rows, "place", _TIES[name], nulls_last=name == "treatments")
    return ordered.select("place", *(_number(one) if one in ("day", "end") else one for one in _COLUMNS[name]))
