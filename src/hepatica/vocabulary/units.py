"""Units: how hospitals spell them, and by which factor a value becomes the analyte's canonical unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from hepatica.vocabulary.analytes import analytes
from hepatica.vocabulary.files import document


@dataclass(frozen=True)
class Unit:
    """A unit: its canonical code, its UCUM code, how it is shown, and its spellings (lower case, no blanks).

    `lost_superscript` are spellings left by a copied page (8 x 108 for 8 x 10^8); they deserve a note.
    """

    code: str
    ucum: str
    display: str
    spellings: tuple[str, ...]
    lost_superscript: tuple[str, ...] = ()


@cache
def units() -> dict[str, Unit]:
    """Return every unit that any analyte is measured in, by its canonical code."""
    return {
        code: Unit(
            code,
            entry["ucum"],
            entry["display"],
            tuple(entry["spellings"]),
            tuple(entry.get("lost_superscript", ())),
        )
        for code, entry in document("units.yaml")["units"].items()
    }


def unit_spelling(unit: pl.Expr) -> pl.Expr:
    """Return a unit as it is looked up: lower case, no blanks, micro written u; a missing unit stays missing."""
    return (
        unit.str.to_lowercase()
        .str.replace_all(r"\s", "")
        .str.replace_all("µ|μ|mc", "u")  # micro sign, Greek mu, and the ASCII way of US laboratories
    )


@cache
def unit_conversions() -> pl.DataFrame:
    """Return how each accepted spelling becomes a canonical unit: analyte, spelling, unit, factor (times value)."""
    rows = []
    for analyte in analytes().values():
        accepted = [(unit, unit, 1.0) for unit in analyte.units]
        accepted += [(source, analyte.units[0], factor) for source, factor in analyte.conversions.items()]
        for source, unit, factor in accepted:
            spellings = units()[source].spellings + units()[source].lost_superscript
            rows += [(analyte.code, spelling, unit, factor) for spelling in spellings]
    frame = pl.DataFrame(
        rows,
        schema={"analyte": pl.String, "spelling": pl.String, "unit": pl.String, "factor": pl.Float64},
        orient="row",
    )
    # A spelling that fits two units of one analyte (u/mL is IU/mL and kU/L) means the same number either way.
    return frame.unique(["analyte", "spelling"], keep="first", maintain_order=True)


@cache
def lost_superscripts() -> pl.DataFrame:
    """Return the metabolite units whose superscript was lost in copying (8 x 108): spelling, unit."""
    rows = [(spelling, unit.code) for unit in units().values() for spelling in unit.lost_superscript]
    return pl.DataFrame(rows, schema={"spelling": pl.String, "unit": pl.String}, orient="row")
