"""Every field is classified, and none that says who a patient is stands outside of the identities."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from hepatica import registry as room
from hepatica.record.tables import TABLES
from hepatica.registry.audit.acting import acting
from hepatica.registry.identities.models import IdentityAuditForm, PseudonymDomain
from hepatica.registry.identities.pseudonyms import pseudonym
from hepatica.registry.models import MODELS, Audited, AuditForm, History

CLASSES = {"identifying", "pseudonymous", "staff", "technical"}
CLASSIFIED = yaml.safe_load((Path(room.__file__).parent / "classification.yaml").read_text(encoding="utf-8"))
OURS = [model for label in ("registry", "identities") for model in apps.get_app_config(label).get_models()]


def class_of(model, field) -> str:
    told = CLASSIFIED[model._meta.label_lower]
    return told.get(field.name, told["all"])


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label_lower)
def test_every_field_of_every_table_is_classified(model):
    names = {field.name for field in model._meta.concrete_fields}
    told = CLASSIFIED[model._meta.label_lower]
    assert set(told) - {"all"} <= names
    assert {class_of(model, field) for field in model._meta.concrete_fields} <= CLASSES


def test_the_list_names_no_table_that_does_not_exist():
    assert set(CLASSIFIED) == {model._meta.label_lower for model in OURS}


def test_what_says_who_a_patient_is_stands_in_the_identities_database_only():
    where = {
        model._meta.app_label
        for model in OURS
        for field in model._meta.concrete_fields
        if class_of(model, field) == "identifying"
    }
    assert where == {"identities"}


def test_the_identities_hold_no_clinical_fact():
    columns = {name for table in TABLES.values() for name in table.names} - {"patient_id"}
    kept = [model for model in OURS if model._meta.app_label == "identities" and issubclass(model, Audited)]
    names = {field.name for model in kept for field in model._meta.fields}
    assert not columns & names


def test_the_six_tables_are_kept_as_their_agreed_columns():
    for table, model in MODELS.items():
        kept = {field.name for field in model._meta.concrete_fields}
        wanted = {name for name in TABLES[table].names if name != "patient_id"} - (
            set() if table == "patients" else {"centre"}
        )
        assert wanted <= kept
        texts = {field.name for field in model._meta.concrete_fields if field.get_internal_type() == "TextField"}
        assert wanted - {"centre"} <= texts


def test_every_table_that_people_change_is_audited():
    """Caches, what waits outside of the record, and what the audit itself writes alone have no triggers."""
    free = {model._meta.label_lower for model in OURS if not issubclass(model, Audited)}
    assert free == {
        *("registry.auditentry", "registry.history", "registry.auditform", "registry.patientseal"),
        *("registry.basis", "registry.derivedstate", "registry.deriveditem"),
        *("registry.upload", "registry.waitingrow"),
        *("identities.identityauditentry", "identities.identityauditform"),
    }


def test_the_migrations_are_one_chain_and_complete(registry):
    loader = MigrationLoader(None)
    for label in ("registry", "identities"):
        assert len(loader.graph.leaf_nodes(label)) == 1
    call_command("makemigrations", "registry", "identities", check=True, dry_run=True, verbosity=0)


def test_a_pseudonym_is_the_same_in_its_domain_and_another_in_every_other(cast):
    one = pseudonym(cast.patient.key, "study A")
    assert one == pseudonym(cast.patient.key, "study A")
    assert len({one, pseudonym(cast.patient.key, "study B"), pseudonym(cast.other.key, "study A")}) == 3
    assert PseudonymDomain.objects.count() == 2


def test_a_pseudonym_needs_the_key_of_the_domain_and_that_of_the_installation(cast, monkeypatch):
    one = pseudonym(cast.patient.key, "study A")
    monkeypatch.setattr(settings, "PSEUDONYM_KEY", "00" * 32)
    assert pseudonym(cast.patient.key, "study A") != one
    monkeypatch.undo()
    with acting("test", using="identities"):
        PseudonymDomain.objects.update(key="11" * 32)
    assert pseudonym(cast.patient.key, "study A") != one


def test_secrets_are_drawn_at_the_first_start_for_their_owner_only():
    path = settings.INSTALLATION.data / "secrets.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len({settings.SECRET_KEY, settings.PSEUDONYM_KEY}) == 2
    assert min(len(settings.SECRET_KEY), len(settings.PSEUDONYM_KEY)) >= 64


def test_histories_and_forms_start_empty_and_complete(registry):
    assert not History.objects.exists()
    for forms, app in ((AuditForm, "registry"), (IdentityAuditForm, "identities")):
        assert set(forms.objects.values_list("subject", flat=True)) == {
            str(model._meta.model_name) for model in OURS if issubclass(model, Audited) and model._meta.app_label == app
        }
