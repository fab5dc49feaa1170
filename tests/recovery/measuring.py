"""All studies on one seed's cohort."""

from __future__ import annotations

import shutil
from pathlib import Path

from recovery.found import Found
from recovery.invented import invent
from recovery.laboratory import metabolites, safety
from recovery.others import case, practice, signature, synthesis
from recovery.prognosis_and_response import prognosis, response
from recovery.treatments import compare, trial

SEEDS = range(1, 9)
STUDIES = (response, prognosis, compare, trial, metabolites, safety, signature, synthesis, practice, case)


def measured(folder: Path, seed: int) -> list[Found]:
    """What every study finds of what was put into one seed's cohort, which is invented once and then removed."""
    try:
        invented = invent(folder, seed)
        return [found for study in STUDIES for found in study(invented)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
