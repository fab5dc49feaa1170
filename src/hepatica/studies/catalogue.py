"""The ten studies by name: what each asks and what it reads. A study's package is loaded when it is first used.

How to write one: `docs/studies.md`. In short, `hepatica/studies/NAME/__init__.py` offers

    TABLES: tuple[str, ...]                         the derived tables that it reads (only where reads == "cohort")
    def analyse(source, definition) -> Findings     the study itself
    def open_input(where, definition) -> source     only where reads != "cohort": SOURCE of the command line, opened
    def fingerprint(source) -> str                  only where reads != "cohort": SHA-256 of what was read

beside `schemas/NAME.json` and `examples/NAME.yaml`. `definition` is whole and valid when `analyse` sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from hepatica.errors import UsageError


@dataclass(frozen=True)
class Study:
    """A study's entry: its name, its title, its question, and what its SOURCE is.

    `to_the_year` says that it reads up to the end of a calendar year where no as-of date is given: of one patient the
    day of the last row, printed beside months since the index date, gives that date away.
    """

    name: str
    title: str
    question: str
    reads: str = "cohort"
    to_the_year: bool = False

    def package(self) -> ModuleType:
        """Return the study's package."""
        return import_module(f"hepatica.studies.{self.name}")


STUDIES: dict[str, Study] = {
    study.name: study
    for study in (
        Study("response", "Response by line of therapy", "Who responds to which line and drug, and why do drugs end?"),
        Study("prognosis", "Prognosis", "What do response and cirrhosis mean for survival and for the liver?"),
        Study(
            "compare",
            "Two treatments compared in routine care",
            "Which of two treatments does better, fairly compared?",
        ),
        Study(
            "trial",
            "A randomised comparison",
            "What did the trial show, and how large must the next one be?",
            "a cohort with its allocation, counts, or design",
        ),
        Study("metabolites", "Thiopurine metabolites", "Which metabolite level goes with lasting response?"),
        Study("signature", "A signature of metabolites", "Does a pattern of metabolites tell the disease?", "table"),
        Study("practice", "Practice of centres", "Who does what, by protocol or survey?", "protocols or a survey"),
        Study("safety", "Liver injury on a drug", "How often does ALT rise on a drug, and what follows?"),
        Study("synthesis", "Pooled evidence", "What do the studies say together?", "the evidence library"),
        Study("case", "One patient's story", "What happened to this patient, told without identity?", to_the_year=True),
    )
}


def study(name: str) -> Study:
    """Return a study's entry; UsageError for a name that is none."""
    if name not in STUDIES:
        raise UsageError(f"study {name}", "there is no such study", f"use one of {', '.join(STUDIES)}")
    return STUDIES[name]
