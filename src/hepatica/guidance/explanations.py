"""Explanations: why an answer is what it is, and what it needs; generated from the rows that held, never typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hepatica.guidance.cells import Cell, Compared
from hepatica.guidance.decision_table import AS_OF, NOT_APPLICABLE, UNKNOWN, Asked, Decision, Input
from hepatica.guidance.finding import Finding
from hepatica.guidance.findings import findings
from hepatica.guidance.limits import with_unit
from hepatica.guidance.score_words import range_words, score_values, total_words
from hepatica.guidance.scores import scores

if TYPE_CHECKING:
    from hepatica.guidance.rules import Outcome, Rule

X_ULN = "x ULN"
TOLD_IN_DAYS = 730  # "3,560 days ago" is arithmetic left to the reader


@dataclass(frozen=True)
class Need:
    """A finding that an answer waits for: what it is, why it does not count now, and how to come to know it."""

    finding: str
    label: str
    reason: str
    obtain: str


@dataclass(frozen=True)
class Answer:
    """What a rule says of one patient: an outcome, `unknown` with what it needs, or `not_applicable`."""

    rule: Rule
    decision: Decision
    findings: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        """Return the name of the outcome, or unknown, or not_applicable."""
        return self.decision.outcome

    @property
    def known(self) -> bool:
        """Say whether the rule decided."""
        return self.decision.outcome not in (UNKNOWN, NOT_APPLICABLE)

    @property
    def meaning(self) -> Outcome | None:
        """Return what the outcome means; None where the rule did not decide."""
        return self.rule.outcomes[self.decision.outcome] if self.known else None

    @cached_property
    def because(self) -> tuple[str, ...]:
        """Return the facts that decided, each once; empty where the answer is unknown."""
        return tuple(dict.fromkeys(self._facts()))

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Return what is missing where the answer is unknown."""
        return tuple(self._need(place) for place in self.decision.needs)

    def _facts(self) -> Iterator[str]:
        if self.outcome == NOT_APPLICABLE:
            yield from self._said(self.rule.table.applies, only=False)
        if self.known:
            for row in self.decision.rows:
                yield from self._said(self.rule.table.rows[row].asks, only=True)

    def _said(self, asks: Asked, *, only: bool) -> Iterator[str]:
        """Yield the facts behind the cells that came out as `only`."""
        for place, cell in asks:
            if cell.holds(self.decision.readings[place]) is only:
                yield fact(self.rule.table.inputs[place], cell, self.findings)

    def _need(self, place: int) -> Need:
        entry = self.rule.table.inputs[place]
        there = self.decision.readings[place].value is not None
        # A value that is there is not obtained once more: what is missing is the limit.
        obtain = "add it to the protocol" if there and not _units(self.rule, place) else entry.finding.obtain
        return Need(entry.name, entry.finding.label, self._reason(entry, place), obtain)

    def _reason(self, entry: Input, place: int) -> str:
        """Say why a finding does not count."""
        finding, found = entry.finding, self.findings
        recorded: Mapping[str, Any] = getattr(found, "state", found)
        if found.get(finding.name) is None:
            if discarded(finding, recorded):
                return older_level(entry, recorded)
            if finding.score:
                return _range(finding.score, found)
            told = finding.not_known.get(str(recorded.get(finding.name)), "")
            detail = str(recorded.get(finding.reason) or "") if finding.reason is not None else ""
            return "; ".join(part for part in (told, detail.replace("_", " ")) if part) or "not known"
        if entry.too_old(found):
            return f"too old: {_measured(entry, found)}; it may be at most {entry.max_age_days} days old"
        return self._not_comparable(entry, place)

    def _not_comparable(self, entry: Input, place: int) -> str:
        """Say why a value that is there cannot be compared: another unit, a protocol without a limit, censored."""
        reading = self.decision.readings[place]
        units = _units(self.rule, place)
        if not units:
            paths = ", ".join(sorted({limit.protocol_path for limit in _limits_on(self.rule, place)}))
            return f"the protocol gives no {paths}"
        if reading.unit not in units:
            other = " or ".join(dict.fromkeys(units))
            return f"measured in {reading.unit or 'an unknown unit'}; the limits are for {other}"
        return f"{_value_said(entry, self.findings)} is censored across a limit"


def _units(rule: Rule, place: int) -> list[str]:
    """Return the units of the limits that a rule compares one input with; none where the protocol gives none."""
    return [unit for limit in _limits_on(rule, place) for unit in limit.by_unit]


def _limits_on(rule: Rule, place: int) -> list[Any]:
    """Return the limits that a rule compares one input with."""
    asked = [rule.table.applies, *(row.asks for row in rule.table.rows)]
    return [
        limit
        for asks in asked
        for where, cell in asks
        if where == place and isinstance(cell, Compared)
        for _, limit in cell.comparisons
    ]


def fact(entry: Input, cell: Cell, found: Mapping[str, Any]) -> str:
    """Return one fact behind an answer, in words: the value, how it stands to the limit, and its day."""
    reading = entry.reading(found)
    label = entry.finding.label
    if isinstance(cell, Compared):
        against = cell.said(reading.unit) if cell.holds(reading) else f"is not {cell.said(reading.unit)[3:]}"
        turns = [limit.by_unit[reading.unit] for _, limit in cell.comparisons if reading.unit in limit.by_unit]
        said = f"{label} {_value_said(entry, found, turns)} {against}"
    else:
        said = f"{label}: {str(reading.value).replace('_', ' ')}"
    total = _total(entry.finding.score, found) if entry.finding.score else ""
    detail = f" ({total})" if total else ""
    measured = _measured(entry, found)
    return f"{said}{detail}, {measured}" if measured else f"{said}{detail}"


def _range(score: str, found: Mapping[str, Any]) -> str:
    """Return a score's total or range with what is missing; empty for findings that no record stands behind."""
    state = getattr(found, "state", None)
    return "" if state is None else range_words(scores()[score].evaluate(score_values(score, state)))


def _total(score: str, found: Mapping[str, Any]) -> str:
    state = getattr(found, "state", None)
    return "" if state is None else total_words(scores()[score].evaluate(score_values(score, state)))


def discarded(finding: Finding, recorded: Mapping[str, Any]) -> bool:
    """Say whether a value is there that does not count: a level from before the present dose."""
    return bool(finding.discarded) and finding.derived and recorded.get(finding.name) is not None


def older_level(entry: Input, recorded: Mapping[str, Any]) -> str:
    """Say in words which level is older than the present dose: how high, when, on which dose, and since when not."""
    level = f"{entry.finding.label} {_value_said(entry, recorded)}, {_measured(entry, recorded)}"
    on = recorded.get("thiopurine_at_levels")
    since = recorded.get("thiopurine_dose_since")
    dose = f", on {on}" if on is not None else ""
    changed = f"; taken as now since {since.isoformat()}" if since is not None else ""
    return f"{entry.finding.discarded}: {level}{dose}{changed}"


def _value_said(entry: Input, found: Mapping[str, Any], turns: Iterable[float] = ()) -> str:
    """Return a value with its comparator and unit, short, and never rounded to or across a limit that it is held to."""
    value, finding = found[entry.name], entry.finding
    if not isinstance(value, int | float):
        return str(value)
    comparator = found.get(finding.comparator) if finding.comparator is not None else None
    unit = finding.unit if finding.unit_from is None else str(found.get(finding.unit_from) or "")
    if unit == X_ULN:
        turns = (round(value), *turns)  # definition sets turn at whole multiples
    return f"{comparator or ''}{with_unit(_short(value, turns), unit)}"


def _short(number: float, turns: Iterable[float]) -> float:
    """Return a number with two decimals below 10, one below 100, none above, as long as it stays on its side."""
    short = round(number, 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0)
    stays = all((short < turn, short > turn) == (number < turn, number > turn) for turn in turns)
    return short if stays else number


def _measured(entry: Input, found: Mapping[str, Any]) -> str:
    """Return the day a value is of and how long ago that was; empty where a finding has no day.

    What is not recorded was not measured on any day: a "no" of a yes-or-no finding without a day has none.
    """
    if entry.finding.date is None or (found.get(entry.name) == "no" and found.get(entry.finding.date) is None):
        return ""
    day, today = found.get(entry.finding.date), found.get(AS_OF)
    verb = "recorded" if found.get(entry.name) in ("yes", "no") else "measured"
    if day is None or today is None:
        return f"{verb} on an unknown day"
    return f"{verb} {day.isoformat()}, {_ago((today - day).days)}"


def _ago(days: int) -> str:
    """Return how long ago a day was: in days for two years, then in years."""
    return f"{days} days ago" if days <= TOLD_IN_DAYS else f"{days / 365.25:.1f} years ago"


def shown(name: str, found: Mapping[str, Any]) -> str:
    """Return one finding of a patient in words, to be looked at beside an option; says so where it is not known."""
    entry = Input(findings()[name])
    recorded: Mapping[str, Any] = getattr(found, "state", found)
    if found.get(name) is None:
        known = discarded(entry.finding, recorded)
        why = older_level(entry, recorded) if known else entry.finding.obtain
        return f"{entry.finding.label}: not known ({why})"
    said = f"{entry.finding.label}: {_value_said(entry, found).replace('_', ' ')}"
    measured = _measured(entry, found)
    return f"{said}, {measured}" if measured else said
