"""Biopsies, events, and genes as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from hepatica.guidance.facts.treated import of_class
from hepatica.guidance.files import own_file
from hepatica.record import Record
from hepatica.record.tables import HISTOLOGY

PATHOGENIC = ("pathogenic", "likely_pathogenic")


def recorded(record: Record, base: pl.DataFrame, at_diagnosis_days: int) -> Iterable[pl.LazyFrame]:
    """Yield what guidance reads of the biopsies, events, and genes that are there, one row per patient."""
    known = {name: _until_now(record.table(name), base) for name in ("biopsies", "events", "genotypes")}
    if not record.biopsies.is_empty():
        yield _first_biopsy(known["biopsies"], at_diagnosis_days)
        yield known["biopsies"].group_by("patient_id").agg(last_hai_date=pl.col("date").max())
    if not record.genotypes.is_empty():
        yield _stat1(known["genotypes"])
    there = set(record.events["event"].unique())
    yield from (of(known["events"]) for event, of in _OF_EVENTS.items() if event in there)
    if "adverse_event" in there:
        yield _pancreatitis(known["events"], record.treatments.lazy())
    yield _hepatotoxic_drugs(known["events"], record.treatments.lazy(), base.lazy())


def _until_now(table: pl.DataFrame, base: pl.DataFrame) -> pl.LazyFrame:
    columns = ("patient_id", "as_of", "index_date")
    return table.lazy().join(base.lazy().select(*columns), on="patient_id").filter(pl.col("date") <= pl.col("as_of"))


def words_of_days() -> Iterable[pl.Expr]:
    """Yield whether something is recorded; that it is not does not say that it did not happen."""
    # Whether it is recorded is never unknown.
    for word, day in _RECORDED.items():
        yield pl.when(pl.col(day).is_not_null()).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(word)


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


def _last_day(event: str, column: str) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    """Return how the latest day of an event is found."""
    return lambda events: (
        events.filter(pl.col("event") == event).group_by("patient_id").agg(pl.col("date").max().alias(column))
    )


def _last_infection(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the latest infection, and whether it was serious."""
    last = events.filter(pl.col("event") == "infection").sort("date", "row").unique("patient_id", keep="last")
    return last.select("patient_id", infection_date="date", serious_infection="serious")


def _other_immune_diseases(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the other immune diseases, and since when there is one."""
    others = events.filter(pl.col("event") == "extrahepatic_disease").group_by("patient_id")
    return others.agg(
        other_immune_disease_date=pl.col("date").min(),
        other_immune_disease_names=pl.col("detail").drop_nulls().unique(maintain_order=True).str.join(", "),
        other_immune_disease=pl.lit("yes"),
    )


_OF_EVENTS: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "encephalopathy": _last_day("encephalopathy", "encephalopathy_date"),
    "ascites": _last_day("ascites", "ascites_date"),
    "portal_hypertension": _last_day("portal_hypertension", "portal_hypertension_date"),
    "variceal_bleeding": _last_day("variceal_bleeding", "bleeding_date"),
    "acute_severe_presentation": _last_day("acute_severe_presentation", "acute_severe_date"),
    "infection": _last_infection,
    "extrahepatic_disease": _other_immune_diseases,
}
# Words that say whether something is recorded, and the day that says so.
_RECORDED = {
    "hepatotoxic_drug_recorded": "hepatotoxic_drug_date",
    "acute_severe_recorded": "acute_severe_date",
    "infection_recorded": "infection_date",
    "pancreatitis_on_thiopurine": "pancreatitis_date",
}


def _hepatotoxic_drugs(events: pl.LazyFrame, treatments: pl.LazyFrame, base: pl.LazyFrame) -> pl.LazyFrame:
    """Return the start of the latest hepatotoxic drug, its last day, and the latest start of before treatment.

    An event tells its start alone. A prescription of a drug that is known to injure the liver so (facts.yaml) tells the
    last day as well, up to now where it is still taken.
    """
    columns = ("patient_id", "as_of", "index_date")
    told = events.filter(pl.col("event") == "hepatotoxic_drug_start").select(
        *columns, start="date", last=pl.lit(None, pl.Date)
    )
    taken = (
        treatments.filter(pl.col("drug").is_in(own_file("facts/facts.yaml")["hepatotoxic_drugs"]["drugs"]))
        .join(base.select(*columns), on="patient_id")
        .filter(pl.col("start") <= pl.col("as_of"))
        # A drug without an end is still taken.
        .select(*columns, "start", last=pl.min_horizontal(pl.col("end").fill_null(pl.col("as_of")), "as_of"))
    )
    both = pl.concat([told, taken]).sort("start", "last", nulls_last=False)
    latest = both.unique("patient_id", keep="last").select(
        "patient_id", hepatotoxic_drug_date="start", hepatotoxic_drug_last="last"
    )
    before = both.filter(pl.col("index_date").is_null() | (pl.col("start") <= pl.col("index_date")))
    first = before.group_by("patient_id").agg(hepatotoxic_drug_before_treatment=pl.col("start").max())
    return latest.join(first, on="patient_id", how="left")


def _pancreatitis(events: pl.LazyFrame, treatments: pl.LazyFrame) -> pl.LazyFrame:
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
    return last.unique("patient_id", keep="last").select(
        "patient_id", pancreatitis_date="date", pancreatitis_drug="drug"
    )
