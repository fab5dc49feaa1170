"""What follows the first line: intolerance, second and third lines for insufficient response, and when they work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.first_line import BUDESONIDE, COMBINATION, MYCOPHENOLATE, STEROID, FirstLine
from hepatica.synthetic.model import Model
from hepatica.synthetic.presentation import POOR, Presentation
from hepatica.synthetic.response import NEVER, REFRACTORY, Response

DRUGS = (
    *("prednisolone", "budesonide", "azathioprine", "mycophenolate", "mercaptopurine", "tacrolimus", "ciclosporin"),
    *("infliximab", "adalimumab", "rituximab", "sirolimus", "allopurinol", "ursodeoxycholic_acid"),
    *("methylprednisolone", "omeprazole", "entecavir"),
)
DRUG = {name: code for code, name in enumerate(DRUGS)}
NO_DRUG = -1
CHANGES = 3  # changes of treatment for insufficient response, at most


@dataclass(frozen=True)
class LaterLines:
    """What a patient is given after the start of the steroid; days after the index date, NEVER where not at all.

    `partner` is the drug beside the steroid (azathioprine or mycophenolate), `partner_start` its first day,
    `intolerance` the day it is stopped, `substitute` the drug that replaces it. `drug`, `start`, `responded` are the
    changes for insufficient response (patients x CHANGES). `cbr` is the true day of complete response on any line.
    """

    partner: Whole
    partner_start: Whole
    intolerance: Whole
    substitute: Whole
    substitute_start: Whole
    drug: Whole
    start: Whole
    responded: Flags
    cbr: Whole


def make_later_lines(
    model: Model, draws: Draws, presentation: Presentation, first_line: FirstLine, response: Response
) -> LaterLines:
    """Return what follows the first treatment of each patient."""
    s, arm = draws.of("later_lines"), first_line.arm
    partner, partner_start = _partner(model, s, presentation, arm)
    intolerance, substitute, substitute_start = _intolerance(model, s, first_line, partner, partner_start)
    on_thiopurine = (partner == DRUG["azathioprine"]) & (intolerance == NEVER)
    current = np.where(substitute >= 0, substitute, partner)
    drug, start, responded = _changes(model, s, arm, response, current, on_thiopurine)
    wait = s.days(model["course.later_response_days"], len(arm))
    later = np.where(responded, start, NEVER).min(axis=1)
    cbr = np.where(later < NEVER, later + wait, response.day)
    return LaterLines(partner, partner_start, intolerance, substitute, substitute_start, drug, start, responded, cbr)


def _partner(model: Model, s: Stream, presentation: Presentation, arm: Whole) -> tuple[Whole, Whole]:
    """Return the drug beside the steroid and its first day."""
    n = len(arm)
    days = model["course.partner_start_days"]
    added = s.chance(n, model["first_line.azathioprine_added_later"]) & (presentation.tpmt != POOR)
    later = s.days(model["course.added_later_days"], n)
    start = np.full(n, NEVER)
    start[arm == COMBINATION] = days["combination"]
    start[arm == MYCOPHENOLATE] = days["mycophenolate"]
    start[arm == BUDESONIDE] = days["budesonide"]
    start = np.where((arm == STEROID) & added, later, start)
    partner = np.where(arm == MYCOPHENOLATE, DRUG["mycophenolate"], DRUG["azathioprine"])
    return np.where(start < NEVER, partner, NO_DRUG), start


def _intolerance(
    model: Model, s: Stream, first_line: FirstLine, partner: Whole, partner_start: Whole
) -> tuple[Whole, Whole, Whole]:
    """Return the day on which the partner is stopped for intolerance, and what replaces it from when on."""
    n, in_trial = len(partner), model["safety.trial_stop"]
    mycophenolate = partner == DRUG["mycophenolate"]
    azathioprine = np.where(first_line.randomised, in_trial["azathioprine"], model["course.intolerance"])
    stops = s.chance(n, np.where(mycophenolate, in_trial["mycophenolate"], azathioprine)) & (partner >= 0)
    day = partner_start + s.days(model["course.intolerance_days"], n)
    names, shares = model.shares("course.intolerance_next")
    codes = np.array([DRUG.get(name, NO_DRUG) for name in names])
    choice = np.where(mycophenolate, DRUG["azathioprine"], codes[s.pick(n, shares)])
    wait = model["course.substitute_after_days"]
    # The trial's treatment is over at 24 weeks; nothing replaces the drug before.
    start = np.where(first_line.randomised, model["visits.trial_week_24"] + 7, day + wait)
    substitute = np.where(stops, choice, NO_DRUG)
    return np.where(stops, day, NEVER), substitute, np.where(substitute >= 0, start, NEVER)


def _changes(
    model: Model, s: Stream, arm: Whole, response: Response, current: Whole, on_thiopurine: Flags
) -> tuple[Whole, Whole, Flags]:
    """Return drug, first day, and success of each change for insufficient response."""
    n = len(arm)
    failing = (response.latent_class > 1) & (response.latent_class <= REFRACTORY)
    start = s.days(model["course.second_line_days"], n)
    used = np.zeros((n, len(DRUGS)), dtype=np.bool_)
    used[np.arange(n), current] = True  # NO_DRUG (-1) marks the last drug, which no change uses
    used[:, -1] = False
    drugs, starts, successes = [], [], []
    for change in range(CHANGES):
        weights = _weights(model, s, change, arm, used, on_thiopurine)
        drug = np.where(failing, _pick(s.uniform(n), weights), NO_DRUG)
        success = failing & s.chance(n, _success(model, drug, used))
        drugs.append(drug)
        starts.append(np.where(failing, start, NEVER))
        successes.append(success)
        used[np.flatnonzero(failing), drug[failing]] = True
        failing = failing & ~success & s.chance(n, model["course.third_line_share"])
        start = start + s.days(model["course.third_line_days"], n)
    return np.column_stack(drugs), np.column_stack(starts), np.column_stack(successes)


def _weights(model: Model, s: Stream, change: int, arm: Whole, used: Flags, on_thiopurine: Flags) -> Floats:
    """Return each drug's share at a change of treatment; nothing is given twice."""
    n = len(arm)
    second, third, after = (
        _shares(model, f"course.{name}") for name in ("second_line", "third_line", "after_budesonide")
    )
    had_mycophenolate = used[:, DRUG["mycophenolate"]]
    weights = np.where(had_mycophenolate[:, None] | (change > 1), third, second)
    if change == 0:
        weights = np.where((arm == BUDESONIDE)[:, None], after, weights)
        share = model["metabolites.allopurinol_share"]["never"]
        add = on_thiopurine & (arm != BUDESONIDE) & s.chance(n, share)
        weights = np.where(add[:, None], np.eye(len(DRUGS))[DRUG["allopurinol"]], weights)
    return np.where(used, 0.0, weights)


def _shares(model: Model, name: str) -> Floats:
    """Return shares by drug code."""
    shares = np.zeros(len(DRUGS))
    for drug, share in model[name].items():
        shares[DRUG[drug]] = share
    return shares


def _pick(u: Floats, weights: Floats) -> Whole:
    """Return one choice per row with the row's weights."""
    edges = np.cumsum(weights, axis=1)
    choice: Whole = (u[:, None] * edges[:, -1:] >= edges).sum(axis=1).clip(max=weights.shape[1] - 1)
    return choice


def _success(model: Model, drug: Whole, used: Flags) -> Floats:
    """Return the true probability that a drug brings complete response, given what was used before."""
    probability = _shares(model, "course.response_to")
    rates = model["course.response_to_infliximab"]
    third = used[:, [DRUG[name] for name in ("tacrolimus", "ciclosporin", "rituximab", "sirolimus")]].any(axis=1)
    infliximab = np.where(third, rates["after_third_line"], rates["after_second_line"])
    return np.where(drug == DRUG["infliximab"], infliximab, probability[drug])
