"""Measurements: the result against its analyte, the unit against the analyte, and what is plausible."""

from __future__ import annotations

import polars as pl

from hepatica.record.facts import what_cannot_be, what_is_missing
from hepatica.record.findings import Finding, unreadable
from hepatica.record.people import People
from hepatica.record.results import off_the_steps
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
    """Return results with what they measure (kind, quantity), the factor to the canonical unit, and its ranges."""
    place = rows.select(place=place_of(pl.col("analyte"), pl.col("spelling")))["place"]
    table, number = conversion_table(), rows["analyte"].to_physical()
    known = pl.DataFrame([column.gather(place) for column in table])
    ranges = quantities()
    of_analyte = _of_each_analyte()
    return rows.with_columns(
        *known,
        *(of_analyte[name].gather(number) for name in of_analyte.columns),
        unit=ranges["unit"].gather(known["quantity"]),
    )


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


def findings(people: People) -> list[Finding]:
    """Return why a result cannot be used."""
    number = pl.col("form") == "number"
    empty_unit = is_empty_spelling(pl.col("spelling"))
    no_factor = number & pl.col("factor").is_null()
    accepted = pl.col("analyte").cast(pl.String).replace_strict(accepted_units(), return_dtype=pl.String)
    value = pl.col("number") * pl.col("factor")
    # Without a range nothing is known to go below zero.
    can_be_negative = pl.col("low").fill_null(0) < 0
    return [
        *what_is_missing(MEASUREMENTS),
        *what_cannot_be(MEASUREMENTS, people),
        Finding("value", _wrong_kind(), "wrong_kind_of_result", _expected_kind()),
        Finding("unit", no_factor & empty_unit, "missing_unit", accepted),
        Finding("unit", no_factor & ~empty_unit, "unit_not_accepted", accepted),
        Finding("value", (pl.col("number") < 0) & ~can_be_negative, "negative"),
        Finding("upper_limit", pl.col("lower_limit") > pl.col("upper_limit"), "limits_out_of_order"),
        Finding("value", (value < pl.col("low")) | (value > pl.col("high")), "implausible", likely_slips),
    ]


def _wrong_kind() -> pl.Expr:
    """Return whether a result is not of its analyte's kind: a titre of ALT, ALT "positive", ANA 0.5 without a unit."""
    form, titre = pl.col("form"), pl.col("kind") == "titre"
    no_titre = titre & (pl.col("unit") == "1") & (pl.col("number") != pl.col("number").floor())
    return (
        ((form == "titre") & (pl.col("kind") == "quantity"))
        | ((form == "word") & ~pl.col("in_words"))
        | ((form == "number") & no_titre)
    )


def _expected_kind() -> pl.Expr:
    expected = {
        "quantity": "a number is expected",
        "titre": "a titre is expected (1:80), or positive or negative",
        "presence": "positive or negative is expected",
    }
    return pl.col("kind").cast(pl.String).replace_strict(expected, return_dtype=pl.String)


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return results in their canonical unit: value, text, unit, the row's own limits, and whether a limit is wanted."""
    number, factor, form = pl.col("number"), pl.col("factor"), pl.col("form")
    as_titre = (form == "number") & (pl.col("kind") == "titre") & (pl.col("unit") == "1")
    # Only a quantity that cannot be negative (a T-score can) has a multiple of its upper limit.
    has_multiple = (form == "number") & (pl.col("kind") == "quantity") & (pl.col("low").fill_null(0) >= 0)
    not_positive = has_multiple & (pl.col("upper_limit") <= 0)
    one_to = pl.format("1:{}", number.cast(pl.Int64, strict=False))
    return rows.with_columns(
        value=pl.when(form == "number").then(number * factor).otherwise(number),
        text=pl.when(as_titre & (number >= 1)).then(one_to).otherwise("word"),
        unit=pl.when(form == "number").then("unit").when(form == "titre").then(pl.lit("1")),
        as_titre=as_titre,
        is_titre=as_titre | (form == "titre"),
        limit_not_positive=not_positive,
        has_multiple=has_multiple,
        # A limit that is there and cannot be used is not replaced by another laboratory's.
        wants_limit=has_multiple & pl.col("upper_limit").is_null() & pl.col("problem:upper_limit").is_null(),
        lower_limit=pl.col("lower_limit") * factor,
        upper_limit=pl.when(~not_positive.fill_null(value=False)).then(pl.col("upper_limit") * factor),
    )


def remarks() -> list[Finding]:
    """Return what is odd about a result that is kept."""
    value = pl.col("value")
    usual = pl.format("usual is {} to {} {}", "usual_low", "usual_high", pl.col("unit").replace("1", "").fill_null(""))
    return [
        unreadable("lower_limit"),
        unreadable("upper_limit"),
        Finding("upper_limit", pl.col("limit_not_positive"), "limit_not_positive"),
        Finding("value", (value < pl.col("usual_low")) | (value > pl.col("usual_high")), "unusual", usual),
        Finding("value", pl.col("as_titre"), "titre_as_number"),
        Finding("value", pl.col("is_titre") & off_the_steps(value), "titre_not_doubling"),
        Finding("unit", pl.col("other_unit"), "two_units"),
    ]


def with_other_units(rows: pl.DataFrame) -> pl.DataFrame:
    """Return results with `other_unit`: true for the first row in another unit than the patient's first of that analyte.

    Units that are the same number (U/L and IU/L) are one unit.
    """
    mixed = rows.select("analyte", "quantity", "factor").unique().filter(pl.col("analyte").is_duplicated())
    rows = rows.with_columns(other_unit=pl.lit(value=False))
    if mixed.is_empty():
        return rows
    several = rows.with_row_index("place").filter(
        pl.col("analyte").is_in(mixed["analyte"].unique().implode()), form="number"
    )
    of_patient = several.unique(["person", "analyte", "quantity", "factor"], keep="first", maintain_order=True)
    second = of_patient.filter(~pl.struct("person", "analyte").is_first_distinct())["place"]
    return rows.with_columns(rows["other_unit"].scatter(second, True)) if second.len() else rows


def suspect_key(rows: pl.DataFrame) -> pl.Series:
    """Return patient, day, and analyte of each result as one whole number (fewer than 2^31 patients)."""
    day = pl.col("date").to_physical().cast(pl.Int64) + 2**17
    patient = pl.col("person").cast(pl.Int64)
    analyte = pl.col("analyte").to_physical().cast(pl.Int64)
    return rows.select(key=(patient * 2**18 + day) * 2**12 + analyte)["key"]
