"""The audit's own tables. The database's triggers write them; nobody changes or removes an entry."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One act: who did what to which row, when. `hash` seals it together with the entry before it.

    It holds no value of a patient: `digest` is of the row afterwards, `kept` of what History keeps of it, both salted
    with a secret of the patient that an erasure destroys.
    """

    seq = models.BigAutoField(primary_key=True)
    at = models.CharField(_("when"), max_length=40, default="")
    actor = models.CharField(_("who"), max_length=80, default="")
    act = models.CharField(_("act"), max_length=40)
    subject = models.CharField(_("what"), max_length=60, default="")
    subject_key = models.CharField(max_length=60, default="")
    patient = models.BigIntegerField(_("patient"), null=True)
    form = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, default="")
    kept = models.CharField(max_length=64, default="")
    detail = models.CharField(_("detail"), max_length=300, default="")
    request = models.CharField(max_length=40, default="")
    previous = models.CharField(max_length=64, default="")
    hash = models.CharField(max_length=64, default="")

    class Meta:
        """Looked up by patient and by row."""

        indexes: ClassVar = [
            models.Index(fields=["patient", "seq"], name="audit_patient"),
            models.Index(fields=["subject", "subject_key"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        """Return the entry's number and act."""
        return f"{self.seq} {self.act}"


class History(models.Model):
    """What a row said before an entry of the audit changed it, and the reason that was given. Goes with an erasure."""

    seq = models.BigIntegerField(primary_key=True)
    patient = models.BigIntegerField(null=True, db_index=True)
    content = models.TextField(default="")
    reason = models.TextField(default="")

    def __str__(self) -> str:
        """Return to which entry it belongs."""
        return f"history of {self.seq}"


class AuditForm(models.Model):
    """Which columns of a table went into a digest: a table that gains a column gets a new form."""

    subject = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    columns = models.TextField()

    class Meta:
        """A form has one number in its table."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "number"], name="form_once")]

    def __str__(self) -> str:
        """Return table and number."""
        return f"{self.subject} {self.number}"


class PatientSeal(models.Model):
    """The version of a patient's data, which every change raises, and the secret that its digests are salted with."""

    patient_id = models.BigIntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)
    salt = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Return whose seal it is."""
        return f"seal of {self.patient_id}"
