"""Default reference limits by age and sex, for results that bring no limits of their own."""

from __future__ import annotations

from functools import cache

import polars as pl

from hepatica.vocabulary.files import document

_SCHEMA = pl.Schema(
    {
        "analyte": pl.String(),
        "sex": pl.String(),
        "age_from": pl.Float64(),
        "age_to": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "unit": pl.String(),
        "source": pl.String(),
        "verified": pl.Boolean(),
    }
)


@cache
def default_limits() -> pl.DataFrame:
    """Return the default limits: analyte, sex, age_from, age_to, lower, upper, unit, source, verified.

    Ages are years, from inclusive, to exclusive; a null age_to has no end. A limit of one sex is no limit for an
    unknown sex, and an age outside every band has no default: unknown, never the adult's.
    """
    rows = [
        (
            analyte,
            band["sex"],
            *band["age"],
            band["lower"],
            band["upper"],
            entry["unit"],
            band["source"],
            band["verified"],
        )
        for analyte, entry in document("limits.yaml")["limits"].items()
        for band in entry["bands"]
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
