"""The truth files beside the patients: each change of treatment, each spell of active disease."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hepatica.synthetic.blocks import Block
from hepatica.synthetic.cells import EMPTY, YES_NO, coded, dates, of_patients
from hepatica.synthetic.draws import Whole
from hepatica.synthetic.later_lines import CHANGES, DRUG, DRUGS, NO_DRUG
from hepatica.synthetic.losses import LOSSES
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.rows import in_order, join, keep

_REASONS = ("intolerance", "insufficient_response", "loss_of_response")
_INTOLERANCE, _INSUFFICIENT, _LOSS = range(3)
_KINDS = ("first", "loss", "relapse", "withdrawal_relapse", "anti_tnf_rise")


@dataclass(frozen=True)
class _Changes:
    """Rows of changes of treatment, in days after the index date; `responds` is a code of YES_NO or empty."""

    patient: Whole
    start: Whole
    drug: Whole
    reason: Whole
    responds: Whole


@dataclass(frozen=True)
class _Spells:
    """Rows of spells of active disease, in days after the index date; `end` is the day after the last one."""

    patient: Whole
    start: Whole
    end: Whole
    kind: Whole


def changes_of(block: Block, patients: int) -> pa.Table:
    """Return each change of treatment after the first line that the centre can know of."""
    story = block.story
    rows = join(_all_changes(block))
    known = (rows.drug != NO_DRUG) & (rows.start <= story.outcomes.native_end[rows.patient])
    rows = in_order(keep(rows, known & (rows.patient < patients)), "patient", "start", "drug")
    return pa.table(
        {
            "patient_id": of_patients(block.ids, rows.patient),
            "date": dates(story.people.index[rows.patient] + rows.start),
            "drug": coded(rows.drug, DRUGS),
            "reason": coded(rows.reason, _REASONS),
            "responds": coded(rows.responds, YES_NO),
        }
    )


def _all_changes(block: Block) -> list[_Changes]:
    """Return all changes: after intolerance, for insufficient response, allopurinol at a loss of response."""
    lines, losses, n = block.story.lines, block.story.losses, block.story.people.n
    every, empty = np.arange(n), np.full(n, EMPTY)
    parts = [_Changes(every, lines.substitute_start, lines.substitute, np.full(n, _INTOLERANCE), empty)]
    for change in range(CHANGES):
        responds = np.where(lines.responded[:, change], 0, 1)
        why = np.full(n, _INSUFFICIENT)
        parts.append(_Changes(every, lines.start[:, change], lines.drug[:, change], why, responds))
    at_loss = (losses.allopurinol < NEVER) & ~(lines.drug == DRUG["allopurinol"]).any(axis=1)
    drug = np.where(at_loss, DRUG["allopurinol"], NO_DRUG)
    responds = np.where(losses.allopurinol_responded, 0, 1)
    return [*parts, _Changes(every, losses.allopurinol, drug, np.full(n, _LOSS), responds)]


def spells_of(block: Block, patients: int) -> pa.Table:
    """Return each spell of active disease that begins before the end of what can be known."""
    story = block.story
    limit = story.outcomes.native_end
    rows = join(_all_spells(block))
    known = (rows.start <= limit[rows.patient]) & (rows.patient < patients)
    rows = in_order(keep(rows, known), "patient", "start")
    index = story.people.index[rows.patient]
    return pa.table(
        {
            "patient_id": of_patients(block.ids, rows.patient),
            "kind": coded(rows.kind, _KINDS),
            "start": dates(index + rows.start, rows.start > -NEVER),
            "end": dates(index + rows.end - 1, rows.end <= limit[rows.patient]),
        }
    )


def _all_spells(block: Block) -> list[_Spells]:
    """Return the spells of all kinds."""
    losses, n = block.story.losses, block.story.people.n
    every = np.arange(n)
    starts = [np.full(n, -NEVER), *losses.start.T, losses.withdrawal_relapse, losses.rise]
    ends = [block.story.lines.cbr, *losses.end.T, losses.withdrawal_relapse_end, losses.rise_end]
    on_treatment = [np.where(losses.relapse[:, loss], 2, 1) for loss in range(LOSSES)]
    kinds = [np.zeros(n, np.int64), *on_treatment, np.full(n, 3), np.full(n, 4)]
    return [_Spells(every, start, end, kind) for start, end, kind in zip(starts, ends, kinds, strict=True)]
