"""Who acts: every change is made inside `acting`, one transaction that knows its person, reason, and request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from django.db import connections, transaction

# Taken by every writing transaction on PostgreSQL first, so that entries are chained one after the other, and two
# transactions never wait for each other in a circle.
CHAIN_LOCK = 4_711_048_111


@dataclass(frozen=True)
class Act:
    """Who does something, why, in which request; `erasing` is the patient whose history may go."""

    actor: str = ""
    reason: str = ""
    request: str = ""
    erasing: str = ""


_now: ContextVar[Act] = ContextVar("act", default=Act())  # noqa: B039  (frozen)


def current() -> Act:
    """Return the act that is going on; one without an actor where there is none."""
    return _now.get()


@contextmanager
def acting(
    actor: Any, *, reason: str = "", request: str = "", erasing: int | None = None, using: str = "default"
) -> Iterator[None]:
    """Make changes in one transaction as somebody: a Person, or a word for what the installation does itself.

    Inside another `acting` it holds until its own end. A change outside of any is refused by the database. The record
    is changed, unless `using` names the identities: each database has its own transaction.
    """
    outer = _now.get()
    name = actor if isinstance(actor, str) else f"person {actor.pk}"
    act = Act(name, reason or outer.reason, request or outer.request, "" if erasing is None else str(erasing))
    with _going_on(act, outer, using):
        yield


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Give the reason of the changes inside, within the act that is going on."""
    outer = _now.get()
    act = replace(outer, reason=reason)
    with _going_on(act, outer):
        yield


@contextmanager
def _going_on(act: Act, outer: Act, using: str = "default") -> Iterator[None]:
    """Let an act go on in one transaction; afterwards the outer one does again."""
    with transaction.atomic(using=using):
        token = _now.set(act)
        _tell(act, using)
        try:
            yield
        finally:
            _now.reset(token)
    _tell(outer, using)


def _tell(act: Act, using: str) -> None:
    """Tell PostgreSQL who acts, until the transaction ends; SQLite asks by itself (connection.py)."""
    connection = connections[using]
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hepatica.actor', %s, true), set_config('hepatica.reason', %s, true),"
            " set_config('hepatica.request', %s, true), set_config('hepatica.erasing', %s, true)",
            [act.actor, act.reason, act.request, act.erasing],
        )
        if act.actor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
