"""The work list: which result is needed, in which window, so that an endpoint can be judged; what is overdue."""

from __future__ import annotations

from typing import NamedTuple

from hepatica.course.definitions import Definitions
from hepatica.course.response import Response
from hepatica.course.story import Story


class WorkItem(NamedTuple):
    """One thing to do for one patient; `first` and `last` are the days between which the result counts."""

    patient_id: str
    centre: str | None
    kind: str
    what: str
    why: str
    first: int | None
    last: int


def work_items(told: Story) -> list[WorkItem]:
    """Return what is to be done for one patient: save the endpoint, what is overdue, old results to retrieve."""
    gone = told.outcomes.death is not None or told.outcomes.lost is not None
    items = [] if gone else [*_endpoint(told), *_overdue(told)]
    return items + _retrieve(told)


def _item(told: Story, kind: str, what: str, why: str, first: int | None, last: int) -> WorkItem:
    return WorkItem(told.patient.patient_id, told.patient.centre, kind, what, why, first, last)


def _endpoint(told: Story) -> list[WorkItem]:
    """Return the results that the 6-month endpoint still needs while they can still be taken."""
    answer, d = told.response, told.definitions
    if answer is None or not _still_open(answer, told.as_of) or told.outcomes.transplant is not None:
        return []
    start = answer.window_end - d.assess_days
    if told.as_of < start - d.worklist_lead_days or _known_in(answer, start):
        return []
    why = f"CBR by {d.response_window_text()} becomes not assessable without it"
    first = max(start, told.as_of)
    what, reason, last = _needed(told, answer, d, first, why)
    return [_item(told, "endpoint", what, reason, first, last)]


def _still_open(answer: Response, as_of: int) -> bool:
    """Say whether a sample may still decide the endpoint: up to the window's last day, which counts."""
    return answer.unjudged and as_of <= answer.window_end


def _known_in(answer: Response, start: int) -> bool:
    """Say whether the window already holds an evaluation with a known status."""
    return any(e.cbr is not None and e.day >= start for e in answer.evaluations)


def _needed(told: Story, answer: Response, d: Definitions, first: int, why: str) -> tuple[str, str, int]:
    """Return which results are needed, why, and by when; a result that still counts need not be repeated."""
    patient, oldest = told.patient, first - d.pair_days
    usable = {
        name: reading.day + d.pair_days
        for name, series in (("ALT", patient.alt), ("AST", patient.ast), ("IgG", patient.igg))
        for reading in series[-1:]
        if reading.day >= oldest and reading.high != float("inf")
    }
    wanted = required_results(d)
    lacking = [name for name in wanted if name not in usable]
    if not lacking or len(lacking) == len(wanted):
        return " and ".join(wanted), why, answer.window_end
    counted = [name for name in wanted if name in usable]
    last = min(answer.window_end, *(usable[name] for name in counted))
    return " and ".join(lacking), f"{why} ({' and '.join(counted)} already there)", last


def required_results(d: Definitions) -> list[str]:
    """Return the results without which the status stays unknown."""
    wanted = [("ALT", d.alt_required), ("AST", d.ast_required), ("IgG", d.igg_required)]
    return [name for name, required in wanted if required]


def _overdue(told: Story) -> list[WorkItem]:
    """Return what is overdue, one item for the results that one blood sample was to give, whenever each came last."""
    late: dict[tuple[str, int], list[str]] = {}
    for one in told.overdue:
        late.setdefault((one.item.what, one.due), []).extend(one.analytes)
    return [
        _item(told, "overdue", ", ".join(analytes), f"monitoring: {what}", None, due)
        for (what, due), analytes in late.items()
    ]


def _retrieve(told: Story) -> list[WorkItem]:
    """Return old results which, if they exist on paper, would make a passed endpoint assessable."""
    answer, d = told.response, told.definitions
    if answer is None or not answer.unjudged or answer.window_end >= told.as_of:
        return []
    what = {"igg_missing": "IgG", "alt_missing": "ALT"}.get(answer.by_window_reason, " and ".join(required_results(d)))
    why = f"CBR by {d.response_window_text()} is not assessable: {answer.by_window_reason.replace('_', ' ')}"
    return [_item(told, "retrieve", what, why, answer.window_end - d.assess_days, answer.window_end)]
