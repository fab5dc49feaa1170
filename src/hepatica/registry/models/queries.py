"""Queries: what a data manager asks a centre about its data, what the centre answers, and when it is settled."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.people import Person


class Query(Audited):
    """A question to a centre about one thing that its data lack or say oddly. It names no patient.

    Who asks sees counts and no patient; the centre sees which of its own patients it is about.
    """

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="queries")
    about = models.CharField(_("about"), max_length=40, blank=True, default="")
    question = models.TextField(_("question"))
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("when"), auto_now_add=True)
    answer = models.TextField(_("answer"), blank=True, default="")
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        """What is open first, then the latest."""

        ordering: ClassVar = [models.F("settled_at").desc(nulls_first=True), "-id"]

    def __str__(self) -> str:
        """Return the number."""
        return f"query {self.pk}"
