"""From the record's rows to compact patients: as of a date, the worst of a day, grouped by patient.

What is about rows is done here in Polars for a whole bucket of patients; `patient_of_rows` does the same for the
rows of one patient already in memory, where starting Polars would cost more than the answer. Both give the same
patients (a property test holds them to it).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from hepatica.course.definitions import RATIO_STEP
from hepatica.course.patient import Biopsy, Event, Genotype, Latest, Level, Patient, Reading, Treatment
from hepatica.record import Record

FOLLOWED = ("ALT", "AST", "IGG")
METABOLITES = ("TGN", "MMP")
INFINITY = float("inf")


def patients_of(record: Record, as_of: date) -> Iterator[Patient]:
    """Return the record's patients, by patient_id, with everything dated on or before the as-of date."""
    who = record.patients.sort("patient_id").with_row_index("place")
    place = who.select("place", "patient_id")
    until = pl.lit(as_of)
    measured = _placed(record.measurements, place).filter(pl.col("date") <= until)
    treated = _placed(record.treatments, place).filter(pl.col("start") <= until)
    dated = {name: _placed(record.table(name), place).filter(pl.col("date") <= until) for name in _DATED}
    seen = _last_seen(who, measured, treated, dated, until)

    n = who.height
    results = _in_order(measured)
    readings = {analyte: _split(_readings(results, analyte), n, Reading) for analyte in FOLLOWED}
    levels = {analyte: _split(_levels(results, analyte), n, Level) for analyte in METABOLITES}
    last = _latest(results)
    named = _split(last.select("place", "analyte"), n, tuple)
    latest = _split(last.drop("analyte"), n, Latest)
    treatments = _split(_treatments(treated), n, Treatment)
    others = {name: _split(_DATED[name](dated[name]), n, kind) for name, kind in _KINDS.items()}
    about = _about(who, seen)
    for k, row in enumerate(about.iter_rows()):
        yield Patient(
            **dict(zip(about.columns, row, strict=True)),
            alt=readings["ALT"][k],
            ast=readings["AST"][k],
            igg=readings["IGG"][k],
            tgn=levels["TGN"][k],
            mmp=levels["MMP"][k],
            latest={name: result for (name,), result in zip(named[k], latest[k], strict=True)},
            treatments=treatments[k],
            events=others["events"][k],
            biopsies=others["biopsies"][k],
            genotypes=others["genotypes"][k],
        )


def _placed(table: pl.DataFrame, place: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the place of their patient; rows of unknown patients are not in a checked record."""
    return table.join(place, on="patient_id", how="inner")


def _day(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32)


def _about(who: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Return who the patients are, under the names of Patient's fields."""
    return who.join(seen, on="place", how="left", maintain_order="left").select(
        "patient_id", "sex", "centre", "aih_type", "variant", "row", "last_seen",
        birth=_day("birth_date"), birth_partial="birth_date_partial", diagnosis=_day("diagnosis_date"),
    )  # fmt: skip


def _last_seen(
    who: pl.DataFrame,
    measured: pl.DataFrame,
    treated: pl.DataFrame,
    dated: dict[str, pl.DataFrame],
    until: pl.Expr,
) -> pl.DataFrame:
    """Return each patient's latest dated fact: result, drug begun or ended, event, biopsy, genotype, diagnosis."""
    facts = [table.select("place", "date") for table in (measured, *dated.values())]
    facts += [treated.select("place", date=pl.col(column)) for column in ("start", "end")]
    facts.append(who.select("place", date=pl.col("diagnosis_date")))
    return (
        pl.concat(facts)
        .filter(pl.col("date") <= until)
        .group_by("place")
        .agg(last_seen=pl.col("date").max().cast(pl.Int32))
    )


def _in_order(measured: pl.DataFrame) -> pl.DataFrame:
    """Return the results by patient, analyte, and day; within a day the highest multiple, then value, stands last.

    One whole number holds patient, analyte, and day, because sorting by numbers is several times faster.
    """
    codes = measured["analyte"].unique().sort().to_list()
    code = pl.col("analyte").cast(pl.Enum(codes)).to_physical().cast(pl.Int64)
    group = pl.col("place").cast(pl.Int64) * len(codes) + code
    return (
        measured.with_columns(day=_day("date"), group=group)
        .with_columns(key=pl.col("group") * _DAYS_KEPT_APART + pl.col("day"))
        .sort("key", "x_uln", "value", "comparator", "text", "unit", nulls_last=False)
    )


# More days than lie between any two dates of a record, so that patient, analyte, and day fit in one number.
_DAYS_KEPT_APART = 1_000_000


def _readings(results: pl.DataFrame, analyte: str) -> pl.DataFrame:
    """Return one reading a day: bounds of the multiple over all rows of the day, and the row with the highest."""
    rows = results.filter(pl.col("analyte") == analyte).with_columns(**_bounds())
    if rows["key"].is_duplicated().any():
        shown = ("place", "day", "x_uln", "comparator", "amount", "row")
        rows = rows.group_by("key", maintain_order=True).agg(
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


def _levels(results: pl.DataFrame, analyte: str) -> pl.DataFrame:
    rows = results.filter((pl.col("analyte") == analyte) & pl.col("value").is_not_null())
    return rows.sort("place", "day", "value", "unit", "comparator", nulls_last=False).select(
        "place", "day", "value", "comparator", "unit", "row"
    )


def _latest(results: pl.DataFrame) -> pl.DataFrame:
    """Return each patient's latest result of each analyte; of several that day the highest."""
    last_of_group = (pl.col("group") != pl.col("group").shift(-1)).fill_null(
        value=True
    )  # the very last row has no next
    return results.filter(last_of_group).select("place", "analyte", "day", "value", "comparator", "text", "unit", "row")


def _treatments(treated: pl.DataFrame) -> pl.DataFrame:
    order = ("place", "start", "drug", "end", "dose", "dose_unit", "indication", "stop_reason")
    return treated.sort(*order, nulls_last=True).select(
        "place",
        "drug",
        _day("start"),
        _day("end"),
        "dose",
        "dose_unit",
        "stop_reason",
        "indication",
        "systemic",
        "row",
    )


def _events(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("place", "date", "event", "detail", "cause", nulls_last=False).select(
        "place", _day("date"), "event", "detail", "cause", "row"
    )


def _biopsies(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("place", "date", "hai", "fibrosis_stage", nulls_last=False).select(
        "place", _day("date"), "hai", "fibrosis_stage", "fibrosis_scale", "row"
    )


def _genotypes(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("place", "date", "gene", "diplotype", "phenotype", nulls_last=False).select(
        "place", _day("date"), "gene", "diplotype", "phenotype", "row"
    )


_DATED = {"events": _events, "biopsies": _biopsies, "genotypes": _genotypes}
_KINDS: dict[str, type[tuple[Any, ...]]] = {"events": Event, "biopsies": Biopsy, "genotypes": Genotype}


def _split(rows: pl.DataFrame, n: int, kind: type[tuple[Any, ...]]) -> list[list[Any]]:
    """Return the rows, sorted by `place`, as one list of facts of that kind per patient."""
    columns = [rows[name].to_list() for name in rows.columns[1:]]
    # The kinds are named tuples; making them without their own constructor takes half the time.
    facts = list(map(partial(tuple.__new__, kind), zip(*columns, strict=True)))
    found: list[list[Any]] = [[] for _ in range(n)]
    runs = rows.select(pl.col("place").rle()).unnest("place")
    start = 0
    for length, place in zip(runs["len"].to_list(), runs["value"].to_list(), strict=True):
        found[place] = facts[start : start + length]
        start += length
    return found
