"""6-TGN and 6-MMP of those whom their centre monitors: by course, and before and after allopurinol."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.later_lines import DRUG
from hepatica.synthetic.losses import COURSES, NO_COURSE, STABLE
from hepatica.synthetic.model import Model
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.story import Story
from hepatica.synthetic.treatment_plan import Plan
from hepatica.synthetic.visits import Visits

_LOWEST = 40  # pmol: a patient's mean above the assay's limit


@dataclass(frozen=True)
class Metabolism:
    """By patient: whether monitored, the true means without allopurinol (pmol per unit), and poor adherence."""

    monitored: Flags
    tgn: Floats
    mmp: Floats
    non_adherent: Flags


@dataclass(frozen=True)
class MetaboliteLevels:
    """Values at visits; `hidden` below the assay's limit."""

    visit: Whole
    tgn: Floats
    mmp: Floats
    hidden: Flags


def make_metabolism(model: Model, draws: Draws, story: Story) -> Metabolism:
    """Return how each patient turns a thiopurine over."""
    s, n, losses = draws.of("metabolites"), story.people.n, story.losses
    course = np.where(losses.course == NO_COURSE, STABLE, losses.course)
    means = np.array([model["metabolites.tgn_mean"][name] for name in COURSES[:NO_COURSE]])
    spreads = np.array([model["metabolites.tgn_sd"][name] for name in COURSES[:NO_COURSE]])
    tgn = np.maximum(means[course] + spreads[course] * s.normal(n), _LOWEST)
    given = losses.allopurinol < NEVER
    mean, sd = model["metabolites.mmp_log"]
    usual = np.exp(mean + sd * s.normal(n))
    # The mean of a log-normal variable is exp(mean + variance / 2).
    before = usual / np.exp(mean + sd**2 / 2) * model["metabolites.allopurinol_mmp_before"]
    monitored = s.chance(n, model["metabolites.monitored"]) | given
    poor = s.chance(n, model["metabolites.non_adherent"]) & (losses.course != STABLE) & ~given
    return Metabolism(monitored, tgn, np.where(given, before, usual), poor)


def on_thiopurine(model: Model, story: Story, plan: Plan, visits: Visits) -> Flags:
    """Return at which visits azathioprine has been taken long enough to be monitored."""
    since = (story.lines.partner_start + model["visits.metabolites_after_days"])[visits.patient]
    azathioprine = (story.lines.partner == DRUG["azathioprine"])[visits.patient]
    native = visits.t < story.outcomes.transplant[visits.patient]
    return np.asarray(azathioprine & (visits.t >= since) & (visits.t <= plan.partner_end[visits.patient]) & native)


def metabolite_levels(
    model: Model, s: Stream, story: Story, metabolism: Metabolism, plan: Plan, visits: Visits
) -> MetaboliteLevels:
    """Return the metabolites that are measured."""
    asked = s.chance(visits.n, model["visits.metabolites"]) & metabolism.monitored[visits.patient]
    at = np.flatnonzero(asked & on_thiopurine(model, story, plan, visits))
    who, t = visits.patient[at], visits.t[at]
    # Four weeks after allopurinol there is a new steady state; between, the levels are on their way.
    added = np.clip((t - story.losses.allopurinol[who]) / 28, 0, 1)
    chance = _spread(model, s, len(at))
    tgn = metabolism.tgn[who] * chance * model["metabolites.allopurinol_tgn_factor"] ** added
    mmp = metabolism.mmp[who] * _spread(model, s, len(at)) * model["metabolites.allopurinol_mmp_factor"] ** added
    hidden = metabolism.non_adherent[who] & s.chance(len(at), 1 / 3)
    return MetaboliteLevels(at, tgn, mmp, hidden)


def _spread(model: Model, s: Stream, n: int) -> Floats:
    """Return factors with mean 1 by which a value lies off its patient's mean."""
    cv = model["metabolites.within_patient_cv"]
    return np.asarray(np.exp(cv * s.normal(n) - cv**2 / 2))
