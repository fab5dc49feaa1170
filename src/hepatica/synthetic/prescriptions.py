"""What was prescribed: one row per drug and dose, as a centre's list of treatments has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hepatica.record.tables import DOSE_UNITS, INDICATIONS, ROUTES, STOP_REASONS
from hepatica.synthetic.draws import Flags, Floats, Whole
from hepatica.synthetic.later_lines import DRUG, DRUGS, NO_DRUG
from hepatica.synthetic.model import Model
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.rows import join, keep

EMPTY = -1
REASON = {name: code for code, name in enumerate(STOP_REASONS)}
INDICATION = {name: code for code, name in enumerate(INDICATIONS)}
ROUTE = {name: code for code, name in enumerate(ROUTES)}
DOSE_UNIT = {name: code for code, name in enumerate(DOSE_UNITS)}
_INTRAVENOUS = ("infliximab", "rituximab", "methylprednisolone")


@dataclass(frozen=True)
class Prescriptions:
    """Rows of treatment: days after the index date (`end` NEVER: still taken), dose in tenths, codes (-1: empty)."""

    patient: Whole
    drug: Whole
    start: Whole
    end: Whole
    dose: Whole
    unit: Whole
    reason: Whole
    indication: Whole
    route: Whole


class Given(NamedTuple):
    """A drug with what it is given for and how; the route is the drug's usual one where none is named."""

    drug: str
    indication: str = "AIH"
    route: str | None = None


def rows_of(
    who: Flags, given: str | Given, start: Whole, end: Whole, dose: Floats | None, *, reason: Whole | int = EMPTY
) -> Prescriptions:
    """Return one row of a drug for each patient in `who`; all arguments by patient."""
    patient = np.flatnonzero(who)
    tenths = np.full(len(patient), EMPTY) if dose is None else _in_tenths(dose[patient])
    why = np.broadcast_to(reason, who.shape)[patient].astype(np.int64)
    return _rows(patient, given, start[patient], end[patient], tenths, why)


def _in_tenths(dose: Floats) -> Whole:
    """Return doses in tenths of their unit."""
    return np.rint(dose * 10).astype(np.int64)


def _rows(patient: Whole, given: str | Given, start: Whole, end: Whole, tenths: Whole, reason: Whole) -> Prescriptions:
    """Return rows of one drug, with what it is given for and how."""
    drug, indication, route = given if isinstance(given, Given) else Given(given)
    usual = "intravenous" if drug in _INTRAVENOUS else "subcutaneous" if drug == "adalimumab" else "oral"
    unit, n = DOSE_UNIT["mg/kg" if drug == "infliximab" else "mg/day"], len(patient)
    return Prescriptions(
        patient=patient,
        drug=np.full(n, DRUG[drug]),
        start=start,
        end=end,
        dose=tenths,
        unit=np.where(tenths == EMPTY, EMPTY, unit),
        reason=reason,
        indication=np.full(n, INDICATION[indication]),
        route=np.full(n, ROUTE[route or usual]),
    )


def stepped_rows(
    who: Flags, drug: str, starts: list[Whole], doses: list[Floats], end: Whole, reason: Whole | int
) -> Prescriptions:
    """Return a row per step of a dose that changes; a step lasts to the next one's eve, the last one to `end`.

    A step that does not come (NEVER) or comes after the end makes no row. Only the last row has a reason: nobody
    writes one down for a change of dose.
    """
    patient = np.flatnonzero(who)
    begin = np.column_stack([start[patient] for start in starts])
    order = np.argsort(begin, axis=1, kind="stable")
    begin = np.take_along_axis(begin, order, axis=1)
    dose = np.take_along_axis(np.column_stack([amount[patient] for amount in doses]), order, axis=1)
    following = np.column_stack([begin[:, 1:], np.full(len(patient), NEVER + 1)]) - 1
    over, why = end[patient, None], np.broadcast_to(reason, who.shape)[patient, None]
    last = following >= over
    until = np.where(last, over, following)
    row, step = np.nonzero((begin < NEVER) & (until >= begin))
    reasons = np.where(last, why, EMPTY)[row, step]
    return _rows(patient[row], drug, begin[row, step], until[row, step], _in_tenths(dose[row, step]), reasons)


def drug_rows(
    model: Model, drug: Whole, start: Whole, end: Whole, doses: dict[str, Floats], reason: Whole | int
) -> Prescriptions:
    """Return rows of whatever drug each patient has (NO_DRUG: none), mycophenolate begun at half the dose."""
    why = np.broadcast_to(reason, drug.shape).astype(np.int64)
    parts = [rows_of(np.zeros(len(drug), np.bool_), "prednisolone", start, end, None)]
    for code in np.unique(drug[drug != NO_DRUG]).tolist():
        name, who = DRUGS[code], (drug == code) & (end >= start)
        if name == "mycophenolate":
            full = np.where(who, start + model["doses.full_dose_days"][name], NEVER)
            parts.append(stepped_rows(who, name, [start, full], [doses[name] / 2, doses[name]], end, why))
        else:
            parts.append(rows_of(who, name, start, end, doses.get(name), reason=why))
    return join(parts)


def cut(rows: Prescriptions, end: Whole, native_end: Whole, *, ended: Flags) -> Prescriptions:
    """Return the rows that can be known: up to `end`, drugs for AIH up to `native_end` (a transplant ends them).

    Where the patient's course `ended` (death, transplant), what was still taken ends on that day for another
    reason; where only the knowledge ends (extract, loss to follow-up), it stays open.
    """
    for_liver = rows.indication == INDICATION["AIH"]
    limit = np.where(for_liver, native_end[rows.patient], end[rows.patient])
    rows, limit = keep(rows, rows.start <= limit), limit[rows.start <= limit]
    beyond = rows.end >= limit
    closed = beyond & (ended[rows.patient] | (limit < end[rows.patient]))
    final = np.where(closed, limit, np.where(beyond, NEVER, rows.end))
    reason = np.where(closed, REASON["other"], np.where(beyond, EMPTY, rows.reason))
    return Prescriptions(
        rows.patient, rows.drug, rows.start, final, rows.dose, rows.unit, reason, rows.indication, rows.route
    )
