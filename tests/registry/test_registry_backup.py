"""Nothing lost: restored consent, exports, certificates, and protocols are the same, and a killed erasure is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.urls import reverse
from registry_cast import Cast, an_identity

from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.verify import verify
from hepatica.registry.engine.standards import standards_of
from hepatica.registry.identities.models import Identity
from hepatica.registry.identities.pseudonyms import pseudonym
from hepatica.registry.models import Centre, CentreProtocol, ConsentAct, ConsentText, Erasure, Export, Patient, Purpose
from hepatica.registry.operation import starting
from hepatica.registry.operation.backups import back_up, restore
from hepatica.registry.privacy.consent import standing_of
from hepatica.registry.privacy.erasure import erase, rows_about
from hepatica.registry.protocols.kept import copy_text, path_of


def lived_in(cast: Cast) -> Purpose:
    """A registry with consent, an export, a protocol of the centre's own in use, an identity, and an erasure."""
    with acting("test"):
        purpose = Purpose.objects.create(code="registry", title="Registry research")
        text = ConsentText.objects.create(purpose=purpose, version=1, text="I agree.")
        ConsentAct.objects.create(patient=cast.patient, text=text, decision="given", day="2024-01-01")
        own = copy_text("easl_2025", "ours", "Our clinic")
        CentreProtocol.objects.create(centre=cast.here, name="ours", text=own)
        Centre.objects.filter(pk=cast.here.pk).update(protocol="own:ours")
    an_identity(cast.patient.key)
    given = {"centre": cast.here.pk, "purpose": purpose.pk, "form": "csv", "name": "partner"}
    answer = cast.browser("coordinator").post(reverse("exports"), given)
    assert len(b"".join(answer.streaming_content)) > 0
    answer.close()
    erase(cast.other, "mistake", by=cast.people["coordinator"])
    return purpose


def everything() -> dict[str, list[str]]:
    """Every row of every table of both databases."""
    rows = {}
    for alias in connections:
        with connections[alias].cursor() as cursor:
            for table in sorted(connections[alias].introspection.table_names(cursor)):
                cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
                rows[f"{alias} {table}"] = sorted(map(str, cursor.fetchall()))
    return rows


def new_databases(folder, postgres) -> None:
    """Speak to empty databases from here on."""
    for alias in connections:
        connections[alias].close()
        if postgres is None:
            connections.databases[alias]["NAME"] = str(folder / f"restored-{alias}.sqlite3")
        else:
            name = f"registry_restored_{alias}"
            postgres.database(name)
            connections.databases[alias]["NAME"] = name


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_lived_in_registry_is_restored_to_the_same_and_works_on(request, kind):
    folder = request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    postgres = None if kind == "sqlite" else request.getfixturevalue("postgres_template")
    cast = Cast()
    purpose = lived_in(cast)
    before, name = everything(), pseudonym(cast.patient.key, "registry:partner")
    back_up(folder / "backup")
    new_databases(folder, postgres)
    assert restore(folder / "backup").problems == []
    assert everything() == before
    assert standing_of(Patient.objects.get(), purpose) == "agreed"
    assert pseudonym(cast.patient.key, "registry:partner") == name
    assert Export.objects.get().manifest["patients"]["exported"] == 1
    assert Erasure.objects.get().patient_number == cast.other.pk
    with acting("test"):
        ConsentAct.objects.create(
            patient_id=cast.patient.pk, text=ConsentText.objects.get(), decision="withdrawn", day="2024-06-01"
        )
    assert standing_of(Patient.objects.get(), purpose) == "withdrawn"
    assert verify().problems == []


def test_a_centres_own_protocol_is_used_after_a_restore_without_its_file(registry):
    lived_in(Cast())
    back_up(registry / "backup")
    kept = CentreProtocol.objects.get()
    file = Path(path_of(kept))
    new_databases(registry, None)
    restore(registry / "backup")
    file.unlink()
    assert standards_of(Centre.objects.get(code="HERE")).practice.title == "Our clinic"


def test_a_restart_changes_nothing(registry):
    lived_in(Cast())
    before = everything()
    for alias in connections:
        connections[alias].close()
    starting.bring_up_to_date()
    after = everything()
    assert {name: rows for name, rows in after.items() if "migrations" not in name} == {
        name: rows for name, rows in before.items() if "migrations" not in name
    }
    assert verify().problems == []


# Killed while erasing

KILLED = """
import os, signal
from hepatica.registry.operation import starting
starting.configure()
from hepatica.registry.models import Erasure, Patient, Person
from hepatica.registry.privacy import erasure
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
{where} = die
erasure.erase(Patient.objects.get(patient_id="P-1"), "request", by=Person.objects.get(username="coordinator"))
"""


def killed(where: str, urls: dict[str, str]) -> None:
    """Erase in a process of its own that dies at a point of it."""
    surroundings: dict[str, Any] = {**os.environ, "HEPATICA_DATA": str(settings.INSTALLATION.data), **urls}
    done = subprocess.run([sys.executable, "-c", KILLED.format(where=where)], env=surroundings, check=False)
    assert done.returncode == -signal.SIGKILL


def urls_of(request, kind: str) -> dict[str, str]:
    folder = request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    if kind == "sqlite":
        return {
            "HEPATICA_DATABASE": f"sqlite:///{folder}/default.sqlite3",
            "HEPATICA_IDENTITIES": f"sqlite:///{folder}/identities.sqlite3",
        }
    server = request.getfixturevalue("postgres_template")
    return {"HEPATICA_DATABASE": server.url("registry"), "HEPATICA_IDENTITIES": server.url("identities")}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_erasure_that_is_killed_half_way_has_not_happened(request, kind):
    urls = urls_of(request, kind)
    cast = Cast()
    an_identity(cast.patient.key)
    before = rows_about(cast.patient.pk)
    killed("Erasure.objects.create", urls)
    assert rows_about(cast.patient.pk) == before
    assert Identity.objects.exists()
    assert verify().problems == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_erasure_that_is_killed_after_the_record_went_is_finished_at_the_next_start(request, kind):
    urls = urls_of(request, kind)
    cast = Cast()
    an_identity(cast.patient.key)
    killed("erasure._afterwards", urls)
    assert not Patient.objects.filter(pk=cast.patient.pk).exists()
    assert Erasure.objects.get().patient_number == cast.patient.pk
    assert Identity.objects.exists()
    starting.bring_up_to_date()
    assert not Identity.objects.exists()
    assert verify().problems == []
