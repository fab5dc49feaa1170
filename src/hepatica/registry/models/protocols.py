"""Protocols of a centre's own: YAML texts that were copied from a known one and edited here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.people import Person


class CentreProtocol(Audited):
    """A centre's own protocol: only a text that was checked is kept. Its former texts stand in the history."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="protocols")
    name = models.SlugField(_("name"), max_length=40)
    text = models.TextField(_("text"))
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    edited_at = models.DateTimeField(auto_now=True)

    class Meta:
        """A name is used once at a centre."""

        ordering: ClassVar = ["centre", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["centre", "name"], name="protocol_once")]

    def __str__(self) -> str:
        """Return the name."""
        return self.name
