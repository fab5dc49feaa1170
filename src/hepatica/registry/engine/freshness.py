"""Keeping the work lists current: a few changed patients at once, a new day or an import in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, connections

from hepatica.registry.engine.derived_cache import basis_of, recompute, stale
from hepatica.registry.models import Basis, Centre

log = logging.getLogger("hepatica.registry")
# So many changed patients are derived again while the reader waits; more are derived behind the page.
AT_ONCE = 25
# The first half of the lock's number on PostgreSQL; the other is the centre's.
DERIVING = 471_104


@dataclass
class Progress:
    """How far a derivation in the background is."""

    done: int
    total: int


@dataclass(frozen=True)
class Current:
    """What a page can show of a centre now: the basis that is shown, and what is still being derived, if anything.

    `shown` is None where nothing was ever derived; `behind` counts patients whose shown items are of before.
    """

    centre: Centre
    shown: Basis | None
    behind: int
    progress: Progress | None

    @property
    def current(self) -> bool:
        """Say whether what is shown is of today's basis and of the data as they are."""
        return self.shown is not None and self.behind == 0


_running: dict[int, Progress] = {}
_lock = threading.Lock()
# Readers of one centre wait for the one who derives; those of another do not.
_locks: dict[int, threading.Lock] = {}


def current(centre: Centre) -> Current:
    """Return what can be shown of a centre, brought up to date where that is quick, else begun in the background."""
    basis = basis_of(centre)
    waiting = stale(basis)
    if basis.complete and not waiting:
        return Current(centre, basis, 0, None)
    if len(waiting) <= AT_ONCE:
        with _locks.setdefault(centre.pk, threading.Lock()):
            waiting = stale(basis)  # another reader may have derived them meanwhile
            if len(waiting) <= AT_ONCE:
                recompute(basis, waiting)
                return Current(centre, basis, 0, None)
    progress = _begin(centre.pk, len(waiting))
    if basis.complete:
        return Current(centre, basis, len(waiting), progress)
    before = Basis.objects.filter(centre=centre, complete=True).order_by("-as_of", "-pk").first()
    return Current(centre, before, len(waiting), progress)


def _begin(centre: int, total: int) -> Progress:
    """Begin to derive a centre's stale patients in the background, unless that is going on."""
    with _lock:
        if centre in _running:
            return _running[centre]
        progress = _running[centre] = Progress(0, total)
    threading.Thread(target=_work, args=(centre, progress), name="derivation", daemon=True).start()
    return progress


def _work(centre: int, progress: Progress) -> None:
    try:
        with _alone(centre) as alone:
            if alone:
                bring_up_to_date(Centre.objects.get(pk=centre), progress)
    except Exception:
        log.exception("derivation failed")  # the page goes on saying that it is behind
    finally:
        with _lock:
            _running.pop(centre, None)
        connections.close_all()


@contextmanager
def _alone(centre: int) -> Iterator[bool]:
    """Say whether no other process derives this centre's patients; several may serve one PostgreSQL database."""
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [DERIVING, centre])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [DERIVING, centre])


def bring_up_to_date(centre: Centre, progress: Progress | None = None) -> int:
    """Derive every stale patient of a centre now; returns how many."""

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress.done, progress.total = done, total

    return recompute(basis_of(centre), progress=told)
