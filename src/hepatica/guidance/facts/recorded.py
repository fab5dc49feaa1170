"""Biopsies, events, and genes as findings."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from hepatica.guidance.facts.treated import of_class
from hepatica.record import Record
from hepatica.record.tables import HISTOLOGY

PATHOGENIC = ("pathogenic", "likely_pathogenic")


def recorded(record: Record, base: pl.DataFrame, at_diagnosis_days: int) -> Iterable[pl.LazyFrame]:
    """Yield what guidance reads of biopsies, events, and genes, one row per patient: patient_id and the facts."""
    known = {name: _until_now(record.table(name), base) for name in ("biopsies", "events", "genotypes")}
    yield _first_biopsy(known["biopsies"], at_diagnosis_days)
    yield known["biopsies"].group_by("patient_id").agg(last_hai_date=pl.col("date").max())
    yield _stat1(known["genotypes"])
    yield from _events(known["events"], base.lazy())
    yield _pancreatitis(known["events"], record.treatments.lazy(), base.lazy())


def _until_now(table: pl.DataFrame, base: pl.DataFrame) -> pl.LazyFrame:
    columns = ("patient_id", "as_of", "index_date")
    return table.lazy().join(base.lazy().select(*columns), on="patient_id").filter(pl.col("date") <= pl.col("as_of"))


def _first_biopsy(biopsies: pl.LazyFrame, at_diagnosis_days: int) -> pl.LazyFrame:
    """Return the features of the first biopsy, if it was taken before or soon after the start of treatment."""
    late = (pl.col("date") - pl.col("index_date")).dt.total_days() > at_diagnosis_days
    first = biopsies.sort("date", "row").unique("patient_id", keep="first")
    # Without an index date nobody was treated, and no biopsy comes too late.
    early = first.filter(late.not_() | pl.col("index_date").is_null())
    return early.select("patient_id", *HISTOLOGY, biopsy_date="date")


def _stat1(genotypes: pl.LazyFrame) -> pl.LazyFrame:
    """Return what is known of STAT1; a variant without its class or effect leaves it unknown."""
    word = (
        pl.when(pl.col("classification").is_in(PATHOGENIC) & (pl.col("mechanism") == "gain_of_function"))
        .then(pl.lit("gain_of_function"))
        .when(pl.col("classification").is_in(PATHOGENIC) & (pl.col("mechanism") == "loss_of_function"))
        .then(pl.lit("other_pathogenic"))
        .when(pl.col("classification").is_in(["benign", "likely_benign", "uncertain"]))
        .then(pl.lit("no_pathogenic_variant"))
        .otherwise(pl.lit("unknown"))  # neither class nor effect says more
    )
    order = ["no_pathogenic_variant", "unknown", "other_pathogenic", "gain_of_function"]
    found = genotypes.filter(pl.col("gene").str.to_uppercase() == "STAT1").with_columns(
        stat1=word, weight=word.replace_strict(order, list(range(len(order))), return_dtype=pl.Int8)
    )
    telling = found.sort("weight", "date").unique("patient_id", keep="last")
    return telling.select("patient_id", "stat1", stat1_date="date")


def _events(events: pl.LazyFrame, base: pl.LazyFrame) -> Iterable[pl.LazyFrame]:
    """Yield the days of events. `recorded` is yes or no; that an event is not recorded does not say that it was not."""
    days = {"encephalopathy": "encephalopathy_date", "ascites": "ascites_date", "variceal_bleeding": "bleeding_date"}
    for event, column in days.items():
        yield events.filter(pl.col("event") == event).group_by("patient_id").agg(pl.col("date").max().alias(column))
    toxic = events.filter(pl.col("event") == "hepatotoxic_drug_start").group_by("patient_id")
    yield _yes_or_no(toxic.agg(hepatotoxic_drug_date=pl.col("date").max()), base, "hepatotoxic_drug")
    severe = events.filter(pl.col("event") == "acute_severe_presentation")
    yield _yes_or_no(severe.group_by("patient_id").agg(acute_severe_date=pl.col("date").max()), base, "acute_severe")
    infections = events.filter(pl.col("event") == "infection").sort("date", "row").unique("patient_id", keep="last")
    latest = infections.select("patient_id", infection_date="date", serious_infection="serious")
    yield _yes_or_no(latest, base, "infection")
    others = events.filter(pl.col("event") == "extrahepatic_disease").group_by("patient_id")
    yield others.agg(
        other_immune_disease_date=pl.col("date").min(),
        other_immune_disease_names=pl.col("detail").drop_nulls().unique(maintain_order=True).str.join(", "),
        other_immune_disease=pl.lit("yes"),
    )


def _yes_or_no(found: pl.LazyFrame, base: pl.LazyFrame, name: str) -> pl.LazyFrame:
    seen = pl.col(f"{name}_date").is_not_null()
    word = pl.when(seen).then(pl.lit("yes")).otherwise(pl.lit("no"))  # whether it is recorded: that is never unknown
    return base.select("patient_id").join(found, on="patient_id", how="left").with_columns(
        word.alias(f"{name}_recorded")
    )  # fmt: skip


def _pancreatitis(events: pl.LazyFrame, treatments: pl.LazyFrame, base: pl.LazyFrame) -> pl.LazyFrame:
    """Return whether pancreatitis is recorded that a thiopurine is blamed for, or that came while one was taken."""
    thiopurines = of_class("thiopurine")
    inflamed = events.filter(
        pl.col("event") == "adverse_event", pl.col("detail").str.to_lowercase().str.contains("pancreatitis")
    ).select("patient_id", "date", "related_drug")
    blamed = inflamed.filter(pl.col("related_drug").is_in(thiopurines)).with_columns(drug="related_drug")
    taken = treatments.filter(pl.col("drug").is_in(thiopurines), pl.col("systemic")).select(
        "patient_id", "drug", "start", "end"
    )
    during = (
        inflamed.filter(pl.col("related_drug").is_null())
        .join(taken, on="patient_id")
        .filter(pl.col("start") <= pl.col("date"), pl.col("end").is_null() | (pl.col("end") >= pl.col("date")))
    )
    columns = ("patient_id", "date", "drug")
    last = pl.concat([blamed.select(*columns), during.select(*columns)]).sort("date", "drug")
    found = last.unique("patient_id", keep="last").select(
        "patient_id", pancreatitis_date="date", pancreatitis_drug="drug"
    )
    return _yes_or_no(found, base, "pancreatitis").rename({"pancreatitis_recorded": "pancreatitis_on_thiopurine"})
