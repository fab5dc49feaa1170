"""The columns of an audit's own tables: the record has them in its database, the identities in theirs."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One act: who did what to which row, when. `hash` seals it together with the entry before it.

    It holds no value of a patient: `digest` is of the row afterwards, `kept` of what History keeps of it, both salted
    with a secret that an erasure destroys.
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
        """No table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Return the entry's number and act."""
        return f"{self.seq} {self.act}"

    @property
    def instant(self) -> datetime | None:
        """Return when it was; None where what stands there is no time, as only tampering leaves it."""
        try:
            return datetime.fromisoformat(self.at)
        except ValueError:
            return None


class Form(models.Model):
    """Which columns of a table went into a digest: a table that gains a column gets a new form."""

    subject = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    columns = models.TextField()

    class Meta:
        """No table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Return table and number."""
        return f"{self.subject} {self.number}"
