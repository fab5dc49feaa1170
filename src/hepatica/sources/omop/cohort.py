"""The patients of a phenotype as one statement in the database's own SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.sql.selectable import Subquery

from hepatica.errors import SourceError
from hepatica.sources.omop.database import CdmClause, Database, one_of
from hepatica.sources.omop.phenotypes import ConceptSet, Phenotype, concept_sets
from hepatica.vocabulary import inpatient_visits

Persons = Select[Any] | CompoundSelect[Any]
# Says in SQL whether a person is one of those asked for; None if everybody is.
Among = Callable[[ColumnElement[object]], ColumnElement[bool] | None]


def everybody(person: ColumnElement[object]) -> ColumnElement[bool] | None:
    """Return no condition on a person."""
    _ = person
    return None


def cohort(database: Database, phenotype: Phenotype, among: Among = everybody) -> Persons:
    """Return the statement that selects a phenotype's person_id, among some persons: no others are looked at.

    Raises:
        SourceError: the database has no conditions, so that nobody can be selected by them.
    """
    if "condition_occurrence" not in database.tables:
        raise SourceError("condition_occurrence", "the table is missing", "add it, or read everybody: ?phenotype=all")
    counted = _counted(database, phenotype, among)
    first = (
        select(counted.c.person_id, func.min(counted.c.day).label("first"))
        .group_by(counted.c.person_id)
        .subquery("first_code")
    )
    enough = _enough(database, phenotype, among)
    chosen = select(first.c.person_id.label("person_id")).where(first.c.person_id.in_(enough))
    for unwanted in phenotype.never:
        chosen = chosen.where(~_has(database, "condition", unwanted, first))
    if "drug_exposure" in database.tables:
        for unwanted, days in phenotype.drugs_before.items():
            chosen = chosen.where(~_has(database, "drug", unwanted, first, days))
    return chosen


def left_unasked(database: Database, phenotype: Phenotype) -> list[str]:
    """Return in sentences what of a phenotype the database cannot tell."""
    told = []
    if "concept_ancestor" not in database.tables:
        told.append("no table concept_ancestor: the concepts listed count alone, without those below them")
    if phenotype.inpatient and not _knows_visits(database):
        told.append("no kinds of visits: a code in a stay in hospital counts as any other, two days are needed")
    if phenotype.drugs_before and "drug_exposure" not in database.tables:
        told.append("no table drug_exposure: nobody is left out for a drug")
    return told


def in_set(database: Database, concept: ColumnElement[object], wanted: ConceptSet) -> ColumnElement[bool]:
    """Return whether a concept belongs to a set, in SQL: listed, or below a listed one, and not left out."""
    included = _below(database, concept, wanted.include)
    return and_(included, ~_below(database, concept, wanted.exclude)) if wanted.exclude else included


def _below(database: Database, concept: ColumnElement[object], listed: tuple[int, ...]) -> ColumnElement[bool]:
    if "concept_ancestor" not in database.tables:
        return one_of(concept, listed)
    ancestor = database.tables["concept_ancestor"].clause()
    below = select(ancestor["descendant_concept_id"]).where(one_of(ancestor["ancestor_concept_id"], listed))
    return or_(one_of(concept, listed), concept.in_(below))


def _codes(database: Database, among: Among) -> tuple[CdmClause, ColumnElement[bool]]:
    """Return the conditions, and whether one is autoimmune hepatitis of a person asked for."""
    condition = database.tables["condition_occurrence"].clause("code")
    is_disease = in_set(database, condition["condition_concept_id"], concept_sets()["autoimmune_hepatitis"])
    asked_for = among(condition["person_id"])
    return condition, is_disease if asked_for is None else and_(is_disease, asked_for)


def _counted(database: Database, phenotype: Phenotype, among: Among) -> Subquery:
    """Return the codes of the disease that count, with their day."""
    condition, is_disease = _codes(database, among)
    day = condition.day("condition_start_date")
    counted = select(condition["person_id"].label("person_id"), day.label("day")).where(is_disease)
    for unwanted, days in phenotype.conditions_before.items():
        counted = counted.where(~_before(database, condition, unwanted, days, the_day_too=True))
    if phenotype.new_after is not None:
        disease = concept_sets()["autoimmune_hepatitis"]
        counted = counted.where(~_before(database, condition, disease, phenotype.new_after, the_day_too=False))
    return counted.subquery("counted")


def _before(
    database: Database, code: CdmClause, unwanted: ConceptSet, days: int, *, the_day_too: bool
) -> ColumnElement[bool]:
    """Return whether the patient of a code has an unwanted condition in so many days before it."""
    other = database.tables["condition_occurrence"].clause("other")
    earlier, day = other.day("condition_start_date"), code.day("condition_start_date")
    return exists().where(
        other["person_id"] == code["person_id"],
        in_set(database, other["condition_concept_id"], unwanted),
        earlier >= day - days,
        earlier <= day if the_day_too else earlier < day,
    )


def _enough(database: Database, phenotype: Phenotype, among: Among) -> Persons:
    """Return the patients with codes on enough days, or with one in hospital."""
    counted = _counted(database, phenotype, among)
    often = (
        select(counted.c.person_id)
        .group_by(counted.c.person_id)
        .having(func.count(distinct(counted.c.day)) >= phenotype.days)
    )
    if not phenotype.inpatient or not _knows_visits(database):
        return often
    condition, is_disease = _codes(database, among)
    visit = database.tables["visit_occurrence"].clause("visit")
    in_hospital = (
        select(condition["person_id"])
        .select_from(
            condition.source.join(visit.source, condition["visit_occurrence_id"] == visit["visit_occurrence_id"])
        )
        .where(is_disease, one_of(visit["visit_concept_id"], inpatient_visits()))
    )
    return often.union(in_hospital)


def _knows_visits(database: Database) -> bool:
    visits, conditions = database.tables.get("visit_occurrence"), database.tables["condition_occurrence"]
    return (
        visits is not None
        and {"visit_occurrence_id", "visit_concept_id"} <= set(visits.columns)
        and "visit_occurrence_id" in conditions.columns
    )


def _has(
    database: Database, kind: str, unwanted: ConceptSet, first: Subquery, days: int | None = None
) -> ColumnElement[bool]:
    """Return whether a patient has an unwanted condition or drug, ever or in so many days before the first code."""
    name, date = {
        "condition": ("condition_occurrence", "condition_start_date"),
        "drug": ("drug_exposure", "drug_exposure_start_date"),
    }[kind]
    other = database.tables[name].clause("unwanted")
    found = exists().where(
        other["person_id"] == first.c.person_id, in_set(database, other[f"{kind}_concept_id"], unwanted)
    )
    if days is None:
        return found
    return found.where(other.day(date) >= first.c.first - days, other.day(date) <= first.c.first)
