"""How active the disease is at each visit: ALT, AST, and IgG in multiples of the limit, and what must be abnormal.

Active disease is a set of spells, each with a first and last day, a course of ALT and IgG, and the analytes that carry
it: at a visit in a spell the carriers are above their limit, at any other visit nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.response import EARLY, LATE, NEVER, REFRACTORY, UNTREATED
from hepatica.synthetic.story import Story
from hepatica.synthetic.visits import Visits

_ALT, _IGG, _BOTH = range(3)
_UNREACHED = 1e6  # a multiple of the limit that no enzyme reaches: no cap


@dataclass(frozen=True)
class Spell:
    """One kind of active disease, by patient: days, the course from one level to another, and the carriers.

    `most` is the highest ALT and AST in multiples of the limit that this kind may show (a loss is no relapse).
    """

    start: Whole
    end: Whole
    alt_from: Floats
    alt_to: Floats
    alt_days: Floats
    igg_from: Floats
    igg_to: Floats
    carrier: Whole
    most: Floats


@dataclass(frozen=True)
class Activity:
    """Levels at each visit in multiples of the upper limit, and which analyte must be above or may not be."""

    alt: Floats
    ast: Floats
    igg: Floats
    active: Flags
    alt_high: Flags
    igg_high: Flags
    most: Floats


def make_activity(model: Model, draws: Draws, story: Story, visits: Visits) -> Activity:
    """Return the activity of the disease at each visit."""
    s, n = draws.of("core_values"), story.people.n
    quiet_alt, quiet_igg = s.between(model["values.quiet_alt"], n), s.between(model["values.quiet_igg"], n)
    spells = [_first_spell(model, s, story), *_later_spells(model, s, story)]
    alt, igg = quiet_alt[visits.patient], quiet_igg[visits.patient]
    carrier, most = np.full(visits.n, -1), np.full(visits.n, _UNREACHED)
    for spell in spells:
        at = _at(spell, visits)
        _apply(spell, visits, at, (alt, igg), model["values.igg_days"])
        carrier[at], most[at] = spell.carrier[visits.patient[at]], spell.most[visits.patient[at]]
    noise = np.exp(s.normal(visits.n) * model["values.alt_log_sd"])
    ast_noise = np.exp(s.normal(visits.n) * model["values.ast_log_sd"])
    igg_noise = np.exp(s.normal(visits.n) * model["values.igg_log_sd"])
    native = visits.t < story.outcomes.transplant[visits.patient]
    active = (carrier >= 0) & native
    alt = np.where(native, alt, quiet_alt[visits.patient]) * noise
    ratio = (story.presentation.ast / story.presentation.alt)[visits.patient]
    return Activity(
        alt=alt,
        ast=alt * ratio * ast_noise,
        igg=np.where(native, igg, quiet_igg[visits.patient]) * igg_noise,
        active=active,
        alt_high=active & (carrier != _IGG),
        igg_high=active & (carrier != _ALT),
        most=most,
    )


def _at(spell: Spell, visits: Visits) -> Whole:
    """Return the visits that fall into a spell."""
    return np.flatnonzero((visits.t >= spell.start[visits.patient]) & (visits.t < spell.end[visits.patient]))


def _apply(spell: Spell, visits: Visits, at: Whole, levels: tuple[Floats, Floats], igg_days: float) -> None:
    """Put a spell's levels of ALT and IgG in at the visits `at`."""
    alt, igg = levels
    who = visits.patient[at]
    since = np.maximum(visits.t[at] - np.maximum(spell.start[who], 0), 0)
    left = np.exp(-since / spell.alt_days[who])
    alt[at] = spell.alt_to[who] + (spell.alt_from[who] - spell.alt_to[who]) * left
    igg[at] = spell.igg_to[who] + (spell.igg_from[who] - spell.igg_to[who]) * np.exp(-since / igg_days)


def _first_spell(model: Model, s: Stream, story: Story) -> Spell:
    """Return the disease from its presentation to the first response."""
    presentation, latent, n = story.presentation, story.response.latent_class, story.people.n
    carrier = s.pick(n, model.shares("values.carrier")[1])
    carrier = np.where(presentation.igg < model["values.igg_can_carry"], _ALT, carrier)
    carrier = np.where(latent == REFRACTORY, _BOTH, carrier)
    carrier = np.where((latent == REFRACTORY) & (presentation.igg < model["values.igg_can_carry"]), _ALT, carrier)
    alt_to, alt_days = _first_alt(model, s, story, carrier)
    igg_to = np.where(
        carrier == _ALT, s.between(model["values.quiet_igg"], n), s.between(model["values.igg_residual"], n)
    )
    return Spell(
        start=np.full(n, -NEVER),
        end=story.lines.cbr,
        alt_from=presentation.alt,
        alt_to=alt_to,
        alt_days=alt_days,
        igg_from=presentation.igg,
        igg_to=np.minimum(igg_to, presentation.igg),
        carrier=carrier,
        most=np.full(n, _UNREACHED),
    )


def _first_alt(model: Model, s: Stream, story: Story, carrier: Whole) -> tuple[Floats, Floats]:
    """Return where ALT falls to before the response, and how fast."""
    latent, n, alt = story.response.latent_class, story.people.n, story.presentation.alt
    residual, quiet = s.between(model["values.alt_residual"], n), s.between(model["values.quiet_alt"], n)
    responding = np.isin(latent, [EARLY, LATE])
    level = np.where(responding, s.between(model["values.alt_last_of_response"], n), residual)
    level = np.where(carrier == _IGG, quiet, level)
    low, high = model["values.alt_refractory"]
    refractory = np.clip(model["values.alt_refractory_share"] * alt, low, high)
    level = np.where(latent == REFRACTORY, refractory, np.where(latent == UNTREATED, residual, level))
    fast, slow = s.between(model["values.alt_fall_days"], n), float(model["values.alt_fall_days_refractory"])
    return level, np.where(latent == REFRACTORY, slow, fast)


def _later_spells(model: Model, s: Stream, story: Story) -> list[Spell]:
    """Return losses of response, relapses after withdrawal, and rises of ALT on anti-TNF."""
    losses, n = story.losses, story.people.n
    always, never = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    spells = [
        _loss(model, s, losses.start[:, loss], losses.end[:, loss], losses.relapse[:, loss])
        for loss in range(losses.start.shape[1])
    ]
    after_withdrawal = _loss(model, s, losses.withdrawal_relapse, losses.withdrawal_relapse_end, always)
    on_anti_tnf = _loss(model, s, losses.rise, losses.rise_end, never, enzymes_only=True)
    return [*spells, after_withdrawal, on_anti_tnf]


def _loss(model: Model, s: Stream, start: Whole, end: Whole, relapse: Flags, *, enzymes_only: bool = False) -> Spell:
    """Return a loss of response: a peak that comes down, over three times the limit only in a relapse.

    With `enzymes_only` IgG has no part in it: ALT alone rises.
    """
    n = len(start)
    high, low = s.between(model["values.relapse_log_peak"], n), s.between(model["values.loss_peak"], n)
    carrier = s.pick(n, model.shares("values.carrier")[1])
    carrier = np.where(relapse & (carrier == _IGG), _BOTH, np.where(enzymes_only, _ALT, carrier))
    peak = np.where(relapse, np.exp(high), np.where(carrier == _IGG, model["values.quiet_alt"][1], low))
    igg = np.where(carrier == _ALT, model["values.quiet_igg"][1], s.between(model["values.loss_igg"], n))
    return Spell(
        start=start,
        end=end,
        alt_from=peak,
        alt_to=np.minimum(peak, model["values.loss_peak"][0]),
        alt_days=np.maximum(end - start, 1) / model["values.loss_time_constants"],
        igg_from=igg,
        igg_to=igg,
        carrier=carrier,
        most=np.where(relapse, _UNREACHED, model["values.most_in_loss"]),
    )
