"""The evidence library: studies as data, and the recomputation of their figures."""

from __future__ import annotations

from hepatica.evidence.audit import Verdict, check_figure, evidence_check, verdict
from hepatica.evidence.library import (
    STATUS_WORDS,
    Arm,
    Citation,
    Endpoint,
    Figure,
    Statement,
    Study,
    figures,
    read_study,
    studies,
    study,
)
from hepatica.evidence.recomputation import VERDICT_WORDS
from hepatica.evidence.text import (
    citation_text,
    study_document,
    study_rows,
    study_text,
    verdict_counts,
    verdict_rows,
    verdict_text,
    verification_text,
)

__all__ = [
    "STATUS_WORDS",
    "VERDICT_WORDS",
    "Arm",
    "Citation",
    "Endpoint",
    "Figure",
    "Statement",
    "Study",
    "Verdict",
    "check_figure",
    "citation_text",
    "evidence_check",
    "figures",
    "read_study",
    "studies",
    "study",
    "study_document",
    "study_rows",
    "study_text",
    "verdict",
    "verdict_counts",
    "verdict_rows",
    "verdict_text",
    "verification_text",
]
