"""Treatments: which drug, by which route, at which dose. A local route is no treatment of hepatitis."""

from __future__ import annotations

import polars as pl

from hepatica.record.facts import what_cannot_be, what_is_emptied, what_is_missing, with_unknown_words
from hepatica.record.findings import Finding
from hepatica.record.people import People
from hepatica.record.tables import LOCAL_ROUTES, TREATMENTS
from hepatica.record.words import words


def findings(people: People) -> list[Finding]:
    """Return why a treatment cannot be used."""
    return [
        *what_is_missing(TREATMENTS),
        *what_cannot_be(TREATMENTS, people),
        Finding("end", pl.col("end") < pl.col("start"), "end_before_start"),
        Finding("dose", pl.col("dose") < 0, "negative"),
    ]


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return treatments with their route and whether they are systemic; a dose without a known unit is unknown.

    The route column counts, else what the drug's name, code, or text implies. Without any route a drug counts as
    systemic, except codes that tell tablets from inhalers no more than `rxnorm:19831` does: those are systemic if
    given for autoimmune hepatitis itself, else unknown (null).
    """
    said = pl.when(pl.col("route") != "unknown").then("route")
    rows = with_unknown_words(rows.with_columns(route=pl.coalesce(said.cast(pl.String), "implied:drug")), TREATMENTS)
    local = pl.col("route").is_in(LOCAL_ROUTES)
    return rows.with_columns(
        dose=pl.when(pl.col("dose_unit").is_not_null()).then("dose"),
        sent_dose=pl.col("dose"),
        dose_unit=pl.when(pl.col("dose").is_not_null()).then("dose_unit"),
        systemic=pl.when(~_route_open()).then(~local).when(pl.col("indication") == "AIH").then(pl.lit(value=True)),
    )


def _route_open() -> pl.Expr:
    """Return whether the route is unknown and the code does not tell it either."""
    codes = [entry["code"] for entry in words()["route_must_be_said"]]
    code = pl.col("sent:drug").cast(pl.String).str.strip_chars().str.to_lowercase()
    return (pl.col("route") == "unknown") & code.is_in(codes)


def remarks() -> list[Finding]:
    """Return what is odd about a treatment that is kept."""
    return [
        *what_is_emptied(TREATMENTS),
        Finding("dose", pl.col("sent_dose").is_not_null() & pl.col("dose").is_null(), "dose_without_unit"),
        Finding("drug", _route_open(), "route_unknown"),
    ]
