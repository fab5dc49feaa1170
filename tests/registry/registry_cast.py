"""The people and patients of the registry's tests: two centres, a patient each, and a person of every role."""

from __future__ import annotations

import uuid

from django.test import Client

from hepatica.registry.access.roles import roles
from hepatica.registry.audit.acting import acting
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.identities.models import Identity
from hepatica.registry.models import Centre, Measurement, Membership, Patient, Person, Treatment
from hepatica.registry.security.expiry import begin

PASSWORD = "correct horse battery staple"  # noqa: S105  (of invented people)


class Cast:
    """Two centres with a patient each, and a person of every role."""

    def __init__(self) -> None:
        with acting("test"):
            self.here = Centre.objects.create(code="HERE", name="Here", agrees_to_studies=True)
            self.there = Centre.objects.create(code="THERE", name="There")
            self.patient = a_patient(self.here, "P-1")
            self.other = a_patient(self.there, "P-2")
            self.people = {name: self._person(name, role.at_centre) for name, role in roles().items()}

    def _person(self, role: str, at_centre: bool) -> Person:
        person = Person(username=role, name=f"The {role}")
        person.set_password(PASSWORD)
        person.save()
        Membership.objects.create(person=person, role=role, centre=self.here if at_centre else None)
        return person

    def browser(self, role: str | None = None) -> Client:
        """A browser in which the person of a role is signed in; without a role, nobody."""
        client = Client(raise_request_exception=True)
        if role is not None:
            client.force_login(self.people[role], backend="hepatica.registry.access.backend.ByPassword")
            session = client.session
            begin(type("Request", (), {"session": session}))
            session.save()
        return client


def a_patient(centre: Centre, pseudonym: str) -> Patient:
    """A woman who responds to azathioprine with prednisolone: ALT 10 x ULN in January, normal in June 2023."""
    patient = Patient.objects.create(
        centre=centre, patient_id=pseudonym, key=uuid.uuid4(), birth_date="1980-03-05", sex="female",
        diagnosis_date="2023-01-05", aih_type="1", variant="none",
    )  # fmt: skip
    for date, alt, igg in (("2023-01-09", "400", "28"), ("2023-03-06", "90", "19"), ("2023-06-05", "30", "13")):
        Measurement.objects.create(patient=patient, date=date, analyte="ALT", value=alt, unit="U/L", upper_limit="40")
        Measurement.objects.create(patient=patient, date=date, analyte="AST", value=alt, unit="U/L", upper_limit="40")
        Measurement.objects.create(patient=patient, date=date, analyte="IGG", value=igg, unit="g/L", upper_limit="16")
    for drug, dose in (("prednisolone", "40"), ("azathioprine", "75")):
        Treatment.objects.create(patient=patient, drug=drug, start="2023-01-10", dose=dose, dose_unit="mg/day")
    return patient


def an_identity(patient_key: uuid.UUID, family_name: str = "Invented", **more: str) -> Identity:
    """Who a patient is, in the identities' own database."""
    with acting("test", using=IDENTITIES):
        return Identity.objects.create(
            patient_key=patient_key, family_name=family_name, **{"centre_code": "HERE"} | more
        )
