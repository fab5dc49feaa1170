"""An invented centre in a registry of its own, with people of every role to look around as."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from hepatica.registry.audit.acting import acting
from hepatica.registry.engine.freshness import bring_up_to_date
from hepatica.registry.importing import bring_in, raw_frames
from hepatica.registry.models import Centre, Membership, Person
from hepatica.sources.source import Source

ROLES = ("clinician", "coordinator", "researcher", "administrator", "auditor")


@dataclass(frozen=True)
class SignIn:
    """How somebody signs in to the invented centre; drawn anew at each start."""

    role: str
    username: str
    password: str


def invented_centre(source: Source) -> list[SignIn]:
    """Fill an empty registry from an invented source, derive every course, and return how to sign in, by role."""
    frames = raw_frames(source.raw)
    name = frames["patients"]["centre"].drop_nulls().mode().sort()[0]
    with acting("demo"):
        centre = Centre.objects.create(code=name, name=name, agrees_to_studies=True)
        signs = [_person(role, centre) for role in ROLES]
        bring_in(frames, centre, "invented", Person.objects.get(username="coordinator"))
    bring_up_to_date(centre)
    return signs


def _person(role: str, centre: Centre) -> SignIn:
    sign_in = SignIn(role, role, secrets.token_urlsafe(12))
    person = Person(username=role, name=f"{role.capitalize()} (invented)")
    person.set_password(sign_in.password)
    person.save()
    at = centre if role in ("clinician", "coordinator") else None
    Membership.objects.create(person=person, role=role, centre=at)
    return sign_in
