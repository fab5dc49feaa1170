"""What the consensus definitions (Pape et al. 2022) make of the values in the centre's data at six months.

A small computation of its own, for the truth's sake: it knows only whether each value is normal.
"""

from __future__ import annotations

import numpy as np

from hepatica.synthetic.core_values import Printed
from hepatica.synthetic.draws import Flags, Whole
from hepatica.synthetic.first_line import NONE
from hepatica.synthetic.missingness import Kept
from hepatica.synthetic.story import Story
from hepatica.synthetic.visits import Visits

VERDICTS = ("achieved", "not_achieved", "not_assessable", "pending", "not_applicable")
ACHIEVED, NOT_ACHIEVED, NOT_ASSESSABLE, PENDING, NOT_APPLICABLE = range(len(VERDICTS))
_PAIR_DAYS = 30
_ASSESS_DAYS = 92
_NORMAL, _ABNORMAL, _UNKNOWN = 1, 0, -1


def six_months_after(day: Whole) -> Whole:
    """Return the day six calendar months later, the month's last day where it has no such day."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    later = (month + 6).astype("datetime64[D]") + (date - month.astype("datetime64[D]"))
    last = (month + 7).astype("datetime64[D]") - np.timedelta64(1, "D")
    days: Whole = np.minimum(later, last).astype(np.int64)
    return days


def verdict(story: Story, visits: Visits, status: Whole, extract: int) -> Whole:
    """Return the verdict on complete response by six months of each patient, from the status at each visit."""
    index = story.people.index
    limit = six_months_after(index) - index
    before_transplant = visits.t <= story.outcomes.transplant[visits.patient]
    counts = (visits.t > 0) & (visits.t <= limit[visits.patient]) & before_transplant
    achieved = _any(story, visits, counts & (status == _NORMAL))
    recent = counts & (visits.t >= limit[visits.patient] - _ASSESS_DAYS)
    known = _any(story, visits, recent & (status != _UNKNOWN))
    early_end = np.minimum(story.outcomes.death, story.outcomes.transplant) <= limit
    found = np.where(known, NOT_ACHIEVED, NOT_ASSESSABLE)
    found = np.where(extract - index < limit, PENDING, found)
    found = np.where(early_end & (story.outcomes.native_end < extract - index), NOT_ASSESSABLE, found)
    found = np.where(achieved, ACHIEVED, found)
    return np.where(story.first_line.arm == NONE, NOT_APPLICABLE, found)


def _any(story: Story, visits: Visits, here: Flags) -> Flags:
    """Return which patients have such a visit."""
    return np.bincount(visits.patient[here], minlength=story.people.n) > 0


def complete_status(normal: Flags) -> Whole:
    """Return the status at each visit where all three values are known at each."""
    return np.where(normal, _NORMAL, _ABNORMAL)


def status_as_sent(visits: Visits, core: dict[str, Printed], kept: Kept) -> Whole:
    """Return at each visit whether response is known to be complete, known not to be, or unknown."""
    alt, ast, igg = (
        _latest(visits, core[analyte], here)
        for analyte, here in (("ALT", kept.visit), ("AST", kept.ast), ("IGG", kept.igg))
    )
    abnormal = (alt == _ABNORMAL) | (ast == _ABNORMAL) | (igg == _ABNORMAL)
    normal = (alt == _NORMAL) & (igg == _NORMAL) & ~abnormal
    known = np.where(abnormal, _ABNORMAL, np.where(normal, _NORMAL, _UNKNOWN))
    return np.where(kept.visit, known, _UNKNOWN)


def _latest(visits: Visits, printed: Printed, here: Flags) -> Whole:
    """Return whether the latest value within the pair window up to each visit is normal, abnormal, or unknown."""
    row = np.arange(visits.n)
    latest = np.maximum.accumulate(np.where(here, row, -1))
    found = latest >= 0
    same = found & (visits.patient[latest] == visits.patient) & (visits.t - visits.t[latest] <= _PAIR_DAYS)
    value = np.where(printed.high[latest], _ABNORMAL, _NORMAL)
    return np.where(same, value, _UNKNOWN)
