"""Findings: what rules may read about one patient, from the patient's standing and from nothing else.

findings.yaml names and describes them; finding_terms.py and score_findings.py define the derived ones, once for one
patient and a cohort. What needs rows of the record is a column of the standing first (facts/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import polars as pl

from hepatica.errors import UsageError
from hepatica.guidance.facts import standing_schema
from hepatica.guidance.files import own_file
from hepatica.guidance.finding import NUMBER, TEXT, WORD, YES_NO, Finding
from hepatica.guidance.finding_terms import TERMS as TREATMENT_TERMS
from hepatica.guidance.score_findings import score_terms
from hepatica.guidance.terms import UNKNOWN_WORDS, Cell, Term, Word

__all__ = [
    "NUMBER",
    "TEXT",
    "WORD",
    "YES_NO",
    "Finding",
    "Findings",
    "findings",
    "findings_of",
    "terms",
    "with_findings",
]


@cache
def terms() -> Mapping[str, Term]:
    """Return how each derived finding is made."""
    return {**TREATMENT_TERMS, **score_terms(findings)}


@cache
def findings() -> dict[str, Finding]:
    """Return every finding that rules may read, by name."""
    described = own_file("findings.yaml")["findings"]
    return {name: _finding(name, entry) for name, entry in described.items()}


def _finding(name: str, entry: Mapping[str, Any]) -> Finding:
    said = dict(entry)
    said["choices"] = ("yes", "no") if said["kind"] == YES_NO else tuple(said.get("choices", ()))
    return Finding(name=name, term=_term(name, said), **said)


def _term(name: str, entry: Mapping[str, Any]) -> Term:
    """Return a finding's definition: its own, or the state's column as it is."""
    if entry.get("derived", False):
        return terms()[name]
    if entry["kind"] in (WORD, YES_NO):
        return Word(name, UNKNOWN_WORDS | frozenset(entry.get("not_known", ())))
    return Cell(name)


class Findings(Mapping[str, Any]):
    """One patient's findings and the columns of the standing beside them; `state` is the row as it came.

    A finding is made when it is first asked for: most rules ask for a few, and scores take a while.
    """

    def __init__(self, state_row: Mapping[str, Any]) -> None:
        self.state = state_row
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a finding, else a column of the standing."""
        if name in self._made:
            return self._made[name]
        finding = findings().get(name)
        if finding is None:
            return self.state[name]
        self._made[name] = finding.term.of(self.state)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names of columns and findings, each once."""
        return iter(dict.fromkeys((*self.state, *findings())))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(set(self.state) | set(findings()))


def findings_of(state_row: Mapping[str, Any]) -> Findings:
    """Return one patient's findings; None is unknown.

    The row is one of a standing, with dates (`standing(record, tables).row(n, named=True)`); UsageError for another.
    """
    _refuse_lacking(state_row.keys())
    return Findings(state_row)


def with_findings(state: pl.DataFrame, names: Iterable[str]) -> pl.LazyFrame:
    """Return a standing with some findings added or cleaned; UsageError where it lacks a column."""
    _refuse_lacking(state.columns)
    known = findings()
    # Words are cleaned in place; a derived finding reads the standing as it came, so both are made in one step.
    return state.lazy().with_columns(**{name: known[name].term.expr() for name in names})


def _refuse_lacking(columns: Iterable[str]) -> None:
    """Refuse a row or table that is no standing: what it lacks would silently be unknown."""
    lacking = sorted(set(standing_schema()) - set(columns))
    if lacking:
        more = f", and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        raise UsageError(
            "guidance",
            f"the patient's row lacks {', '.join(lacking[:3])}{more}",
            "give one of standing(record, tables)",
        )
