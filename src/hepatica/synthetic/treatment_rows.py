"""From the story to the list of treatments for the liver: tapers, changes of dose, pulses, later lines."""

from __future__ import annotations

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.first_line import NONE
from hepatica.synthetic.later_lines import CHANGES, DRUG, NO_DRUG
from hepatica.synthetic.losses import LOSSES
from hepatica.synthetic.model import Model
from hepatica.synthetic.prescriptions import REASON, Prescriptions, drug_rows, rows_of, stepped_rows
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.rows import join
from hepatica.synthetic.story import Story
from hepatica.synthetic.treatment_plan import Plan, in_steps, in_tablets, make_plan

_DRIP_DAYS = 4  # of methylprednisolone, before the tablets


def prescribe(model: Model, draws: Draws, story: Story) -> tuple[Plan, Prescriptions]:
    """Return the plan and all rows of treatment for the liver, not yet cut at the end of what is known."""
    s = draws.of("prescriptions")
    plan = make_plan(model, s, story)
    drip = _intravenous(model, s, story)
    parts = [
        _drip_rows(model, story, drip),
        _taper(model, story, plan, drip),
        _budesonide(model, story, plan),
        *_pulses(model, story, plan),
        *_azathioprine(model, story, plan),
        _mycophenolate(model, story, plan),
        _substitutes(model, story, plan),
        *_changes(model, story, plan),
        _allopurinol(story, plan),
    ]
    return plan, join(parts)


def _treated(story: Story) -> Flags:
    """Return who is treated at all."""
    return np.asarray(story.first_line.arm != NONE)


def _intravenous(model: Model, s: Stream, story: Story) -> Flags:
    """Return who begins with methylprednisolone into a vein."""
    chosen = s.chance(story.people.n, model["doses.intravenous_steroid"])
    return np.asarray(_treated(story) & story.presentation.acute_severe & chosen)


def _drip_rows(model: Model, story: Story, who: Flags) -> Prescriptions:
    """Return the first days of acute severe hepatitis."""
    n = story.people.n
    dose = np.full(n, float(model["doses.usual"]["methylprednisolone"]))
    first, last = np.zeros(n, np.int64), np.full(n, _DRIP_DAYS - 1)
    return rows_of(who, "methylprednisolone", first, last, dose, reason=REASON["planned"])


def _taper(model: Model, story: Story, plan: Plan, drip: Flags) -> Prescriptions:
    """Return the prednisolone of the first line: the taper, then maintenance in responders."""
    full, tablet = model["doses.taper_mg"][0], model["doses.tablet_mg"]
    child = np.minimum(model["doses.child_mg_kg"] * plan.weight, full)
    share = np.where(story.people.child, child, full) / full
    response = np.where(story.response.ever, story.lines.cbr, NEVER)
    starts, doses = [], []
    for day, dose in zip(model["doses.taper_days"], model["doses.taper_mg"], strict=True):
        starts.append(np.where(drip & (day == 0), _DRIP_DAYS, day).astype(np.int64))
        doses.append(in_steps(dose * share, tablet["prednisolone"]))
    for day, dose in zip(model["doses.maintenance_days"], model["doses.maintenance_mg"], strict=True):
        starts.append(np.where(response < NEVER, np.maximum(day, response + day // 4), NEVER))
        doses.append(in_steps(dose * share, tablet["prednisolone_low"]))
    who = _treated(story) & (plan.steroid == DRUG["prednisolone"])
    return stepped_rows(who, "prednisolone", starts, doses, plan.steroid_end, REASON["planned"])


def _budesonide(model: Model, story: Story, plan: Plan) -> Prescriptions:
    """Return the budesonide of the first line."""
    n = story.people.n
    response = np.where(plan.first_change == NEVER, story.lines.cbr, NEVER)
    steps = [np.where(response < NEVER, response + days, NEVER) for days in model["doses.budesonide_step_days"]]
    doses = [np.full(n, float(dose)) for dose in model["doses.budesonide_mg"]]
    reason = np.where(plan.first_change < NEVER, REASON["non_response"], REASON["planned"])
    who = _treated(story) & (plan.steroid == DRUG["budesonide"])
    return stepped_rows(who, "budesonide", [np.zeros(n, np.int64), *steps], doses, plan.steroid_end, reason)


def _pulses(model: Model, story: Story, plan: Plan) -> list[Prescriptions]:
    """Return prednisolone given again: after budesonide, at losses after it was stopped, and at relapses."""
    losses, wait = story.losses, model["doses.answer_days"]
    after_budesonide = np.where(plan.steroid == DRUG["budesonide"], plan.first_change, NEVER)
    parts = [_pulse(model, after_budesonide, lasting=True)]
    for start in (*losses.start.T, losses.withdrawal_relapse):
        wanted = (plan.steroid_end < start) & (after_budesonide == NEVER) & (start < NEVER)
        parts.append(_pulse(model, np.where(wanted, start + wait, NEVER), lasting=False))
    return parts


def _pulse(model: Model, day: Whole, *, lasting: bool) -> Prescriptions:
    """Return the rows of one taper from a day on; if lasting, its last dose goes on."""
    who = day < NEVER
    starts = [np.where(who, day + step, NEVER) for step in model["doses.pulse_days"]]
    doses = [np.full(len(day), float(dose)) for dose in model["doses.pulse_mg"]]
    end = np.full(len(day), NEVER) if lasting else np.minimum(day + model["doses.pulse_length_days"], NEVER)
    return stepped_rows(who, "prednisolone", starts, doses, end, REASON["planned"])


def _azathioprine(model: Model, story: Story, plan: Plan) -> list[Prescriptions]:
    """Return azathioprine: the start, the full dose, raises at losses, the cut with allopurinol, and a restart."""
    lines, losses, child = story.lines, story.losses, story.people.child
    who = lines.partner == DRUG["azathioprine"]
    begin = np.where(
        child, model["doses.azathioprine_child_start_mg_kg"] * plan.weight, model["doses.azathioprine_start_mg"]
    )
    full = np.where(who, lines.partner_start + model["doses.full_dose_days"]["azathioprine"], NEVER)
    starts, doses = (
        [lines.partner_start, full],
        [np.minimum(in_tablets(model, begin, child), plan.azathioprine), plan.azathioprine],
    )
    for loss in range(LOSSES):
        day = np.where(losses.start[:, loss] < NEVER, losses.start[:, loss] + model["doses.answer_days"], NEVER)
        starts.append(np.where(day < losses.allopurinol, day, NEVER))
        doses.append(plan.azathioprine + (loss + 1) * model["doses.azathioprine_raise_mg"])
    starts.append(losses.allopurinol)
    doses.append(in_tablets(model, plan.azathioprine * model["doses.with_allopurinol"], np.ones_like(child)))
    rows = stepped_rows(who, "azathioprine", starts, doses, plan.partner_end, plan.partner_reason)
    return [rows, _restart(model, story, plan, who)]


def _restart(model: Model, story: Story, plan: Plan, who: Flags) -> Prescriptions:
    """Return azathioprine given again after a relapse on withdrawal."""
    relapse = story.losses.withdrawal_relapse
    again = relapse + model["doses.answer_days"]
    back = who & (story.lines.intolerance == NEVER) & (relapse < NEVER)
    return rows_of(back, "azathioprine", again, np.full(len(who), NEVER), plan.azathioprine)


def _mycophenolate(model: Model, story: Story, plan: Plan) -> Prescriptions:
    """Return mycophenolate as the steroid's partner."""
    lines = story.lines
    drug = np.where(lines.partner == DRUG["mycophenolate"], lines.partner, NO_DRUG)
    return drug_rows(model, drug, lines.partner_start, plan.partner_end, plan.doses, plan.partner_reason)


def _substitutes(model: Model, story: Story, plan: Plan) -> Prescriptions:
    """Return what replaces a partner that was not tolerated."""
    lines, losses = story.lines, story.losses
    end = np.minimum(plan.first_replacing - 1, losses.withdrawal)
    reason = np.where(losses.withdrawal < NEVER, REASON["remission"], REASON["non_response"])
    azathioprine = np.full(story.people.n, float(model["doses.azathioprine_after_mycophenolate_mg"]))
    doses = {**plan.doses, "azathioprine": azathioprine}
    return drug_rows(model, lines.substitute, lines.substitute_start, end, doses, reason)


def _changes(model: Model, story: Story, plan: Plan) -> list[Prescriptions]:
    """Return the drugs of second and third lines; steroid after budesonide is among the pulses."""
    lines, parts = story.lines, []
    apart = [DRUG["prednisolone"], DRUG["allopurinol"]]
    for change in range(CHANGES):
        drug = np.where(np.isin(lines.drug[:, change], apart), NO_DRUG, lines.drug[:, change])
        following: Whole = lines.start[:, change + 1] if change + 1 < CHANGES else np.full(len(drug), NEVER)
        end = np.where(following < NEVER, following - 1, NEVER)
        parts.append(drug_rows(model, drug, lines.start[:, change], end, plan.doses, REASON["non_response"]))
    return parts


def _allopurinol(story: Story, plan: Plan) -> Prescriptions:
    """Return allopurinol beside azathioprine, as long as azathioprine is given."""
    start, end = story.losses.allopurinol, plan.partner_end
    who = (start < NEVER) & (end >= start)
    dose: Floats = plan.doses["allopurinol"]
    return rows_of(who, "allopurinol", start, end, dose, reason=plan.partner_reason)
