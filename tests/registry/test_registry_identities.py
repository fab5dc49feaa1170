"""The audit of the identities: their own chain in their own database, held to as strictly as the record's."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from registry_cast import Cast, an_identity

from hepatica.errors import UsageError
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.chain import SEALED
from hepatica.registry.audit.ledgers import OF_IDENTITIES
from hepatica.registry.audit.triggers import install_triggers
from hepatica.registry.audit.verify import head, verify, verify_both
from hepatica.registry.databases import IDENTITIES, kept_apart
from hepatica.registry.identities.models import Identity, IdentityAuditEntry, PseudonymDomain
from hepatica.registry.identities.pseudonyms import pseudonym
from hepatica.registry.operation import starting
from hepatica.registry.operation.backups import back_up, restore
from hepatica.registry.privacy.erasure import erase


@pytest.fixture(params=["sqlite", "postgresql"])
def everywhere(request) -> Cast:
    """The cast with an identity and a pseudonym, on SQLite, and on PostgreSQL where there is one."""
    request.getfixturevalue("sqlite_registry" if request.param == "sqlite" else "postgres_registry")
    cast = Cast()
    an_identity(cast.patient.key, hospital_number="H-1")
    pseudonym(cast.patient.key, "study A")
    return cast


@pytest.fixture(autouse=True)
def written_heads():
    """No head is left written down after a test: each has databases of its own."""
    yield
    for name in starting.HEADS_FILES.values():
        (settings.INSTALLATION.data / name).unlink(missing_ok=True)


def run(*statements: str) -> None:
    with connections[IDENTITIES].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def without_triggers(*statements: str) -> None:
    """Change the identities as the database's owner can: the triggers away, the change, the triggers back."""
    if connections[IDENTITIES].vendor == "postgresql":
        run("SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT")
        return
    with connections[IDENTITIES].cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        names = [name for (name,) in cursor.fetchall()]
    run(*(f"DROP TRIGGER {name}" for name in names), *statements)
    install_triggers(IDENTITIES)


def problems() -> list[str]:
    return verify(ledger=OF_IDENTITIES).problems


def acts() -> list[tuple[str, str, str]]:
    return list(IdentityAuditEntry.objects.order_by("seq").values_list("actor", "act", "subject"))


def test_every_change_of_an_identity_leaves_an_entry_and_none_goes_without_an_actor(everywhere):
    assert acts() == [("test", "insert", "identity"), ("first use", "insert", "pseudonymdomain")]
    with pytest.raises(DatabaseError, match="needs an actor"):
        Identity.objects.update(family_name="Another")
    with acting(everywhere.people["coordinator"], using=IDENTITIES):
        Identity.objects.update(family_name="Another")
        run("UPDATE identities_identity SET given_name = 'Other'")
    assert [act for _, act, _ in acts()[2:]] == ["update", "update"]
    assert problems() == []


def test_the_key_store_holds_no_name_in_its_chain_and_no_former_name(everywhere):
    with acting("test", using=IDENTITIES):
        Identity.objects.update(family_name="Another")
    text = str(list(IdentityAuditEntry.objects.values()))
    for secret in ("Invented", "Another", "H-1", str(everywhere.patient.key), everywhere.patient.key.hex):
        assert secret not in text
    assert not IdentityAuditEntry.objects.exclude(patient=None).exists()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE identities_identityauditentry SET actor = 'nobody'", "DELETE FROM identities_identityauditentry"],
)
def test_the_identities_audit_is_append_only(everywhere, statement):
    with pytest.raises(DatabaseError, match="append-only"), acting("test", using=IDENTITIES):
        run(statement)


@pytest.mark.parametrize("column", [*SEALED, "hash"])
def test_changing_any_column_of_an_entry_is_found(everywhere, column):
    value = "999999" if column in ("seq", "patient", "form") else "'forged'"
    without_triggers(f"UPDATE identities_identityauditentry SET {column} = {value} WHERE seq = 1")  # noqa: S608
    assert problems() != []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE identities_identity SET family_name = 'forged'",
        "UPDATE identities_identity SET hospital_number = 'forged'",
        "UPDATE identities_identity SET salt = 'forged'",
        "UPDATE identities_pseudonymdomain SET name = 'forged'",
        "UPDATE identities_pseudonymdomain SET key = 'forged'",
        "DELETE FROM identities_identity",
        "DELETE FROM identities_pseudonymdomain",
        "INSERT INTO identities_pseudonymdomain (name, key, created_at)"  # noqa: ISC004
        " SELECT 'forged', key, created_at FROM identities_pseudonymdomain",
        "DELETE FROM identities_identityauditentry WHERE seq = 1",
    ],
)
def test_tampering_with_identities_is_found(everywhere, statement):
    assert problems() == []
    without_triggers(statement)
    assert problems() != []


def test_a_patient_who_is_given_another_name_around_the_audit_is_found(everywhere):
    """Two identities exchanged: every single value is still there, and each is somebody else's."""
    other = an_identity(everywhere.other.key, "Somebody", centre_code="THERE")
    first = Identity.objects.exclude(pk=other.pk).get()
    free, one, two = (uuid.uuid4(), first.patient_key, other.patient_key)
    keys = {key: key.hex if connections[IDENTITIES].vendor == "sqlite" else str(key) for key in (free, one, two)}
    change = "UPDATE identities_identity SET patient_key = '{}' WHERE id = {}"
    moves = ((free, first.pk), (one, other.pk), (two, first.pk))
    without_triggers(*(change.format(keys[key], number) for key, number in moves))
    assert len([one for one in problems() if one.startswith("identity ")]) == 2


def test_removing_the_last_entry_is_found_by_the_head_that_was_written_down(everywhere):
    starting.note_heads()
    known = head(OF_IDENTITIES)
    assert str(known) in starting.known_heads()[IDENTITIES]
    without_triggers(
        "DELETE FROM identities_pseudonymdomain",
        f"DELETE FROM identities_identityauditentry WHERE seq = {known.seq}",  # noqa: S608
    )
    assert problems() == []
    found = verify_both({IDENTITIES: [known]}).problems
    assert found == [f"identities: head {known.seq}: is no longer in the audit"]


def test_an_erasure_removes_identity_and_salt_and_the_chain_stays_whole(everywhere):
    person = everywhere.people["coordinator"]
    erase(everywhere.patient, "request", by=person)
    assert not Identity.objects.exists()
    assert acts()[-1] == (f"person {person.pk}", "delete", "identity")
    assert verify_both({}).problems == []


def test_what_is_restored_verifies_in_both_databases(registry):
    cast = Cast()
    an_identity(cast.patient.key)
    starting.note_heads()
    back_up(registry / "backup")
    for alias in connections:
        connections[alias].close()
        connections.databases[alias]["NAME"] = str(registry / f"restored-{alias}.sqlite3")
    for name in starting.HEADS_FILES.values():
        (settings.INSTALLATION.data / name).unlink(missing_ok=True)
    outcome = restore(registry / "backup")
    assert outcome.problems == []
    assert outcome.identities.entries == 1
    assert starting.known_heads()[IDENTITIES] == [str(head(OF_IDENTITIES))]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_identities_from_before_their_audit_are_taken_up_with_a_salt_each(request, kind):
    folder = request.getfixturevalue("sqlite_registry" if kind == "sqlite" else "postgres_registry")
    name = str(folder / "before.sqlite3")
    if kind == "postgresql":
        name = "identities_before"
        request.getfixturevalue("postgres_template").database(name)
    connections[IDENTITIES].close()
    connections.databases[IDENTITIES]["NAME"] = name
    MigrationExecutor(connections[IDENTITIES]).migrate([("identities", "0001_initial")])
    into = "INSERT INTO identities_identity (patient_key, family_name, given_name, hospital_number, centre_code)"
    for number in (1, 2):
        key = uuid.uuid4().hex
        run(f"{into} VALUES ('{key}', 'N{number}', '', '', 'HERE')")
    run("INSERT INTO identities_pseudonymdomain (name, key, created_at) VALUES ('study', 'abc', '2024-01-01 00:00:00')")
    starting.bring_up_to_date()
    assert len(set(Identity.objects.values_list("salt", flat=True))) == 2
    assert acts() == [("upgrade", "insert", "identity")] * 2 + [("upgrade", "insert", "pseudonymdomain")]
    assert problems() == []
    with acting("test", using=IDENTITIES):
        Identity.objects.update(family_name="Another")
        PseudonymDomain.objects.update(key="another")
    assert problems() == []
    without_triggers("UPDATE identities_identity SET family_name = 'forged' WHERE id = 1")
    assert problems() != []


def test_the_auditor_sees_both_audits_to_the_second_and_verifies_both(cast):
    an_identity(cast.patient.key)
    auditor = cast.browser("auditor")
    record, identities = (auditor.get(f"{reverse('audit')}{query}") for query in ("", "?of=identities"))
    assert "measurement" in record.content.decode()
    page = identities.content.decode()
    assert "identity 1" in page
    assert "Invented" not in page
    entry = IdentityAuditEntry.objects.get()
    assert entry.instant.strftime("%Y-%m-%d %H:%M:%S<") in page
    assert entry.at not in page
    assert str(head(OF_IDENTITIES)) in auditor.get(reverse("audit-verification")).content.decode()
    without_triggers("UPDATE identities_identityauditentry SET at = 'forged' WHERE seq = 1")
    assert "forged" in auditor.get(f"{reverse('audit')}?of=identities").content.decode()
    assert "identities: entry 1" in auditor.get(reverse("audit-verification")).content.decode()


FILTERS = {"patient=%C2%B2": 200, "patient=9999999999999999999999": 200, "actor=%00": 400, "of=%00&act=%00": 400}


@pytest.mark.parametrize("filters", FILTERS)
def test_no_filter_of_the_audit_breaks_it(everywhere, filters):
    assert everywhere.browser("auditor").get(f"{reverse('audit')}?{filters}").status_code == FILTERS[filters]


def test_record_and_identities_are_not_kept_in_one_database():
    one = {"ENGINE": "django.db.backends.postgresql", "HOST": "db", "PORT": "5432", "NAME": "hepatica", "USER": "a"}
    kept_apart(one, {**one, "NAME": "keys"})
    kept_apart(one, {**one, "HOST": "elsewhere"})
    with pytest.raises(UsageError, match="same database"):
        kept_apart(one, {**one, "USER": "b"})
