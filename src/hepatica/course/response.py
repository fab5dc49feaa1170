"""Response: complete biochemical response, its loss, relapse, and the early fall of transaminases. [pape_2022]"""

from __future__ import annotations

from dataclasses import dataclass, field

from hepatica.course.biochemistry import Evaluation, is_normal
from hepatica.course.definitions import Definitions
from hepatica.course.exposures import Exposure, dose_changes
from hepatica.course.patient import Patient, Reading

NOT_APPLICABLE = "not_applicable"
ACHIEVED, NOT_ACHIEVED, PENDING, NOT_ASSESSABLE = "achieved", "not_achieved", "pending", "not_assessable"
RESPONSE, NON_RESPONSE = "response", "non_response"


@dataclass(slots=True)
class Response:
    """What became of the response, with the evaluations and readings behind each answer."""

    index: int
    window_end: int
    until: int
    evaluations: list[Evaluation]
    by_window: str = NOT_ASSESSABLE
    by_window_reason: str = ""
    by_window_evaluation: Evaluation | None = None
    cbr: Evaluation | None = None
    early: str = NOT_ASSESSABLE
    early_reason: str = ""
    early_readings: list[Reading] = field(default_factory=list)
    last_known: Evaluation | None = None
    loss: Evaluation | None = None
    loss_confirmed_by: str = ""
    relapse: Reading | None = None
    relapse_of: str = ""
    fraction: float | None = None
    fraction_known_days: int = 0

    @property
    def unjudged(self) -> bool:
        """Return whether a result could still decide the endpoint: not judged, and no end before the window's."""
        return self.by_window in (PENDING, NOT_ASSESSABLE) and "before_the_end" not in self.by_window_reason

    @property
    def insufficient(self) -> str:
        """Return yes/no/unknown: insufficient response is CBR judged and not achieved in the window."""
        return {NOT_ACHIEVED: "yes", ACHIEVED: "no"}.get(self.by_window, "unknown")


@dataclass(frozen=True, slots=True)
class Ends:
    """What ended the native-liver course, and when it was last seen."""

    transplant: int | None
    death: int | None
    last_seen: int | None


def response(
    patient: Patient,
    index: int,
    seen: list[Evaluation],
    counted: list[Exposure],
    ends: Ends,
    definitions: Definitions,
    as_of: int,
) -> Response:
    """Return the response of one patient with an index date, from the evaluations of the native liver."""
    until = as_of if ends.transplant is None else min(as_of, ends.transplant)
    after = [evaluation for evaluation in seen if evaluation.day > index]
    found = Response(index, definitions.response_end(index), until, after)
    found.cbr = next((evaluation for evaluation in after if evaluation.cbr), None)
    found.last_known = next((evaluation for evaluation in reversed(after) if evaluation.cbr is not None), None)
    _by_window(found, ends, definitions, as_of)
    _early(found, patient, ends, definitions, as_of)
    if found.cbr is not None:
        _loss(found, counted, definitions)
        _relapse(found, patient, definitions)
    _fraction(found, ends, definitions)
    return found


def _by_window(found: Response, ends: Ends, definitions: Definitions, as_of: int) -> None:
    """Judge the endpoint: CBR by 6 months in the default set."""
    end = found.window_end
    if found.cbr is not None and found.cbr.day <= end:
        found.by_window, found.by_window_evaluation = ACHIEVED, found.cbr
    elif ends.death is not None and ends.death < end:
        found.by_window_reason = "died_before_the_end_of_the_window"
    elif ends.transplant is not None and ends.transplant < end:
        found.by_window_reason = "transplanted_before_the_end_of_the_window"
    elif as_of < end:
        found.by_window = PENDING
    else:
        _judge(found, end - definitions.assess_days)


def _judge(found: Response, start: int) -> None:
    """Judge by the last evaluation of the window whose status is known; say why where there is none."""
    end = found.window_end
    window = [evaluation for evaluation in found.evaluations if start <= evaluation.day <= end]
    known = [evaluation for evaluation in window if evaluation.cbr is not None]
    if known:
        # A known status that is true would have been a response, so this one is false.
        found.by_window, found.by_window_evaluation = NOT_ACHIEVED, known[-1]
    else:
        found.by_window_reason = _why_not_assessable(window)


def _why_not_assessable(window: list[Evaluation]) -> str:
    """Return the one reason that stands for a window without a known status."""
    if not window:
        return "no_results_in_the_window"
    if any(e.transaminases and e.igg_reading is None for e in window):
        return "igg_missing"
    if any(e.igg and e.alt_reading is None for e in window):
        return "alt_missing"
    if all(e.alt_reading is None and e.igg_reading is None for e in window):
        return "alt_and_igg_missing"
    if all(e.alt_reading is None or e.igg_reading is None for e in window):
        return "alt_and_igg_not_together"
    return "value_undecided"


def _early(found: Response, patient: Patient, ends: Ends, definitions: Definitions, as_of: int) -> None:
    """Judge the fall of ALT (else AST) within 4 weeks: non-response is a fall of less than a half."""
    series, baseline = _baseline(patient, found, definitions)
    follow_up = _nearest(series, found, definitions)
    if baseline is not None:
        found.early_readings.append(baseline)
        if is_normal(baseline, definitions.normal_xuln):
            found.early = NOT_APPLICABLE
            return
    if follow_up is None:
        last = found.index + definitions.early_to_day
        if as_of < last and found.until == as_of and ends.death is None:
            found.early = PENDING
        else:
            found.early_reason = "no_result_in_the_window" if baseline is not None else "no_baseline"
        return
    found.early_readings.append(follow_up)
    found.early_reason = "no_baseline"
    if baseline is not None:
        _judge_fall(found, baseline, follow_up, definitions)


def _baseline(patient: Patient, found: Response, definitions: Definitions) -> tuple[list[Reading], Reading | None]:
    """Return the enzyme that is followed, and its latest reading before treatment: ALT, else AST."""
    first, last = found.index - definitions.baseline_days, min(found.index, found.until)
    for series in (patient.alt, patient.ast):
        for reading in reversed(series):
            if first <= reading.day <= last:
                return series, reading
    return patient.alt or patient.ast, None


def _nearest(series: list[Reading], found: Response, definitions: Definitions) -> Reading | None:
    """Return the reading nearest to day 28 of those in the window; of two equally near the earlier."""
    start, end = found.index + definitions.early_from_day, min(found.index + definitions.early_to_day, found.until)
    target = found.index + definitions.early_target_day
    nearest, away = None, 0
    for reading in series:
        day = reading.day
        if day > end:
            break
        if day >= start and (nearest is None or abs(day - target) < away):
            nearest, away = reading, abs(day - target)
    return nearest


def _judge_fall(found: Response, baseline: Reading, follow_up: Reading, definitions: Definitions) -> None:
    """Judge the fall; a censored value decides only where every value that it may be gives the same answer."""
    found.early_reason = ""
    if is_normal(baseline, definitions.normal_xuln) is not False:
        # A baseline that may have been normal may make the question not applicable.
        found.early, found.early_reason = NOT_ASSESSABLE, "value_undecided"
    elif fall(baseline.low, follow_up.high) >= definitions.early_fall:
        found.early = RESPONSE
    elif fall(baseline.high, follow_up.low) < definitions.early_fall:
        found.early = NON_RESPONSE
    else:
        found.early, found.early_reason = NOT_ASSESSABLE, "value_undecided"


def fall(before: float, after: float) -> float:
    """Return the fall as a share of the value before, to six decimals; a value that may have been 0 has not fallen.

    One of the two may be without end, never both: from without end everything is a whole fall, to it none.
    """
    if before <= 0:
        return float("-inf")
    if before == float("inf"):
        return 1.0
    return round(1 - after / before, 6)


def _loss(found: Response, counted: list[Exposure], definitions: Definitions) -> None:
    """Find the first evaluation out of response that a second one, or a change of treatment, confirms."""
    assert found.cbr is not None  # noqa: S101  (asked only after a response)
    out = [e for e in found.evaluations if e.day > found.cbr.day and e.cbr is False]
    for place, evaluation in enumerate(out):
        if place + 1 < len(out) and out[place + 1].day - evaluation.day <= definitions.confirm_days:
            found.loss, found.loss_confirmed_by = evaluation, "a second evaluation"
        elif _stepped_up(counted, evaluation.day, evaluation.day + definitions.change_days):
            found.loss, found.loss_confirmed_by = evaluation, "a change of immunosuppression"
        if found.loss is not None:
            return


def _stepped_up(counted: list[Exposure], first: int, last: int) -> bool:
    """Say whether a drug was begun or a dose raised between two days."""
    for exposure in counted:
        if first <= exposure.start <= last:
            return True
        if exposure.end >= first and any(rose and first <= day <= last for day, rose, _ in dose_changes(exposure)):
            return True
    return False


def _relapse(found: Response, patient: Patient, definitions: Definitions) -> None:
    """Find the first day after the response on which ALT, AST, or IgG is certainly above its relapse limit."""
    assert found.cbr is not None  # noqa: S101  (asked only after a response)
    first, last, limit = found.cbr.day, found.until, definitions.relapse_xuln
    for name, series in (("ALT", patient.alt), ("AST", patient.ast)):
        for reading in series:
            if reading.low > limit and first < reading.day <= last:
                _note_relapse(found, name, reading)
                break
    if definitions.relapse_igg_g_l is None or definitions.relapse_igg_xuln is None:
        return
    amount, limit = definitions.relapse_igg_g_l, definitions.relapse_igg_xuln
    for reading in patient.igg:
        high = reading.amount is not None and reading.amount > amount
        if high and first < reading.day <= last and reading.low > limit:
            _note_relapse(found, "IgG", reading)
            break


def _note_relapse(found: Response, name: str, reading: Reading) -> None:
    if found.relapse is None or reading.day < found.relapse.day:
        found.relapse, found.relapse_of = reading, name


def _fraction(found: Response, ends: Ends, definitions: Definitions) -> None:
    """Return the share of the days after the window on which the patient was in CBR, of those with a known status."""
    last = min(day for day in (found.until, ends.death, ends.last_seen) if day is not None)
    first, carry = found.window_end + 1, definitions.carry_days
    days = in_response = 0
    following = last + 1  # the day of the next evaluation with a known status; we go back in time
    for evaluation in reversed(found.evaluations):
        if evaluation.cbr is None:
            continue
        day = evaluation.day
        end = min(following - 1, day + carry, last)
        if end < first:
            # Evaluations before this one were carried forward to it at most.
            break
        following = day
        start = max(day, first)
        if end >= start:
            days += end - start + 1
            in_response += end - start + 1 if evaluation.cbr else 0
    found.fraction_known_days = days
    if days:
        found.fraction = in_response / days
