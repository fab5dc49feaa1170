"""Who treats a patient: the registry's own fact, beside the record, named by the people of the centre."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.people import Person


class TreatingClinician(Audited):
    """The clinician who treats a patient. Without a row, or without a clinician in it, nobody is named.

    A row stays when its clinician is taken back, so that its version goes on counting.
    """

    patient_column: ClassVar = "patient_id"

    patient = models.OneToOneField("registry.Patient", on_delete=models.PROTECT, related_name="treating")
    clinician = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("treating clinician")
    )
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        """Return which row it is; never who treats whom."""
        return f"treating clinician {self.pk}"
