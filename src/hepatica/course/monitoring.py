"""Monitoring: what a protocol asks for how often, and what of it is overdue."""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.course.exposures import Exposure
from hepatica.course.patient import Patient
from hepatica.course.protocol import IMMUNOSUPPRESSED, Formulary, Monitoring, Protocol

__all__ = ["IMMUNOSUPPRESSED", "Overdue", "overdue"]
_NO_DRUGS: frozenset[str] = frozenset()


@dataclass(slots=True)
class Overdue:
    """Results that a protocol wanted by a day that has passed."""

    item: Monitoring
    analytes: tuple[str, ...]
    due: int
    last: int | None


def overdue(
    patient: Patient, taken: list[Exposure], formulary: Formulary, protocol: Protocol, as_of: int
) -> list[Overdue]:
    """Return what is overdue on the as-of day for the drugs that still go on, grace days included."""
    found: list[Overdue] = []
    ongoing = {one.drug for one in taken if one.ongoing}
    for item in protocol.monitoring if ongoing else ():
        drugs = formulary.of_class.get(item.drug_class, _NO_DRUGS)
        if drugs.isdisjoint(ongoing):
            continue
        start = _on_since(taken, drugs)
        late: dict[tuple[int, int | None], list[str]] = {}
        for analyte in item.analytes:
            known = patient.latest.get(analyte)
            seen = known.day if known is not None else None
            due = _next_due(item, start, seen)
            if due is not None and due + item.grace_days < as_of:
                late.setdefault((due, seen), []).append(analyte)
        found += [Overdue(item, tuple(named), due, seen) for (due, seen), named in late.items()]
    return found


def _on_since(taken: list[Exposure], drugs: frozenset[str]) -> int:
    """Return since when the patient has been on a class of drugs, of which one goes on, without a break up to now."""
    of_class = [one for one in taken if one.drug in drugs]
    since = min([one.start for one in of_class if one.ongoing])
    # A drug of the class that has ended still counts while no day without the class lies in between.
    if len(of_class) > 1:
        of_class.sort(key=_by_end, reverse=True)
    for one in of_class:
        if one.start < since <= one.end + 1:
            since = one.start
    return since


def _by_end(exposure: Exposure) -> int:
    return exposure.end


def _next_due(item: Monitoring, start: int, seen: int | None) -> int | None:
    """Return the day the next result is due: one interval after the last result, or after the start.

    None where the schedule ends before that day.
    """
    last = start if seen is None or seen < start else seen
    ends = item.phases[-1].until_day
    for phase in item.phases:
        if phase.until_day is None or last - start < phase.until_day:
            due = last + phase.every_days
            return due if ends is None or due - start <= ends else None
    return None
