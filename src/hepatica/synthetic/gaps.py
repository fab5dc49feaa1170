"""Cells that are empty although the fact is known to somebody: reasons, doses, indications, causes, features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.record.tables import HISTOLOGY
from hepatica.synthetic.blocks import Block
from hepatica.synthetic.draws import Draws, Flags, Whole


@dataclass(frozen=True)
class Gaps:
    """What is left empty: by patient, or by row of a table.

    `birth` is 0 for a full date of birth, 1 for year and month, 2 for the year. `treatment` has rows for dose, reason,
    indication; `event` for events that nobody wrote down, and unknown causes; `feature` is by biopsy and feature.
    """

    birth: Whole
    ethnicity: Flags
    aih_type: Flags
    treatment: Flags
    event: Flags
    feature: Flags


def find_gaps(block: Block) -> Gaps:
    """Return the empty cells of a block; none if nothing is to go missing."""
    settings = block.settings
    n, shares = block.story.people.n, settings.model
    real = 1.0 if settings.missingness == "real" else 0.0
    s = Draws(settings.seed, block.number).of("missing_values")

    def empty(rows: int, *names: str) -> Flags:
        limits = np.array([shares[f"missingness.{name}"] for name in names]) * real
        return np.asarray(s.uniform(len(names), rows) < limits[:, None])

    partial = empty(n, "partial_birth_date")[0]
    features = len(block.biopsies.patient)
    return Gaps(
        birth=np.where(partial, 1 + (s.uniform(n) < 0.5), 0),
        ethnicity=empty(n, "ethnicity")[0],
        aih_type=empty(n, "aih_type")[0],
        treatment=empty(len(block.prescriptions.patient), "dose", "stop_reason", "indication"),
        event=empty(len(block.happenings.patient), "event", "cause_of_death"),
        feature=empty(features * len(HISTOLOGY), "biopsy_feature")[0].reshape(features, len(HISTOLOGY)),
    )
