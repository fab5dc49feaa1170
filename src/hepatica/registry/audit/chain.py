"""How an entry is sealed and a row digested: the same here, in SQLite's functions, and in PostgreSQL's triggers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SEPARATOR = "\x1f"
# In this order they are sealed; `previous` ties an entry to the one before.
SEALED = (
    "seq", "at", "actor", "act", "subject", "subject_key", "patient", "form", "digest", "kept", "detail", "request",
    "previous",
)  # fmt: skip


def seal(values: Sequence[object]) -> str:
    """Return the hash of an entry's values in the order of SEALED; unknown is empty."""
    return _hash(SEPARATOR.join("" if value is None else str(value) for value in values))


def digest(salt: str | None, content: str) -> str:
    """Return the salted digest of a row's content."""
    return _hash(f"{'' if salt is None else salt}{SEPARATOR}{content}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
