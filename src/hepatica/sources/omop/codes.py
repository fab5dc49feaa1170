"""What the concepts of a database mean to the record: resolved once, when it is opened, by its own vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl
from sqlalchemy import and_, func, or_, select

from hepatica.record.words import result_words
from hepatica.sources.omop.database import Database, one_of, whole
from hepatica.sources.omop.own_concepts import OwnConcepts
from hepatica.vocabulary import (
    analytes,
    condition_codes,
    drug_names,
    drug_of,
    omop_codes,
    omop_milligrams,
    omop_words,
)

# How a vocabulary is called in the table concept, and in our keys.
VOCABULARIES = {"SNOMED": "snomed", "RxNorm": "rxnorm", "ATC": "atc", "LOINC": "loinc"}
WRITTEN_BY_US = "hepatica"
_MEANING = {"concept": pl.Int64, "key": pl.String}


@dataclass(frozen=True)
class Codes:
    """What concepts mean. Frames hold `concept` and `key`, the record's own way to name it (`omop:3006923`).

    `drugs` also have the route that the product's name tells and `mg`, the milligrams in one tablet, where known;
    `conditions` what the record calls them: condition, event, detail, and whether a row's date is the day it happened.
    `units` and `answers` are what the database's own vocabulary calls them. `ours`: Hepatica wrote these tables.
    """

    analytes: pl.DataFrame
    drugs: pl.DataFrame
    conditions: pl.DataFrame
    biopsies: tuple[int, ...]
    units: dict[int, str]
    answers: dict[int, str]
    ours: bool
    notes: tuple[str, ...] = field(default=())

    @property
    def events(self) -> pl.DataFrame:
        """Return the conditions that are events, with what the record calls them."""
        return self.conditions.filter(pl.col("event").is_not_null())


def resolved(database: Database, own: OwnConcepts) -> Codes:
    """Return what this database's concepts mean, its own by what was declared of them.

    Without the tables concept and concept_ancestor the concepts that the vocabulary lists count alone; that is noted.
    """
    lacking = [name for name in ("concept", "concept_ancestor", "drug_strength") if name not in database.tables]
    notes = [f"no table {name}: {_MEANS[name]}" for name in lacking]
    return Codes(
        analytes=_analytes(database, own.analytes),
        drugs=_drugs(database, own.drugs),
        conditions=_conditions(database),
        biopsies=_biopsies(database),
        units=_units(database),
        answers=_answers(database),
        ours=_ours(database),
        notes=tuple(notes),
    )


_MEANS = {
    "concept": "only the concepts that the vocabulary lists are known",
    "concept_ancestor": "conditions count by the concepts listed alone, and drugs also by their product's name",
    "drug_strength": "doses are not derived from tablets dispensed",
}


def _analytes(database: Database, own: dict[int, str]) -> pl.DataFrame:
    listed = {concept: f"omop:{concept}" for one in analytes().values() for concept in one.omop}
    by_code = {code: f"loinc:{code.lower()}" for one in analytes().values() for code in one.loinc}
    return _frame(_coded(database, {"LOINC": by_code}) | listed | own)


def _conditions(database: Database) -> pl.DataFrame:
    keys = condition_codes()["key"].to_list()
    listed = {int(key.removeprefix("omop:")): key for key in keys if key.startswith("omop:")}
    by_code = {key.removeprefix("snomed:"): key for key in keys if key.startswith("snomed:")}
    return _with_below(database, _coded(database, {"SNOMED": by_code}) | listed).join(
        condition_codes(), on="key", how="left", maintain_order="left"
    )


def _drugs(database: Database, own: dict[int, str]) -> pl.DataFrame:
    """Return what each product contains: its ingredient by the nearest ancestor, route and strength where told."""
    keys = drug_names()["key"].to_list()
    listed = {int(key.removeprefix("omop:")): key for key in keys if key.startswith("omop:")}
    codes = {
        name: {key.partition(":")[2].upper(): key for key in keys if key.startswith(f"{VOCABULARIES[name]}:")}
        for name in ("RxNorm", "ATC")
    }
    found = _with_below(database, _coded(database, codes) | listed | own, apart=_drug_of_key())
    if "concept_ancestor" not in database.tables:
        found = pl.concat([found, _named_products(database, found["concept"].to_list())])
    names = _names(database, found["concept"].to_list())
    told = [_route_in(names.get(concept)) for concept in found["concept"]]
    routed = found.with_columns(product_route=pl.Series(told, dtype=pl.String))
    return _with_strengths(database, routed)


def _named_products(database: Database, known: list[int]) -> pl.DataFrame:
    """Return the products that were given and whose name names one drug of ours; for want of concept_ancestor."""
    none = pl.DataFrame(schema={**_MEANING, "ancestor": pl.Int64})
    if "concept" not in database.tables or "drug_exposure" not in database.tables:
        return none
    rows, concept = database.tables["drug_exposure"].clause(), database.tables["concept"].clause()
    asked = (
        select(*concept.texts("concept_id", "concept_name"))
        .where(concept["concept_id"].in_(select(rows["drug_concept_id"])), ~one_of(concept["concept_id"], known))
        .order_by(concept["concept_id"])
    )
    named = [
        (int(number), drug[0])
        for number, name in whole(database, asked).iter_rows()
        if name is not None and (drug := drug_of(name)) is not None
    ]
    return pl.DataFrame([(*one, one[0]) for one in named], schema=none.schema, orient="row")


def _route_in(name: str | None) -> str | None:
    known = drug_of(name) if name is not None else None
    return known[1] if known is not None else None


def _with_strengths(database: Database, drugs: pl.DataFrame) -> pl.DataFrame:
    """Return the drugs with the milligrams in one solid unit (tablet, capsule) of the ingredient."""
    none = drugs.with_columns(mg=pl.lit(None, pl.Float64))
    if "drug_strength" not in database.tables or drugs.is_empty():
        return none
    table = database.tables["drug_strength"].clause()
    statement = select(
        *table.texts("drug_concept_id", "ingredient_concept_id", "amount_value", "amount_unit_concept_id")
    ).where(one_of(table["drug_concept_id"], drugs["concept"].unique()))
    unit = pl.col("amount_unit_concept_id").cast(pl.Int64, strict=False)
    strengths = (
        whole(database, statement)
        .select(
            concept=pl.col("drug_concept_id").cast(pl.Int64),
            ingredient=pl.col("ingredient_concept_id").cast(pl.Int64, strict=False),
            mg=pl.col("amount_value").cast(pl.Float64, strict=False)
            * unit.replace_strict(omop_milligrams(), default=None, return_dtype=pl.Float64),
        )
        .filter(pl.col("mg") > 0)
    )
    of_ingredient = strengths.unique(["concept", "ingredient"], keep="none")  # two strengths at once are none
    return drugs.join(of_ingredient, left_on=["concept", "ancestor"], right_on=["concept", "ingredient"], how="left")


def _biopsies(database: Database) -> tuple[int, ...]:
    codes = {name: dict.fromkeys(known, "") for name, known in omop_codes("liver_biopsy").items()}
    return tuple(_with_below(database, _coded(database, codes))["concept"].unique().sort())


def _coded(database: Database, codes: dict[str, dict[str, str]]) -> dict[int, str]:
    """Return the concepts that the database's own vocabulary has for codes: {vocabulary: {code: key}}."""
    if "concept" not in database.tables:
        return {}
    concept = database.tables["concept"].clause()
    asked = [
        and_(concept["vocabulary_id"] == vocabulary, concept["concept_code"].in_(sorted(known)))
        for vocabulary, known in codes.items()
    ]
    rows = whole(database, select(*concept.texts("concept_id", "vocabulary_id", "concept_code")).where(or_(*asked)))
    return {int(number): codes[vocabulary][code] for number, vocabulary, code in rows.iter_rows() if number}


def _drug_of_key() -> dict[str, str]:
    return dict(drug_names().select("key", "drug").iter_rows())


def _with_below(database: Database, listed: dict[int, str], apart: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Return the concepts and everything below them, each under its nearest listed ancestor: concept, key, ancestor.

    Keys that are `apart` (drugs) do not compete: a product of two ingredients is below both.
    """
    own = _frame(listed).with_columns(ancestor=pl.col("concept"), levels=pl.lit(0, pl.Int64))
    if "concept_ancestor" not in database.tables or not listed:
        return own.drop("levels")
    table = database.tables["concept_ancestor"].clause()
    asked = ("ancestor_concept_id", "descendant_concept_id", "min_levels_of_separation")
    statement = select(*table.texts(*asked)).where(one_of(table["ancestor_concept_id"], listed))
    rows = whole(database, statement).select(pl.all().cast(pl.Int64, strict=False))
    below = rows.select(
        concept="descendant_concept_id",
        key=pl.col("ancestor_concept_id").replace_strict(listed, return_dtype=pl.String),
        ancestor="ancestor_concept_id",
        levels=pl.col("min_levels_of_separation"),
    ).filter(pl.col("concept").is_not_null() & ~pl.col("concept").is_in(list(listed)))
    group = pl.lit("") if apart is None else pl.col("key").replace_strict(apart, return_dtype=pl.String)
    # Without levels (a null) every ancestor is as near as another; the first listed is taken.
    ranked = pl.concat([own, below]).with_columns(group=group).sort("concept", "levels", maintain_order=True)
    return ranked.unique(["concept", "group"], keep="first", maintain_order=True).drop("levels", "group")


def _names(database: Database, concepts: Iterable[int]) -> dict[int, str]:
    if "concept" not in database.tables:
        return {}
    concept = database.tables["concept"].clause()
    asked = select(*concept.texts("concept_id", "concept_name")).where(one_of(concept["concept_id"], concepts))
    return {int(number): name for number, name in whole(database, asked).iter_rows() if name is not None}


def _units(database: Database) -> dict[int, str]:
    """Return the units: as our vocabulary writes them, else by the code that the database has for them."""
    if "concept" not in database.tables:
        return omop_words("units")
    concept = database.tables["concept"].clause()
    asked = select(*concept.texts("concept_id", "concept_code")).where(concept["vocabulary_id"] == "UCUM")
    told = {int(number): code for number, code in whole(database, asked).iter_rows() if number and code}
    return told | omop_words("units")


def _answers(database: Database) -> dict[int, str]:
    """Return the concepts of positive and negative: those listed, and those that are called so."""
    if "concept" not in database.tables:
        return omop_words("answers")
    concept = database.tables["concept"].clause()
    words = sorted(word for word in result_words() if word.isascii())
    asked = select(*concept.texts("concept_id", "concept_name")).where(func.lower(concept["concept_name"]).in_(words))
    told = {int(number): name for number, name in whole(database, asked).iter_rows() if number and name}
    return told | omop_words("answers")


def _ours(database: Database) -> bool:
    """Return whether Hepatica wrote these tables: then person_source_value is the pseudonym, and nobody is unasked."""
    if "cdm_source" not in database.tables:
        return False
    source = database.tables["cdm_source"].clause()
    told = whole(database, select(source.text("cdm_etl_reference")).limit(10))
    return told["cdm_etl_reference"].to_list() == [WRITTEN_BY_US]


def _frame(listed: dict[int, str]) -> pl.DataFrame:
    return pl.DataFrame({"concept": list(listed), "key": list(listed.values())}, schema=_MEANING)
