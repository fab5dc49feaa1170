"""The key store: which patient of the record is which person. It holds no clinical fact."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.audit.shapes import Entry, Form
from hepatica.registry.models.audited import Audited


def new_salt() -> str:
    """Return a secret that goes into an identity's digests, so that nobody finds a name by trying names."""
    return secrets.token_hex(16)


class Identity(Audited):
    """Who a patient is. `patient_key` is the patient's key in the record's database; no other link exists.

    An erasure takes `salt` with the row: what the audit holds of it then says nothing about anybody.
    """

    patient_key = models.UUIDField(unique=True)
    family_name = models.CharField(_("family name"), max_length=200, blank=True, default="")
    given_name = models.CharField(_("given name"), max_length=200, blank=True, default="")
    hospital_number = models.CharField(_("hospital number"), max_length=100, blank=True, default="")
    centre_code = models.CharField(_("centre"), max_length=60)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)

    class Meta:
        """A hospital number is one person at a centre."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["centre_code", "hospital_number"],
                condition=~models.Q(hospital_number=""),
                name="hospital_number_once",
            )
        ]

    def __str__(self) -> str:
        """Return which entry it is; never a name."""
        return f"identity {self.pk}"


class PseudonymDomain(Audited):
    """A use of the data (a study, a network, an export) in which a patient has a pseudonym of its own."""

    name = models.CharField(_("domain"), max_length=100, unique=True)
    key = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        """Return the domain's name."""
        return self.name


class IdentityAuditEntry(Entry):
    """An entry of the identities' own audit; it names a row of theirs, never a patient of the record."""


class IdentityAuditForm(Form):
    """A form of a table of the identities."""

    class Meta:
        """A form has one number in its table."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["subject", "number"], name="identity_form_once")]
