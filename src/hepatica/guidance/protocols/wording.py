"""Answers in words, short enough for the cell of a table: "40-60 mg/day with steroid alone (adults)"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hepatica.guidance.protocols.answers as given

WITHOUT_VALUE = {
    "unknown": "unknown",
    "none": "none",
    "other": "another, which was not published",
}


def answer_text(answer: given.Answer[Any]) -> str:
    """Return an answer in words; unknown, none, and other in words of their own."""
    if answer.state != given.KNOWN:
        return WITHOUT_VALUE[answer.state]
    return value_text(answer.value)


def value_text(value: object) -> str:
    """Return an answer's value in words."""
    if isinstance(value, tuple):
        return _joined(value)
    if isinstance(value, str):
        return value.replace("_", " ")
    return _TEXTS[type(value)](value)


def _joined(items: tuple[Any, ...]) -> str:
    if items and isinstance(items[0], given.Interval):
        return ", then ".join(_interval(item) for item in items)
    between = ", " if items and isinstance(items[0], str) else "; "
    return between.join(value_text(item) for item in items)


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _for_whom(age_group: str, given_with: str) -> str:
    """Return with which first line and in which age group something holds; nothing where it holds for all."""
    with_what = "" if given_with == given.ANY else f" with {given_with.replace('_', ' ')}"
    return f"{with_what} ({age_group})" if age_group != "all" else with_what


def _dose(dose: given.Dose) -> str:
    text = f"{_range(dose.low, dose.high)} {dose.unit}"
    if dose.at_most_mg_day is not None:
        text += f", at most {dose.at_most_mg_day:g} mg"
    if dose.after_days is not None:
        text += f", from day {dose.after_days}"
    return text + _for_whom(dose.age_group, dose.given_with)


def _taper(taper: given.Taper) -> str:
    days = f"{taper.days_high}" if taper.days_low is None else f"{taper.days_low}-{taper.days_high}"
    weight = "" if taper.weight_kg is None else f", printed for {taper.weight_kg:g} kg"
    reached = f"to {_range(taper.to_low, taper.to_high)} {taper.to_unit} within {days} days"
    return reached + _for_whom(taper.age_group, taper.given_with) + weight


def _window(window: given.TargetWindow) -> str:
    return f"{_range(window.low, window.high)} {window.unit}"


def _interval(interval: given.Interval) -> str:
    until = "" if interval.until_day is None else f" until day {interval.until_day}"
    return f"every {_range(interval.low, interval.high)} days{until}"


def _quantity(quantity: given.Quantity) -> str:
    return f"{quantity.value:g} {quantity.unit}"


def _activity(activity: given.Activity) -> str:
    limits = (
        ("transaminases > {:g} xULN", activity.transaminases_xuln_above),
        ("IgG > {:g} xULN", activity.igg_xuln_above),
        ("HAI > {}", activity.hai_above),
    )
    return " and ".join(text.format(limit) for text, limit in limits if limit is not None)


def _goal(goal: given.Goal) -> str:
    normal = f"normal {', '.join('IgG' if name == 'IGG' else name for name in goal.normal)}"
    antibodies = ", low antibodies" if goal.low_antibodies else ""
    months = "" if goal.by_months is None else f", by {goal.by_months} months"
    return normal + antibodies + months


def _early_fall(early: given.EarlyFall) -> str:
    return f"a fall of less than {early.fall_below:.0%} within {early.within_days} days"


def _remission(remission: given.Remission) -> str:
    return f"HAI < {remission.hai_below}"


def _withdrawal(withdrawal: given.Withdrawal) -> str:
    conditions = (
        ("treated for {} months", withdrawal.treatment_months),
        ("{} months of remission", withdrawal.remission_months),
        ("HAI at most {}", withdrawal.hai_at_most),
        ("biopsy {}", None if withdrawal.biopsy is None else withdrawal.biopsy.replace("_", " ")),
        ("low antibodies", True if withdrawal.low_antibodies else None),
    )
    return ", ".join(text.format(value) for text, value in conditions if value is not None)


_TEXTS: dict[type[Any], Callable[[Any], str]] = {
    given.Dose: _dose,
    given.Taper: _taper,
    given.TargetWindow: _window,
    given.Interval: _interval,
    given.Quantity: _quantity,
    given.Activity: _activity,
    given.Goal: _goal,
    given.EarlyFall: _early_fall,
    given.Remission: _remission,
    given.Withdrawal: _withdrawal,
}
