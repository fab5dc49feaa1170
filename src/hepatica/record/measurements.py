"""Measurements: the result against its analyte, the unit against the analyte, and what is plausible."""

from __future__ import annotations

from functools import cache

import polars as pl

from hepatica.record.distinct import only_at
from hepatica.record.facts import what_cannot_be, what_is_missing
from hepatica.record.findings import Finding, unreadable
from hepatica.record.folding import person_and_day
from hepatica.record.people import People
from hepatica.record.tables import MEASUREMENTS
from hepatica.record.units import (
    accepted_units,
    conversion_table,
    is_empty_spelling,
    likely_slips,
    place_of,
    quantities,
)
from hepatica.record.words import words
from hepatica.vocabulary import analytes

_KIND = pl.Enum(["quantity", "titre", "presence"])


def with_quantities(rows: pl.DataFrame) -> pl.DataFrame:
    """Return results with what they measure, their value in the canonical unit, and whether it can be.

    `in_unit` is the place of analyte and spelling in the conversion table; quantity and factor are null where the
    analyte is not accepted in the unit.
    """
    in_unit = rows.select(place=place_of(pl.col("analyte"), pl.col("spelling")))["place"]
    table = conversion_table()
    rows = rows.with_columns(
        in_unit=in_unit,
        factor=table["factor"].gather(in_unit),
        quantity=table["quantity"].gather(in_unit),
        kind=_of_each_analyte()["kind"].gather(rows["analyte"].to_physical()),
    )
    # A titre written as 1:80 has no unit and no factor: it is compared as it is.
    converted = pl.when(pl.col("form") == "titre").then("number").otherwise(pl.col("number") * pl.col("factor"))
    rows = rows.with_columns(value=converted)
    return _with_implausible(rows.with_columns(unusual=_outside("usual_low", "usual_high")))


def _outside(low: str, high: str) -> pl.Expr:
    """Return whether a value is outside a range of its analyte; unknown without a range."""
    return (pl.col("value") < _of_analyte(low)) | (pl.col("value") > _of_analyte(high))


def _with_implausible(rows: pl.DataFrame) -> pl.DataFrame:
    """Return results with whether they are implausible, or negative where they cannot be.

    What is plausible holds what is usual (a test of the vocabulary sees to it), so that only unusual values, and
    those of which nobody knows what is usual, are looked at: one in a hundred.
    """
    unusual = (rows["unusual"].fill_null(value=True) & rows["value"].is_not_null()).arg_true()
    few = rows.select("value", "number", "analyte")[unusual].select(
        implausible=_outside("low", "high"),
        # Without a range nothing is known to go below zero.
        negative=(pl.col("number") < 0) & (_of_analyte("low").fill_null(0) >= 0),
    )
    return rows.with_columns(only_at(unusual, column, rows.height) for column in few)


@cache
def _of_each_analyte() -> pl.DataFrame:
    """Return kind, plausible and usual range, and whether words are results, in the order of the analytes."""
    in_words = set(words()["quantities_in_words"])
    rows = [
        (
            one.kind,
            one.kind != "quantity" or code in in_words,
            *(one.plausible or (None, None)),
            *(one.usual or (None, None)),
        )
        for code, one in analytes().items()
    ]
    numbers = dict.fromkeys(("low", "high", "usual_low", "usual_high"), pl.Float64)
    return pl.DataFrame(rows, schema={"kind": _KIND, "in_words": pl.Boolean, **numbers}, orient="row")


def _of_analyte(name: str) -> pl.Expr:
    """Return something that is known of each row's analyte; null for an unknown analyte."""
    return pl.lit(_of_each_analyte()[name]).gather(pl.col("analyte").to_physical())


def _is_titre_number() -> pl.Expr:
    """Return whether a plain number is a titre: ANA 80, without the unit of an ELISA."""
    ones = quantities().filter(unit="1")["quantity"].to_list()
    return (pl.col("kind") == "titre") & (pl.col("form") == "number") & pl.col("quantity").is_in(ones)


def findings(people: People) -> list[Finding]:
    """Return why a result cannot be used."""
    number = pl.col("form") == "number"
    empty_unit = is_empty_spelling(pl.col("spelling"))
    no_factor = number & pl.col("factor").is_null()
    accepted = pl.col("analyte").cast(pl.String).replace_strict(accepted_units(), return_dtype=pl.String)
    return [
        *what_is_missing(MEASUREMENTS),
        *what_cannot_be(MEASUREMENTS, people),
        Finding("value", _wrong_kind(), "wrong_kind_of_result", _expected_kind()),
        Finding("unit", no_factor & empty_unit, "missing_unit", accepted),
        Finding("unit", no_factor & ~empty_unit, "unit_not_accepted", accepted),
        Finding("value", pl.col("negative"), "negative"),
        Finding("upper_limit", pl.col("lower_limit") > pl.col("upper_limit"), "limits_out_of_order"),
        Finding("value", pl.col("implausible"), "implausible", likely_slips),
    ]


def _wrong_kind() -> pl.Expr:
    """Return whether a result is not of its analyte's kind: a titre of ALT, ALT "positive", ANA 0.5 without a unit."""
    form = pl.col("form")
    return (
        ((form == "titre") & (pl.col("kind") == "quantity"))
        | ((form == "word") & ~_of_analyte("in_words"))
        | (_is_titre_number() & (pl.col("number") != pl.col("number").floor()))
    )


def _expected_kind() -> pl.Expr:
    expected = {
        "quantity": "a number is expected",
        "titre": "a titre is expected (1:80), or positive or negative",
        "presence": "positive or negative is expected",
    }
    return pl.col("kind").cast(pl.String).replace_strict(expected, return_dtype=pl.String)


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return results in their canonical unit: value, text, unit, the row's own limits, and whether one is wanted."""
    factor, form = pl.col("factor"), pl.col("form")
    # Only a quantity that cannot be negative (a T-score can) has a multiple of its upper limit.
    has_multiple = (form == "number") & (pl.col("kind") == "quantity") & (_of_analyte("low").fill_null(0) >= 0)
    rows = rows.with_columns(as_titre=_is_titre_number(), has_multiple=has_multiple)
    rows = rows.with_columns(text=_with_titre_texts(rows))
    not_positive = pl.col("has_multiple") & (pl.col("upper_limit") <= 0)
    own_upper = pl.col("upper_limit").is_not_null() | pl.col("problem:upper_limit").is_not_null()
    return rows.with_columns(
        unit=_unit(),
        limit_not_positive=not_positive,
        # A limit that is there and cannot be used is not replaced by another laboratory's.
        wants_limit=pl.col("has_multiple") & ~own_upper,
        lower_limit=pl.col("lower_limit") * factor,
        upper_limit=pl.when(not_positive).then(None).otherwise(pl.col("upper_limit") * factor),
    )


def _with_titre_texts(rows: pl.DataFrame) -> pl.Series:
    """Return the text of each result, also of titres written as plain numbers; 0 is no titre and stays a number."""
    places = rows.select((pl.col("as_titre") & (pl.col("number") >= 1)).arg_true())["as_titre"]
    if not places.len():
        return rows["word"]
    numbers = pl.DataFrame({"number": rows["number"].gather(places).cast(pl.Int64, strict=False)})
    return rows["word"].scatter(places, numbers.select(text=pl.format("1:{}", "number"))["text"])


@cache
def _units() -> pl.Series:
    """Return the unit of each quantity, and last that of a titre."""
    names = [*quantities()["unit"], "1"]
    return pl.Series(names, dtype=pl.Enum(list(dict.fromkeys(names))))


def _unit() -> pl.Expr:
    """Return the canonical unit: that of the quantity for a number, 1 for a titre, none for a word."""
    titre = pl.lit(_units().len() - 1, pl.UInt16)
    form = pl.col("form")
    return pl.lit(_units()).gather(pl.when(form == "number").then("quantity").when(form == "titre").then(titre))


def remarks() -> list[Finding]:
    """Return what is odd about a result that is kept."""
    said = pl.format(
        "usual is {} to {} {}",
        _of_analyte("usual_low"),
        _of_analyte("usual_high"),
        pl.col("unit").cast(pl.String).replace("1", "").fill_null(""),
    )
    return [
        unreadable("lower_limit"),
        unreadable("upper_limit"),
        Finding("upper_limit", pl.col("limit_not_positive"), "limit_not_positive"),
        Finding("value", pl.col("unusual"), "unusual", said),
        Finding("value", pl.col("jump").is_not_null(), "sudden_change", pl.col("jump")),
        Finding("value", pl.col("as_titre"), "titre_as_number"),
        Finding("value", pl.col("off_steps"), "titre_not_doubling"),
        Finding("unit", pl.col("other_unit"), "two_units"),
    ]


def with_other_units(rows: pl.DataFrame, among: pl.Series) -> pl.DataFrame:
    """Return results with `other_unit`: true for a patient's first result of an analyte in a second unit.

    Units that are the same number (U/L and IU/L) are one unit.
    """
    none = pl.lit(value=False).alias("other_unit")
    used = rows["in_unit"].unique().drop_nulls()
    table = conversion_table()
    scales = pl.DataFrame(
        {"in_unit": used, "factor": table["factor"].gather(used), "quantity": table["quantity"].gather(used)}
    )
    analyte = quantities().select("quantity", "analyte")
    mixed = (
        scales.drop_nulls()
        .join(analyte, on="quantity")
        .filter(pl.struct("quantity", "factor").n_unique().over("analyte") > 1)
    )
    if mixed.is_empty():
        return rows.with_columns(none)
    several = rows.select("person", "in_unit", "form").with_row_index("place").filter(among, form="number")
    of_patient = (
        several.join(mixed, on="in_unit")
        .sort("place")
        .unique(["person", "quantity", "factor"], keep="first", maintain_order=True)
    )
    second = of_patient.filter(~pl.struct("person", "analyte").is_first_distinct())["place"]
    rows = rows.with_columns(none)
    return rows.with_columns(rows["other_unit"].scatter(second, True))


def suspect_key(rows: pl.DataFrame) -> pl.Series:
    """Return patient, day, and analyte of each result as one whole number (fewer than 2^31 patients)."""
    return person_and_day(rows, "date") * 2**12 + rows["analyte"].to_physical().cast(pl.Int64)
