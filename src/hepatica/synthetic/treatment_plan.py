"""When the drugs of the first line end and why, and the doses that everybody's schedule follows from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Flags, Floats, Stream, Whole
from hepatica.synthetic.first_line import BUDESONIDE
from hepatica.synthetic.later_lines import DRUG, NO_DRUG, LaterLines
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import People, weight_kg
from hepatica.synthetic.prescriptions import REASON
from hepatica.synthetic.presentation import INTERMEDIATE
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.story import Story

_ADULT_KG = 60  # the schedules are those of an adult of 60 kg


@dataclass(frozen=True)
class Plan:
    """When drugs begin and end, by patient, in days after the index date (NEVER: it does not come).

    `weight` is that at diagnosis in kg, `doses` are the usual daily doses by drug, `azathioprine` its full dose in mg.
    """

    weight: Floats
    steroid: Whole
    steroid_end: Whole
    partner_end: Whole
    partner_reason: Whole
    first_change: Whole
    first_replacing: Whole
    doses: dict[str, Floats]
    azathioprine: Floats


def make_plan(model: Model, s: Stream, story: Story) -> Plan:
    """Return when the drugs of the first line end, and in which doses drugs are given."""
    lines, losses, n = story.lines, story.losses, story.people.n
    replacing = _first_replacing(lines)
    ends = np.column_stack([lines.intolerance, np.minimum(replacing - 1, NEVER), losses.withdrawal])
    reasons = np.array([REASON["intolerance"], REASON["non_response"], REASON["remission"]])
    weight = weight_kg(model, story.people, np.arange(n), story.people.age)
    budesonide = story.first_line.arm == BUDESONIDE
    return Plan(
        weight=weight,
        steroid=np.where(budesonide, DRUG["budesonide"], DRUG["prednisolone"]),
        steroid_end=_steroid_end(model, s, story),
        partner_end=ends.min(axis=1),
        partner_reason=reasons[ends.argmin(axis=1)],
        first_change=lines.start[:, 0],
        first_replacing=replacing,
        doses=_usual_doses(model, story.people, weight),
        azathioprine=_azathioprine(model, s, story, weight),
    )


def _steroid_end(model: Model, s: Stream, story: Story) -> Whole:
    """Return the last day of the first line's steroid: stopped in response, at withdrawal, or budesonide failing."""
    cbr, n = story.lines.cbr, story.people.n
    stops = s.chance(n, model["doses.steroid_stopped"]) & (cbr < NEVER)
    later = cbr + s.days(model["doses.steroid_stop_days"], n)
    end = np.minimum(np.where(stops, later, NEVER), story.losses.withdrawal)
    change = story.lines.start[:, 0]
    fails = (story.first_line.arm == BUDESONIDE) & (change < NEVER)
    return np.where(fails, change - 1, end)


def _first_replacing(lines: LaterLines) -> Whole:
    """Return the first day of a change that takes the partner's place (allopurinol and a steroid do not)."""
    beside = np.isin(lines.drug, [NO_DRUG, DRUG["allopurinol"], DRUG["prednisolone"]])
    first: Whole = np.where(beside, NEVER + 1, lines.start).min(axis=1)
    return first


def _usual_doses(model: Model, people: People, weight: Floats) -> dict[str, Floats]:
    """Return usual doses by drug and patient: children's in proportion to their weight, in eighths."""
    share = np.where(people.child, np.clip(np.rint(weight / _ADULT_KG * 8) / 8, 0.125, 1), 1.0)
    by_weight_or_injection = {"infliximab", "adalimumab"}
    return {
        drug: np.full(people.n, float(dose)) if drug in by_weight_or_injection else np.round(dose * share, 1)
        for drug, dose in model["doses.usual"].items()
    }


def _azathioprine(model: Model, s: Stream, story: Story, weight: Floats) -> Floats:
    """Return the full daily dose of azathioprine in mg, by weight and genotype."""
    presentation, child = story.presentation, story.people.child
    slow = (presentation.tpmt >= INTERMEDIATE) | (presentation.nudt15 >= INTERMEDIATE)
    per_kg = s.between(model["doses.azathioprine_mg_kg"], story.people.n)
    dose = weight * per_kg * np.where(slow, model["doses.intermediate_metaboliser"], 1.0)
    return in_tablets(model, np.minimum(dose, model["doses.azathioprine_most_mg"]), child)


def in_tablets(model: Model, dose: Floats, child: Flags) -> Floats:
    """Return doses of azathioprine in whole steps of a tablet, at least one; children's steps are smaller."""
    tablet = model["doses.tablet_mg"]
    step = np.where(child, tablet["azathioprine_child"], tablet["azathioprine"])
    return in_steps(dose, step)


def in_steps(dose: Floats, step: Floats | float) -> Floats:
    """Return doses in whole steps, at least one."""
    return np.asarray(np.maximum(np.rint(dose / step), 1) * step)
