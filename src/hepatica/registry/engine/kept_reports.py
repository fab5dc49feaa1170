"""Reports on many patients, made once for a state of the data and kept in memory: small ones at once, others behind.

What is kept is never the truth: its key holds every patient's version, so that a changed row makes another report.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from hepatica.registry.engine.standards import standards_of
from hepatica.registry.models import Centre, PatientSeal

log = logging.getLogger("hepatica.registry")
# A report on so many patients is made while its reader waits; one on more is made behind the page.
AT_ONCE = 300


@dataclass(frozen=True)
class Wanted:
    """A report by its place (one is kept there), the state of the data that it is of, its size, and how it is made."""

    place: str
    key: str
    patients: int
    make: Callable[[], Any]


@dataclass(frozen=True)
class Kept:
    """What there is of a report: the report, or that it is being made, or that making it failed (with why)."""

    report: Any = None
    failed: str = ""

    @property
    def ready(self) -> bool:
        """Say whether there is anything to show."""
        return self.report is not None or bool(self.failed)


_reports: dict[str, tuple[str, Kept]] = {}
_running: set[tuple[str, str]] = set()
_lock = threading.Lock()


def key_of(centres: Sequence[Centre], patients: Sequence[int]) -> str:
    """Return a digest of the standards of centres and of the version of each patient's data."""
    content = hashlib.sha256()
    for centre in centres:
        content.update(f"{centre.pk} {standards_of(centre).key}\n".encode())
    versions = PatientSeal.objects.filter(patient_id__in=set(patients)) if len(patients) < AT_ONCE else (
        PatientSeal.objects.filter(patient_id__gte=min(patients), patient_id__lte=max(patients))
    )  # fmt: skip
    wanted = set(patients)
    for number, version in versions.order_by("patient_id").values_list("patient_id", "version"):
        if number in wanted:
            content.update(f"{number} {version}\n".encode())
    return content.hexdigest()


def kept(wanted: Wanted) -> Kept:
    """Return a report of the data as they are: the one that is kept, one made now, or word that it is being made."""
    place, found = _reports.get(wanted.place, ("", Kept()))
    if place == wanted.key:
        return found
    if wanted.patients <= AT_ONCE:
        return _make(wanted)
    with _lock:
        if (wanted.place, wanted.key) not in _running:
            _running.add((wanted.place, wanted.key))
            threading.Thread(target=_behind, args=(wanted,), name="report", daemon=True).start()
    return Kept()


def _make(wanted: Wanted) -> Kept:
    """Make a report and keep it in place of the one of before."""
    found = Kept(report=wanted.make())
    _reports[wanted.place] = (wanted.key, found)
    return found


def _behind(wanted: Wanted) -> None:
    try:
        _make(wanted)
    except Exception:
        log.exception("report failed")
        _reports[wanted.place] = (wanted.key, Kept(failed="broken"))
    finally:
        with _lock:
            _running.discard((wanted.place, wanted.key))
        connections.close_all()
