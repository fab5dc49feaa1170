"""A finding: one thing that rules may read about a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hepatica.guidance.terms import Term

NUMBER, WORD, YES_NO, TEXT = "number", "word", "yes_no", "text"


@dataclass(frozen=True)
class Finding:
    """One thing a rule may read: what it is called, what it can be, which day and unit belong to it.

    A `text` is for people: rules show it and never compare it. `rows` says which rows of the record it comes from: an
    analyte, several, or a table. `score` names the score whose category it is.
    """

    name: str
    label: str
    kind: str
    obtain: str
    term: Term
    derived: bool = False
    unit: str = ""
    unit_from: str | None = None
    date: str | None = None
    comparator: str | None = None
    reason: str | None = None
    discarded: str = ""
    choices: tuple[str, ...] = ()
    not_known: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    score: str = ""
