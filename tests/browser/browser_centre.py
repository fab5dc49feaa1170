"""What the browser tests need of a registry, in a process of its own: `fill` it, let patients `agree`, `age` it.

`everything` puts something on every page, and says where each role goes (JSON).
"""

from __future__ import annotations

import json
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


def agree() -> None:
    """Let eight patients of the centre that takes part agree to a purpose; P-1 was never asked."""
    from registry_cast import a_patient

    from hepatica.registry.audit.acting import acting
    from hepatica.registry.models import Centre, ConsentAct, ConsentText, Purpose

    with acting("test"):
        purpose = Purpose.objects.create(code="aih", title="Course of AIH")
        text = ConsentText.objects.create(purpose=purpose, version=1, text="May your data be used?")
        for number in range(8):
            patient = a_patient(Centre.objects.get(code="HERE"), f"N-{number}")
            ConsentAct.objects.create(patient=patient, text=text, decision="given", day="2024-01-01")


def everything() -> None:
    """Put something on every page, and say each role's pages."""
    from django.conf import settings
    from language_pages import PAGES, filled
    from registry_cast import Cast

    settings.ALLOWED_HOSTS = ["testserver"]
    starting.bring_up_to_date()
    places = filled(Cast())
    agree()
    json.dump({role: [page.format(**places) for page in pages] for role, pages in PAGES.items()}, sys.stdout)


if __name__ == "__main__":
    starting.configure()
    {"fill": fill, "agree": agree, "age": age, "everything": everything}[sys.argv[1]]()
