"""Units against analytes: one look-up per row gives the canonical unit and the factor, or that it is not accepted."""

from __future__ import annotations

from functools import cache

import polars as pl

from hepatica.record.codes import ANALYTE
from hepatica.record.distinct import Distinct, as_text, trimmed
from hepatica.vocabulary import analytes, lost_superscripts, unit_conversions, unit_spelling

# By which factors a value is wrong when a decimal point or a prefix slipped.
_SLIPS = (1000.0, 0.001, 10.0, 0.1, 100.0, 0.01)


@cache
def quantities() -> pl.DataFrame:
    """Return what can be measured in which canonical unit: quantity (its number), analyte, unit, low, high, usual."""
    rows = [
        (analyte.code, unit, *(analyte.plausible or (None, None)), *(analyte.usual or (None, None)))
        for analyte in analytes().values()
        for unit in analyte.units
    ]
    names = {"analyte": pl.String, "unit": pl.String} | dict.fromkeys(
        ("low", "high", "usual_low", "usual_high"), pl.Float64
    )
    return pl.DataFrame(rows, schema=names, orient="row").with_row_index("quantity").cast({"quantity": pl.UInt16})


@cache
def _spellings() -> list[str]:
    """Return every spelling that any analyte accepts, an empty cell ("") among them; all others are one more."""
    return sorted({"", *unit_conversions()["spelling"]})


@cache
def conversion_table() -> pl.DataFrame:
    """Return factor and quantity for each analyte and spelling, laid out so that their numbers give the place.

    The place is analyte number x (spellings + 1) + spelling number; the last spelling stands for all unknown ones.
    """
    spellings = pl.DataFrame({"spelling": [*_spellings(), None]}, schema={"spelling": pl.String})
    return (
        pl.DataFrame({"analyte": ANALYTE.categories})
        .join(spellings, how="cross", maintain_order="left_right")
        .join(unit_conversions(), on=["analyte", "spelling"], how="left", maintain_order="left")
        .join(quantities(), on=["analyte", "unit"], how="left", maintain_order="left")
        .select("factor", pl.col("quantity").cast(pl.UInt16))
    )


def unit_column(cells: pl.Series) -> tuple[pl.Series, list[str]]:
    """Return the number of each row's spelling (an empty cell has that of ""), and notes on how units were read."""
    found = Distinct.of(as_text(cells, cells.name))
    spelt = pl.DataFrame({"spelling": trimmed(found.texts)}).select(
        unit_spelling(pl.col("spelling")).fill_null("")  # a blank cell is an empty unit
    )["spelling"]
    known = _spellings()
    numbers = spelt.replace_strict(known, list(range(len(known))), default=len(known), return_dtype=pl.UInt16)
    empty = pl.Series([known.index("")], dtype=pl.UInt16)
    of_rows = found.spread(numbers)
    # An empty cell is looked up as "", which dimensionless analytes accept and all others refuse.
    return of_rows.zip_with(found.places.is_not_null(), empty), _notes(found, spelt)


def is_empty_spelling(spelling: pl.Expr) -> pl.Expr:
    """Return whether the unit was left empty."""
    return spelling == _spellings().index("")


def place_of(analyte: pl.Expr, spelling: pl.Expr) -> pl.Expr:
    """Return the place of an analyte and a spelling in the conversion table; null for an unknown analyte."""
    return analyte.to_physical().cast(pl.UInt32) * (len(_spellings()) + 1) + spelling.cast(pl.UInt32)


def _notes(found: Distinct, spelt: pl.Series) -> list[str]:
    """Return a note for each metabolite unit whose superscript was lost (8 x 108 red cells)."""
    lost = dict(lost_superscripts().iter_rows())
    used = found.places.unique().drop_nulls().sort()  # a list of texts may hold some that no row has
    return [
        f"measurements: unit {text.strip()} read as {lost[spelling]} (the superscript was lost)"
        for text, spelling in zip(found.texts.gather(used), spelt.gather(used), strict=True)
        if spelling in lost
    ]


@cache
def accepted_units() -> dict[str, str]:
    """Return for each analyte the units that it is accepted in, as a sentence."""
    return {
        code: "accepted: " + ", ".join("none" if unit == "1" else unit for unit in (*one.units, *one.conversions))
        for code, one in analytes().items()
    }


def likely_slips(rows: pl.DataFrame) -> pl.Series:
    """Return for implausible results what is plausible for the analyte, and which slip of the unit would explain it."""
    same = ["analyte", "number", "factor", "quantity"]
    results = rows.select(pl.col("analyte").cast(pl.String), *same[1:])
    said = _with_slips(results.unique(maintain_order=True))
    return results.join(said, on=same, how="left", maintain_order="left", nulls_equal=True)["said"]


def _with_slips(results: pl.DataFrame) -> pl.DataFrame:
    units = quantities().select("quantity", "unit").cast({"quantity": pl.UInt16})
    ranges = quantities().unique("analyte", keep="first").drop("quantity", "unit")
    known = (
        results.with_row_index("place")
        .join(ranges, on="analyte", how="left", maintain_order="left")
        .join(units, on="quantity", how="left", maintain_order="left")
    )
    meant = pl.col("number") * pl.coalesce("unit_factor", pl.col("factor") * pl.col("slip"))
    other = (pl.col("unit_factor") != pl.col("factor")).fill_null(value=True)  # a slip of the number has no unit
    usual, plausible = meant.is_between("usual_low", "usual_high"), meant.is_between("low", "high")
    fitting = known.join(_other_readings(), on="analyte").filter((usual | plausible) & other)
    # A reading that makes the value a usual one is likelier than one that makes it just possible.
    best = (
        fitting.sort("place", ~usual.fill_null(value=False), "rank")
        .unique("place", keep="first", maintain_order=True)
        .select("place", "fit")
    )
    shown = pl.when(pl.col("unit") == "1").then(pl.lit("")).otherwise("unit")
    limits = pl.concat_str(pl.format("plausible is {} to {}", "low", "high"), shown, separator=" ", ignore_nulls=True)
    return known.join(best, on="place", how="left", maintain_order="left").select(
        *results.columns,
        said=pl.concat_str(limits.str.strip_chars(), "fit", separator="; ", ignore_nulls=True),
    )


@cache
def _other_readings() -> pl.DataFrame:
    """Return in which other ways a number could have been meant: analyte, unit_factor or slip, fit, rank."""
    rows: list[tuple[str, float | None, float | None, str, int]] = []
    for code, one in analytes().items():
        for unit, factor in ((one.units[0], 1.0), *one.conversions.items()):
            rows.append((code, factor, None, f"likely a slip of the unit: it would fit in {unit}", len(rows)))
        for slip in _SLIPS:
            said = f"likely a slip of the unit or the decimal point: {slip:g} times the value would fit"
            rows.append((code, None, slip, said, len(rows)))
    names = {"analyte": pl.String, "unit_factor": pl.Float64, "slip": pl.Float64, "fit": pl.String, "rank": pl.Int64}
    return pl.DataFrame(rows, schema=names, orient="row")
