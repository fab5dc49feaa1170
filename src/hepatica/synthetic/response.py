"""The true response, decided before anything is measured.

One latent score per patient (covariates + what the treatment does + chance) stands against two thresholds: complete
response by six months, and complete response on the first line ever. So the same patient's answer to another
treatment is known too, which is what a causal comparison needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.draws import Draws, Flags, Floats, Whole
from hepatica.synthetic.first_line import BUDESONIDE, MYCOPHENOLATE, NONE, STEROID, FirstLine
from hepatica.synthetic.model import Model
from hepatica.synthetic.people import PSC, People
from hepatica.synthetic.presentation import Presentation

CLASSES = ("early", "late", "partial", "refractory", "untreated")
EARLY, LATE, PARTIAL, REFRACTORY, UNTREATED = range(5)
NEVER = 99_999  # a day that does not come


@dataclass(frozen=True)
class Response:
    """The latent class on the first line and the true day of response (NEVER: none).

    `probability` holds the true probabilities of response by six months and ever, under prednisolone and under
    budesonide (potential outcomes).
    """

    latent_class: Whole
    day: Whole
    probability: dict[str, Floats]

    @property
    def ever(self) -> Flags:
        """Return who responds completely on the first line at any time."""
        return self.latent_class <= LATE


def make_response(
    model: Model, draws: Draws, people: People, presentation: Presentation, first_line: FirstLine
) -> Response:
    """Return the true response of each patient to the first treatment."""
    s, n = draws.of("response"), people.n
    score = _score(model, people, presentation, first_line)
    chance = s.logistic(n)
    early = model["response.early_intercept"] + score + _effect(model, first_line.arm, "early") + chance > 0
    ever = model["response.ever_intercept"] + score + _effect(model, first_line.arm, "ever") + chance > 0
    refractory = s.chance(n, model["response.refractory_share"])
    latent = np.where(early, EARLY, np.where(ever, LATE, np.where(refractory, REFRACTORY, PARTIAL)))
    latent = np.where(first_line.arm == NONE, UNTREATED, latent)
    return Response(latent, _days(model, s.uniform(n), latent, first_line.arm), _potential(model, score))


def _score(model: Model, people: People, presentation: Presentation, first_line: FirstLine) -> Floats:
    """Return the covariates' part of the log odds of response."""
    return np.asarray(
        model["response.per_alt_doubling"] * (np.log2(presentation.alt) - model["response.alt_centre"])
        + model["response.cirrhosis"] * presentation.cirrhosis
        + model["response.psc"] * (people.variant == PSC)
        + model["response.trial"] * first_line.randomised
    )


def _effect(model: Model, arm: Whole, threshold: str) -> Floats:
    """Return what the treatment adds to the log odds, against prednisolone with azathioprine."""
    effects = np.zeros(5)
    effects[STEROID] = model["response.steroid_alone"]
    effects[BUDESONIDE] = np.log(model[f"response.budesonide_{threshold}"])
    effects[MYCOPHENOLATE] = np.log(model["response.mycophenolate"])
    return effects[arm]


def _potential(model: Model, score: Floats) -> dict[str, Floats]:
    """Return the true probabilities of response under either steroid, by six months and ever."""
    return {
        f"{threshold}_{steroid}": 1 / (1 + np.exp(-(model[f"response.{threshold}_intercept"] + score + effect)))
        for threshold in ("early", "ever")
        for steroid, effect in (
            ("prednisolone", 0.0),
            ("budesonide", np.log(model[f"response.budesonide_{threshold}"])),
        )
    }


def _days(model: Model, u: Floats, latent: Whole, arm: Whole) -> Whole:
    """Return the true day of response after the index date."""
    shapes = model["response.early_shape"]
    shape = np.where(arm == BUDESONIDE, shapes["budesonide"], shapes["others"])
    low, high = model["response.early_days"]
    first, last = model["response.late_days"]
    early = low + (high - low) * u**shape
    late = first + (last - first) * u
    return np.where(latent == EARLY, early, np.where(latent == LATE, late, NEVER)).astype(np.int64)
