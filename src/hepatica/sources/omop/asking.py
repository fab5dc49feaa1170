"""What is asked of a database for each of the record's tables: statements for some persons, in its own SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, FromClause, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.sql.selectable import Subquery

from hepatica.sources.omop.codes import Codes
from hepatica.sources.omop.cohort import Persons
from hepatica.sources.omop.database import CdmClause, Database, one_of
from hepatica.sources.omop.encoding import (
    BIOPSY_FINDINGS,
    DIAGNOSES,
    EVENT,
    GENOTYPE,
    GENOTYPE_FINDINGS,
    LIVER_BIOPSY,
    LONG_TEXT,
    PERSON_FACTS,
    TOLD_ELSEWHERE,
    UNDATED,
)
from hepatica.sources.omop.rows import EXPOSURE, RESULT
from hepatica.vocabulary import analyte_codes, drug_names

Asked = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class PersonRange:
    """Persons from one number up to, not including, another; None is without end. Rows of nobody come first."""

    first: int | None = None
    end: int | None = None

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of these persons among rows that still have their number."""
        person = frame["person_id"].cast(pl.Int64, strict=False)
        keep = pl.Series([True]).new_from_index(0, frame.height)
        if self.first is not None:
            keep &= (person >= self.first).fill_null(value=False)  # nobody's rows belong to the first range
        if self.end is not None:
            keep &= (person < self.end).fill_null(value=True)
        return frame.filter(keep)

    def may_be_in(self, lowest: object, highest: object) -> bool:
        """Whether a stretch of rows may hold one of them; a database is asked for them alone."""
        _ = lowest, highest
        return True

    def holds(self, person: ColumnElement[object]) -> ColumnElement[bool] | None:
        """Return whether a person is one of these, in SQL; None if everybody is."""
        if self.first is None:
            return None if self.end is None else or_(person < self.end, person.is_(None))
        above = person >= self.first
        return above if self.end is None else and_(above, person < self.end)


@dataclass(frozen=True)
class OnePerson(PersonRange):
    """One person, by the pseudonym in a column of person."""

    column: str = "person_id"
    pseudonym: str = ""


@dataclass(frozen=True)
class Asking:
    """The statements for one database, its meanings, its patients, and a range of them."""

    database: Database
    codes: Codes
    patients: Persons | None
    among: PersonRange

    def persons(self) -> Asked:
        """Return the statement for patients: who they are, and the first code of each diagnosis."""
        person = self.database.tables["person"].clause("person")
        columns = person.texts(*self.database.tables["person"].columns)
        source: FromClause = person.source
        if "care_site" in self.database.tables:
            site = self.database.tables["care_site"].clause("site")
            columns += site.texts("care_site_name", "care_site_source_value")
            source = source.outerjoin(site.source, person["care_site_id"] == site["care_site_id"])
        if "condition_occurrence" in self.database.tables:
            diagnoses = self._diagnoses()
            columns += [found for found in diagnoses.c if found.key != "person_id"]
            source = source.outerjoin(diagnoses, person["person_id"] == diagnoses.c.person_id)
        if self.codes.ours:
            facts = self._told(PERSON_FACTS, "person_id")
            columns += [found for found in facts.c if found.key != "owner"]
            source = source.outerjoin(facts, person["person_id"] == facts.c.owner)
        asked = select(*columns).select_from(source)
        return self._theirs(asked, person).order_by(person["person_id"])

    def pseudonyms(self, column: str) -> Asked:
        """Return the statement for each person's pseudonym."""
        person = self.database.tables["person"].clause()
        asked = select(person.text("person_id"), cast(person[column], String).label("pseudonym"))
        return self._theirs(asked, person)

    def measurements(self) -> Asked:
        """Return the statement for results: of known analytes, or of no concept and a known name."""
        rows = self.database.tables["measurement"].clause()
        name = func.lower(func.trim(rows["measurement_source_value"]))
        concept = rows["measurement_concept_id"]
        names = sorted({key.removeprefix("loinc:") for key in analyte_codes()["key"] if not key.startswith("omop:")})
        known = or_(
            one_of(concept, self.codes.analytes["concept"]),
            and_(or_(concept == 0, concept.is_(None)), name.in_(names)),
        )
        asked = select(*rows.texts(*_there(self.database, "measurement", RESULT))).where(known)
        return self._theirs(asked, rows).order_by(rows["person_id"], rows["measurement_id"])

    def drugs(self) -> Asked:
        """Return the statement for treatments: of known ingredients, or of no concept and a known name."""
        rows = self.database.tables["drug_exposure"].clause()
        name, concept = func.lower(func.trim(rows["drug_source_value"])), rows["drug_concept_id"]
        names = sorted({key for key in drug_names()["key"] if ":" not in key})
        known = or_(
            one_of(concept, self.codes.drugs["concept"].unique()),
            and_(or_(concept == 0, concept.is_(None)), name.in_(names)),
        )
        asked = select(*rows.texts(*_there(self.database, "drug_exposure", EXPOSURE))).where(known)
        return self._theirs(asked, rows).order_by(rows["person_id"], rows["drug_exposure_id"])

    def conditions(self, table: str, kind: str, date: str) -> Asked:
        """Return the statement for events that a table of conditions, procedures, or observations tells."""
        rows = self.database.tables[table].clause()
        number = f"{table}_id"
        asked = select(
            rows.text("person_id"),
            cast(rows[number], String).label("number"),
            cast(rows[f"{kind}_concept_id"], String).label("concept"),
            cast(rows[date], String).label("date"),
            cast(rows[f"{kind}_source_value"], String).label("source_value"),
        ).where(one_of(rows[f"{kind}_concept_id"], self.codes.events["concept"]))
        return self._theirs(asked, rows).order_by(rows["person_id"], rows[number])

    def deaths(self) -> Asked:
        """Return the statement for deaths."""
        rows = self.database.tables["death"].clause()
        asked = select(*rows.texts("person_id", "death_date", "cause_concept_id", "cause_source_value"))
        if self.codes.ours:
            asked = asked.where(func.coalesce(cast(rows["cause_source_value"], String), "") != TOLD_ELSEWHERE)
        return self._theirs(asked, rows).order_by(rows["person_id"], rows["death_date"])

    def told_events(self) -> Asked:
        """Return the statement for events as Hepatica writes those that no other table holds."""
        rows = self.database.tables["observation"].clause("event")
        texts = rows.texts("observation_id", "person_id", "observation_date", "observation_source_value")
        texts += rows.texts("qualifier_source_value", "unit_source_value", "value_source_value")
        source, whole_text = self._with_note(rows)
        asked = select(*texts, whole_text.label("detail")).select_from(source)
        asked = asked.where(rows["observation_source_value"].like(f"{EVENT}%"))
        return self._theirs(asked, rows).order_by(rows["person_id"], rows["observation_id"])

    def biopsies(self) -> Asked:
        """Return the statement for liver biopsies, with their findings where Hepatica wrote them."""
        rows = self.database.tables["procedure_occurrence"].clause("biopsy")
        name = func.lower(func.trim(rows["procedure_source_value"]))
        concept = rows["procedure_concept_id"]
        known = or_(
            one_of(concept, self.codes.biopsies),
            and_(or_(concept == 0, concept.is_(None)), name.in_([LIVER_BIOPSY, "biopsy of liver"])),
        )
        columns = rows.texts("procedure_occurrence_id", "person_id", "procedure_date")
        source: FromClause = rows.source
        if self.codes.ours:
            facts = self._told(BIOPSY_FINDINGS, "observation_event_id")
            columns += [found for found in facts.c if found.key != "owner"]
            source = source.outerjoin(facts, rows["procedure_occurrence_id"] == facts.c.owner)
        asked = select(*columns).select_from(source).where(known)
        return self._theirs(asked, rows).order_by(rows["person_id"], rows["procedure_occurrence_id"])

    def genotypes(self) -> Asked:
        """Return the statement for genetic results as Hepatica writes them."""
        rows = self.database.tables["observation"].clause("gene")
        facts = self._told(GENOTYPE_FINDINGS, "observation_event_id")
        columns = rows.texts("observation_id", "person_id", "observation_date", "value_as_string")
        columns += [found for found in facts.c if found.key != "owner"]
        source = rows.source.outerjoin(facts, rows["observation_id"] == facts.c.owner)
        asked = select(*columns).select_from(source).where(rows["observation_source_value"] == GENOTYPE)
        return self._theirs(asked, rows).order_by(rows["person_id"], rows["observation_id"])

    def _diagnoses(self) -> Subquery:
        """Return for each person the first day of each diagnosis that patients or their variant are told by."""
        rows = self.database.tables["condition_occurrence"].clause()
        keys = _diagnosis_concepts(self.codes)
        date, concept = cast(rows["condition_start_date"], String), rows["condition_concept_id"]
        source = cast(rows["condition_source_value"], String)
        dated = or_(source.is_(None), source.notlike(f"%{UNDATED}"))
        columns = [
            func.min(case((and_(one_of(concept, found), dated), date))).label(name) for name, found in keys.items()
        ]
        asked = select(rows["person_id"].label("person_id"), *columns).where(
            one_of(concept, [one for found in keys.values() for one in found])
        )
        return self._theirs(asked, rows).group_by(rows["person_id"]).subquery("diagnoses")

    def _told(self, names: dict[str, str], owner: str) -> Subquery:
        """Return what Hepatica's observations tell of their owner (a person, a biopsy, a gene), a column each."""
        rows = self.database.tables["observation"].clause("told")
        source, whole_text = self._with_note(rows)
        told = rows["observation_source_value"]
        columns = [func.max(case((told == word, whole_text))).label(name) for name, word in names.items()]
        asked = select(rows[owner].label("owner"), *columns).select_from(source).where(told.in_(list(names.values())))
        return self._theirs(asked, rows).group_by(rows[owner]).subquery("told_facts")

    def _with_note(self, rows: CdmClause) -> tuple[FromClause, ColumnElement[str]]:
        """Return observations with the note that holds a text too long for them."""
        text = cast(rows["value_as_string"], String)
        if "note" not in self.database.tables:
            return rows.source, text
        note = self.database.tables["note"].clause("long_text")
        ours = and_(note["note_event_id"] == rows["observation_id"], note["note_source_value"] == LONG_TEXT)
        # A text stands in one of the two places: this chooses the place, it replaces nothing unknown.
        return rows.source.outerjoin(note.source, ours), func.coalesce(cast(note["note_text"], String), text)

    def _theirs(self, asked: Asked, rows: CdmClause) -> Asked:
        """Return a statement for the asked persons alone."""
        if isinstance(self.among, OnePerson):
            return asked.where(rows["person_id"].in_(self._one(self.among)))
        if self.patients is not None:
            asked = asked.where(rows["person_id"].in_(self.patients))
        among = self.among.holds(rows["person_id"])
        return asked if among is None else asked.where(among)

    def _one(self, wanted: OnePerson) -> Asked:
        person = self.database.tables["person"].clause("one")
        asked = select(person["person_id"]).where(cast(person[wanted.column], String) == wanted.pseudonym)
        return asked if self.patients is None else asked.where(person["person_id"].in_(self.patients))


def _there(database: Database, table: str, wanted: Iterable[str]) -> list[str]:
    """Return which of some columns a table has."""
    return [name for name in wanted if name in database.tables[table].columns]


def _diagnosis_concepts(codes: Codes) -> dict[str, list[int]]:
    """Return the concepts of the disease and of its variants."""
    return {
        name: codes.conditions.filter(condition=condition)["concept"].to_list() for name, condition in DIAGNOSES.items()
    }
