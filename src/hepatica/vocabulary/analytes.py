"""What is measured: each analyte with its units, codes, names, and the ranges that tell a slip from a result."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from hepatica.vocabulary.codes import Code, codes
from hepatica.vocabulary.files import ANALYTE_FILES, document

if TYPE_CHECKING:
    from collections.abc import Mapping

Range = tuple[float, float]


@dataclass(frozen=True)
class Analyte:
    """Something a laboratory, a scale, or a scanner reports about a patient.

    `kind` is quantity, titre, or presence. `units` are the canonical units; where there are two or more (TGN,
    MMP) they are never turned into each other; `conversions` leads from other units to the first of them.
    Outside `plausible` only a slip of the unit or a typing error is left (quarantine); outside `usual` a value
    is odd (warning). Both are in the canonical unit; `None` means no range. `caution` is what a reader of the
    value must know.
    """

    code: str
    name: str
    kind: str
    units: tuple[str, ...]
    conversions: Mapping[str, float]
    plausible: Range | None
    usual: Range | None
    loinc: tuple[str, ...]
    omop: tuple[int, ...]
    names: tuple[str, ...]
    codes: tuple[Code, ...] = field(repr=False)
    molar_mass: float | None = None
    factor_source: str | None = None
    ranges_source: str = ""
    caution: str | None = None


def _range(entry: dict[str, Any], name: str) -> Range | None:
    """Return a range of an entry as two numbers; None if the analyte has none."""
    bounds = entry.get(name)
    return None if bounds is None else (float(bounds[0]), float(bounds[1]))


def _analyte(code: str, entry: dict[str, Any], ranges_source: str, read_in: dict[str, str]) -> Analyte:
    """Return the analyte that an entry of the data file describes."""
    loinc, omop = (codes(system, entry[system], read_in[system]) for system in ("loinc", "omop"))
    return Analyte(
        code=code,
        name=entry["name"],
        kind=entry["kind"],
        units=tuple(entry["units"]),
        conversions={unit: float(factor) for unit, factor in entry.get("from", {}).items()},
        plausible=_range(entry, "plausible"),
        usual=_range(entry, "usual"),
        loinc=tuple(item.code for item in loinc),
        omop=tuple(int(item.code) for item in omop),
        names=tuple(entry["names"]),
        codes=loinc + omop,
        molar_mass=entry.get("molar_mass"),
        factor_source=entry.get("factor_source"),
        ranges_source=ranges_source,
        caution=entry.get("caution"),
    )


@cache
def analytes() -> dict[str, Analyte]:
    """Return every analyte of the record by its code (`ALT`), with units, codes, names, and ranges."""
    return {
        code: _analyte(code, entry, document(name)["ranges"]["source"], document(name)["codes"])
        for name in ANALYTE_FILES
        for code, entry in document(name)["analytes"].items()
    }


@cache
def analyte_codes() -> pl.DataFrame:
    """Return every key that names an analyte (`alt`, `gpt`, `loinc:1742-6`, `omop:3006923`): key, analyte."""
    rows = [
        (key, analyte.code)
        for analyte in analytes().values()
        for key in dict.fromkeys(
            (
                analyte.code.lower(),
                analyte.name.lower(),
                *analyte.names,
                *(code.key for code in analyte.codes),
            )
        )
    ]
    return pl.DataFrame(rows, schema={"key": pl.String, "analyte": pl.String}, orient="row")
