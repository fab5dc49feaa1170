"""How sure a code is: where it was read, and whether it may be called verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDARY, MEMORY = "secondary", "memory"


@dataclass(frozen=True)
class Code:
    """A code of a public terminology and how sure it is.

    `status` is C (read in the primary source or an authoritative data file), C2 (a secondary source), or
    M-hi, M-med, M-lo (from memory, by confidence). Only C counts as verified. `source` is a key of
    `vocabulary_sources`.
    """

    system: str
    code: str
    status: str
    source: str

    @property
    def verified(self) -> bool:
        """Return whether the code was read in an authoritative source."""
        return self.status == "C"

    @property
    def key(self) -> str:
        """Return the code as it is looked up: `loinc:1742-6`, `atc:l04ax01`."""
        return f"{self.system}:{self.code}".lower()


def codes(system: str, entries: Mapping[str | int, str], source: str) -> tuple[Code, ...]:
    """Return the codes of one terminology from a `code: status` mapping, in its order.

    `source` is where the file's verified codes of this terminology were read; another one stands behind the status.
    """
    return tuple(Code(system, str(code), *status_and_source(said, source)) for code, said in entries.items())


def status_and_source(said: str, source: str) -> tuple[str, str]:
    """Return a status and where the code was read (`C2 public_code`), or what the status means without that word."""
    status, _, named = said.partition(" ")
    unnamed = {"C": source, "C2": SECONDARY}
    return status, named or unnamed.get(status, MEMORY)
