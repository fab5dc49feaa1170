"""On which days a patient is seen: the complete schedule, before anything goes missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.centres import Centres, group_of
from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.story import Story

_SHIFT = 1 << 20  # patient and day in one number, for ordering
_OFFSET = 1000


@dataclass(frozen=True)
class Visits:
    """One row per visit, by patient and day: `t` days after the index date, `day` since 1970-01-01.

    `first` marks the visit before treatment, `group` and `laboratory` say which limits are printed.
    """

    patient: Whole
    t: Whole
    day: Whole
    age: Floats
    group: Whole
    laboratory: Whole
    first: Flags

    @property
    def n(self) -> int:
        """Return how many visits there are."""
        return len(self.patient)


def make_visits(model: Model, draws: Draws, story: Story, centres: Centres) -> Visits:
    """Return the visits of a block's patients up to the end of what can be known."""
    s = draws.of("visits")
    days = np.column_stack([_baseline(s, story), _first_year(model, s, story), _later(model, s, story)])
    days = np.column_stack([days, _after_losses(model, story)])
    known = days < story.outcomes.end[:, None]
    known &= days != story.outcomes.transplant[:, None]
    patient, column = np.nonzero(known)
    keys = np.sort(patient * _SHIFT + days[patient, column] + _OFFSET)
    keys = keys[np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))]
    return _described(story, centres, keys // _SHIFT, keys % _SHIFT - _OFFSET)


def _described(story: Story, centres: Centres, patient: Whole, t: Whole) -> Visits:
    """Return visits with age, laboratory, and group of limits."""
    people = story.people
    day = people.index[patient] + t
    age = people.age_on(patient, day)
    return Visits(
        patient=patient,
        t=t,
        day=day,
        age=age,
        group=group_of(people.female[patient], age),
        laboratory=centres.laboratory_of(people.centre[patient], day),
        first=t <= 0,
    )


def _baseline(s: Stream, story: Story) -> Whole:
    """Return the visit before treatment, at most three days before it."""
    return -s.below(4, story.people.n)


def _first_year(model: Model, s: Stream, story: Story) -> Whole:
    """Return the visits of the first year, each at most four days off; the trial's 24-week visit hardly at all."""
    planned = np.array(model["visits.first_year_days"])
    n = story.people.n
    off = s.below(7, n, len(planned)) - 3
    days = planned + off
    sixth_month = int(np.argmax(planned > model["visits.trial_week_24"]))
    trial = model["visits.trial_week_24"] + np.clip(off[:, sixth_month], -1, 1)
    days[:, sixth_month] = np.where(story.first_line.randomised, trial, days[:, sixth_month])
    return days


def _later(model: Model, s: Stream, story: Story) -> Whole:
    """Return the visits after the first year, every half year, at most four weeks off."""
    every, n = model["visits.later_every_days"], story.people.n
    count = int((story.outcomes.end.max() - 365) // every) + 1
    planned = 365 + every * np.arange(1, max(count, 1) + 1)
    return np.asarray(planned + s.below(57, n, len(planned)) - 28)


def _after_losses(model: Model, story: Story) -> Whole:
    """Return additional visits after a response is lost."""
    losses = story.losses
    starts = np.column_stack([losses.start, losses.withdrawal_relapse, losses.rise])
    ends = np.column_stack([losses.end, losses.withdrawal_relapse_end, losses.rise_end])
    extra = [np.where(starts + wait < ends, starts + wait, _SHIFT // 2) for wait in model["visits.loss_days"]]
    return np.column_stack(extra)
