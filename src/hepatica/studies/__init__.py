"""Studies: what many patients show. Frames in, a result with tables, pictures, numbers, and methods out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

# Where each name lives. Pictures and sources take seconds to load, so a name's module is loaded when it is first used.
_HOMES = {
    "attrition": ("Attrition", "Flow", "Step"),
    "catalogue": ("STUDIES",),
    "cohort": ("Cohort", "cohort_of"),
    "definition": ("definition_of", "example_text"),
    "release": ("Counts", "CurveOf", "Estimates", "Open"),
    "result": ("Figure", "Findings", "Result", "Sheet"),
    "running": ("open_input", "run"),
}


def __getattr__(name: str) -> object:
    """Return a public name from the module where it lives."""
    for home, names in _HOMES.items():
        if name in names:
            found: object = getattr(import_module(f"hepatica.studies.{home}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
