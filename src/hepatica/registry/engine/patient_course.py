"""One patient as the engine sees them now: the record, the derived tables, the milestones, and the advice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from hepatica.course import derive
from hepatica.course.columns import DERIVED_TYPES
from hepatica.course.explain import Milestone, explain
from hepatica.guidance.advice import advice
from hepatica.guidance.advice_parts import Advice
from hepatica.guidance.facts import standing
from hepatica.record import Reading, Record
from hepatica.registry.engine.registry_tables import RegistryTables
from hepatica.registry.engine.standards import CentreStandards, standards_of
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
    def advice(self) -> Advice | None:
        """Return the advice; None where the installation has not accepted its notice."""
        if not self.used.notice_accepted:
            return None
        row = standing(self.record, self.tables, self.used.defined).row(0, named=True)
        return advice(row, protocol=self.used.protocol, accepted_notice=True)


def patient_course(patient: Any) -> PatientCourse:
    """Return a patient's course, derived now from the rows as they are; nothing of it is kept."""
    used = standards_of(patient.centre)
    raw = RegistryTables((patient.centre_id,), (patient.pk,))
    record, reading = Bucket(raw, used.reading, used.as_of).read()
    tables = derive(record, used.defined, used.as_of, used.practice, tables=tuple(DERIVED_TYPES))
    return PatientCourse(patient.patient_id.strip(), record, reading, tables, used)
