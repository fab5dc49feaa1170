"""One-time links by which a person sets the password. Only a digest of the link is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from hepatica.registry.models import Invitation, Person

HOURS_VALID = 72


def invite(person: Person) -> str:
    """Return a new link's token for a person, within `acting`; earlier links end."""
    person.invitations.filter(used_at__isnull=True).delete()
    token = secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(hours=HOURS_VALID)
    Invitation.objects.create(person=person, token_digest=_digest(token), expires_at=until)
    return token


def invited(token: str) -> Invitation | None:
    """Return the invitation of a token that is neither used nor over; None for any other."""
    open_ones = Invitation.objects.select_related("person").filter(used_at__isnull=True, expires_at__gt=timezone.now())
    return open_ones.filter(token_digest=_digest(token), person__is_active=True).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
