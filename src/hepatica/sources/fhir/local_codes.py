"""A hospital's own codes, declared: `system|code` of its FHIR, and the analyte or drug that it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hepatica.errors import UsageError
from hepatica.sources.fhir.codes import keys
from hepatica.vocabulary import analyte_codes, drug_of

_TABLES = ("analytes", "drugs")
_SHAPE = "write analytes: or drugs: and below it lines such as 'urn:oid:1.2.3|ALTX': ALT (see docs/fhir.md)"


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
    if path is None:
        return LocalCodes()
    content = _content(path)
    for name, entries in content.items():
        for code, meaning in entries.items():
            if not _is_known(name, meaning):
                what = f"{meaning!r} is not in the vocabulary"
                raise UsageError(f"{path}: {name}: {code}", what, "name an analyte or drug as the handbook lists it")
    return LocalCodes(**content)


def _content(path: Path) -> dict[str, dict[str, str]]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as trouble:
        raise UsageError(str(path), "cannot be read", "name a YAML file") from trouble
    except (yaml.YAMLError, RecursionError, ValueError) as trouble:
        raise UsageError(str(path), "is not YAML", _SHAPE) from trouble
    if not isinstance(content, dict) or not set(content) <= set(_TABLES):
        raise UsageError(str(path), f"has other parts than {' and '.join(_TABLES)}", _SHAPE)
    for name, entries in content.items():
        if not isinstance(entries, dict) or not all(isinstance(text, str) for pair in entries.items() for text in pair):
            raise UsageError(f"{path}: {name}", "is no list of codes with their meaning", _SHAPE)
    return content


def _is_known(name: str, meaning: str) -> bool:
    if name == "drugs":
        return drug_of(meaning) is not None
    return meaning.strip().lower() in set(analyte_codes()["key"])
