"""The analytes beside ALT, AST, and IgG: a base plus what the patient's findings add, times chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepatica.synthetic.activity import Activity
from hepatica.synthetic.draws import Flags, Floats, Stream, Whole
from hepatica.synthetic.later_lines import DRUG
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import PBC, PSC
from hepatica.synthetic.presentation import INTERMEDIATE
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.story import Story
from hepatica.synthetic.treatment_plan import Plan
from hepatica.synthetic.visits import Visits

# At every first visit, and at a share of the later ones.
ROUTINE = (
    *("ALP", "GGT", "BILIRUBIN", "ALBUMIN", "INR", "PLATELETS", "LEUKOCYTES", "NEUTROPHILS", "HAEMOGLOBIN"),
    *("CREATININE", "SODIUM"),
)
_ADULT = 18
_LEAST = 0.3  # no finding takes an analyte below this share of its base


@dataclass(frozen=True)
class Findings:
    """What the analytes depend on at each visit, by name, with each visit's patient and how many patients there are."""

    by_name: dict[str, NDArray[np.float32]]
    patient: Whole
    patients: int


@dataclass(frozen=True)
class Levels:
    """One analyte's values (canonical unit) at some of the visits."""

    analyte: str
    visit: Whole
    value: Floats


def findings_at(model: Model, story: Story, plan: Plan, visits: Visits, activity: Activity) -> Findings:
    """Return what the analytes depend on at each visit."""
    decompensation = _failing_from(model, story)
    patient, t = visits.patient, visits.t
    presentation, outcomes, lines = story.presentation, story.outcomes, story.lines
    native = t < outcomes.transplant[patient]
    on_thiopurine = (lines.partner == DRUG["azathioprine"])[patient] & (t >= lines.partner_start[patient])
    slow = (presentation.tpmt >= INTERMEDIATE) | (presentation.nudt15 >= INTERMEDIATE)
    found: dict[str, Flags | Floats] = {
        "alt": activity.alt,
        "cirrhosis": (t >= outcomes.cirrhosis[patient]) & native,
        "decompensated": (t >= decompensation[patient]) & native,
        "acute": presentation.acute_severe[patient] * np.clip(1 - t / model["values.acute_days"], 0, 1) * native,
        "cancer": (t >= outcomes.hcc[patient]) & native,
        "pbc": (story.people.variant == PBC)[patient],
        "psc": (story.people.variant == PSC)[patient],
        "man": ~story.people.female[patient] & (visits.age >= _ADULT),
        "growing": np.clip(1 - visits.age / _ADULT, 0, 1),
        "steroid": (t > 0) & (t < model["values.steroid_days"]),
        "thiopurine": on_thiopurine & (t <= plan.partner_end[patient]),
        "slow_metaboliser": slow[patient] & on_thiopurine & (t <= plan.partner_end[patient]),
    }
    by_name = {name: np.asarray(values, dtype=np.float32) for name, values in found.items()}
    return Findings(by_name, patient, story.people.n)


def _failing_from(model: Model, story: Story) -> Whole:
    """Return the day from which the laboratory shows that the liver fails, before a transplant or a death from it."""
    outcomes = story.outcomes
    failure = np.minimum(np.where(outcomes.death_liver, outcomes.death, NEVER), outcomes.transplant)
    return np.where(failure < NEVER, failure - model["outcomes.failing_liver_days"], NEVER)


def values_at(effects: dict[str, float], s: Stream, at: Whole, kept: Flags, findings: Findings) -> tuple[Whole, Floats]:
    """Return the visits of `at` that are `kept`, and an analyte's values at them; chance is drawn for all."""
    own, chance = s.normal(findings.patients), s.normal(len(at))
    here = kept[at]
    at, chance = at[here], chance[here]
    value = np.full(len(at), float(effects["base"]))
    for name, effect in effects.items():
        if name in findings.by_name:
            value += effect * findings.by_name[name][at]
    value = np.maximum(value, _LEAST * effects["base"])
    value *= np.exp(effects["between"] * own[findings.patient[at]] + effects["within"] * chance)
    return at, value


def routine_visits(model: Model, s: Stream, visits: Visits) -> Whole:
    """Return at which visits one routine analyte is measured."""
    return np.flatnonzero(s.often(visits.n, model["visits.other_analyte"]) | visits.first)


def on_drug(story: Story, visits: Visits, drug: str) -> Flags:
    """Return at which visits a drug of the later lines is taken (as a change for insufficient response)."""
    lines = story.lines
    start = np.where(lines.drug == DRUG[drug], lines.start, NEVER).min(axis=1)
    following = np.where(lines.start > start[:, None], lines.start, NEVER).min(axis=1)
    t = visits.t
    return np.asarray((t > start[visits.patient] + 14) & (t < following[visits.patient]))
