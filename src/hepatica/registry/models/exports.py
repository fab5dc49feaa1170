"""Exports: what left, for which purpose, by whom; the data themselves are not kept here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre
from hepatica.registry.models.consent import Purpose
from hepatica.registry.models.people import Person


class Export(Audited):
    """One export of one centre's data. Which patients went with it stands in the audit, patient by patient."""

    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="exports")
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="exports")
    form = models.CharField(_("form"), max_length=40)
    domain = models.CharField(_("pseudonym domain"), max_length=100)
    manifest = models.JSONField(_("manifest, without any patient's value"), default=dict)
    exported_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    exported_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        """Return form and number."""
        return f"{self.form} {self.pk}"
