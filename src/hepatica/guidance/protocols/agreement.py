"""Whether answers agree: yes, no, or unknown, where what one of them does not say would decide.

Doses are compared within an age group and 6-TGN targets within a unit: a dose for adults does not differ from one for
children, and a unit is never converted into another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import combinations
from typing import Any

from hepatica.guidance.protocols.answers import (
    KNOWN,
    NONE,
    OTHER,
    Activity,
    Answer,
    Dose,
    Goal,
    Interval,
    Taper,
    TargetWindow,
    Withdrawal,
)
from hepatica.guidance.protocols.wording import value_text

SAME, DIFFERENT, NOT_KNOWN = "same", "different", "unknown"
BOTH_AGES = ("adults", "children")


def agreement(answers: Sequence[Answer[Any]]) -> str:
    """Return same, different, or unknown: unknown where an answer, or a part of it, that is not known decides.

    "none" is an answer. "other" is not: it may be any that the source did not print.
    """
    found = [same_answer(one, other) for one, other in combinations(answers, 2)]
    if any(same is False for same in found):
        return DIFFERENT
    return SAME if found and all(found) else NOT_KNOWN


def same_answer(one: Answer[Any], other: Answer[Any]) -> bool | None:
    """Return whether two answers are the same; None where it is not known."""
    if not (decided(one) and decided(other)):
        return None
    if NONE in (one.state, other.state):
        return one.state == other.state
    return _same_value(one.value, other.value)


def decided(answer: Answer[Any]) -> bool:
    """Return whether an answer can be compared: known in full, or none."""
    listed = answer.value if isinstance(answer.value, tuple) else ()
    return answer.state in (KNOWN, NONE) and OTHER not in listed


def identity(answer: Answer[Any]) -> str:
    """Return what two answers share that look alike in a chart: their words, lists without their order."""
    if isinstance(answer.value, tuple) and not _is_of(answer.value, Interval):
        return "; ".join(sorted(value_text(item) for item in answer.value))
    return answer.state if answer.value is None else value_text(answer.value)


def _is_of(items: Iterable[object], *kinds: type[Any]) -> bool:
    return all(isinstance(item, kinds) for item in items)


def _same_value(one: Any, other: Any) -> bool | None:
    """Return whether two values are the same, by their kind."""
    if isinstance(one, Goal | Withdrawal | Activity):
        return _same_parts(one, other)
    if not isinstance(one, tuple) or _is_of(one, Interval):
        return bool(one == other)
    if _is_of(one, str):
        return set(one) == set(other)
    return _same_by_key(_keyed(one), _keyed(other))


def _same_parts(one: Any, other: Any) -> bool | None:
    """Return whether two sets of conditions are the same; a condition that only one of them names is not known."""
    pairs = [(getattr(one, part.name), getattr(other, part.name)) for part in fields(one)]
    if any(mine is not None and yours is not None and mine != yours for mine, yours in pairs):
        return False
    return True if all(mine == yours for mine, yours in pairs) else None


def _keyed(items: tuple[Dose | Taper | TargetWindow, ...]) -> dict[str, set[str]]:
    """Return the items in words by age group (doses, tapers) or unit (targets)."""
    found: dict[str, set[str]] = {}
    for item in items:
        for key in _keys(item):
            found.setdefault(key, set()).add(_within_key(item))
    return found


def _keys(item: Dose | Taper | TargetWindow) -> tuple[str, ...]:
    if isinstance(item, TargetWindow):
        return (item.unit,)
    return BOTH_AGES if item.age_group == "all" else (item.age_group,)


def _within_key(item: Dose | Taper | TargetWindow) -> str:
    """Return an item in words without the age group that it is compared in."""
    return value_text(item).replace(" (adults)", "").replace(" (children)", "")


def _same_by_key(one: dict[str, set[str]], other: dict[str, set[str]]) -> bool | None:
    """Return whether two answers say the same of each age group or unit; unknown where one has no word on it."""
    if any(one[key] != other[key] for key in one.keys() & other.keys()):
        return False
    return True if one.keys() == other.keys() else None
