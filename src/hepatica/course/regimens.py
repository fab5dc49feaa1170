"""Regimens: the sets of drugs a patient was on, one after the other, and their line of therapy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hepatica.course.exposures import Exposure


@dataclass(slots=True)
class Regimen:
    """A maximal time with one set of drugs: first and last day (inclusive), going on or not, drugs by alphabet."""

    start: int
    end: int
    ongoing: bool
    drugs: tuple[str, ...]
    line: int | None = None

    @property
    def name(self) -> str:
        """Return the drugs joined by +."""
        return "+".join(self.drugs)


def regimens(taken: list[Exposure], ignore_days: int, as_of: int) -> list[Regimen]:
    """Return the regimens in order.

    A set of drugs held for less than `ignore_days` days starts no regimen: the regimen before it goes on over it, or,
    where none touches it, the next begins with it; alone it is none. What still goes on at the as-of day always counts.
    """
    kept: list[Regimen] = []
    waiting: Regimen | None = None
    for segment in _segments(taken, as_of):
        before = kept[-1] if kept and kept[-1].end == segment.start - 1 else None
        if waiting is not None and waiting.end != segment.start - 1:
            waiting = None
        if not segment.ongoing and segment.end - segment.start + 1 < ignore_days:
            if before is not None:
                before.end = segment.end
            elif waiting is not None:
                waiting.end = segment.end
            else:
                waiting = segment
            continue
        if waiting is not None:
            segment.start = waiting.start
            waiting = None
        if before is not None and before.drugs == segment.drugs:
            before.end, before.ongoing = segment.end, segment.ongoing
        else:
            kept.append(segment)
    return kept


def _segments(taken: list[Exposure], as_of: int) -> list[Regimen]:
    """Return the times with a constant, non-empty set of drugs."""
    borders = sorted({exposure.start for exposure in taken} | {exposure.end + 1 for exposure in taken})
    found = []
    for start, following in pairwise(borders):
        on = [exposure for exposure in taken if exposure.start <= start <= exposure.end]
        if on:
            ongoing = following > as_of and any(exposure.ongoing for exposure in on)
            found.append(Regimen(start, following - 1, ongoing, tuple(sorted({e.drug for e in on}))))
    return found


def initial_drugs(taken: list[Exposure], index: int, initial_days: int) -> set[str]:
    """Return the drugs that belong to the initial regimen: begun within `initial_days` of the index date."""
    return {exposure.drug for exposure in taken if index <= exposure.start <= index + initial_days}


def set_lines(found: list[Regimen], tiers: dict[str, int], initial: set[str]) -> None:
    """Give each regimen its line: the highest tier of its drugs; drugs of the initial regimen are first line.

    Companions have no tier, and a drug without a tier in the protocol leaves the line unknown (None) unless another
    drug of the regimen has one.
    """
    for regimen in found:
        known = [1 if drug in initial else tiers[drug] for drug in regimen.drugs if drug in initial or drug in tiers]
        regimen.line = max(known, default=None)
