"""What a centre does, as data: read, checked, compared with others, counted in a survey, audited against practice."""

from __future__ import annotations

from hepatica.guidance.protocols.answers import Answer
from hepatica.guidance.protocols.audit import audit, audit_counts, audit_findings
from hepatica.guidance.protocols.check import Problem, check_protocol
from hepatica.guidance.protocols.compare import COMPARISON_ROWS, compare, comparison_rows
from hepatica.guidance.protocols.practice import Practice, practice, practices
from hepatica.guidance.protocols.questions import Question, questions
from hepatica.guidance.protocols.reconstructed import reconstructed_centres, reconstructed_protocols
from hepatica.guidance.protocols.showing import protocol_text
from hepatica.guidance.protocols.survey import against_published, survey
from hepatica.guidance.protocols.wording import answer_text

__all__ = [
    "COMPARISON_ROWS",
    "Answer",
    "Practice",
    "Problem",
    "Question",
    "against_published",
    "answer_text",
    "audit",
    "audit_counts",
    "audit_findings",
    "check_protocol",
    "compare",
    "comparison_rows",
    "practice",
    "practices",
    "protocol_text",
    "questions",
    "reconstructed_centres",
    "reconstructed_protocols",
    "survey",
]
