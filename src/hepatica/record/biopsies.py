"""Biopsies: activity and stage within their scales; a stage without its scale says nothing."""

from __future__ import annotations

import polars as pl

from hepatica.record.facts import what_cannot_be, what_is_emptied, what_is_missing, with_unknown_words
from hepatica.record.findings import Finding
from hepatica.record.people import People
from hepatica.record.tables import BIOPSIES
from hepatica.record.words import words

_STAGE = r"^\s*[Ff]?\s*([0-9])\s*[A-Ca-c]?\s*$"
_LETTER = r"[A-Ca-c]\s*$"


def findings(people: People) -> list[Finding]:
    """Return why a biopsy cannot be used."""
    return [*what_is_missing(BIOPSIES), *what_cannot_be(BIOPSIES, people)]


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return biopsies with an activity or stage outside its scale, or a stage without a scale, unknown."""
    stage = pl.coalesce("fibrosis_stage", _stage_with_letters())
    rows = with_unknown_words(rows, BIOPSIES).with_columns(
        pl.when(stage.is_null()).then("problem:fibrosis_stage").alias("problem:fibrosis_stage"),
        fibrosis_stage=stage,
        read_hai=pl.col("hai"),
        read_stage=stage,
    )
    return rows.with_columns(
        hai=pl.when(_fits("hai", "hai")).then("hai"),
        fibrosis_stage=pl.when(_stage_fits()).then("fibrosis_stage"),
    )


def remarks() -> list[Finding]:
    """Return what is odd about a biopsy that is kept."""
    stage, scale = pl.col("read_stage"), pl.col("fibrosis_scale")
    ranges = {name: f"{one['low']} to {one['high']} ({name})" for name, one in words()["scales"].items()}
    of_scale = scale.cast(pl.String).replace_strict(ranges, return_dtype=pl.String)
    outside = stage.is_not_null() & scale.is_not_null() & pl.col("fibrosis_stage").is_null()
    return [
        *what_is_emptied(BIOPSIES),
        Finding("hai", ~_fits("read_hai", "hai"), "out_of_range", pl.lit(ranges["hai"])),
        Finding("fibrosis_stage", stage.is_not_null() & scale.is_null(), "stage_without_scale"),
        Finding("fibrosis_stage", outside, "out_of_range", of_scale),
        Finding(
            "fibrosis_stage",
            pl.col("fibrosis_stage").is_not_null() & _sent().str.contains(_LETTER),
            "stage_letter_dropped",
        ),
    ]


def _sent() -> pl.Expr:
    return pl.col("sent:fibrosis_stage").cast(pl.String)


def _stage_with_letters() -> pl.Expr:
    """Return the number of a stage written as F3 or 4B."""
    return _sent().str.extract(_STAGE).cast(pl.Int64)


def _fits(column: str, scale: str) -> pl.Expr:
    bounds = words()["scales"][scale]
    return pl.col(column).is_between(bounds["low"], bounds["high"])


def _stage_fits() -> pl.Expr:
    """Return whether a stage is on its scale; unknown without a scale."""
    return pl.coalesce(
        pl.when(pl.col("fibrosis_scale") == scale).then(_fits("fibrosis_stage", scale))
        for scale in BIOPSIES.columns[-1].choices
    )
