"""The audit's own tables. The database's triggers write them; nobody changes or removes an entry."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from hepatica.registry.audit.shapes import Entry, Form


class AuditEntry(Entry):
    """An entry of the record's audit."""

    class Meta:
        """Looked up by patient and by row."""

        indexes: ClassVar = [
            models.Index(fields=["patient", "seq"], name="audit_patient"),
            models.Index(fields=["subject", "subject_key"], name="audit_subject"),
        ]


class History(models.Model):
    """What a row said before an entry of the audit changed it, and the reason that was given. Goes with an erasure."""

    seq = models.BigIntegerField(primary_key=True)
    patient = models.BigIntegerField(null=True, db_index=True)
    content = models.TextField(default="")
    reason = models.TextField(default="")

    def __str__(self) -> str:
        """Return to which entry it belongs."""
        return f"history of {self.seq}"


class AuditForm(Form):
    """A form of a table of the record."""

    class Meta:
        """A form has one number in its table."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "number"], name="form_once")]


class PatientSeal(models.Model):
    """The version of a patient's data, which every change raises, and the secret that its digests are salted with."""

    patient_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)
    salt = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Return whose seal it is."""
        return f"seal of {self.patient_id}"
