"""When a response is lost: losses and relapses on treatment, after withdrawal, and rises of ALT on anti-TNF."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Stream, Whole
from hepatica.synthetic.later_lines import DRUG, LaterLines
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import People
from hepatica.synthetic.presentation import Presentation
from hepatica.synthetic.response import NEVER, REFRACTORY, Response

COURSES = ("stable", "not_maintained", "never", "untreated")
STABLE, NOT_MAINTAINED, NEVER_ON_FIRST_LINE, NO_COURSE = range(4)
LOSSES = 3
DISEASES = ("ulcerative colitis", "Crohn's disease", "rheumatoid arthritis", "thyroiditis", "coeliac disease")
WITH_ANTI_TNF = 3  # the first three diseases are treated with anti-TNF


@dataclass(frozen=True)
class Losses:
    """What happens after the response; days after the index date, NEVER where it does not happen.

    `start`, `end`, `relapse` are losses of response on treatment (patients x LOSSES; relapse: ALT over three times
    the limit). `allopurinol` is its first day, whether as a change for insufficient response or at a loss.
    """

    course: Whole
    start: Whole
    end: Whole
    relapse: Flags
    allopurinol: Whole
    allopurinol_responded: Flags
    withdrawal: Whole
    withdrawal_relapse: Whole
    withdrawal_relapse_end: Whole
    disease: Whole
    anti_tnf: Whole
    anti_tnf_end: Whole
    rise: Whole
    rise_end: Whole


def make_losses(
    model: Model, draws: Draws, people: People, presentation: Presentation, response: Response, lines: LaterLines
) -> Losses:
    """Return what happens to the responses of a block's patients."""
    s, n = draws.of("losses"), people.n
    responded = lines.cbr < NEVER
    share = np.where(response.ever, model["course.not_maintained_share"], model["course.later_line_not_maintained"])
    by_change = _first_allopurinol(lines)
    loses = responded & s.chance(n, share) & (by_change == NEVER)
    start, end, relapse = _episodes(model, s, lines.cbr, loses)
    at_loss, worked, end, start = _allopurinol_at_loss(model, s, response, lines, start, end)
    allopurinol = np.minimum(by_change, at_loss)
    success = worked | (lines.responded & (lines.drug == DRUG["allopurinol"])).any(axis=1)
    steady = response.ever & ~loses
    withdrawn = _withdrawal(model, s, lines.cbr, steady)
    disease, *anti_tnf = _anti_tnf(model, s, people, presentation, lines.cbr, steady & (withdrawn[0] == NEVER))
    return Losses(_course(response, loses), start, end, relapse, allopurinol, success, *withdrawn, disease, *anti_tnf)


def _first_allopurinol(lines: LaterLines) -> Whole:
    """Return the day on which allopurinol is added for insufficient response."""
    first: Whole = np.where(lines.drug == DRUG["allopurinol"], lines.start, NEVER).min(axis=1)
    return first


def _course(response: Response, loses: Flags) -> Whole:
    """Return the course on the first line: stable response, response not maintained, never."""
    course = np.where(loses, NOT_MAINTAINED, STABLE)
    course = np.where(response.ever, course, NEVER_ON_FIRST_LINE)
    return np.where(response.latent_class > REFRACTORY, NO_COURSE, course)


def _episodes(model: Model, s: Stream, cbr: Whole, loses: Flags) -> tuple[Whole, Whole, Flags]:
    """Return the losses of response: first days, last days, and which are relapses."""
    n, before, still = len(cbr), cbr, loses
    starts, ends = [], []
    for loss in range(LOSSES):
        wait = s.between(model["course.loss_days" if loss == 0 else "course.further_loss_days"], n)
        start = np.where(still, before + wait.astype(np.int64), NEVER)
        end = np.where(still, start + s.days(model["course.loss_length_days"], n), NEVER)
        starts.append(start)
        ends.append(end)
        before, still = end, still & s.chance(n, model["course.further_loss"])
    relapse = s.uniform(n, LOSSES) < model["course.relapse_share"]
    return np.column_stack(starts), np.column_stack(ends), relapse & (np.column_stack(starts) < NEVER)


def _allopurinol_at_loss(
    model: Model, s: Stream, response: Response, lines: LaterLines, start: Whole, end: Whole
) -> tuple[Whole, Flags, Whole, Whole]:
    """Return the day of allopurinol at a first loss, whether it works, and the losses that are left then."""
    n = len(start)
    on_azathioprine = (lines.partner == DRUG["azathioprine"]) & (lines.intolerance == NEVER)
    eligible = on_azathioprine & response.ever & (start[:, 0] < NEVER)
    given = eligible & s.chance(n, model["metabolites.allopurinol_share"]["not_maintained"])
    works = given & s.chance(n, model["course.response_to"]["allopurinol"])
    delay = s.days(model["metabolites.allopurinol_delay_days"], n)
    wait = s.days(model["metabolites.allopurinol_response_days"], n)
    day = np.where(given, start[:, 0] + delay, NEVER)
    start, end = start.copy(), end.copy()
    end[:, 0] = np.where(given, np.where(works, day + wait, NEVER), end[:, 0])
    start[given, 1:] = NEVER
    end[given, 1:] = NEVER
    return day, works, end, start


def _withdrawal(model: Model, s: Stream, cbr: Whole, steady: Flags) -> tuple[Whole, Whole, Whole]:
    """Return the day on which all treatment is withdrawn, and the relapse after it."""
    n = len(cbr)
    tried = steady & s.chance(n, model["course.withdrawal_share"])
    day = np.where(tried, cbr + s.days(model["course.withdrawal_days"], n), NEVER)
    fails = tried & s.chance(n, model["course.withdrawal_relapse"])
    wait = model["course.withdrawal_relapse_from_days"] + (
        s.exponential(n) * model["course.withdrawal_relapse_days"]
    ).astype(np.int64)
    length = s.days(model["course.withdrawal_relapse_length_days"], n)
    relapse = np.where(fails, day + wait, NEVER)
    return day, relapse, np.where(fails, relapse + length, NEVER)


def _anti_tnf(
    model: Model, s: Stream, people: People, presentation: Presentation, cbr: Whole, steady: Flags
) -> tuple[Whole, Whole, Whole, Whole, Whole]:
    """Return the other disease (-1: none), the days of anti-TNF for it, and of a new rise of ALT on it."""
    n = people.n
    disease = np.where(presentation.extrahepatic, (s.uniform(n) * len(DISEASES)).astype(np.int64), -1)
    wanted = (disease >= 0) & (disease < WITH_ANTI_TNF) & steady
    given = wanted & s.chance(n, people.by_age(model["course.anti_tnf_share"]))
    days = {
        name: s.days(model[f"course.anti_tnf_{name}_days"], n) for name in ("start", "length", "rise", "rise_length")
    }
    start = np.where(given, cbr + days["start"], NEVER)
    end = np.where(given, start + days["length"], NEVER)
    rises = given & s.chance(n, model["course.anti_tnf_alt_rise"])
    rise = np.where(rises, start + days["rise"], NEVER)
    return disease, start, end, rise, np.where(rises, rise + days["rise_length"], NEVER)
