"""Putting the audit's triggers in place: after every migration, for every audited table in its present form."""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

from hepatica.registry.audit import postgres, sqlite
from hepatica.registry.audit.columns import audited_tables


def install_triggers(using: str = "default", **_: Any) -> None:
    """Put the triggers in place in one transaction, on SQLite or PostgreSQL."""
    if using != "default":
        return
    connection = connections[using]
    made_by = sqlite if connection.vendor == "sqlite" else postgres
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in made_by.statements(audited_tables(using)):
            cursor.execute(statement)
