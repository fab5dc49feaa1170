"""The people of an installation, their roles at its centres, and the links by which they set their passwords."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.roles import roles
from hepatica.registry.models.audited import Audited
from hepatica.registry.models.centres import Centre


def _role_choices() -> list[tuple[str, str]]:
    return [(name, _(role.title)) for name, role in roles().items()]


class Person(Audited, AbstractBaseUser):
    """Somebody who signs in. The audit says when; no second record of it is kept here."""

    last_login = None
    secret_columns: ClassVar = ("password",)

    username = models.CharField(_("user name"), max_length=150, unique=True)
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True, default="")
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    def __str__(self) -> str:
        """Return the person's name."""
        return self.name


class Membership(Audited):
    """One role of one person at one centre; without a centre the role holds for the whole installation."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=40, choices=_role_choices)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")

    class Meta:
        """A role is held once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "role", "centre"], name="role_once"),
            models.UniqueConstraint(
                fields=["person", "role"], condition=models.Q(centre__isnull=True), name="role_everywhere_once"
            ),
        ]

    def __str__(self) -> str:
        """Return role and centre."""
        return f"{self.role} ({self.centre})" if self.centre else self.role


class Invitation(Audited):
    """A link with which a person sets the password, once. Only its digest is kept."""

    secret_columns: ClassVar = ("token_digest",)

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="invitations")
    token_digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Return for whom the invitation is."""
        return f"invitation of {self.person_id}"
