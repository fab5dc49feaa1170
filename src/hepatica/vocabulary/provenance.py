"""Where the vocabulary's codes and numbers come from, and how sure each is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hepatica.vocabulary.files import document


@dataclass(frozen=True)
class VocabularySource:
    """A source of codes or numbers. `status` C means that the source itself was read, C2 that another quotes it."""

    key: str
    what: str
    cite: str
    status: str


@cache
def vocabulary_sources() -> dict[str, VocabularySource]:
    """Return every source of the vocabulary by its key."""
    return {key: VocabularySource(key, **entry) for key, entry in document("sources.yaml")["sources"].items()}
