"""The six tables of the record as their agreed text columns, with where each row came from.

The columns are generated from `hepatica.record.tables`, so that there is no second list of them. A cell is kept as it
was written; the engine's own check reads it.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.record.tables import TABLES
from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.imports import Import
from hepatica.registry.models.people import Person
from hepatica.synthetic import is_synthetic

# Columns of the record that are relations here.
RELATIONS = ("patient_id", "centre")


def stored_columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table that are kept as text; patient and centre are relations."""
    kept = ("patient_id",) if table == "patients" else ()
    return tuple(name for name in TABLES[table].names if name not in RELATIONS or name in kept)


def _texts(table: str) -> dict[str, models.Field]:
    return {
        column.name: models.TextField(column.meaning, blank=True, default="")
        for column in TABLES[table].columns
        if column.name in stored_columns(table) and column.name != "patient_id"
    }


class Row(Audited):
    """A row of the record: its origin, who entered it, and its version, so that nobody overwrites another's change."""

    brought_by = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    line = models.PositiveIntegerField(_("line in the file"), null=True, blank=True)
    file = models.CharField(_("file"), max_length=200, blank=True, default="")
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """No table of its own."""

        abstract = True


class Fact(Row):
    """A row about a patient: measurement, treatment, event, biopsy, or genotype."""

    patient_column: ClassVar = "patient_id"
    table: ClassVar[str]

    patient = models.ForeignKey("registry.Patient", on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        """No table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Return which row it is; never what it says."""
        return f"{self._meta.model_name} {self.pk}"


def _patient_str(patient: Any) -> str:
    """Return the pseudonym."""
    return str(patient.patient_id)


def _synthetic(patient: Any) -> bool:
    """Say whether the patient was invented."""
    return is_synthetic(str(patient.patient_id))


def _model(name: str, base: type[models.Model], table: str, **more: Any) -> Any:
    """Return the model of a table: what it shares with the others, and a text for each of its columns."""
    content = {"__module__": __name__, "__doc__": f"{TABLES[table].meaning.capitalize()}.", "table": table}
    return type(name, (base,), {**content, **_texts(table), **more})


class _PatientMeta:
    """A pseudonym is used once in a centre."""

    constraints: ClassVar = [models.UniqueConstraint(fields=["centre", "patient_id"], name="patient_once")]


# `key` stands in addresses: it says nothing about the patient, and cannot be guessed.
Patient = _model(
    "Patient",
    Row,
    "patients",
    patient_column="id",
    key=models.UUIDField(default=uuid.uuid4, unique=True, editable=False),
    patient_id=models.CharField(_("pseudonym"), max_length=200),
    centre=models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="patients"),
    Meta=_PatientMeta,
    __str__=_patient_str,
    synthetic=property(_synthetic),
)
Measurement = _model("Measurement", Fact, "measurements")
Treatment = _model("Treatment", Fact, "treatments")
Event = _model("Event", Fact, "events")
Biopsy = _model("Biopsy", Fact, "biopsies")
Genotype = _model("Genotype", Fact, "genotypes")

MODELS: dict[str, Any] = {model.table: model for model in (Patient, Measurement, Treatment, Event, Biopsy, Genotype)}
FACTS: dict[str, Any] = {table: model for table, model in MODELS.items() if table != "patients"}
