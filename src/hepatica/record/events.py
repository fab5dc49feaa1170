"""Events: what happened, and the drug it is attributed to, which may be one that the vocabulary does not know."""

from __future__ import annotations

import polars as pl

from hepatica.record.facts import what_cannot_be, what_is_emptied, what_is_missing, with_unknown_words
from hepatica.record.findings import Finding
from hepatica.record.people import People
from hepatica.record.tables import EVENTS_TABLE


def findings(people: People) -> list[Finding]:
    """Return why an event cannot be used."""
    return [*what_is_missing(EVENTS_TABLE), *what_cannot_be(EVENTS_TABLE, people)]


def prepare(rows: pl.DataFrame) -> pl.DataFrame:
    """Return events; a related drug that the vocabulary does not know is kept as it was sent."""
    sent = pl.col("sent:related_drug").cast(pl.String).str.strip_chars()
    named = pl.when(pl.col("problem:related_drug").is_null()).then("related_drug").otherwise(sent)
    return with_unknown_words(rows, EVENTS_TABLE).with_columns(related_drug=named)


def remarks() -> list[Finding]:
    """Return what is odd about an event that is kept."""
    of_a_man = (pl.col("sex") == "male") & pl.col("event").is_in(["pregnancy_start", "pregnancy_end"])
    return [*what_is_emptied(EVENTS_TABLE), Finding("event", of_a_man, "pregnancy_of_a_man")]
