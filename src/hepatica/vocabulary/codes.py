"""How sure a code is: where it was read, and whether it may be called verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Code:
    """A code of a public terminology and how sure it is.

    `status` is C (read in the primary source or an authoritative data file), C2 (a secondary source), or
    M-hi, M-med, M-lo (from memory, by confidence). Only C counts as verified.
    """

    system: str
    code: str
    status: str

    @property
    def verified(self) -> bool:
        """Return whether the code was read in an authoritative source."""
        return self.status == "C"

    @property
    def key(self) -> str:
        """Return the code as it is looked up: `loinc:1742-6`, `atc:l04ax01`."""
        return f"{self.system}:{self.code}".lower()


def codes(system: str, entries: Mapping[str | int, str]) -> tuple[Code, ...]:
    """Return the codes of one terminology from a `code: status` mapping, in its order."""
    return tuple(Code(system, str(code), status) for code, status in entries.items())
