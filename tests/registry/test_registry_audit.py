"""The audit: whatever changes a row leaves a sealed entry in the same transaction, and tampering is found out."""

from __future__ import annotations

import json

import pytest
from django.db import DatabaseError, connection
from registry_cast import Cast

from hepatica.registry.audit.acting import acting, because
from hepatica.registry.audit.chain import SEALED
from hepatica.registry.audit.entries import record
from hepatica.registry.audit.triggers import install_triggers
from hepatica.registry.audit.verify import head, verify
from hepatica.registry.models import (
    AuditEntry,
    Centre,
    History,
    Measurement,
    PatientSeal,
    Person,
    audited_models,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def everywhere(request) -> Cast:
    """The cast on SQLite, and on PostgreSQL where there is one."""
    request.getfixturevalue("sqlite_registry" if request.param == "sqlite" else "postgres_registry")
    return Cast()


def run(*statements: str) -> None:
    """Run SQL as somebody who goes around the application."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def without_triggers(*statements: str) -> None:
    """Change the database as its owner can: the triggers away, the change, the triggers back."""
    if connection.vendor == "postgresql":
        run("SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        names = [name for (name,) in cursor.fetchall()]
    run(*(f"DROP TRIGGER {name}" for name in names), *statements)
    install_triggers()


def last() -> AuditEntry:
    return AuditEntry.objects.order_by("-seq").first()


def test_a_change_without_an_actor_is_refused(everywhere):
    with pytest.raises(DatabaseError, match="needs an actor"):
        Centre.objects.create(code="X", name="X")
    assert not Centre.objects.filter(code="X").exists()


def test_an_entry_names_actor_row_and_patient(everywhere):
    person = everywhere.people["clinician"]
    with acting(person, request="r1"):
        row = Measurement.objects.create(patient=everywhere.patient, date="2024-01-01", analyte="ALT", value="31")
    entry = last()
    assert (entry.actor, entry.act, entry.subject, entry.subject_key) == (
        f"person {person.pk}", "insert", "measurement", str(row.pk),
    )  # fmt: skip
    assert (entry.patient, entry.request) == (everywhere.patient.pk, "r1")


WAYS_OF_WRITING = {
    "save": lambda row: row.save(),
    "queryset update": lambda row: Measurement.objects.filter(pk=row.pk).update(value=row.value),
    "bulk update": lambda row: Measurement.objects.bulk_update([row], ["value"]),
    "raw SQL": lambda row: run(f"UPDATE registry_measurement SET value = '{row.value}' WHERE id = {row.pk}"),
}


@pytest.mark.parametrize("way", WAYS_OF_WRITING)
def test_no_way_of_writing_goes_around_the_audit(everywhere, way):
    row = Measurement.objects.filter(patient=everywhere.patient).first()
    before = row.value
    row.value = "77"
    with acting("test"), because("read wrongly"):
        WAYS_OF_WRITING[way](row)
    entry = last()
    assert (entry.act, entry.subject_key) == ("update", str(row.pk))
    kept = History.objects.get(seq=entry.seq)
    assert json.loads(kept.content)["value"] == before
    assert kept.reason == "read wrongly"
    assert verify().problems == []


def test_bulk_insert_and_delete_leave_an_entry_a_row(everywhere):
    begun = last().seq
    rows = [Measurement(patient=everywhere.patient, date="2024-01-01", analyte="ALT", value=str(n)) for n in range(5)]
    with acting("test"):
        Measurement.objects.bulk_create(rows)
        Measurement.objects.filter(patient=everywhere.patient, date="2024-01-01").delete()
    acts = list(AuditEntry.objects.filter(seq__gt=begun).order_by("seq").values_list("act", flat=True))
    assert acts == ["insert"] * 5 + ["delete"] * 5
    assert verify().problems == []


def test_a_change_that_is_rolled_back_leaves_no_entry(everywhere):
    before = head()
    with pytest.raises(DatabaseError), acting("test"):
        Centre.objects.bulk_create([Centre(code="X", name="X"), Centre(code="X", name="the same code")])
    assert head() == before
    assert verify().problems == []


def test_a_save_that_changes_nothing_leaves_no_entry(everywhere):
    before = head()
    with acting("test"):
        Measurement.objects.first().save()
    assert head() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_auditentry SET actor = 'nobody'",
        "DELETE FROM registry_auditentry",
        "UPDATE registry_history SET content = ''",
        "DELETE FROM registry_history",
        "DELETE FROM registry_patientseal",
        "UPDATE registry_patientseal SET version = 0",
    ],
)
def test_the_audit_is_append_only(everywhere, statement):
    with acting("test"), because("a reason"):
        Measurement.objects.filter(patient=everywhere.patient).update(value="50")
    with pytest.raises(DatabaseError, match="append-only"), acting("test"):
        run(statement)


@pytest.mark.parametrize("column", [*SEALED, "hash"])
def test_changing_any_column_of_any_entry_is_found(everywhere, column):
    middle = AuditEntry.objects.count() // 2
    value = "999999" if column in ("seq", "patient", "form") else "'forged'"
    without_triggers(f"UPDATE registry_auditentry SET {column} = {value} WHERE seq = {middle}")
    assert verify().problems != []


def test_removing_an_entry_is_found_wherever_it_stood(everywhere):
    known = head()
    without_triggers("DELETE FROM registry_auditentry WHERE seq = 3")
    assert verify().problems != []
    without_triggers(f"DELETE FROM registry_auditentry WHERE seq = {known.seq}")
    assert any("no longer in the audit" in problem for problem in verify([known]).problems)


def columns_of_audited_tables() -> list[tuple[str, str]]:
    return [
        (model._meta.db_table, field.column)
        for model in audited_models()
        for field in model._meta.concrete_fields
        if not field.primary_key and field.get_internal_type() in ("CharField", "TextField")
    ]


def test_changing_any_text_of_any_row_around_the_audit_is_found(cast):
    for table, column in columns_of_audited_tables():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*), min("{column}") FROM {table}')
            count, kept = cursor.fetchone()
        if not count:
            continue
        where = f'WHERE id = (SELECT min(id) FROM {table} WHERE "{column}" = %s)'
        forged = f"""UPDATE {table} SET "{column}" = "{column}" || 'x' {where.replace("%s", f"'{kept}'")}"""
        without_triggers(forged)
        assert verify().problems != [], (table, column)
        without_triggers(f"""UPDATE {table} SET "{column}" = '{kept}' WHERE "{column}" = '{kept}x'""")
        assert verify().problems == [], (table, column)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM registry_measurement WHERE id = (SELECT min(id) FROM registry_measurement)",
        "INSERT INTO registry_centre (code, name, definitions, protocol, agrees_to_studies, closed)"  # noqa: ISC004
        " SELECT 'forged', name, definitions, protocol, agrees_to_studies, closed FROM registry_centre"
        " WHERE code = 'HERE'",
        "UPDATE registry_history SET content = '{}'",
        "UPDATE registry_history SET reason = 'another'",
        "DELETE FROM registry_history",
        "UPDATE registry_patientseal SET salt = 'another'",
    ],
)
def test_rows_and_former_contents_are_held_to_their_entries(everywhere, statement):
    with acting("test"), because("typing error"):
        Measurement.objects.filter(patient=everywhere.patient).update(value="50")
    assert verify().problems == []
    without_triggers(statement)
    assert verify().problems != []


def test_an_erasure_takes_values_and_histories_and_leaves_the_chain_whole(everywhere):
    patient = everywhere.patient
    with acting("test"), because("typing error"):
        Measurement.objects.filter(patient=patient).update(value="50")
    with acting("test", erasing=patient.pk):
        record("erase", patient=patient.pk)
        Measurement.objects.filter(patient=patient).delete()
        patient.treatments.all().delete()
        number = patient.pk
        patient.delete()
        History.objects.filter(patient=number).delete()
        PatientSeal.objects.filter(patient_id=number).delete()
    assert verify().problems == []
    assert not History.objects.filter(patient=number).exists()


def test_no_value_of_a_patient_stands_in_the_chain(everywhere):
    with acting("test"), because("P-1 said so"):
        Measurement.objects.filter(patient=everywhere.patient).update(value="implausible")
    text = "\n".join(str(values) for values in AuditEntry.objects.values_list(*SEALED, "hash"))
    assert "implausible" not in text
    assert "P-1" not in text


def test_a_password_is_kept_in_no_history(everywhere):
    person: Person = everywhere.people["clinician"]
    with acting("test"):
        person.set_password("another correct horse")
        person.save()
    kept = History.objects.get(seq=last().seq)
    assert "password" not in json.loads(kept.content)
    assert verify().problems == []


def test_every_change_of_a_patient_raises_the_version_of_the_data(everywhere):
    versions = []
    rows = Measurement.objects.filter(patient=everywhere.patient)
    for change in (
        lambda: rows.update(value="50"),
        lambda: rows.first().delete(),
        lambda: type(everywhere.patient).objects.filter(pk=everywhere.patient.pk).update(sex="male"),
    ):
        with acting("test"):
            change()
        versions.append(PatientSeal.objects.get(patient_id=everywhere.patient.pk).version)
    assert versions == sorted(set(versions))
    other = PatientSeal.objects.get(patient_id=everywhere.other.pk).version
    with acting("test"):
        Measurement.objects.filter(patient=everywhere.patient).update(patient=everywhere.other)
    assert PatientSeal.objects.get(patient_id=everywhere.patient.pk).version > versions[-1]
    assert PatientSeal.objects.get(patient_id=everywhere.other.pk).version > other
