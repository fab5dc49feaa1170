"""Results and treatments as OMOP measurements and drug exposures."""

from __future__ import annotations

import polars as pl

from hepatica.interop.omop.people import People
from hepatica.record import Record
from hepatica.record.words import words
from hepatica.sources.omop.encoding import NO_USABLE_LIMIT
from hepatica.vocabulary import analytes, drugs, omop_concepts

_WORDS = {"positive", "negative"}


def measurements(record: Record, sent: pl.DataFrame, people: People, type_concept: int) -> pl.DataFrame:
    """Return the table measurement. What OMOP has no concept for has concept 0 and our own word as its source value."""
    numbers = record.measurements.select("comparator", number="value", told="text")
    rows = people.numbered(pl.concat([sent, numbers], how="horizontal"))
    titre = pl.col("told").str.starts_with("1:").fill_null(value=False)  # without a text it is a number
    unusable = pl.col("upper_limit").is_nan().fill_null(value=False)  # no limit is none that could not be used
    return people.numbers.numbered("measurement", rows).select(
        "measurement_id",
        "person_id",
        measurement_concept_id=pl.col("analyte").replace_strict(_analyte_concepts(), default=0, return_dtype=pl.Int64),
        measurement_date="date",
        measurement_type_concept_id=type_concept,
        operator_concept_id=_concept("comparator", "comparators", none=None),
        value_as_number=pl.when(titre | pl.col("told").is_null()).then("number"),
        value_as_concept_id=pl.when(pl.col("told").is_in(_WORDS)).then(_concept("told", "answers")),
        unit_concept_id=pl.when(pl.col("unit").is_not_null()).then(_concept("unit", "units")),
        range_low="lower_limit",
        range_high=pl.when(~unusable).then("upper_limit"),
        measurement_source_value="analyte",
        measurement_source_concept_id=0,
        unit_source_value="unit",
        value_source_value=pl.col("value") + pl.when(unusable).then(pl.lit(NO_USABLE_LIMIT)).otherwise(pl.lit("")),
    )


def exposures(record: Record, sent: pl.DataFrame, people: People, type_concept: int) -> pl.DataFrame:
    """Return the table drug_exposure: the dose as taken stands in the directions, as the model has no column for it.

    drug_exposure_end_date must be there: a drug that is still taken has the last day the patient was seen, and no
    verbatim_end_date.
    """
    known = record.treatments.select("systemic", name="drug")
    rows = people.numbered(pl.concat([sent, known], how="horizontal"))
    amount = pl.col("dose").cast(pl.String).str.strip_suffix(".0")
    dose = pl.concat_str(amount, "dose_unit", separator=" ")
    directions = pl.concat_str(dose, pl.format("for {}", "indication"), separator="; ", ignore_nulls=True)
    return people.numbers.numbered("drug_exposure", rows).select(
        "drug_exposure_id",
        "person_id",
        drug_concept_id=_drug_concept(),
        drug_exposure_start_date="start",
        drug_exposure_end_date=pl.coalesce("end", pl.max_horizontal("last", "start")),
        verbatim_end_date="end",
        drug_type_concept_id=type_concept,
        stop_reason="stop_reason",
        sig=directions,
        route_concept_id=_concept("route", "routes"),
        drug_source_value="name",
        drug_source_concept_id=0,
        route_source_value="route",
        dose_unit_source_value="dose_unit",
    )


def _analyte_concepts() -> dict[str, int]:
    return {code: one.omop[0] for code, one in analytes().items() if one.omop}


def _drug_concept() -> pl.Expr:
    """Return the ingredient's concept; 0 where the concept would say less than our name does.

    An ingredient that is swallowed and inhaled alike says nothing of the route; our name, without one, is systemic.
    """
    concepts = {name: one.omop[0] for name, one in drugs().items() if one.omop}
    open_codes = {entry["code"] for entry in words()["route_must_be_said"]}
    open_names = [name for name, concept in concepts.items() if f"omop:{concept}" in open_codes]
    says_less = pl.col("name").is_in(open_names) & (pl.col("route") == "unknown") & pl.col("systemic").is_not_null()
    concept = pl.col("name").replace_strict(concepts, default=0, return_dtype=pl.Int64)
    return pl.when(says_less).then(0).otherwise(concept)


def _concept(column: str, kind: str, none: int | None = 0) -> pl.Expr:
    """Return a word's concept; 0 is OMOP's own "no matching concept"."""
    return pl.col(column).replace_strict(omop_concepts(kind), default=none, return_dtype=pl.Int64)
