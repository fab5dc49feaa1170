"""Starting an installation: the configuration is read, the databases are brought up to date, somebody can sign in."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from hepatica.errors import TROUBLE, UNREACHABLE, UsageError, trouble_of
from hepatica.registry.databases import IDENTITIES, make_for_its_owner_alone
from hepatica.registry.installation import installation

# alias of the database → the file in which the heads of its audit are written down, outside of it.
HEADS_FILES = {"default": "audit-heads.txt", IDENTITIES: "identities-heads.txt"}


def configure(*, data: Path | None = None, database: str = "", identities: str = "") -> None:
    """Load the registry's settings; what is named here goes before the configuration file.

    Raises UsageError where the configuration cannot be used.
    """
    for name, value in (("DATA", str(data or "")), ("DATABASE", database), ("IDENTITIES", identities)):
        if value:
            os.environ[f"HEPATICA_{name}"] = value
    folder = installation().data  # a mistake in the configuration is told before Django speaks
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["DJANGO_SETTINGS_MODULE"] = "hepatica.registry.settings"
    django.setup()


def bring_up_to_date() -> None:
    """Bring the schema of both databases up to date, and put the audit's triggers in place.

    Raises UsageError where a database cannot be reached, or was brought up to date by a newer version.
    """
    for alias in connections:
        try:
            make_for_its_owner_alone(connections[alias].settings_dict)
            _refuse_newer(alias, MigrationExecutor(connections[alias]))
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        except DatabaseError as error:
            raise _unusable(alias, error) from error
    from hepatica.registry.privacy.erasure import remove_left_identities  # noqa: PLC0415  (models exist after configure)

    remove_left_identities()


def require_started() -> None:
    """Refuse databases in which no registry of this version is: nothing can be verified or backed up there yet.

    Raises UsageError.
    """
    for alias in connections:
        try:
            executor = MigrationExecutor(connections[alias])
        except DatabaseError as error:
            raise _unusable(alias, error) from error
        _refuse_newer(alias, executor)
        apps = {"identities"} if alias == IDENTITIES else {"registry"}
        leaves = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] in apps]
        if executor.migration_plan(leaves):
            remedy = "start it once with hepatica serve, or name its folder with --data (elsewhere HEPATICA_DATA)"
            raise UsageError(f"database {alias}", "holds no registry of this version", remedy)


def _refuse_newer(alias: str, executor: MigrationExecutor) -> None:
    """Refuse a database that a newer version has changed: what it keeps there this one would neither read nor seal."""
    known = executor.loader.disk_migrations or {}
    changes = executor.loader.applied_migrations or {}
    if newer := sorted(name for app, name in changes if app in ("registry", IDENTITIES) and (app, name) not in known):
        remedy = "install that version again, or restore a backup that this version made"
        raise UsageError(f"database {alias}", f"belongs to a newer version ({newer[-1]})", remedy)


def _unusable(alias: str, error: DatabaseError) -> UsageError:
    trouble = trouble_of(error)
    if trouble not in (None, UNREACHABLE):
        return UsageError(f"database {alias}", *TROUBLE[str(trouble)])
    remedy = "check its URL, that it runs, and its credentials"
    return UsageError(f"database {alias}", f"cannot be used: {type(error).__name__}", remedy)


def administrator_token() -> str | None:
    """Return the token of a one-time link for the administrator as long as nobody can sign in as one; else None."""
    from hepatica.registry.access.invitations import invite  # noqa: PLC0415  (models exist after configure)
    from hepatica.registry.audit.acting import acting  # noqa: PLC0415
    from hepatica.registry.models import Membership, Person  # noqa: PLC0415

    held = Membership.objects.filter(role="administrator", person__is_active=True).select_related("person")
    if any(one.person.has_usable_password() for one in held):
        return None
    with acting("first start"):
        if held:
            return invite(held[0].person)
        person = Person(username="administrator", name="Administrator")
        person.set_unusable_password()
        person.save()
        Membership.objects.create(person=person, role="administrator")
        return invite(person)


def note_heads() -> None:
    """Write the present heads of both audits down outside of the databases, for later verifications."""
    from hepatica.registry.audit.ledgers import LEDGERS  # noqa: PLC0415  (models exist after configure)
    from hepatica.registry.audit.verify import head  # noqa: PLC0415

    written = known_heads()
    for ledger in LEDGERS:
        found = head(ledger)
        if found.seq and str(found) not in written[ledger.alias]:
            with (installation().data / HEADS_FILES[ledger.alias]).open("a", encoding="utf-8") as file:
                file.write(f"{found}\n")


def known_heads() -> dict[str, list[str]]:
    """Return the heads that were written down, by the database's alias."""
    files = {alias: installation().data / name for alias, name in HEADS_FILES.items()}
    return {alias: path.read_text(encoding="utf-8").split() if path.is_file() else [] for alias, path in files.items()}
