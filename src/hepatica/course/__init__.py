"""The course: what the record means over time. One patient's record in, milestones with their rows out."""

from __future__ import annotations

from hepatica.course.cohort import derive
from hepatica.course.columns import DERIVED
from hepatica.course.definitions import Definitions, definition_sets, definitions
from hepatica.course.protocol import Protocol, protocol, protocol_files

__all__ = [
    "DERIVED",
    "Definitions",
    "Protocol",
    "definition_sets",
    "definitions",
    "derive",
    "protocol",
    "protocol_files",
]
