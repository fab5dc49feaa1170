"""Which first treatment a patient gets: centres' habits, confounding by indication, and one randomised trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.centres import Centres
from hepatica.synthetic.draws import Draws, Flags, Floats, Stream, Whole
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import People
from hepatica.synthetic.presentation import POOR, Presentation

ARMS = ("none", "prednisolone+azathioprine", "prednisolone", "budesonide+azathioprine", "mycophenolate+prednisolone")
NONE, COMBINATION, STEROID, BUDESONIDE, MYCOPHENOLATE = range(5)


@dataclass(frozen=True)
class FirstLine:
    """The arm of each patient, whether by randomisation, and the probability of budesonide that was his or hers."""

    arm: Whole
    randomised: Flags
    budesonide_probability: Floats


def choose_first_line(
    model: Model, draws: Draws, centres: Centres, people: People, presentation: Presentation
) -> FirstLine:
    """Return the first treatment of each patient."""
    s, n = draws.of("first_line"), people.n
    randomised = _randomised(model, s, centres, people, presentation)
    probability = np.where(randomised, 0.0, _budesonide(model, centres, people, presentation))
    budesonide = s.chance(n, probability)
    alone = s.chance(n, _steroid_alone(model, centres, people)) | presentation.acute_severe
    to_mycophenolate = s.chance(n, 0.5)
    arm = np.where(alone, STEROID, COMBINATION)
    arm = np.where(budesonide, BUDESONIDE, arm)
    arm = np.where(randomised, np.where(to_mycophenolate, MYCOPHENOLATE, COMBINATION), arm)
    arm = np.where(presentation.tpmt == POOR, np.where(randomised, MYCOPHENOLATE, STEROID), arm)
    randomised &= presentation.tpmt != POOR  # who lacks the enzyme cannot be given azathioprine by lot
    return FirstLine(np.where(people.treated, arm, NONE), randomised & people.treated, probability)


def _randomised(model: Model, s: Stream, centres: Centres, people: People, presentation: Presentation) -> Flags:
    """Return who is in the randomised trial of mycophenolate against azathioprine."""
    age = people.age
    youngest, oldest = model["first_line.trial_age"]
    eligible = (age >= youngest) & (age <= oldest) & ~presentation.acute_severe
    eligible &= presentation.alt >= model["first_line.trial_alt_xuln"]
    return np.asarray(eligible & centres.trial[people.centre] & s.chance(people.n, model["first_line.trial_share"]))


def _budesonide(model: Model, centres: Centres, people: People, presentation: Presentation) -> Floats:
    """Return the probability of budesonide: the milder the disease the likelier, hardly ever with cirrhosis."""
    activity = np.log2(presentation.alt) - model["response.alt_centre"]
    log_odds = (
        model["first_line.budesonide_intercept"]
        + model["first_line.budesonide_per_alt_doubling"] * activity
        + model["first_line.budesonide_cirrhosis"] * presentation.cirrhosis
        + model["first_line.budesonide_over_60"] * (people.age > 60)
        + centres.budesonide[people.centre]
    )
    possible = ~people.child & ~presentation.acute_severe & (presentation.tpmt != POOR)
    return np.where(possible, 1 / (1 + np.exp(-log_odds)), 0.0)


def _steroid_alone(model: Model, centres: Centres, people: People) -> Floats:
    """Return the probability of steroid alone: in children by the centre's habit."""
    kept = model["first_line.habit_kept"]
    child = np.where(centres.steroid_alone_in_children[people.centre], kept, 1 - kept)
    return np.asarray(np.where(people.child, child, model["first_line.adult_steroid_alone"]))
