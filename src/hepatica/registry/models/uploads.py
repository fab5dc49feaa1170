"""What an import has not taken in yet: a file that waits to be confirmed, and rows that have no patient here.

Neither is part of the record, so neither is in the audit: a row is audited when it is taken in. Both go away when they
are settled, and a file that nobody confirms after a day.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.centres import Centre
from hepatica.registry.models.imports import Import
from hepatica.registry.models.people import Person


class Upload(models.Model):
    """A file that somebody uploaded and has not confirmed yet."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    # How its days and numbers are written, as the sender declared it; empty as the record writes them.
    days = models.CharField(max_length=20, blank=True, default="")
    numbers = models.CharField(max_length=20, blank=True, default="")
    uploaded_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Return the file's name."""
        return self.name


class WaitingRow(models.Model):
    """A row of an import that could not be kept as it was: it waits until somebody corrects it or lets it go."""

    brought_by = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="waiting")
    table = models.CharField(max_length=20)
    patient_id = models.TextField(_("pseudonym"), blank=True, default="")
    cells = models.JSONField(default=dict)
    file = models.CharField(_("file"), max_length=200)
    line = models.PositiveIntegerField(_("line in the file"), null=True)
    reason = models.CharField(max_length=300)

    class Meta:
        """Found by the pseudonym, so that an erasure finds it."""

        indexes: ClassVar = [models.Index(fields=["patient_id"], name="waiting_patient")]

    def __str__(self) -> str:
        """Return which row it is; never what it says."""
        return f"waiting row {self.pk}"
