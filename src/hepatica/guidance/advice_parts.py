"""What advice is made of: questions, the answers of their sources, options with evidence and cautions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hepatica.guidance.centre_practice import CentreLine
from hepatica.guidance.evidence_lines import EvidenceLine
from hepatica.guidance.explanations import Need
from hepatica.guidance.score_words import PatientScore


@dataclass(frozen=True)
class Caution:
    """What a check says about an option in this patient: it blocks it, cautions, clears it, or is not known."""

    question: str
    rule: str
    effect: str
    says: str
    because: tuple[str, ...]
    needs: tuple[Need, ...]
    verified: bool


@dataclass(frozen=True)
class OptionAdvice:
    """An option for this patient: what, how strongly the source says so, its evidence, what speaks against it here."""

    do: str
    strength: str
    blocked: bool
    evidence: tuple[EvidenceLine, ...]
    cautions: tuple[Caution, ...]
    shows: tuple[str, ...]
    mind: tuple[str, ...]


@dataclass(frozen=True)
class SourceAdvice:
    """What one source answers: outcome, why, needs, options, and how far it was read and reviewed."""

    rule: str
    source: str
    citation: str
    item: str
    jurisdiction: str
    valid_from: str
    superseded_by: str
    verified: bool
    read: str
    signed: str
    outcome: str
    level: str
    stances: tuple[str, ...]
    says: str
    because: tuple[str, ...]
    needs: tuple[Need, ...]
    options: tuple[OptionAdvice, ...]
    departs: tuple[str, ...]


@dataclass(frozen=True)
class QuestionAdvice:
    """One question with the answers of its sources side by side, and what the centre's protocol says.

    `level` is the most urgent of the answers that count.
    """

    question: str
    title: str
    safety: bool
    level: str
    sources_disagree: bool
    answers: tuple[SourceAdvice, ...]
    centre: tuple[CentreLine, ...]


@dataclass(frozen=True)
class Needed:
    """A finding that answers wait for: why it does not count now, how to come to know it, and what it would answer."""

    finding: str
    label: str
    reason: str
    obtain: str
    safety: bool
    questions: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """The advice for one patient as of a date, safety first; `note` says where there is none and why.

    `needed` is what is missing for any of the questions, what answers most of them first; `scores` are the published
    scores with the source of each item.
    """

    patient_id: str
    as_of: str
    protocol: str
    notice: str
    note: str
    missing: tuple[str, ...]
    questions: tuple[QuestionAdvice, ...]
    needed: tuple[Needed, ...]
    scores: tuple[PatientScore, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the advice as plain values, ready for JSON and HTML."""
        return {**asdict(self), "scores": [score.to_dict() for score in self.scores]}
