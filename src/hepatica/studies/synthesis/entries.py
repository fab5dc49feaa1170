"""What each study contributes: its counts, or its effect as printed, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

from hepatica.errors import UsageError
from hepatica.evidence import Study
from hepatica.evidence.printed import printed
from hepatica.evidence.proportions import counts_behind, normal_quantile
from hepatica.studies.statistics.pooling import Measure, effects

_OF_COUNTS: dict[str, Measure] = {
    "odds_ratio": "log_odds_ratio",
    "risk_ratio": "log_risk_ratio",
    "risk_difference": "risk_difference",
    "share": "logit",
}
RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")
PRINTED_LEVEL = 0.95


@dataclass(frozen=True)
class Counts:
    """Events in one group, or in two; None where there is no control."""

    events: int
    of: int
    control_events: int | None = None
    control_of: int | None = None


@dataclass(frozen=True)
class Entry:
    """A study on the scale on which effects are pooled (log ratios, logits, differences), with what it rests on."""

    label: str
    effect: float
    std_error: float
    counts: Counts | None
    came_from: str
    verified: bool
    endpoint: str
    design: str
    corrected: bool = False


def entry_of(told: Mapping[str, Any], measure: str, library: Mapping[str, Study]) -> Entry:
    """Return what a study contributes to a measure.

    Raises:
        UsageError: counts are missing, ambiguous, or contradict each other, or the study is not in the library.
    """
    where = f"studies: {told['label']}"
    about = (str(told.get("endpoint", "not stated")), str(told.get("design", "not stated")))
    if told.get("evidence"):
        _, verified = _figure(told, where, library)
        source = f"evidence library, {told['evidence']}"
    else:
        verified, source = False, "the definition"
    if "estimate" in told:
        effect, error = _as_printed(told, measure, where)
        return Entry(told["label"], effect, error, None, f"{source}, as printed", verified, *about)
    if "own" in told:
        counts, source = _own(told["own"], where), f"own result {Path(told['own']['numbers']).name}"
    elif "events" in told:
        counts = Counts(told["events"], told["of"], told.get("control_events"), told.get("control_of"))
    elif told.get("evidence"):
        counts = _counts_of_figure(told, where, library)
    else:
        raise UsageError(where, "has neither counts nor an estimate", "give events and of, an estimate, or evidence")
    effect, error, corrected = _of_counts(counts, measure, where)
    return Entry(told["label"], effect, error, counts, source, verified, *about, corrected)


def _figure(told: Mapping[str, Any], where: str, library: Mapping[str, Study]) -> tuple[Mapping[str, Any], bool]:
    name, _, figure = told["evidence"].partition(".")
    if name not in library:
        raise UsageError(where, f"the evidence library has no study {name}", "hepatica evidence list names them")
    found = library[name].figure(figure)
    return found.inputs, found.verified


def _counts_of_figure(told: Mapping[str, Any], where: str, library: Mapping[str, Study]) -> Counts:
    inputs, _ = _figure(told, where, library)
    groups: Sequence[Mapping[str, Any]] = inputs.get("groups", [inputs])
    found = [number for group in groups for number in _count(group, where)]
    return Counts(*found)


def _count(group: Mapping[str, Any], where: str) -> tuple[int, int]:
    """Return a printed group's count and size; a percentage counts only if one count alone stands behind it."""
    of, count = group.get("of"), group.get("count")
    if of is not None and count is None and group.get("percent") is not None:
        behind = counts_behind(printed(group["percent"]), of)
        if len(behind) != 1:
            what = f"{group['percent']} % of {of} is {'no count' if not behind else 'several counts'}"
            raise UsageError(where, what, "give the counts, or the estimate as printed")
        count = behind[0]
    if of is None or count is None:
        raise UsageError(where, "the figure holds no counts", "give the estimate as printed (estimate, lower, upper)")
    return int(count), int(of)


def _own(told: Mapping[str, str], where: str) -> Counts:
    path = Path(told["numbers"]).expanduser()
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as trouble:
        raise UsageError(where, f"{path} cannot be read as JSON", "name the numbers.json of a result") from trouble
    keys = [told[role] for role in ("events", "of", "control_events", "control_of") if role in told]
    values = [numbers.get(key) for key in keys]
    for key, value in zip(keys, values, strict=True):
        if not isinstance(value, int):
            raise UsageError(where, f"{key} is no count in {path.name} ({value!r})", "name keys that hold counts")
    return Counts(*(int(value) for value in values))


def _of_counts(counts: Counts, measure: str, where: str) -> tuple[float, float, bool]:
    if measure not in _OF_COUNTS:
        raise UsageError(where, f"a {measure} cannot be computed from counts", "give it as printed, with its interval")
    control = None if counts.control_events is None or counts.control_of is None else counts
    if control is None and measure != "share":
        raise UsageError(where, f"a {measure} needs a control group", "give control_events and control_of")
    if control is not None and measure == "share":
        raise UsageError(where, "a share is of one group", "leave the control group out")
    found = effects(
        _OF_COUNTS[measure],
        [counts.events],
        [counts.of],
        [counts.control_events] if counts.control_events is not None else None,
        [counts.control_of] if counts.control_of is not None else None,
    )
    return float(found.effect[0]), float(found.std_error[0]), found.corrected[0]


def _as_printed(told: Mapping[str, Any], measure: str, where: str) -> tuple[float, float]:
    """Return a printed effect and the standard error that its 95 % interval implies."""
    estimate, lower, upper = (float(told[key]) for key in ("estimate", "lower", "upper"))
    if not lower < estimate < upper:
        raise UsageError(where, f"{estimate:g} does not lie between {lower:g} and {upper:g}", "check the figures")
    if measure == "share":
        if not 0 < lower < upper < 1:
            raise UsageError(where, "a share lies between 0 and 1", "give shares, not percentages")
        estimate, lower, upper = (log(value / (1 - value)) for value in (estimate, lower, upper))
    elif measure in RATIOS:
        if lower <= 0:
            raise UsageError(where, "a ratio is above 0", "check the figures")
        estimate, lower, upper = log(estimate), log(lower), log(upper)
    return estimate, (upper - lower) / (2 * normal_quantile(PRINTED_LEVEL))
