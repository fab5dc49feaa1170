"""A hospital's own codes, declared: `system|code` of its FHIR, and the analyte or drug that it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hepatica.sources.declared_codes import declared_codes
from hepatica.sources.fhir.codes import keys

_EXAMPLE = "'urn:oid:1.2.3|ALTX': ALT (see docs/fhir.md)"


@dataclass(frozen=True)
class LocalCodes:
    """Which analyte and which drug each local code means; keys as `hepatica check` lists unknown codes."""

    analytes: dict[str, str] = field(default_factory=dict)
    drugs: dict[str, str] = field(default_factory=dict)

    def analyte(self, concept: object) -> str | None:
        """Return the analyte that one of a concept's codes was declared to mean."""
        return next((self.analytes[key] for key in keys(concept) if key in self.analytes), None)

    def drug(self, concept: object) -> str | None:
        """Return the drug that one of a concept's codes was declared to mean."""
        return next((self.drugs[key] for key in keys(concept) if key in self.drugs), None)


def local_codes(path: Path | None) -> LocalCodes:
    """Return the local codes that a file declares; none without a file.

    Raises:
        UsageError: the file cannot be read, or names what the vocabulary does not know.
    """
    return LocalCodes() if path is None else LocalCodes(**declared_codes(path, _EXAMPLE))
