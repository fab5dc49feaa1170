"""Where rules come from: a study or guideline of the evidence library, or a label, regulation, or practice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from hepatica.errors import UsageError
from hepatica.evidence import STATUS_WORDS, citation_text, studies
from hepatica.guidance.files import own_file


@dataclass(frozen=True)
class RuleSource:
    """A source of rules: what to cite, how it was read, where and since when it is valid, what superseded it."""

    id: str
    title: str
    citation: str
    read: str
    status: str
    may_verify: bool
    jurisdiction: str = ""
    valid_from: str = ""
    superseded_by: str = ""
    study: str = ""

    @property
    def status_words(self) -> str:
        """Return in words how sure the source is."""
        return STATUS_WORDS[self.status]


@cache
def rule_sources() -> dict[str, RuleSource]:
    """Return every source that a rule may name, by id: the evidence library's, and those of rule_sources.yaml."""
    replaced = own_file("rule_sources.yaml")["superseded"]
    library = {
        study.id: RuleSource(
            id=study.id,
            title=study.subject,
            citation=citation_text(study.citation),
            read=study.read,
            status=study.status,
            may_verify=study.verified,
            study=study.id,
            superseded_by=replaced.get(study.id, ""),
        )
        for study in studies().values()
    }
    return library | {name: _own(name, entry) for name, entry in own_file("rule_sources.yaml")["sources"].items()}


def _own(name: str, entry: dict[str, Any]) -> RuleSource:
    return RuleSource(
        id=name,
        title=entry["title"],
        citation=entry["citation"],
        read=entry["read"],
        status=entry["status"],
        may_verify=entry["status"] == "C",
        jurisdiction=entry.get("jurisdiction", ""),
        valid_from=str(entry.get("valid_from", "")),
        superseded_by=entry.get("superseded_by", ""),
    )


def rule_source(name: str, where: str) -> RuleSource:
    """Return one source by its id; UsageError if there is none."""
    known = rule_sources()
    if name not in known:
        raise UsageError(
            where,
            f"there is no source {name!r}",
            "name a study of the evidence library, or add it to rule_sources.yaml",
        )
    return known[name]
