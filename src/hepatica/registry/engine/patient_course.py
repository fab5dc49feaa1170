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
from hepatica.record import Record
from hepatica.registry.engine.kept_reading import KeptReading
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.remembered import Remembered
from hepatica.registry.engine.standards import CentreStandards, standards_of
from hepatica.registry.models import DerivedState, PatientSeal
from hepatica.report.patient_view import PatientView, Standards, view_of
from hepatica.sources.source import Bucket


@dataclass(frozen=True)
class PatientCourse:
    """A patient's record, what of it is in quarantine and what is odd, and all that follows from it."""

    patient_id: str
    record: Record
    quarantine: pl.DataFrame
    warnings: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    used: CentreStandards
    kept_standing: dict[str, Any] | None = None

    @property
    def known(self) -> bool:
        """Say whether the patient's own row can be used; if not, only the quarantine says anything."""
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
    def stands(self) -> dict[str, Any]:
        """Return where the patient stands: the one row that guidance reads."""
        if self.kept_standing is not None:
            return self.kept_standing
        return standing(self.record, self.tables, self.used.defined).row(0, named=True)

    @cached_property
    def advice(self) -> Advice | None:
        """Return the advice; None where the installation has not accepted its notice."""
        if not self.used.notice_accepted:
            return None
        return advice(self.stands, protocol=self.used.protocol, accepted_notice=True)


_remembered: Remembered[PatientCourse] = Remembered()


def forget_erased() -> None:
    """Forget the courses of patients who were erased."""
    _remembered.forget_erased()


def patient_course(patient: Any, used: CentreStandards | None = None) -> PatientCourse:
    """Return a patient's course, derived from the rows as they are now, by the standards of the centre today.

    The course of a moment ago is given again where neither the data nor the standards changed since; else the rows as
    they were checked for the work list, where they are of this version of the data; else the rows are checked now.
    """
    used = used if used is not None else standards_of(patient.centre)
    forget_erased()
    # Before the rows: a change in between makes what is derived too new for its version, never too old. What a
    # transaction has not committed may never come to be, and is not remembered.
    seal = None if connection.in_atomic_block else PatientSeal.objects.filter(patient_id=patient.pk).first()
    if seal is None:
        return _derived(patient, used, _read(patient, used))
    key = f"{seal.salt} {seal.version} {used.key}"
    if (known := _remembered.get(patient.pk, key)) is not None:
        return known
    course = _derived(patient, used, _kept(patient, used, seal.version) or _read(patient, used))
    _remembered.keep(patient.pk, key, course)
    if not PatientSeal.objects.filter(patient_id=patient.pk).exists():  # erased while this was derived
        _remembered.forget(patient.pk)
    return course


def _kept(patient: Any, used: CentreStandards, version: int) -> KeptReading | None:
    """Return how a version of a patient's rows was read by these standards, if that was kept."""
    current = {"basis__centre_id": patient.centre_id, "basis__key": used.key, "version": version}
    # A patient has one by a basis; asked for the first, SQLite would go through everybody's.
    kept = list(DerivedState.objects.filter(patient_id=patient.pk, **current).values_list("reading", flat=True))
    return KeptReading.unpacked(kept[0]) if kept and kept[0] else None


def _read(patient: Any, used: CentreStandards) -> KeptReading:
    """Return a patient's rows, checked now."""
    raw = RegistryTables((patient.centre_id,), (patient.pk,))
    record, reading = Bucket(raw, used.reading, used.as_of).read()
    return KeptReading(record, reading.quarantine, reading.warnings, None)


def _derived(patient: Any, used: CentreStandards, read: KeptReading) -> PatientCourse:
    """Return what follows from a patient's rows."""
    tables = derive(read.record, used.defined, used.as_of, used.practice, tables=tuple(DERIVED_TYPES))
    name = patient.patient_id.strip()
    return PatientCourse(name, read.record, read.quarantine, read.warnings, tables, used, read.stands)
