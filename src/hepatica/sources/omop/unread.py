"""What a database holds that the record does not understand: concepts with how often they occur, and whole tables."""

from __future__ import annotations

import polars as pl
from sqlalchemy import String, cast, desc, func, or_, select

from hepatica.record.record import UNKNOWN_CODE_SCHEMA
from hepatica.sources.account import Account
from hepatica.sources.omop.codes import Codes
from hepatica.sources.omop.cohort import Persons
from hepatica.sources.omop.database import Database, one_of, whole
from hepatica.sources.omop.model import UNREAD
from hepatica.vocabulary import analyte_codes, drug_names, rejected_codes, unit_spelling, units

MOST_TOLD = 50


def tell_unread(database: Database, codes: Codes, patients: Persons | None, account: Account) -> None:
    """Put into the account which concepts of the patients were left unread, most frequent first, and what else."""
    known = {
        "measurement": ("measurements", "analyte", codes.analytes, _names(analyte_codes())),
        "drug_exposure": ("treatments", "drug", codes.drugs, _names(drug_names())),
    }
    for origin, (table, column, meanings, names) in known.items():
        if origin not in database.tables:
            continue
        unknown = _unknown(database, origin, meanings["concept"].to_list(), patients).filter(
            ~(pl.col("concept").is_in(["0"]) | pl.col("concept").is_null())
            | ~pl.col("name").is_in(names).fill_null(value=False)
        )
        if unknown.is_empty():
            continue
        account.unknown_codes.append(
            unknown.head(MOST_TOLD)
            .select(table=pl.lit(table), column=pl.lit(column), code=_shown(), count=pl.col("count").cast(pl.Int64))
            .cast(UNKNOWN_CODE_SCHEMA)
        )
        account.note(
            f"{origin}: {unknown['count'].sum():,} rows of {unknown.height:,} concepts that the vocabulary "
            "does not have were not fetched"
        )
    _tell_rejected(database, patients, account)
    _tell_persons(database, account)
    _tell_units(database, codes, patients, account)
    ignored = [f"{name} ({count:,})" for name in UNREAD if (count := _rows(database, name))]
    if ignored:
        account.note(f"tables that the record has no place for, rows: {', '.join(ignored)}")


def _names(keys: pl.DataFrame) -> list[str]:
    return [key.removeprefix("loinc:") for key in keys["key"]]


def _unknown(database: Database, origin: str, known: list[int], patients: Persons | None) -> pl.DataFrame:
    """Return the concepts of a table that mean nothing to the record, with the source's name and their number."""
    kind = origin.removesuffix("_exposure")
    rows = database.tables[origin].clause()
    concept, name = rows[f"{kind}_concept_id"], func.lower(func.trim(rows[f"{kind}_source_value"]))
    number = func.count().label("count")
    asked = (
        select(
            cast(concept, String).label("concept"),
            cast(name, String).label("name"),
            cast(number, String).label("count"),
        )
        .where(or_(~one_of(concept, known), concept.is_(None)))
        .group_by(concept, name)
        .order_by(desc(number), concept, name)
    )
    if patients is not None:
        asked = asked.where(rows["person_id"].in_(patients))
    return whole(database, asked).with_columns(pl.col("count").cast(pl.Int64))


def _shown() -> pl.Expr:
    """Return a concept as it can be mapped: by its number, and what the source calls it."""
    none = pl.col("concept").is_null() | (pl.col("concept") == "0")
    code = pl.when(none).then(pl.lit("no concept")).otherwise(pl.format("omop:{}", "concept"))
    return pl.when(pl.col("name").is_null()).then(code).otherwise(pl.format("{} ({})", code, "name"))


def _tell_rejected(database: Database, patients: Persons | None, account: Account) -> None:
    """Say where a concept stands that is known to be wrong for what it is used for, and which is right."""
    wrong = {
        int(key.removeprefix("omop:")): reason for key, reason in rejected_codes().items() if key.startswith("omop:")
    }
    for name, kind in (("condition_occurrence", "condition"), ("observation", "observation")):
        if name not in database.tables:
            continue
        rows = database.tables[name].clause()
        concept = rows[f"{kind}_concept_id"]
        asked = (
            select(cast(concept, String).label("concept"), cast(func.count(), String).label("rows"))
            .where(one_of(concept, wrong))
            .group_by(concept)
            .order_by(concept)
        )
        if patients is not None:
            asked = asked.where(rows["person_id"].in_(patients))
        for number, count in whole(database, asked).iter_rows():
            account.note(f"{name}: {int(count):,} rows of omop:{number} are not used: {wrong[int(number)]}")


def _tell_persons(database: Database, account: Account) -> None:
    """Say how many rows of a table belong to nobody: a person_id that is missing, or is no number."""
    for name in ("measurement", "drug_exposure", "condition_occurrence"):
        if name not in database.tables:
            continue
        rows = database.tables[name].clause()
        asked = (
            select(cast(func.count(), String).label("rows")).select_from(rows.source).where(rows["person_id"].is_(None))
        )
        nobody = int(whole(database, asked)["rows"][0])
        if nobody:
            account.note(f"{name}: {nobody:,} rows have no person_id that is a number")


def _tell_units(database: Database, codes: Codes, patients: Persons | None, account: Account) -> None:
    """Say where the unit's concept and the source's own word are different units; the concept counts."""
    if "measurement" not in database.tables:
        return
    rows = database.tables["measurement"].clause()
    concept, source = rows["unit_concept_id"], rows["unit_source_value"]
    number = func.count().label("count")
    columns = (cast(concept, String).label("concept"), cast(source, String).label("source"))
    asked = select(*columns, cast(number, String).label("count")).group_by(concept, source)
    asked = asked.where(
        concept != 0, source.is_not(None), one_of(rows["measurement_concept_id"], codes.analytes["concept"])
    )
    if patients is not None:
        asked = asked.where(rows["person_id"].in_(patients))
    for number_of_unit, word, count in whole(database, asked).iter_rows():
        named = codes.units.get(int(number_of_unit))
        if named is not None and _are_different(named, word):
            account.note(
                f"measurement: {int(count):,} rows whose unit concept is {named} and whose source says {word!r}"
            )


def _are_different(one: str, other: str) -> bool:
    """Return whether two spellings are known, and of no unit both."""
    spelled = pl.select(pl.Series([one, other]).alias("unit")).select(unit_spelling(pl.col("unit")))["unit"].to_list()
    of_each = [{code for code, unit in units().items() if word in unit.spellings} for word in spelled]
    return all(of_each) and not of_each[0] & of_each[1]


def _rows(database: Database, name: str) -> int:
    if name not in database.tables:
        return 0
    asked = select(cast(func.count(), String).label("rows")).select_from(database.tables[name].clause().source)
    return int(whole(database, asked)["rows"][0])
