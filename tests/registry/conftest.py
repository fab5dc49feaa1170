"""What tests of the registry share: a database of its own for each test, people of every role, and their browsers."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from pathlib import Path

import pytest

# Before anything of the registry is imported: an installation of the tests' own, with the notice accepted.
FOLDER = Path(tempfile.mkdtemp(prefix="hepatica-registry-tests-"))
os.environ.update(
    HEPATICA_DATA=str(FOLDER / "data"),
    HEPATICA_CONFIG=str(FOLDER / "no-config.toml"),
    HEPATICA_AS_OF="2024-06-30",
    HEPATICA_NOTICE_ACCEPTED="true",
    HEPATICA_DATABASE="",
    HEPATICA_IDENTITIES="",
)

from hepatica.registry.operation import starting  # noqa: E402

starting.configure()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from hepatica.registry.access.roles import roles  # noqa: E402
from hepatica.registry.audit.acting import acting  # noqa: E402
from hepatica.registry.models import Centre, Measurement, Membership, Patient, Person, Treatment  # noqa: E402
from hepatica.registry.security.expiry import begin  # noqa: E402

PASSWORD = "correct horse battery staple"  # noqa: S105  (of invented people)
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the tests' passwords are no secret
settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
setup_test_environment()


def pytest_sessionfinish(session, exitstatus):
    connections.close_all()
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_databases() -> dict[str, Path]:
    """The two databases after all migrations, made once and copied for each test."""
    starting.bring_up_to_date()
    connections.close_all()
    made = {}
    for alias in connections:
        path = Path(connections.databases[alias]["NAME"])
        made[alias] = path.with_suffix(".template")
        shutil.copy(path, made[alias])
    return made


@pytest.fixture
def registry(empty_databases, tmp_path):
    """An empty registry of the test's own: real commits, real triggers, and threads see it."""
    for alias, template in empty_databases.items():
        connections[alias].close()
        connections.databases[alias]["NAME"] = str(shutil.copy(template, tmp_path / f"{alias}.sqlite3"))
    yield tmp_path
    connections.close_all()


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


@pytest.fixture
def cast(registry) -> Cast:
    """A registry with two centres, their patients, and a person of every role, all signing in with PASSWORD."""
    return Cast()
