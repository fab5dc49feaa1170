"""What SQLite's triggers ask Python on each connection: who acts, why, and for a hash.

A program that opens the database without these functions can read it, and cannot change an audited row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hepatica.registry.audit.acting import current
from hepatica.registry.audit.chain import digest, seal


def _instant() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def give_functions(connection: Any, **_: Any) -> None:
    """Register the functions on a new connection, if it is to SQLite."""
    if connection.vendor != "sqlite":
        return
    raw = connection.connection
    raw.create_function("hepatica_now", 0, _instant)
    raw.create_function("hepatica_actor", 0, lambda: current().actor)
    raw.create_function("hepatica_reason", 0, lambda: current().reason)
    raw.create_function("hepatica_request", 0, lambda: current().request)
    raw.create_function("hepatica_erasing", 0, lambda: current().erasing)
    raw.create_function("hepatica_digest", 2, digest, deterministic=True)
    raw.create_function("hepatica_seal", -1, lambda *values: seal(values), deterministic=True)
