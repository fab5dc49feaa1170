"""Genotypes: a gene, and what was found in it."""

from __future__ import annotations

import polars as pl

from hepatica.record.facts import what_cannot_be, what_is_emptied, what_is_missing, with_unknown_words
from hepatica.record.findings import Finding
from hepatica.record.people import People
from hepatica.record.tables import GENOTYPES


def findings(people: People) -> list[Finding]:
    """Return why a genotype cannot be used."""
    return [*what_is_missing(GENOTYPES), *what_cannot_be(GENOTYPES, people)]


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return genotypes."""
    return with_unknown_words(rows, GENOTYPES)


def remarks() -> list[Finding]:
    """Return what is odd about a genotype that is kept."""
    return what_is_emptied(GENOTYPES)
