"""From what stands in a protocol's file to the typed value of an answer, one reader for each kind of question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hepatica.guidance.protocols.answers import (
    ANY,
    Activity,
    Dose,
    EarlyFall,
    Goal,
    Interval,
    Quantity,
    Remission,
    Step,
    Taper,
    TargetWindow,
    Withdrawal,
)


def _word(given: str) -> str:
    return given


def _words(given: list[str]) -> tuple[str, ...]:
    return tuple(given)


def _doses(given: list[dict[str, Any]]) -> tuple[Dose, ...]:
    return tuple(
        Dose(
            low=float(item["low"]),
            high=float(item["high"]),
            unit=item["unit"],
            age_group=item["for"],
            given_with=item.get("with", ANY),
            at_most_mg_day=item.get("at_most_mg_day"),
            after_days=item.get("after_days"),
            status=item.get("status", ""),
            note=item.get("note", ""),
        )
        for item in given
    )


def _tapers(given: list[dict[str, Any]]) -> tuple[Taper, ...]:
    return tuple(
        Taper(
            to_low=float(item["to"]["low"]),
            to_high=float(item["to"]["high"]),
            to_unit=item["to"]["unit"],
            days_low=item["over_days"].get("low"),
            days_high=item["over_days"]["high"],
            age_group=item["for"],
            given_with=item.get("with", ANY),
            steps=tuple(
                Step(step["after_days"], float(step["mg_day"]), step.get("azathioprine_mg_day"))
                for step in item.get("steps", ())
            ),
            weight_kg=item.get("weight_kg"),
            status=item.get("status", ""),
            note=item.get("note", ""),
        )
        for item in given
    )


def _windows(given: list[dict[str, Any]]) -> tuple[TargetWindow, ...]:
    return tuple(TargetWindow(item["unit"], float(item["low"]), float(item["high"])) for item in given)


def _intervals(given: list[dict[str, Any]]) -> tuple[Interval, ...]:
    return tuple(
        Interval(item["every_days"]["low"], item["every_days"]["high"], item.get("until_day")) for item in given
    )


def _quantity(given: dict[str, Any]) -> Quantity:
    return Quantity(float(given["value"]), given["unit"])


def _activity(given: dict[str, Any]) -> Activity:
    return Activity(given.get("transaminases_xuln_above"), given.get("igg_xuln_above"), given.get("hai_above"))


def _goal(given: dict[str, Any]) -> Goal:
    return Goal(tuple(given["normal"]), given.get("by_months"), given.get("low_antibodies"))


def _early_fall(given: dict[str, Any]) -> EarlyFall:
    return EarlyFall(given["fall_below"], given["within_days"])


def _remission(given: dict[str, Any]) -> Remission:
    return Remission(given["hai_below"])


def _withdrawal(given: dict[str, Any]) -> Withdrawal:
    names = ("treatment_months", "remission_months", "hai_at_most", "biopsy", "low_antibodies")
    return Withdrawal(**{name: given.get(name) for name in names})


READERS: dict[str, Callable[[Any], Any]] = {
    "first_line": _words,
    "budesonide": _word,
    "second_line": _words,
    "third_line": _words,
    "steroid_start": _doses,
    "steroid_taper": _tapers,
    "azathioprine_start": _doses,
    "azathioprine_maintenance": _doses,
    "azathioprine_if_bilirubin_below": _quantity,
    "tpmt_available": _word,
    "tpmt_before_azathioprine": _word,
    "nudt15_before_azathioprine": _word,
    "metabolites_measured": _word,
    "metabolite_target": _windows,
    "liver_tests": _intervals,
    "ppi_with_steroid": _word,
    "treatment_threshold": _activity,
    "response_goal": _goal,
    "non_response": _early_fall,
    "histological_remission": _remission,
    "relapse": _activity,
    "withdrawal": _withdrawal,
}
