"""Entries that are no change of a row: reads, refusals, sign-ins, exports, erasures."""

from __future__ import annotations

from hepatica.registry.models import AuditEntry


def record(act: str, *, patient: int | None = None, subject: str = "", subject_key: str = "", detail: str = "") -> None:
    """Append an entry to the audit, within `acting`; `detail` names pages and permissions, never a patient's value."""
    AuditEntry.objects.create(act=act, patient=patient, subject=subject, subject_key=subject_key, detail=detail[:300])
