"""Biochemistry: whether transaminases and IgG are normal on a day, three-valued throughout.

Truth is True, False, or None (unknown), combined as Kleene's logic does: one abnormal value decides, whatever is
missing; a missing value never counts as normal.
"""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.course.definitions import Definitions
from hepatica.course.patient import Patient, Reading


@dataclass(slots=True)
class Evaluation:
    """A day with ALT, AST, or IgG: what they say, and the readings that counted (the latest in the pair window)."""

    day: int
    transaminases: bool | None
    igg: bool | None
    cbr: bool | None
    alt_reading: Reading | None
    ast_reading: Reading | None
    igg_reading: Reading | None


def is_normal(reading: Reading | None, limit: float) -> bool | None:
    """Say whether a reading is at most `limit` times the upper limit; unknown without one, or if censoring hides it."""
    if reading is None:
        return None
    if reading.high <= limit:
        return True
    if reading.low > limit:
        return False
    return None


def both(first: bool | None, second: bool | None) -> bool | None:
    """Return AND as Kleene has it: False decides, unknown stays unknown."""
    if first is False or second is False:
        return False
    if first is None or second is None:
        return None
    return True


def transaminases_normal(alt: Reading | None, ast: Reading | None, definitions: Definitions) -> bool | None:
    """Say whether the transaminases are normal: each that is required, and each other that was measured. [pape_2022]

    Unknown when a required one is missing and no other is abnormal, or where a censored value hides it.
    """
    normal: bool | None = True
    if definitions.alt_counts and (alt is not None or definitions.alt_required):
        normal = is_normal(alt, definitions.normal_xuln)
    if definitions.ast_counts and (ast is not None or definitions.ast_required):
        normal = both(normal, is_normal(ast, definitions.normal_xuln))
    return normal


def status(
    day: int, alt: Reading | None, ast: Reading | None, igg: Reading | None, definitions: Definitions
) -> Evaluation:
    """Return the status of a day from the latest readings; those older than the pair window drop out."""
    oldest = day - definitions.pair_days
    if alt is not None and alt.day < oldest:
        alt = None
    if ast is not None and ast.day < oldest:
        ast = None
    if igg is not None and igg.day < oldest:
        igg = None
    enzymes = transaminases_normal(alt, ast, definitions)
    globulin = is_normal(igg, definitions.normal_xuln)
    cbr = both(enzymes, globulin) if definitions.igg_required else enzymes
    return Evaluation(day, enzymes, globulin, cbr, alt, ast, igg)


def evaluations(patient: Patient, until: int, definitions: Definitions) -> list[Evaluation]:
    """Return the status on each day with an ALT, AST, or IgG up to `until`, in order of time."""
    found = []
    alts, asts, iggs = patient.alt, patient.ast, patient.igg
    next_alt = next_ast = next_igg = 0
    alt = ast = igg = None
    for day in sorted({reading.day for series in (alts, asts, iggs) for reading in series}):
        if day > until:
            break
        if next_alt < len(alts) and alts[next_alt].day == day:
            alt = alts[next_alt]
            next_alt += 1
        if next_ast < len(asts) and asts[next_ast].day == day:
            ast = asts[next_ast]
            next_ast += 1
        if next_igg < len(iggs) and iggs[next_igg].day == day:
            igg = iggs[next_igg]
            next_igg += 1
        found.append(status(day, alt, ast, igg, definitions))
    return found


def undecided(one: Evaluation, definitions: Definitions) -> list[str]:
    """Return the results that keep a day's status unknown: missing ones that are required, and hidden ones."""
    d = definitions
    read = (
        ("ALT", one.alt_reading, d.alt_counts and (d.alt_required or one.alt_reading is not None)),
        ("AST", one.ast_reading, d.ast_counts and (d.ast_required or one.ast_reading is not None)),
        ("IgG", one.igg_reading, d.igg_required),
    )
    return [name for name, reading, counts in read if counts and is_normal(reading, d.normal_xuln) is None]


def status_since(last: Evaluation, day: int, definitions: Definitions) -> Evaluation:
    """Return the status on a day from the last evaluation on or before it: there has been no reading since."""
    return status(day, last.alt_reading, last.ast_reading, last.igg_reading, definitions)
