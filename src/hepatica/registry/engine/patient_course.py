"""One patient as the engine sees them now: the record, the derived tables, the milestones, and the advice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
from django.db import connection

from hepatica.course import derive
from hepatica.course.columns import DERIVED_TYPES
from hepatica.course.explain import Milestone, explain
from hepatica.guidance.advice import advice
from hepatica.guidance.advice_parts import Advice
from hepatica.guidance.facts import standing
from hepatica.record import Reading, Record
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.remembered import Remembered
from hepatica.registry.engine.standards import CentreStandards, standards_of
from hepatica.registry.models import PatientSeal
from hepatica.report.patient_view import PatientView, Standards, view_of
from hepatica.sources.source import Bucket


@dataclass(frozen=True)
class PatientCourse:
    """A patient's record and its reading (what is in quarantine, what is odd), and all that follows from it."""

    patient_id: str
    record: Record
    reading: Reading
    tables: dict[str, pl.DataFrame]
    used: CentreStandards

    @property
    def known(self) -> bool:
        """Say whether the patient's own row can be used; if not, only the reading says anything."""
        return not self.record.patients.is_empty()

    @property
    def state(self) -> dict[str, Any]:
        """Return the state row."""
        return self.tables["state"].row(0, named=True)

    @cached_property
    def view(self) -> PatientView:
        """Return what pictures and words are made of."""
        return view_of(self.record, self.tables, self.patient_id, Standards(self.used.defined, self.used.practice))

    @cached_property
    def milestones(self) -> list[Milestone]:
        """Return each conclusion with the rows behind it."""
        return explain(self.record, self.patient_id, self.used.defined, self.used.as_of, self.used.practice)

    @cached_property
    def standing(self) -> pl.DataFrame:
        """Return where the patient stands: the one row that guidance reads."""
        return standing(self.record, self.tables, self.used.defined)

    @cached_property
    def advice(self) -> Advice | None:
        """Return the advice; None where the installation has not accepted its notice."""
        if not self.used.notice_accepted:
            return None
        row = self.standing.row(0, named=True)
        return advice(row, protocol=self.used.protocol, accepted_notice=True)


_remembered: Remembered[PatientCourse] = Remembered()


def forget_erased() -> None:
    """Forget the courses of patients who were erased."""
    _remembered.forget_erased()


def patient_course(patient: Any, used: CentreStandards | None = None) -> PatientCourse:
    """Return a patient's course, derived from the rows as they are now, by the standards of the centre today.

    The course of a moment ago is given again where neither the data nor the standards changed since.
    """
    used = used if used is not None else standards_of(patient.centre)
    forget_erased()
    # Before the rows: a change in between makes what is derived too new for its version, never too old. What a
    # transaction has not committed may never come to be, and is not remembered.
    key = None if connection.in_atomic_block else _key(patient.pk, used)
    if key is not None and (known := _remembered.get(patient.pk, key)) is not None:
        return known
    raw = RegistryTables((patient.centre_id,), (patient.pk,))
    record, reading = Bucket(raw, used.reading, used.as_of).read()
    tables = derive(record, used.defined, used.as_of, used.practice, tables=tuple(DERIVED_TYPES))
    course = PatientCourse(patient.patient_id.strip(), record, reading, tables, used)
    if key is not None:
        _remembered.keep(patient.pk, key, course)
        if not PatientSeal.objects.filter(patient_id=patient.pk).exists():  # erased while this was derived
            _remembered.forget(patient.pk)
    return course


def _key(patient: int, used: CentreStandards) -> str | None:
    """Return what a patient's course follows from: the data, by the version that each change raises, and standards."""
    found = PatientSeal.objects.filter(patient_id=patient).values_list("salt", "version").first()
    return None if found is None else f"{found[0]} {found[1]} {used.key}"
