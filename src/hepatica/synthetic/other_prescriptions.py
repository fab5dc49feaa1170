"""Drugs beside those for the liver: for other diseases, after a transplant, and those that only look like treatment."""

from __future__ import annotations

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Stream
from hepatica.synthetic.losses import Losses
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import PBC, PSC
from hepatica.synthetic.prescriptions import REASON, Given, Prescriptions, rows_of
from hepatica.synthetic.response import NEVER
from hepatica.synthetic.rows import join
from hepatica.synthetic.story import Story
from hepatica.synthetic.treatment_plan import Plan

_RHEUMATOID = 2  # the disease treated with adalimumab; the bowel is treated with infliximab


def prescribe_others(model: Model, draws: Draws, story: Story, plan: Plan, hbsag: Flags) -> Prescriptions:
    """Return the rows of treatment that are not for the liver's inflammation."""
    s = draws.of("other_drugs")
    return join(
        [
            _ursodeoxycholic_acid(model, s, story, plan),
            *_anti_tnf(model, s, story.losses, plan),
            _after_transplant(story, plan),
            *_local(model, s, story),
            *_for_others(model, s, story, plan, hbsag),
        ]
    )


def _ursodeoxycholic_acid(model: Model, s: Stream, story: Story, plan: Plan) -> Prescriptions:
    """Return ursodeoxycholic acid for variants with PBC or PSC: a companion, never a line."""
    n, variant = story.people.n, story.people.variant
    who = np.isin(variant, [PBC, PSC]) & s.chance(n, model["doses.ursodeoxycholic_acid_share"])
    start = s.days((0, 60), n)
    return rows_of(who, "ursodeoxycholic_acid", start, np.full(n, NEVER), plan.doses["ursodeoxycholic_acid"])


def anti_tnf_drug(losses: Losses) -> tuple[Flags, Flags]:
    """Return who gets infliximab and who adalimumab for another disease."""
    given = losses.anti_tnf < NEVER
    return given & (losses.disease != _RHEUMATOID), given & (losses.disease == _RHEUMATOID)


def _anti_tnf(model: Model, s: Stream, losses: Losses, plan: Plan) -> list[Prescriptions]:
    """Return anti-TNF for bowel and joints; half of those whose ALT rises on it stop."""
    stops = (losses.rise < NEVER) & s.chance(len(losses.rise), model["safety.anti_tnf_stopped_for_rise"])
    end = np.where(stops, losses.rise + 21, losses.anti_tnf_end)
    reason = np.where(stops, REASON["adverse_event"], REASON["planned"])
    return [
        rows_of(who, Given(drug, "extrahepatic"), losses.anti_tnf, end, plan.doses[drug], reason=reason)
        for who, drug in zip(anti_tnf_drug(losses), ("infliximab", "adalimumab"), strict=True)
    ]


def _after_transplant(story: Story, plan: Plan) -> Prescriptions:
    """Return tacrolimus for the graft, which is no third line."""
    start = story.outcomes.transplant
    end = np.full(len(start), NEVER)
    return rows_of(start < NEVER, Given("tacrolimus", "transplant"), start, end, plan.doses["tacrolimus"])


def _local(model: Model, s: Stream, story: Story) -> list[Prescriptions]:
    """Return inhaled, eye, and skin drugs of the same names, which never are systemic treatment."""
    n, never = story.people.n, np.full(story.people.n, NEVER)
    parts = []
    for name, given in (
        ("inhaled_budesonide", Given("budesonide", "extrahepatic", "inhaled")),
        ("eye_prednisolone", Given("prednisolone", "extrahepatic", "eye")),
        ("topical_tacrolimus", Given("tacrolimus", "extrahepatic", "topical")),
    ):
        who = s.chance(n, model[f"safety.{name}"])
        start = -(s.uniform(n) * 300).astype(np.int64) - 30
        parts.append(rows_of(who, given, start, never, None))
    return parts


def _for_others(model: Model, s: Stream, story: Story, plan: Plan, hbsag: Flags) -> list[Prescriptions]:
    """Return steroid for another disease before, a proton pump inhibitor with steroid, and an antiviral."""
    n, zero, never = story.people.n, np.zeros(story.people.n, np.int64), np.full(story.people.n, NEVER)
    start = -s.days((200, 330), n)
    earlier = s.chance(n, model["safety.extrahepatic_steroid"])
    stomach = s.chance(n, model["safety.proton_pump_inhibitor"]) & (story.lines.partner_start < NEVER)
    end = np.minimum(plan.steroid_end, never)
    dose = np.full(n, float(model["doses.extrahepatic_steroid_mg"]))
    planned = REASON["planned"]
    return [
        rows_of(earlier, Given("prednisolone", "extrahepatic"), start, start + 40, dose, reason=planned),
        rows_of(stomach, Given("omeprazole", "extrahepatic"), zero, end, plan.doses["omeprazole"], reason=planned),
        rows_of(hbsag, Given("entecavir", "extrahepatic"), zero, never, plan.doses["entecavir"]),
    ]
