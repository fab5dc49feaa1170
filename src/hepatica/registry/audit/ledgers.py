"""The two audits: the record's, and the identities' own in the database where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hepatica.registry.databases import IDENTITIES
from hepatica.registry.identities.models import IdentityAuditEntry, IdentityAuditForm
from hepatica.registry.models import AuditEntry, AuditForm, History, PatientSeal


@dataclass(frozen=True)
class Ledger:
    """An audit: its database, the tables that it is kept in, and the part of Django whose tables it covers.

    The identities keep no former content: nobody's former name stays anywhere.
    """

    alias: str
    app: str
    entries: type[Any]
    forms: type[Any]
    histories: type[Any] | None = None
    seals: type[Any] | None = None

    @property
    def entry(self) -> str:
        """Return the table of the entries."""
        return str(self.entries._meta.db_table)

    @property
    def history(self) -> str | None:
        """Return the table of the former contents, if they are kept."""
        return None if self.histories is None else str(self.histories._meta.db_table)

    @property
    def seal(self) -> str | None:
        """Return the table of the patients' salts and versions; where there is none, a row has its own salt."""
        return None if self.seals is None else str(self.seals._meta.db_table)


RECORD = Ledger("default", "registry", AuditEntry, AuditForm, History, PatientSeal)
OF_IDENTITIES = Ledger(IDENTITIES, "identities", IdentityAuditEntry, IdentityAuditForm)
LEDGERS = (RECORD, OF_IDENTITIES)
