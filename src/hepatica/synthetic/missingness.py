"""What is not in the centre's data although it happened: decided after the truth, which it never changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.story import Story
from hepatica.synthetic.visits import Visits

MISSINGNESS = ("none", "real")
_SIX_MONTHS = 185
_TRIAL_OVER = 200
_DRAWS = 8  # analytes as far apart as this in ANALYTES go missing together
_DOCUMENTED, _ELSEWHERE, _WITHOUT_IGG = range(3)


@dataclass(frozen=True)
class Kept:
    """At which visits results are in the centre's data: any, IgG, AST; and further analytes by one of several draws."""

    visit: Flags
    igg: Flags
    ast: Flags
    other: Flags

    def of(self, analyte: str, number: int) -> Flags:
        """Return at which visits an analyte is in the data; `number` is its place in ANALYTES."""
        if analyte == "ALT":
            return self.visit
        if analyte == "IGG":
            return self.igg
        if analyte == "AST":
            return self.ast
        return np.asarray(self.visit & self.other[number % len(self.other)])


def decide_kept(model: Model, draws: Draws, story: Story, visits: Visits, missingness: str) -> Kept:
    """Return what is in the centre's data; everything if nothing is to go missing."""
    if missingness == "none":
        every = np.ones(visits.n, dtype=np.bool_)
        return Kept(every, every, every, every[None])
    s = draws.of("missing")
    in_trial = story.first_line.randomised[visits.patient] & (visits.t <= _TRIAL_OVER)
    documentation = s.pick(story.people.n, model.shares("missingness.documentation")[1])[visits.patient]
    visit = _visits(model, s, visits, documentation) | in_trial
    igg = visit & (_igg(model, s, visits, documentation) | in_trial)
    ast = visit & (s.often(visits.n, model["missingness.ast"]) | in_trial)
    other = s.often(_DRAWS * visits.n, model["missingness.other_analyte"]).reshape(_DRAWS, visits.n)
    return Kept(visit, igg, ast, other)


def _visits(model: Model, s: Stream, visits: Visits, documentation: Whole) -> Flags:
    """Return which visits are in the data: many patients are followed elsewhere just when it matters."""
    first, last = model["missingness.elsewhere_days"]
    away = (documentation == _ELSEWHERE) & (visits.t > first) & (visits.t < last)
    kept = model["missingness.early_visit"]
    early = np.where(documentation == _DOCUMENTED, kept["documented"], kept["others"])
    share = np.where(visits.t <= _SIX_MONTHS, early, model["missingness.later_visit"])
    share = np.where(visits.first, model["missingness.baseline_visit"], share)
    return np.asarray(~away & (s.uniform(visits.n) < share))


def _igg(model: Model, s: Stream, visits: Visits, documentation: Whole) -> Flags:
    """Return at which visits IgG is measured: by how the patient is documented, less often later."""
    kept = model["missingness.igg"]
    share = np.where(documentation == _DOCUMENTED, kept["documented"], kept["others"])
    share = np.where((documentation == _WITHOUT_IGG) & ~visits.first, kept["hardly"], share)
    share = np.where(visits.t > _SIX_MONTHS, share * kept["later"], share)
    return np.asarray(s.uniform(visits.n) < share)
