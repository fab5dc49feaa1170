"""Putting the audits' triggers in place: after every migration, for every audited table in its present form."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

from hepatica.registry.audit import postgres, sqlite
from hepatica.registry.audit.columns import audited_tables
from hepatica.registry.audit.ledgers import LEDGERS


def install_triggers(using: str = "default", sender: Any = None, **_: Any) -> None:
    """Put the triggers of a database in place in one transaction, on SQLite or PostgreSQL.

    Django tells every part of a migration of every database: only that of the part's own database counts.
    """
    ledger = next(one for one in LEDGERS if one.alias == using)
    if sender is not None and sender.label != ledger.app:
        return
    connection = connections[using]
    made_by = sqlite if connection.vendor == "sqlite" else postgres
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in made_by.statements(ledger, audited_tables(ledger)):
            cursor.execute(statement)
