"""Signing in by user name and password. A wrong name takes as long as a wrong password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from hepatica.registry.models import Person


class ByPassword(BaseBackend):
    """Local accounts."""

    def authenticate(self, request: Any, username: str = "", password: str = "", **_: Any) -> Person | None:  # noqa: ARG002
        """Return the person whose name and password these are; None where they are not, or may not sign in."""
        person = Person.objects.filter(username=username).first()
        if person is None:
            Person().set_password(password)  # takes the time of a check, so that names cannot be found out
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: int) -> Person | None:
        """Return the person of a session, as long as they may sign in."""
        return Person.objects.filter(pk=user_id, is_active=True).first()
