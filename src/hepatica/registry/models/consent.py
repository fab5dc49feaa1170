"""Consent: for which purposes patients are asked, in which words, and what each patient said, act by act."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hepatica.registry.models.audited import Audited
from hepatica.registry.models.people import Person

GIVEN, REFUSED, WITHDRAWN = "given", "refused", "withdrawn"
DECISIONS = ((GIVEN, _("given")), (REFUSED, _("refused")), (WITHDRAWN, _("withdrawn")))


class Purpose(Audited):
    """What data may be used for: patients agree to each purpose by itself."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)

    def __str__(self) -> str:
        """Return the purpose in words."""
        return self.title


class ConsentText(Audited):
    """A version of the words that patients agree to. It is never changed; a new version stands beside it.

    `renewal` says that consent to an earlier version does not count for this one's purpose any more.
    """

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="texts")
    version = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("text"))
    renewal = models.BooleanField(_("patients who agreed to an earlier version must agree anew"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """A version is numbered once."""

        ordering: ClassVar = ["purpose", "version"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["purpose", "version"], name="consent_version_once")]

    def __str__(self) -> str:
        """Return purpose and version."""
        return f"{self.purpose}, {self.version}"


class ConsentAct(Audited):
    """One thing that a patient said about one purpose on a day. Acts are added, never changed; the latest counts."""

    patient_column: ClassVar = "patient_id"

    patient = models.ForeignKey("registry.Patient", on_delete=models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="acts")
    decision = models.CharField(_("decision"), max_length=20, choices=DECISIONS)
    day = models.DateField(_("day"))
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Read patient by patient, the latest last."""

        ordering: ClassVar = ["day", "id"]

    def __str__(self) -> str:
        """Return which act it is; never what it says."""
        return f"consent act {self.pk}"


def next_version(purpose: Any) -> int:
    """Return the number of a purpose's next text."""
    last = purpose.texts.aggregate(models.Max("version"))["version__max"]
    return 1 if last is None else int(last) + 1
