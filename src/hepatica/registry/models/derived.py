"""What the engine derived, kept so that the work list opens at once. Never the truth: it can be deleted at any time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hepatica.registry.models.centres import Centre
from hepatica.registry.models.facts import Patient


class Basis(models.Model):
    """What a centre's courses were derived by: definitions, protocol, day, version of the engine; `key` is of all."""

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    as_of = models.DateField()
    complete = models.BooleanField(default=False)

    class Meta:
        """A basis is kept once."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["centre", "key"], name="basis_once")]

    def __str__(self) -> str:
        """Return the day."""
        return str(self.as_of)


class DerivedState(models.Model):
    """A patient's state by a basis, the version of the data that it was derived from, and how its rows were read."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    basis = models.ForeignKey(Basis, on_delete=models.CASCADE, related_name="states")
    version = models.BigIntegerField()
    state = models.TextField()
    reading = models.BinaryField(default=b"")

    class Meta:
        """A patient has one state by a basis; which are of the data as they are is read from the index alone."""

        indexes: ClassVar = [models.Index(fields=["basis", "patient", "version"], name="state_version")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["basis", "patient"], name="state_once")]

    def __str__(self) -> str:
        """Return whose state it is; never what it says."""
        return f"state of {self.patient_id}"


class DerivedItem(models.Model):
    """One thing to do for a patient by a basis; `urgency` and `nearness` are the order of the work list."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    basis = models.ForeignKey(Basis, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=20)
    what = models.TextField()
    why = models.TextField()
    first = models.DateField(null=True)
    by = models.DateField(null=True)
    urgency = models.PositiveSmallIntegerField()
    nearness = models.IntegerField()

    class Meta:
        """Read in the order of the work list."""

        indexes: ClassVar = [
            models.Index(fields=["basis", "urgency", "nearness", "id"], name="item_order"),
            models.Index(fields=["basis", "patient"], name="item_patient"),
        ]

    def __str__(self) -> str:
        """Return which kind of item; never for whom."""
        return f"{self.kind} item {self.pk}"
