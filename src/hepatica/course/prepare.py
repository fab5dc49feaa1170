"""From the record's rows to compact patients: as of a date, the worst of a day, grouped by patient.

What is about rows is done here in Polars for a whole bucket of patients; `patient_of_rows` does the same for the
rows of one patient already in memory, where starting Polars would cost more than the answer. Both give the same
patients (a property test holds them to it).

A patient is known by `place`, the number in the order of patient_id: whole numbers are sorted, compared, and grouped
several times faster than texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from hepatica.course.definitions import RATIO_STEP
from hepatica.course.patient import Biopsy, Event, Genotype, Latest, Level, Patient, Reading, Treatment
from hepatica.record import Record
from hepatica.record.distinct import Distinct

FOLLOWED = ("ALT", "AST", "IGG")
METABOLITES = ("TGN", "MMP")
INFINITY = float("inf")
# More days than lie between any two dates of a record, so that patient, analyte, and day fit in one whole number.
DAYS_KEPT_APART = 1_000_000
MIDDLE = DAYS_KEPT_APART // 2


@dataclass(slots=True)
class Prepared:
    """The rows of some patients up to a day, in order, with each patient's `place`.

    `who` has one row per patient, with `last_seen`. `results` has for each analyte its rows by patient and day, the
    highest of a day last; `readings` one row a day of what is followed. `facts` are the readings as facts.
    """

    who: pl.DataFrame
    results: dict[str, pl.DataFrame]
    readings: dict[str, pl.DataFrame]
    facts: dict[str, list[Reading]]
    tables: dict[str, pl.DataFrame]


def prepared(record: Record, as_of: date) -> Prepared:
    """Return the record's rows dated on or before the as-of date, in order."""
    who = record.patients.sort("patient_id").with_row_index("place")
    ids = who.select("patient_id", "place")
    tables = {name: _until(record.table(name), day, ids, as_of) for name, day in _DAY_OF.items()}
    results = _by_analyte(tables["measurements"], who.height)
    readings = {analyte: _readings(results[analyte]) for analyte in FOLLOWED if analyte in results}
    return Prepared(
        who=_with_last_seen(who, tables, as_of),
        results=results,
        readings=readings,
        facts={analyte: facts_of(rows, Reading) for analyte, rows in readings.items()},
        tables={name: order(tables[name]) for name, order in _ORDER.items()},
    )


def patients_of(record: Record, as_of: date) -> Iterator[Patient]:
    """Return the record's patients, by patient_id, with everything dated on or before the as-of date."""
    return patients_in(prepared(record, as_of))


def patients_in(rows: Prepared, latest_of: Collection[str] | None = None) -> Iterator[Patient]:
    """Return the patients, by patient_id; with the latest results of some analytes only, if these are named."""
    n = rows.who.height
    empty: list[list[Any]] = [[] for _ in range(n)]
    series = {name: split(one["place"], rows.facts[name], n) for name, one in rows.readings.items()}
    levels = {
        name: split(one["place"], facts_of(one, Level), n)
        for name in METABOLITES
        if name in rows.results and (one := _levels(rows.results[name])).height
    }
    others = {
        name: split(rows.tables[name]["place"], facts_of(rows.tables[name], kind), n) for name, kind in _KINDS.items()
    }
    columns = [rows.who[name].to_list() for name in _WHO]
    return map(
        Patient,
        *columns,
        *(series.get(name, empty) for name in FOLLOWED),
        *(levels.get(name, empty) for name in METABOLITES),
        _latest(rows.results, n, latest_of),
        *(others[name] for name in _KINDS),
    )


# The fields of a patient, in their order, that are columns of the patients.
_WHO = ("patient_id", "birth", "birth_date_partial", "sex", "centre", "diagnosis", "aih_type", "variant", "row",
        "last_seen")  # fmt: skip
# By which day a row of a table counts.
_DAY_OF = {"measurements": "date", "treatments": "start", "events": "date", "biopsies": "date", "genotypes": "date"}


def _until(table: pl.DataFrame, day: str, ids: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the rows of known patients up to the as-of date with the patient's place, and the day as a number."""
    found = Distinct.of(table["patient_id"])
    places = found.texts.to_frame("patient_id").join(ids, on="patient_id", how="left", maintain_order="left")
    place = found.spread(places["place"]).cast(pl.UInt32).alias("place")
    placed = table.drop("patient_id").with_columns(place, pl.col(day).cast(pl.Int32).alias("day"))
    counts = place.is_not_null() & (table[day] <= as_of)
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
    """Return each analyte's results by patient and day; within a day the highest multiple, then value, stands last.

    One whole number holds analyte, patient, and day, and is all that is sorted by: only where it occurs twice (two
    results of a day, one in hundreds) do the other columns decide.
    """
    codes = Distinct.of(measured["analyte"])
    patient = codes.places.cast(pl.Int64) * patients + measured["place"].cast(pl.Int64)
    key = patient * DAYS_KEPT_APART + (measured["day"].cast(pl.Int64) + MIDDLE)
    order = key.arg_sort()
    key = key.gather(order)
    again = (key == key.shift()).fill_null(value=False)  # the first has none before it
    if again.any():
        order = _ties_settled(measured, order, key, again)
    ordered = measured[order].with_columns(code=codes.places.gather(order))
    lengths = ordered["code"].rle().struct.unnest()
    starts = lengths["len"].cum_sum() - lengths["len"]
    return {
        codes.texts[code]: ordered.slice(start, length).drop("code")
        for code, start, length in zip(lengths["value"], starts, lengths["len"], strict=True)
    }


def _ties_settled(measured: pl.DataFrame, order: pl.Series, key: pl.Series, again: pl.Series) -> pl.Series:
    """Return the order with the results of one analyte, patient, and day by multiple, value, and the rest."""
    tied = (again | again.shift(-1)).fill_null(value=False).arg_true()  # the last has none after it
    at = order.gather(tied)
    rows = measured[at].with_columns(key=key.gather(tied), at=at)
    rows = rows.sort("key", "x_uln", "value", "comparator", "text", "unit", nulls_last=False)
    return order.scatter(tied, rows["at"])


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


def _levels(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.filter(pl.col("value").is_not_null())
    return rows.sort("place", "day", "value", "unit", "comparator", nulls_last=False).select(
        "place", "day", "value", "comparator", "unit", "row"
    )


def latest_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each patient's latest result of an analyte; of several that day the highest."""
    place = rows["place"]
    return rows.filter((place != place.shift(-1)).fill_null(value=True))  # the very last row has no next


def _latest(results: dict[str, pl.DataFrame], n: int, wanted: Collection[str] | None) -> list[dict[str, Latest]]:
    """Return each patient's latest result of each analyte that is wanted (None: of all)."""
    found: list[dict[str, Latest]] = [{} for _ in range(n)]
    for analyte, rows in results.items():
        if wanted is None or analyte in wanted:
            last = latest_rows(rows).select("place", "day", "value", "comparator", "text", "unit", "row")
            for place, fact in zip(last["place"].to_list(), facts_of(last, Latest), strict=True):
                found[place][analyte] = fact
    return found


def _treatments(treated: pl.DataFrame) -> pl.DataFrame:
    order = ("place", "start", "drug", "end", "dose", "dose_unit", "indication", "stop_reason")
    return treated.sort(*order, nulls_last=True).select(
        "place", "drug", "day", _number("end"), "dose", "dose_unit", "stop_reason", "indication", "systemic", "row"
    )


def _events(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("place", "date", "event", "detail", "cause", nulls_last=False).select(
        "place", "day", "event", "detail", "cause", "row"
    )


def _biopsies(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("place", "date", "hai", "fibrosis_stage", nulls_last=False).select(
        "place", "day", "hai", "fibrosis_stage", "fibrosis_scale", "row"
    )


def _genotypes(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("place", "date", "gene", "diplotype", "phenotype", nulls_last=False).select(
        "place", "day", "gene", "diplotype", "phenotype", "row"
    )


_ORDER = {"treatments": _treatments, "events": _events, "biopsies": _biopsies, "genotypes": _genotypes}
_KINDS: dict[str, type[tuple[Any, ...]]] = {
    "treatments": Treatment, "events": Event, "biopsies": Biopsy, "genotypes": Genotype
}  # fmt: skip


def facts_of(rows: pl.DataFrame, kind: type[tuple[Any, ...]]) -> list[Any]:
    """Return rows, without their place, as facts of a kind whose fields are the columns."""
    return made_of([rows[name].to_list() for name in rows.columns if name != "place"], kind)


def made_of(columns: list[list[Any]], kind: type[tuple[Any, ...]]) -> list[Any]:
    """Return facts of a kind from the values of each of its fields."""
    # The kinds are named tuples; making them without their own constructor takes half the time.
    return list(map(partial(tuple.__new__, kind), zip(*columns, strict=True)))


def split(places: pl.Series, facts: list[Any], n: int) -> list[list[Any]]:
    """Return facts, ordered by the place of their patient, as one list per patient."""
    found: list[list[Any]] = [[] for _ in range(n)]
    runs = places.rle().struct.unnest()
    start = 0
    for length, place in zip(runs["len"].to_list(), runs["value"].to_list(), strict=True):
        found[place] = facts[start : start + length]
        start += length
    return found
