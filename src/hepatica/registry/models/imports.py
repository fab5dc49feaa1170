"""Imports: which file brought which rows, by whom, and whether it was undone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.people import Person


class Import(Audited):
    """One import into one centre: all of its rows, or none. The same content is imported once."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="imports")
    name = models.CharField(_("file"), max_length=200)
    content_digest = models.CharField(max_length=64)
    account = models.JSONField(_("account of the reading, without any patient's value"), default=dict)
    imported_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The same content counts once, unless it was undone."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["centre", "content_digest"], condition=models.Q(undone_at__isnull=True), name="import_once"
            )
        ]

    def __str__(self) -> str:
        """Return the file's name."""
        return self.name
