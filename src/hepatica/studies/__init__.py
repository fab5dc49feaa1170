"""Studies: what many patients show. Frames in, a result with tables, pictures, numbers, and methods out."""

from __future__ import annotations

from hepatica.studies.attrition import Attrition, Flow, Step
from hepatica.studies.catalogue import STUDIES
from hepatica.studies.cohort import Cohort, cohort_of
from hepatica.studies.definition import definition_of, example_text
from hepatica.studies.release import Counts, CurveOf, Estimates, Open
from hepatica.studies.result import Figure, Findings, Result, Sheet
from hepatica.studies.running import open_input, run

__all__ = [
    "STUDIES",
    "Attrition",
    "Cohort",
    "Counts",
    "CurveOf",
    "Estimates",
    "Figure",
    "Findings",
    "Flow",
    "Open",
    "Result",
    "Sheet",
    "Step",
    "cohort_of",
    "definition_of",
    "example_text",
    "open_input",
    "run",
]
