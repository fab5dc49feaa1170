"""What the browser tests need of a registry, made in a process of its own: `fill` a folder, or `age` its sessions."""

from __future__ import annotations

import sys

from hepatica.registry.operation import starting

IDLE = 31 * 60


def fill() -> None:
    """Make the registry's cast: two centres with a patient each, and a person of every role."""
    starting.bring_up_to_date()
    from registry_cast import Cast

    Cast()


def age() -> None:
    """Let every session have been idle for longer than it may be."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    for key in Session.objects.values_list("session_key", flat=True):
        session = SessionStore(session_key=key)
        session["seen"] -= IDLE
        session.save()


if __name__ == "__main__":
    starting.configure()
    {"fill": fill, "age": age}[sys.argv[1]]()
