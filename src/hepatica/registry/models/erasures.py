"""Erasures: that a patient was erased, on what ground, and how much went. Nothing here says who it was."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.people import Person

GROUNDS = (
    ("request", _("the patient asked for it")),
    ("law", _("an authority or a law asks for it")),
    ("mistake", _("the patient never belonged into this registry")),
)


class Erasure(Audited):
    """The certificate of one erasure. `patient_number` and `patient_key` were the patient's here; they lead nowhere."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="erasures")
    patient_number = models.BigIntegerField(unique=True)
    patient_key = models.UUIDField(unique=True)
    ground = models.CharField(_("ground"), max_length=20, choices=GROUNDS)
    removed = models.JSONField(_("rows removed, by table"), default=dict)
    histories = models.PositiveIntegerField(_("former contents removed"), default=0)
    erased_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    erased_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        """Return the certificate's number."""
        return f"erasure {self.pk}"
