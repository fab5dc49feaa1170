"""Thiopurine metabolites: which levels are at steady state, which pairs belong together, and what they say.

A level is read only against thresholds for its own unit; another unit gives unknown, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hepatica.course.definitions import Definitions
from hepatica.course.exposures import Exposure, dose_changes, possible_dose_changes
from hepatica.course.patient import Level, Patient
from hepatica.course.protocol import Formulary, MetaboliteThresholds, Protocol

BELOW = frozenset({"<", "<="})
# Its 6-TGN are 5 to 10 times as high as those of azathioprine and mercaptopurine, whose thresholds these are (CPIC).
WITHOUT_THRESHOLDS = "tioguanine"


@dataclass(slots=True)
class LevelPair:
    """A TGN with its MMP of the same unit; `steady`: both at steady state; `on_tioguanine`: drawn while taking it."""

    tgn: Level
    mmp: Level | None
    steady: bool | None
    pattern: str
    reason: str
    on_tioguanine: bool

    @property
    def ratio(self) -> float | None:
        """Return MMP over TGN; unknown without both, where TGN is 0, or where one is censored."""
        if self.mmp is None or self.tgn.value == 0 or self.tgn.comparator or self.mmp.comparator:
            return None
        return self.mmp.value / self.tgn.value


@dataclass(slots=True)
class MetaboliteExposure:
    """All TGN levels with their pairs, the latest pair at steady state, and the means at steady state."""

    pairs: list[LevelPair]
    latest: LevelPair | None
    mean: float | None
    time_weighted: float | None
    count: int
    reason: str


def metabolite_exposure(
    patient: Patient,
    taken: list[Exposure],
    formulary: Formulary,
    protocol: Protocol,
    definitions: Definitions,
) -> MetaboliteExposure:
    """Return what the metabolite levels of a patient say under a protocol's thresholds."""
    if not patient.tgn:
        return MetaboliteExposure([], None, None, None, 0, "no TGN was measured")
    steadiness = _Steadiness(taken, formulary, definitions.steady_days)
    pairs = []
    for tgn in patient.tgn:
        steady = steadiness.on(tgn.day)
        mmp = _partner(tgn, patient.mmp, steadiness if steady else None, definitions.metabolite_pair_days)
        on_tioguanine = steadiness.on_tioguanine(tgn.day)
        pattern, reason = _pattern(tgn, mmp, protocol.metabolites.get(tgn.unit))
        if on_tioguanine and pattern != "undetectable":
            pattern, reason = "unknown", "the thresholds do not hold on tioguanine"
        pairs.append(LevelPair(tgn, mmp, steady, pattern, reason, on_tioguanine))
    at_steady = [pair for pair in pairs if pair.steady]
    paired = [pair for pair in at_steady if pair.mmp is not None]
    latest = paired[-1] if paired else (at_steady[-1] if at_steady else None)
    levels = [pair.tgn for pair in at_steady if latest and _same_scale(pair, latest)]
    reason = "" if at_steady else "no TGN at steady state on a thiopurine"
    return MetaboliteExposure(pairs, latest, _mean(levels), _time_weighted(levels), len(levels), reason)


def _same_scale(one: LevelPair, other: LevelPair) -> bool:
    """Return whether two levels can be averaged: one unit, and both on tioguanine or neither."""
    return one.tgn.unit == other.tgn.unit and one.on_tioguanine == other.on_tioguanine


class _Steadiness:
    """Says whether a day is at steady state on a thiopurine: long enough after everything that changes the level."""

    def __init__(self, taken: list[Exposure], formulary: Formulary, steady_days: int) -> None:
        self._steady_days = steady_days
        thiopurines = formulary.of_class["thiopurine"]
        self._thiopurines = [one for one in taken if one.drug in thiopurines]
        self._changes = [one.start for one in self._thiopurines]
        self._changes += [day for one in self._thiopurines for day, _, _ in dose_changes(one)]
        self._possible = [day for one in self._thiopurines for day in possible_dose_changes(one)]
        for one in taken:
            if one.drug == "allopurinol":
                self._changes.append(one.start)
                if not one.ongoing:
                    # From the day after allopurinol stopped, the thiopurine works alone.
                    self._changes.append(one.end + 1)

    def on(self, day: int) -> bool | None:
        """Return whether a level drawn on a day is at steady state; unknown where the dose may have changed before."""
        for one in self._thiopurines:
            if one.start <= day <= one.end:
                break
        else:
            return False
        if self._lately(self._changes, day):
            return False
        return None if self._lately(self._possible, day) else True

    def on_tioguanine(self, day: int) -> bool:
        """Return whether a level drawn on a day is one of tioguanine."""
        return any(one.drug == WITHOUT_THRESHOLDS and one.start <= day <= one.end for one in self._thiopurines)

    def _lately(self, changes: list[int], day: int) -> bool:
        earliest = day - self._steady_days
        return any(earliest < change <= day for change in changes) if changes else False


def _partner(tgn: Level, mmps: list[Level], steadiness: _Steadiness | None, pair_days: int) -> Level | None:
    """Return the nearest MMP of the same unit within the pair window; of two equally near the earlier.

    A TGN at steady state is paired only with an MMP at steady state.
    """
    near = [
        mmp
        for mmp in mmps
        if mmp.unit == tgn.unit
        and abs(mmp.day - tgn.day) <= pair_days
        and (steadiness is None or steadiness.on(mmp.day) is True)
    ]
    return min(near, key=lambda mmp: (abs(mmp.day - tgn.day), mmp.day, mmp.value), default=None)


def _pattern(tgn: Level, mmp: Level | None, limits: MetaboliteThresholds | None) -> tuple[str, str]:
    """Return the pattern of a pair and, where it is unknown, why."""
    if mmp is None:
        return "unknown", "no MMP of the same unit near the TGN"
    if limits is None:
        return "unknown", f"the protocol has no thresholds for {tgn.unit}"
    if _undetectable(tgn) and _undetectable(mmp):
        return "undetectable", ""
    below, above = _is_below(tgn, limits.tgn_low), _is_above(tgn, limits.tgn_high)
    if above:
        return "high_tgn", ""
    if below is None or above is None:
        return "unknown", "the TGN is censored across a threshold"
    return _by_mmp(tgn, mmp, limits, below=below)


def _by_mmp(tgn: Level, mmp: Level, limits: MetaboliteThresholds, *, below: bool) -> tuple[str, str]:
    """Return the pattern of a TGN below or in the target, by its MMP (below the target also by their ratio)."""
    high = alone = _is_at_least(mmp, limits.mmp_high)
    if below:
        high = _either(alone, _ratio_high(tgn, mmp, limits.ratio_high))
    if high is None:
        hidden = "MMP" if alone is None else "ratio of MMP to TGN"
        return "unknown", f"the {hidden} is censored across a threshold"
    names = ("low_low", "low_high") if below else ("target", "target_high_mmp")
    return names[high], ""


def _undetectable(level: Level) -> bool:
    """Say whether a level is below the assay's limit: reported as 0, or as less than a limit."""
    return level.value == 0 or level.comparator in BELOW


def _is_below(level: Level, limit: float) -> bool | None:
    if level.comparator is None:
        return level.value < limit
    if level.comparator in BELOW:
        return True if level.value < limit or (level.value == limit and level.comparator == "<") else None
    return False if level.value >= limit else None


def _is_above(level: Level, limit: float) -> bool | None:
    if level.comparator is None:
        return level.value > limit
    if level.comparator in BELOW:
        return False if level.value <= limit else None
    return True if level.value > limit or (level.value == limit and level.comparator == ">") else None


def _is_at_least(level: Level, limit: float) -> bool | None:
    below = _is_below(level, limit)
    return None if below is None else not below


def _ratio_high(tgn: Level, mmp: Level, limit: float) -> bool | None:
    """Say whether MMP is at least `limit` times TGN; censored levels decide only where every value would."""
    tgn_low, tgn_high, tgn_open = _bounds(tgn)
    mmp_low, mmp_high, mmp_open = _bounds(mmp)
    if mmp_low >= limit * tgn_high:
        return True
    if mmp_high < limit * tgn_low or (mmp_high == limit * tgn_low and (tgn_open or mmp_open)):
        return False
    return None


def _bounds(level: Level) -> tuple[float, float, bool]:
    """Return the least and the greatest that a level may be, and whether the given bound itself is excluded."""
    if level.comparator is None:
        return level.value, level.value, False
    if level.comparator in BELOW:
        return 0.0, level.value, level.comparator == "<"
    return level.value, float("inf"), level.comparator == ">"


def _either(first: bool | None, second: bool | None) -> bool | None:
    """Return OR as Kleene has it: True decides, unknown stays unknown."""
    if first or second:
        return True
    if first is None or second is None:
        return None
    return False


def _mean(levels: list[Level]) -> float | None:
    """Return the mean of the levels; unknown where any is censored, as leaving it out would flatter."""
    if not levels or any(level.comparator for level in levels):
        return None
    return sum(level.value for level in levels) / len(levels)


def _time_weighted(levels: list[Level]) -> float | None:
    """Return the trapezoid mean over time; unknown with fewer than two days or a censored value."""
    days: dict[int, list[Level]] = {}
    for level in levels:
        days.setdefault(level.day, []).append(level)
    series = [(day, _mean(same)) for day, same in days.items()]
    area = 0.0
    for (day, value), (following, next_value) in pairwise(series):
        if value is None or next_value is None:
            return None
        area += (following - day) * (value + next_value) / 2
    return area / (series[-1][0] - series[0][0]) if len(series) > 1 else None
