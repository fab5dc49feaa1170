"""An invented centre in a registry of its own, with people of every role to look around as."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from hepatica.registry.access.roles import roles
from hepatica.registry.audit.acting import acting
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.engine.freshness import bring_up_to_date
from hepatica.registry.engine.standards import today
from hepatica.registry.identities.models import Identity
from hepatica.registry.importing import bring_in, raw_frames
from hepatica.registry.models import (
    Centre,
    ConsentAct,
    ConsentText,
    Membership,
    Patient,
    Person,
    Purpose,
    TreatingClinician,
)
from hepatica.sources.source import Source

PURPOSE = "Research on the course of autoimmune hepatitis"
TEXT = "Invented: my data may be used, under a pseudonym, for research on the course of the disease."
# Of ten invented patients one refused, one was never asked, and the others agreed.
SAID = ("given", "given", "given", "refused", "given", "given", None, "given", "given", "given")
# Trees, so that a patient is found by the beginning of a name; of twenty patients nobody has entered yet who one is.
FAMILIES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ivy", "Juniper", "Larch", "Maple")
GIVEN = {"female": ("Anna", "Berta", "Clara", "Dora", "Emma"), "male": ("Anton", "Bruno", "Carl", "David", "Emil")}
NOT_ENTERED = 20
# Of ten invented patients nobody has named yet who treats one.
NOT_NAMED = 10


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
        signs = [_person(role, centre) for role in roles()]
        bring_in(frames, centre, "invented", Person.objects.get(username="coordinator"))
        _consent(centre)
        _treating(centre)
    _identities(centre)
    bring_up_to_date(centre)
    return signs


def _consent(centre: Centre) -> None:
    """Ask nearly all patients whether they agree to one purpose, so that exports and studies have something to show."""
    purpose = Purpose.objects.create(code="course", title=PURPOSE)
    text = ConsentText.objects.create(purpose=purpose, version=1, text=TEXT)
    clinician = Person.objects.get(username="clinician")
    ConsentAct.objects.bulk_create(
        ConsentAct(patient=patient, text=text, decision=said, day=today(), entered_by=clinician)
        for number, patient in enumerate(Patient.objects.filter(centre=centre).order_by("pk"))
        if (said := SAID[number % len(SAID)]) is not None
    )


def _treating(centre: Centre) -> None:
    """Name the centre's clinician as the one who treats nearly all patients."""
    clinician = Person.objects.get(username="clinician")
    TreatingClinician.objects.bulk_create(
        TreatingClinician(patient=patient, clinician=clinician)
        for number, patient in enumerate(Patient.objects.filter(centre=centre).order_by("pk"), start=1)
        if number % NOT_NAMED
    )


def _identities(centre: Centre) -> None:
    """Say who nearly all patients are, by names that nobody takes for a person: Alder (invented), Anna 001."""
    with acting("demo", using=IDENTITIES):
        Identity.objects.bulk_create(
            Identity(
                patient_key=patient.key,
                centre_code=centre.code,
                family_name=f"{FAMILIES[(number - 1) % len(FAMILIES)]} (invented)",
                given_name=f"{_given(patient.sex, number)} {number:03}",
                hospital_number=f"INVENTED-{number:05}",
            )
            for number, patient in enumerate(Patient.objects.filter(centre=centre).order_by("pk"), start=1)
            if number % NOT_ENTERED
        )


def _given(sex: str, number: int) -> str:
    """Return an invented given name; of a sex that is not known, any."""
    names = GIVEN.get(sex, GIVEN["female"] + GIVEN["male"])
    return names[(number - 1) // len(FAMILIES) % len(names)]


def _person(role: str, centre: Centre) -> SignIn:
    sign_in = SignIn(role, role, secrets.token_urlsafe(12))
    person = Person(username=role, name=f"{role.replace('_', ' ').capitalize()} (invented)")
    person.set_password(sign_in.password)
    person.save()
    Membership.objects.create(person=person, role=role, centre=centre if roles()[role].at_centre else None)
    return sign_in
