"""A record from an earlier form of the tables is brought up to date with every row, and its audit stays whole."""

from __future__ import annotations

import pytest
from django.core import serializers
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse
from registry_cast import Cast

from hepatica.errors import UsageError
from hepatica.registry.audit.verify import verify
from hepatica.registry.models import Centre, Measurement, Membership, Patient, Person, Treatment
from hepatica.registry.operation import starting

pytestmark = pytest.mark.both_databases
KEPT = (Centre, Patient, Measurement, Treatment, Person, Membership)
EARLIER = [
    *("0001_initial", "0020_consent_export_erasure_protocols", "0030_closed_centres", "0010_uploads"),
    "0041_kept_readings",
]


def rows() -> dict[str, str]:
    return {model.__name__: serializers.serialize("json", model.objects.order_by("pk")) for model in KEPT}


def taken_back(release: str) -> None:
    """Give the tables the form of an earlier release, whose triggers knew no later column."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
    MigrationExecutor(connection).migrate([("registry", release)])


@pytest.mark.parametrize("release", EARLIER)
def test_a_record_of_an_earlier_release_is_brought_up_to_date_with_every_row(registry, release):
    cast = Cast()
    before = rows()
    taken_back(release)
    later = MigrationExecutor(connection)
    assert later.migration_plan(later.loader.graph.leaf_nodes("registry")) != []

    starting.bring_up_to_date()

    assert rows() == before
    assert verify().problems == []
    browser = cast.browser("clinician")
    assert browser.get(reverse("patient", args=[cast.patient.key])).status_code == 200
    cells = {"date": "2024-05-05", "analyte": "ALT", "value": "77", "unit": "U/L", "upper_limit": "40"}
    assert browser.post(reverse("row-new", args=[cast.patient.key, "measurements"]), cells).status_code == 302
    chosen = {"clinician": cast.people["clinician"].pk, "version": 0}
    assert browser.post(reverse("clinician", args=[cast.patient.key]), chosen).status_code == 302
    assert verify().problems == []


@pytest.mark.parametrize(("alias", "app"), [("default", "registry"), ("identities", "identities")])
def test_a_record_of_a_later_release_is_opened_by_none_of_before(registry, alias, app):
    MigrationRecorder(connections[alias]).record_applied(app, "0999_of_a_later_release")
    for opened in (starting.bring_up_to_date, starting.require_started):
        with pytest.raises(UsageError, match="belongs to a newer version") as refused:
            opened()
        assert "backup" in refused.value.remedy
